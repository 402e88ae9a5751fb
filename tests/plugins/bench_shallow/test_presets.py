import dataclasses

import pytest

from benchmark.registry import registry


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("ocsvm", {"contrast": "none", "explained_variance": 0.95, "nu": 0.1, "gamma": "scale"}),
        ("kde", {"contrast": "none", "explained_variance": 0.95, "bandwidth": "cross_validated", "folds": 5}),
        ("iforest", {"contrast": "gcn_l1", "explained_variance": 0.95, "trees": 100, "samples": 256}),
    ],
)
def test_paper_holds_the_values_of_the_paper(name, values):
    assert values.items() <= registry().resolve(name, {}, preset="paper").params.items()


@pytest.mark.parametrize("name", ["ocsvm", "kde"])
def test_on_cifar10_the_paper_differs_by_contrast_alone(name):
    mnist, cifar10 = (registry().resolve(name, {}, preset=preset).params for preset in ("paper", "paper_cifar10"))
    assert cifar10 == {**mnist, "contrast": "gcn_l1"}


@pytest.mark.parametrize("name", ["ocsvm", "kde", "iforest"])
def test_a_preset_leaves_nothing_to_the_defaults(name):
    spec = registry().detectors[name]
    for preset in spec.presets.values():
        assert set(preset.values) == {field.name for field in dataclasses.fields(spec.config)}
