import numpy as np
import pytest
from toy_one_cycle import fall

from benchmark.registry import registry

pytestmark = pytest.mark.keras


@pytest.fixture
def rate(keras):
    """A function (step, parameters) -> learning rate of that step, counted from 0, of epochs of 10 steps."""
    from bench_keras_vae.schedules import learning_rate

    def rate(step, **values):
        planned = learning_rate(registry().resolve("ocvae", {"learning_rate": 0.5, **values}).config, 10)
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


def test_one_cycle_rises_along_a_line_and_falls_along_a_cosine(rate):
    """The schedule for PyTorch falls likewise, and rises along a cosine."""
    rates = np.array([rate(step, schedule="one_cycle", epochs=10, learning_rate=1.0) for step in range(101)])
    assert rates[:31] == pytest.approx(np.linspace(1 / 25, 1, 31), rel=1e-5)
    assert rates[30:] == pytest.approx([fall(step, peak=30, last=100) for step in range(30, 101)], abs=1e-6)
