"""What every rule must do, whatever it is."""

import importlib.util
import typing

import numpy as np
import pytest

from bench_hybrid import classifiers
from bench_hybrid.configs import HybridConfig, Rule
from bench_hybrid.heads import fit_heads
from bench_hybrid.reference import Reference

WITHOUT_XGBOOST = pytest.mark.skipif(not importlib.util.find_spec("xgboost"), reason="xgboost is not installed")
RULES = [pytest.param(rule, marks=WITHOUT_XGBOOST) if rule == "xgboost" else rule for rule in typing.get_args(Rule)]
every_rule = pytest.mark.parametrize("rule", RULES)


def fitted(codes, rule, *, seed=0, **params):
    return fit_heads(codes, HybridConfig(heads=(rule,), **params), seed=seed, threads=1)[rule]


@every_rule
def test_far_codes_score_higher_than_central_ones(codes, rule):
    training = codes(500)
    directions = np.random.RandomState(1).normal(size=(40, 3))
    far = 8 * training.std() * directions / np.linalg.norm(directions, axis=1, keepdims=True)
    head = fitted(training, rule)
    central = head.score(0.1 * codes(40, seed=2))
    assert head.score(far).min() > central.max()


@every_rule
def test_scores_are_float64_and_have_few_ties(codes, rule):
    scores = fitted(codes(500), rule).score(codes(200, seed=1))
    assert scores.dtype == np.float64
    assert scores.shape == (200,)
    assert len(np.unique(scores)) > 150


@every_rule
@pytest.mark.parametrize("n", [2, 3, 7])
def test_a_few_codes_are_enough(codes, rule, n):
    assert np.isfinite(fitted(codes(n), rule).score(codes(20, seed=1))).all()


@every_rule
def test_a_constant_coordinate_breaks_nothing(codes, rule):
    flat = np.column_stack([codes(), np.zeros(200)])
    off = np.column_stack([codes(20, seed=1), np.linspace(-1, 1, 20)])
    assert np.isfinite(fitted(flat, rule).score(off)).all()


@every_rule
def test_the_largest_seed_there_is_will_do(codes, rule):
    assert np.isfinite(fitted(codes(30), rule, seed=2**32 - 1).score(codes(5, seed=1))).all()


@every_rule
def test_two_fits_agree_and_training_codes_stay_as_they_are(codes, rule):
    training = codes()
    training.flags.writeable = False
    one, again = (fitted(training, rule).score(codes(50, seed=1)) for _ in range(2))
    assert np.array_equal(one, again)


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("ocsvm", {"nu": 0.5}),
        ("ocsvm", {"gamma": 1.0}),
        ("knn", {"neighbours": 3}),
        ("lof", {"neighbours": 3}),
        ("iforest", {"trees": 10}),
        ("random_forest", {"trees": 10}),
        pytest.param("xgboost", {"trees": 10}, marks=WITHOUT_XGBOOST),
        ("dense", {"units": (8,)}),
        ("dense", {"epochs": 2}),
        ("dense", {"reference": "uniform"}),
        ("dense", {"reference_ratio": 2.0}),
    ],
)
def test_a_parameter_reaches_its_rule(codes, rule, changes):
    training, at = codes(), codes(20, seed=1)
    assert not np.array_equal(fitted(training, rule, **changes).score(at), fitted(training, rule).score(at))


@pytest.mark.parametrize("rule", ["iforest", "random_forest", pytest.param("xgboost", marks=WITHOUT_XGBOOST), "dense"])
def test_what_is_drawn_follows_the_seed(codes, rule):
    training, at = codes(50), codes(20, seed=1)
    one, other = (drawn(training, rule, seed).score(at) for seed in (0, 1))
    assert not np.array_equal(one, other)


def drawn(codes, rule, seed):
    """Fit on one reference sample whatever the seed: two samples would differ anyhow."""
    if rule == "iforest":
        return fitted(codes, rule, seed=seed, trees=10)
    params = {"units": (8,), "epochs": 5} if rule == "dense" else {"trees": 10, "threads": 1}
    reference = Reference.of(codes, "uniform", size=50, seed=0)
    return getattr(classifiers, rule)(codes, reference, seed=seed, **params)


@pytest.mark.parametrize("reference", ["gaussian", "uniform", "shuffled"])
@pytest.mark.parametrize("rule", ["random_forest", pytest.param("xgboost", marks=WITHOUT_XGBOOST), "dense"])
def test_a_classifier_finds_codes_that_break_the_pattern_whatever_the_reference(rule, reference):
    random = np.random.RandomState(0)
    line = random.uniform(-1, 1, 600)
    training = np.column_stack([line, line + 0.1 * random.normal(size=600)])
    along, across = np.linspace(-0.8, 0.8, 20)[:, None] * [1, 1], np.linspace(0.4, 0.8, 20)[:, None] * [1, -1]
    head = fitted(training, rule, reference=reference)
    assert np.median(head.score(across)) > head.score(along).max()


def test_all_classifiers_see_the_same_reference_sample(codes, monkeypatch):
    seen = []
    for name in ("random_forest", "dense"):
        monkeypatch.setattr(classifiers, name, lambda codes, reference, **_: seen.append(reference))
    fit_heads(codes(10), HybridConfig(heads=("random_forest", "dense"), reference_ratio=2), seed=0, threads=1)
    assert seen[0] is seen[1]
    assert len(seen[0].points) == 20
