"""Two frameworks, one publication: what stands side by side on a board must have been asked for alike."""

import pytest

from benchmark.parameters import plain
from benchmark.registry import registry


@pytest.mark.parametrize("preset", ["paper", "paper_cifar10"])
def test_ocnn_and_deep_svdd_have_the_same_recipe(preset):
    known = registry()
    keras, torch = (plain(known.config(name, {}, preset=preset)) for name in ("ocnn", "deep_svdd"))
    shared = set(keras) & set(torch)
    assert {"epochs", "pretrain_epochs", "learning_rate", "weight_decay", "contrast", "drop_epoch"} <= shared
    assert {name: keras[name] for name in shared} == {name: torch[name] for name in shared}
