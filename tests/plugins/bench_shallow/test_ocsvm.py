import numpy as np
import pytest
from sklearn.svm import OneClassSVM

from bench_shallow.features import flat
from benchmark import BenchError, FitContext, build_detector


def fitted(images, **values):
    detector = build_detector("ocsvm", values)
    detector.fit(images, FitContext())
    return detector


@pytest.mark.parametrize("gamma", ["scale", 0.7])
def test_the_score_is_the_negated_decision_of_scikit_learn(cloud, gamma):
    # With all of the variance the components are a rotation, which the kernel does not see.
    images, others = cloud(80), cloud(20, seed=1)
    svm = OneClassSVM(nu=0.1, gamma=gamma, tol=1e-8).fit(flat(images) - flat(images).mean(axis=0))
    expected = -svm.decision_function(flat(others) - flat(images).mean(axis=0))
    detector = fitted(images, gamma=gamma, explained_variance=1.0)
    assert detector.score(others)["outside"] == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize("nu", [0.1, 0.3])
def test_about_a_share_nu_of_the_training_images_lies_outside(cloud, nu):
    images = cloud(400)
    detector = fitted(images, nu=nu)
    # Those on the boundary are placed to a thousandth.
    outside = (detector.score(images)["outside"] > 2e-3).mean()
    assert nu - 0.05 < outside <= nu <= detector.facts()["support_vectors"] / len(images)


def test_far_images_lie_outside(cloud):
    detector = fitted(cloud(100))
    assert detector.score(cloud(10, seed=1, around=0.9))["outside"].min() > 0
    assert detector.score(cloud(10, seed=1, spread=0.0))["outside"].max() < 0


def test_the_default_kernel_is_as_wide_as_the_training_images(cloud):
    images = cloud(100)
    facts = fitted(images, explained_variance=1.0).facts()
    assert facts["gamma"] == pytest.approx(1 / flat(images).var(axis=0).sum())
    assert fitted(images, gamma=0.01).facts()["gamma"] == 0.01


def test_the_default_kernel_does_not_mind_darker_images(cloud):
    images, others = cloud(100), cloud(20, seed=1)
    dark = fitted(np.ascontiguousarray(images / 2)).score(np.ascontiguousarray(others / 2))["outside"]
    assert dark == pytest.approx(fitted(images).score(others)["outside"], abs=1e-3)


@pytest.mark.parametrize("gamma", [0, -1.0, "auto", True])
def test_other_kernels_are_refused(gamma):
    with pytest.raises(BenchError, match=r'gamma takes float \| "scale"'):
        build_detector("ocsvm", {"gamma": gamma})
