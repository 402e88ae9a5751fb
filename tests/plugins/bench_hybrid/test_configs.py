import sys

import pytest

from benchmark import BenchError, build_detector
from benchmark.registry import registry


def test_the_rules_are_the_heads_in_their_order():
    assert registry().resolve("hybrid", {"heads": ["knn", "kde"], "encoder": "pca"}).rules == ("knn", "kde")


def test_the_framework_is_the_encoders():
    assert registry().resolve("hybrid", {}).framework == "keras"
    assert registry().resolve("hybrid", {"encoder": "deep_svdd"}).framework == "torch"


def test_the_encoders_parameters_are_checked_and_completed():
    known = registry()
    config = known.resolve("hybrid", {"encoder_parameters": {"latent_dim": 4}}).config
    assert config.encoder_parameters["latent_dim"] == 4
    assert config.encoder_parameters["filters"] == [32, 64]
    with pytest.raises(BenchError, match="Did you mean 'latent_dim'"):
        known.resolve("hybrid", {"encoder_parameters": {"laten_dim": 4}})


@pytest.mark.parametrize("heads", [[], ["knn", "knn"], ["svdd"]])
def test_no_rule_one_rule_twice_and_unknown_rules_are_refused(heads):
    with pytest.raises(BenchError, match="heads"):
        registry().resolve("hybrid", {"heads": heads})


def test_an_encoder_without_codes_is_refused_in_one_line():
    with pytest.raises(BenchError, match="cannot use the encoder 'pca': it has no `embed`") as refused:
        build_detector("hybrid", {"encoder": "pca", "heads": ["knn"]})
    assert "\n" not in str(refused.value)


def test_xgboost_is_needed_only_where_it_is_a_rule(monkeypatch):
    known = registry()
    monkeypatch.setitem(sys.modules, "xgboost", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name, *_: None if name == "xgboost" else object())
    known.resolve("hybrid", {"encoder": "pca", "heads": ["knn"]}).check_installed()
    with pytest.raises(BenchError, match=r"needs xgboost, .* pip install 'oneclass-bench\[hybrid\]'"):
        known.resolve("hybrid", {"encoder": "pca", "heads": ["xgboost"]}).check_installed()
