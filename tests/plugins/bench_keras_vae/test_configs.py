import pytest

from bench_keras_vae import bench_detectors
from benchmark.interfaces.errors import InvalidParameter
from benchmark.registry import registry

NAMES = [spec.name for spec in bench_detectors()]


def rules(name, **values):
    return registry().resolve(name, values).rules


@pytest.mark.parametrize("name", NAMES)
def test_only_a_spatial_code_has_a_worst_superpixel(name):
    if name != "yoto_ocvae":
        assert "centre_distance_max" not in rules(name)
        assert rules(name, latent="spatial") == (*rules(name), "centre_distance_max")


def test_the_primary_rule_comes_first():
    assert [rules(name)[0] for name in NAMES] == ["elbo", "combined", "chosen", "centre_distance"]


def test_yoto_has_a_rule_for_each_weight():
    assert rules("yoto_ocvae", weights=[0.3, 0.01]) == ("chosen", "weight=0.3", "weight=0.01")


@pytest.mark.parametrize(
    "values",
    [
        {"weights": [0.001]},
        {"weights": [0.1, 0.9]},
        {"weights": [0.1, 0.1]},
        {"weights": [0.1, 0.10000001]},
        {"weights": []},
        {"lowest_weight": 0.2, "highest_weight": 0.2, "weights": [0.2]},
        {"lowest_weight": 0.4, "highest_weight": 0.1, "weights": [0.2]},
    ],
    ids=str,
)
def test_yoto_refuses_weights_it_cannot_score_at_in_one_line(values):
    with pytest.raises(InvalidParameter, match="weight") as refused:
        registry().resolve("yoto_ocvae", values)
    assert "\n" not in str(refused.value)


def test_yoto_refuses_a_decoder_without_a_conditioned_block():
    with pytest.raises(InvalidParameter, match="filters must have two values"):
        registry().resolve("yoto_ocvae", {"filters": [8]})
    assert registry().resolve("yoto_ocvae", {"filters": [8], "block": "lenet"}).config.filters == (8,)


@pytest.mark.parametrize("name", ["vae", "ocvae"])
@pytest.mark.parametrize("weight", [-0.1, 1.1])
def test_a_share_lies_between_0_and_1(name, weight):
    with pytest.raises(InvalidParameter, match="weight = "):
        registry().resolve(name, {"weight": weight})


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_is_documented(name):
    from benchmark.registry.parameters import describe

    assert [p.name for p in describe(registry().detectors[name].config) if not p.doc] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_smoke_preset_is_over_in_a_few_epochs(name):
    config = registry().resolve(name, {}, preset="smoke").config
    assert config.epochs + getattr(config, "pretrain_epochs", 0) <= 3
