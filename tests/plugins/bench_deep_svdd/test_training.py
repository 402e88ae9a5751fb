import numpy as np
import pytest

from benchmark.registry import registry

pytestmark = pytest.mark.torch


def rates(fit, **params):
    _, reports = fit("dcae", batch_size=20, **params)
    return [report.measures["learning_rate"] for report, _ in reports]


def test_the_rate_is_a_tenth_after_the_drop(fit):
    assert rates(fit, epochs=4, schedule="drop", drop_epoch=2, learning_rate=0.01) == pytest.approx(
        [0.01, 0.001, 0.001, 0.001]  # reported after the epoch: the second one ends with the drop
    )


def test_one_cycle_rises_and_falls_to_zero(fit):
    reported = rates(fit, epochs=10, schedule="one_cycle", learning_rate=0.01)
    highest = reported.index(max(reported))
    assert 1 <= highest <= 4
    assert reported[-1] < 1e-4
    assert reported[highest:] == sorted(reported[highest:], reverse=True)


def test_a_constant_rate_does_not_change(fit):
    assert rates(fit, epochs=3, schedule="constant", learning_rate=0.01) == pytest.approx([0.01] * 3)


PRETRAINED = {"pretrain_epochs": 150, "pretrain_drop_epoch": 50, "pretrain_weight_decay": 5e-4}
PRETRAINED_CIFAR10 = {"pretrain_epochs": 350, "pretrain_drop_epoch": 250, "pretrain_weight_decay": 5e-7}


@pytest.mark.parametrize(
    ("name", "preset", "values"),
    [
        ("deep_svdd", "paper", {"epochs": 150, "weight_decay": 5e-7, **PRETRAINED}),
        ("deep_svdd", "paper_cifar10", {"epochs": 150, "drop_epoch": 50, **PRETRAINED_CIFAR10}),
        ("deep_svdd_soft", "paper", {"nu": 0.1, "warm_up_epochs": 10, "radius": "batch", **PRETRAINED}),
        ("dcae", "paper", {"epochs": 150, "drop_epoch": 50, "weight_decay": 5e-4}),
    ],
)
def test_paper_is_the_recipe_of_the_authors_code(name, preset, values):
    config = registry().resolve(name, {}, preset=preset).config
    shared = {"batch_size": 200, "learning_rate": 1e-4, "schedule": "drop", "slope": 0.01, "contrast": "gcn_l1"}
    assert {field: getattr(config, field) for field in {**shared, **values}} == {**shared, **values}


@pytest.mark.parametrize(("name", "shape"), [("dcae", (8, 8, 3)), ("deep_svdd", (8, 8, 3)), ("dcae", (8, 8, 1))])
def test_a_last_batch_of_one_image_joins_the_one_before(fit, images, name, shape):
    detector, _ = fit(name, images(21, shape), batch_size=10, epochs=2)
    assert np.isfinite(next(iter(detector.score(images(3, shape)).values()))).all()
