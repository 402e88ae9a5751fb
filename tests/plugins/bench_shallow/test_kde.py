import numpy as np
import pytest
from sklearn.neighbors import KernelDensity

from bench_shallow.features import flat
from benchmark import BenchError, FitContext, build_detector


def fitted(images, seed=0, **values):
    detector = build_detector("kde", values)
    detector.fit(images, FitContext(seed=seed))
    return detector


def test_the_score_is_the_negative_log_density_of_scikit_learn(cloud):
    images, others = cloud(80), cloud(20, seed=1)
    expected = -KernelDensity(bandwidth=0.1, leaf_size=1_000).fit(flat(images)).score_samples(flat(others))
    detector = fitted(images, bandwidth=0.1, explained_variance=1.0)
    assert detector.score(others)["negative_log_density"] == pytest.approx(expected, rel=1e-9)
    assert detector.facts()["bandwidth"] == 0.1
    assert "grid_edge" not in detector.facts()


def test_far_images_score_higher(cloud):
    detector = fitted(cloud(100))
    near, far = (detector.score(cloud(20, seed=1, around=around)) for around in (0.5, 0.9))
    assert far["negative_log_density"].min() > near["negative_log_density"].max()


def test_the_bandwidth_makes_held_out_images_likeliest(cloud):
    images, fresh = cloud(300), cloud(300, seed=1)
    chosen = fitted(images).facts()["bandwidth"]
    scores = {
        step: fitted(images, bandwidth=chosen * 2.0**step).score(fresh)["negative_log_density"].mean()
        for step in (-1, 0, 1)
    }
    assert min(scores, key=scores.get) == 0


@pytest.mark.parametrize(("exponents", "edge"), [((-4.5, 5.0), "none"), ((0.5, 5.0), "lower"), ((-9.0, -8.0), "upper")])
def test_it_tells_when_the_best_bandwidth_lies_at_an_edge_of_the_grid(cloud, exponents, edge):
    lowest, highest = exponents
    facts = fitted(cloud(100), lowest_exponent=lowest, highest_exponent=highest).facts()
    assert facts["grid_edge"] == edge
    if edge != "none":
        assert facts["bandwidth"] == pytest.approx(2.0 ** (lowest if edge == "lower" else highest))


def test_repeated_images_pull_it_to_the_narrowest_and_scores_stay_finite(cloud):
    # So often that none of them has all its copies in one fold.
    repeated = cloud(20).repeat(20, axis=0)
    detector = fitted(repeated, lowest_exponent=-19)
    assert detector.facts()["grid_edge"] == "lower"
    assert np.isfinite(detector.score(cloud(20, seed=1, around=0.9))["negative_log_density"]).all()


def test_there_are_no_more_folds_than_images(cloud):
    assert np.isfinite(fitted(cloud(3)).score(cloud(5, seed=1))["negative_log_density"]).all()


def test_the_seed_deals_the_folds(cloud):
    fine = {"lowest_exponent": -6, "highest_exponent": 0, "grid_size": 400}
    chosen = {fitted(cloud(60), seed=seed, **fine).facts()["bandwidth"] for seed in range(5)}
    assert len(chosen) > 1


def test_a_grid_that_descends_is_refused():
    with pytest.raises(BenchError, match="lowest_exponent must be below highest_exponent; got 1 and 1"):
        build_detector("kde", {"lowest_exponent": 1, "highest_exponent": 1})


@pytest.mark.parametrize("bandwidth", [0, 1e-7, "silverman"])
def test_other_bandwidths_are_refused(bandwidth):
    with pytest.raises(BenchError, match=r'bandwidth takes float \| "cross_validated"'):
        build_detector("kde", {"bandwidth": bandwidth})
