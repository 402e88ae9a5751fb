from dataclasses import replace

import numpy as np
import pytest

from benchmark import TrainingCollapsed
from benchmark.registry import registry

pytestmark = pytest.mark.keras


@pytest.fixture
def rate(keras):
    """A function (step, parameters) -> learning rate of that step, counted from 0, of epochs of 10 steps."""
    from bench_keras_vae.training import schedule

    def rate(step, **values):
        planned = schedule(registry().resolve("ocvae", {"learning_rate": 0.5, **values}).config, 10)
        return planned if isinstance(planned, float) else float(planned(step))

    return rate


@pytest.mark.parametrize("step", [0, 50, 199])
def test_a_constant_rate_is_constant(rate, step):
    assert rate(step) == 0.5


@pytest.mark.parametrize(
    ("step", "expected"), [(0, 0.5), (498, 0.5), (499, 0.5), (500, 0.05), (501, 0.05), (999, 0.05)]
)
def test_a_rate_that_drops_is_a_tenth_from_the_first_step_behind_the_drop_epoch_on(rate, step, expected):
    assert rate(step, schedule="drop", epochs=100) == pytest.approx(expected)


def test_the_paper_preset_drops_after_50_epochs(rate):
    config = registry().resolve("ocnn", {}, preset="paper").config
    assert (config.schedule, config.drop_epoch, config.learning_rate) == ("drop", 50, 1e-4)
    assert (config.epochs, config.pretrain_epochs, config.batch_size) == (150, 150, 200)
    assert config.pretrain_drop_epoch == 50
    assert (config.weight_decay, config.pretrain_weight_decay) == (5e-7, 5e-4)


def test_one_cycle_climbs_for_30_percent_and_falls_to_nothing(rate):
    rates = [rate(step, schedule="one_cycle", epochs=10) for step in range(101)]
    assert rates[0] == pytest.approx(0.5 / 25)
    assert (int(np.argmax(rates)), max(rates)) == (30, pytest.approx(0.5))
    assert rates[100] == pytest.approx(0, abs=1e-6)
    assert np.all(np.diff(rates[:31]) > 0)
    assert np.all(np.diff(rates[30:]) < 0)
    assert rates[65] == pytest.approx(0.25, rel=0.01)  # half of the way down the cosine


def test_one_cycle_of_a_single_step_is_a_number(rate):
    assert 0 < rate(0, schedule="one_cycle", epochs=1) <= 0.5


def test_a_step_counts_even_where_the_last_batch_is_not_full(keras, new_model, images):
    """33 images in batches of 16 are three steps an epoch."""
    from bench_keras_vae.callbacks import EpochReporter
    from bench_keras_vae.training import train
    from benchmark import FitContext

    seen = []
    context = FitContext(listener=lambda report, _: seen.append(report.measures["learning_rate"]))
    model = new_model("ocnn", schedule="drop", drop_epoch=1, learning_rate=0.5)
    train(model, images(33), replace(model.settings, epochs=2), EpochReporter(context, of=2, score=None))
    assert int(model.optimizer.iterations) == 6
    assert seen[1] == pytest.approx(0.05)


STILL = {"learning_rate": 1e-30, "weight_decay": 0.0, "schedule": "constant", "block": "strided", "batch_size": 64}


def epochs_of(fit, listen=None, **params):
    """Return how many epochs a training of a loss that cannot fall took."""
    reports = []

    def keep(report, model, score):
        reports.append(report)
        if listen is not None:
            listen(score)

    fit("ocnn", listen=keep, **STILL, **params)
    return len(reports)


def test_patience_ends_a_training_whose_loss_falls_no_further(fit):
    assert epochs_of(fit, epochs=20, patience=3) < 15


def test_without_patience_a_training_goes_on(fit):
    assert epochs_of(fit, epochs=20) == 20


def test_patience_bears_so_many_epochs_without_a_lower_loss(fit):
    assert epochs_of(fit, epochs=4, patience=4) == 4


def test_a_loss_that_falls_is_not_stopped(fit, images):
    reports = []
    params = {"epochs": 8, "patience": 1, "learning_rate": 1e-4, "batch_size": 64, "block": "strided"}
    fit("ocnn", train=images() / 5, listen=lambda report, *_: reports.append(report), **params)
    assert len(reports) == 8


def test_patience_looks_at_no_score(fit, images):
    """Scores told to nobody, and scores of what gets better and better: it stops in the same epoch."""
    told = epochs_of(fit, listen=lambda score: score(images(4)), epochs=20, patience=3)
    assert told == epochs_of(fit, epochs=20, patience=3)


@pytest.mark.parametrize("name", ["ocvae", "ocnn"])
def test_a_loss_that_is_no_number_is_a_collapsed_training(fit, name):
    with pytest.raises(TrainingCollapsed, match="not finite"):
        fit(name, learning_rate=1e30, schedule="constant", epochs=3)


def test_a_training_that_makes_all_codes_one_is_collapsed(fit, images):
    """For real: so large a step that every hidden unit dies."""
    with pytest.raises(TrainingCollapsed, match=r"after epoch \d+ every image has the same code: .* a spread of 0"):
        fit("ocvae", train=images(16), weight=1.0, learning_rate=1.0, epochs=20)
