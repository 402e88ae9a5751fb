"""What the presets of all plugins have in common."""

import pytest

from benchmark.registry import registry


@pytest.mark.parametrize("preset", ["paper", "paper_cifar10"])
def test_ocnn_and_deep_svdd_have_the_same_recipe(preset):
    known = registry()
    keras, torch = (known.resolve(name, {}, preset=preset).params for name in ("ocnn", "deep_svdd"))
    shared = set(keras) & set(torch)
    assert {"epochs", "pretrain_epochs", "learning_rate", "weight_decay", "contrast", "drop_epoch"} <= shared
    assert {name: keras[name] for name in shared} == {name: torch[name] for name in shared}


RECIPES = [
    (name, preset)
    for name in registry().detectors.names()
    for preset in registry().detectors[name].presets
    if preset != "smoke"
]


@pytest.mark.parametrize(("name", "preset"), RECIPES)
def test_a_publications_recipe_holds_nothing_out(name, preset):
    assert registry().resolve(name, {}, preset=preset).validation == 0.0


@pytest.mark.parametrize(("name", "preset"), RECIPES)
def test_the_recipe_for_cifar10_is_for_that_dataset_alone(name, preset):
    expected = "cifar10" if preset == "paper_cifar10" else None
    assert registry().detectors[name].presets[preset].dataset == expected
