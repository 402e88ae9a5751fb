import pytest
from sklearn.neighbors import KernelDensity

from bench_hybrid.kde import kde


def test_the_kernel_density_is_that_of_scikit_learn(codes):
    training, at = codes(), codes(20, seed=1)
    head = kde(training, seed=0)
    expected = KernelDensity(bandwidth=head.facts["bandwidth"], leaf_size=1_000).fit(training).score_samples(at)
    assert head.score(at) == pytest.approx(-expected, rel=1e-9)


def test_the_bandwidth_makes_other_codes_likeliest(codes):
    training, fresh = codes(400), codes(400, seed=1)
    chosen = kde(training, seed=0).facts["bandwidth"]
    likelihoods = {step: KernelDensity(bandwidth=chosen * 2.0**step).fit(training).score(fresh) for step in (-1, 0, 1)}
    assert max(likelihoods, key=likelihoods.get) == 0


def test_the_bandwidth_grows_with_the_codes(codes):
    training = codes()
    assert kde(10 * training, seed=0).facts["bandwidth"] == pytest.approx(10 * kde(training, seed=0).facts["bandwidth"])
