"""Which preset is a publication's recipe, and which trials follow it."""

import pytest
from toy_trials import toy_trial

from benchmark.registry import registry
from benchmark.reports.recipe import recipe_of, recipe_preset


def trial(detector, dataset, preset, **changes):
    resolved = registry().resolve(detector, {}, preset=preset)
    share = 0.1 if resolved.validation is None else resolved.validation
    values = {"detector": detector, "dataset": dataset, "params": resolved.params, "validation": share}
    return toy_trial(**{**values, **changes})


@pytest.mark.parametrize(
    ("detector", "dataset", "preset"),
    [
        ("kde", "mnist", "paper"),
        ("kde", "cifar10", "paper_cifar10"),
        ("iforest", "cifar10", "paper"),
        ("pca", "mnist", ""),
    ],
)
def test_the_preset_of_the_dataset_is_the_recipe_else_the_general_one(detector, dataset, preset):
    assert recipe_preset(registry().detectors[detector], dataset) == preset


def test_a_trial_with_the_parameters_and_the_share_of_the_recipe_follows_it():
    known = registry()
    assert recipe_of(known, trial("kde", "mnist", "paper")) == "paper"
    assert recipe_of(known, trial("kde", "cifar10", "paper_cifar10")) == "paper_cifar10"
    assert recipe_of(known, trial("kde", "cifar10", "paper")) == "", "the recipe of another dataset"
    assert recipe_of(known, trial("kde", "mnist", "paper", validation=0.1)) == ""
    assert recipe_of(known, trial("kde", "mnist", "fast")) == ""
    assert recipe_of(known, toy_trial(detector="not_installed")) == ""


def test_the_defaults_of_no_detector_are_the_recipe_of_its_publication():
    known = registry()
    names = [name for name in known.detectors.names() if known.detectors[name].reference]
    followed = {
        (name, dataset): recipe
        for name in names
        for dataset in ("mnist", "fashion_mnist", "cifar10")
        if (recipe := recipe_of(known, trial(name, dataset, "fast")))
    }
    assert len(names) >= 9
    assert followed == {}, "archived rows, which lack the field, are named as not following the recipe"
