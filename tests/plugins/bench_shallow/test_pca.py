import numpy as np
import pytest

from benchmark import FitContext, NotFitted, build_detector


@pytest.fixture
def plane():
    """Images of 3 x 3 on a plane of two dimensions, as a detector gets them."""
    random = np.random.RandomState(0)
    axes = np.linalg.qr(random.normal(size=(9, 2)))[0].T
    images = (0.5 + random.normal(size=(50, 2)) @ axes * [[0.1]]).astype(np.float32).reshape(-1, 3, 3, 1)
    images.flags.writeable = False
    return images, axes


def test_the_score_is_the_squared_distance_to_the_components(plane):
    images, axes = plane
    detector = build_detector("pca", {"explained_variance": 0.999})
    detector.fit(images, FitContext())
    assert detector.facts()["components"] == 2
    normal = np.linalg.qr(np.vstack([axes, np.ones(9)]).T)[0].T[2]
    offset = (images[:1] + 0.3 * normal.reshape(1, 3, 3, 1)).astype(np.float32)
    assert detector.score(images)["reconstruction"] == pytest.approx(0, abs=1e-10)
    assert detector.score(offset)["reconstruction"] == pytest.approx(0.09, rel=1e-4)


def test_with_all_the_variance_training_images_are_explained_whole(plane):
    images, _ = plane
    noisy = np.clip(images + np.random.RandomState(1).normal(size=images.shape) * 0.01, 0, 1).astype(np.float32)
    detector = build_detector("pca", {"explained_variance": 1.0})
    detector.fit(noisy, FitContext())
    assert detector.score(noisy)["reconstruction"].max() < 1e-12


@pytest.mark.parametrize("n", [5, 40])
def test_both_decompositions_leave_the_residual_of_the_definition(n):
    images = np.random.RandomState(3).uniform(size=(n, 3, 3, 1)).astype(np.float32)
    detector = build_detector("pca", {"explained_variance": 0.8})
    detector.fit(images, FitContext())
    x = images.reshape(n, 9).astype(np.float64)
    centred = x - x.mean(axis=0)
    _, values, axes = np.linalg.svd(centred, full_matrices=False)
    kept = axes[: int(np.searchsorted(np.cumsum(values**2) / (values**2).sum(), 0.8)) + 1]
    expected = ((centred - centred @ kept.T @ kept) ** 2).sum(axis=1)
    assert detector.score(images)["reconstruction"] == pytest.approx(expected, abs=1e-9)


def test_it_must_be_fitted_first(plane):
    with pytest.raises(NotFitted, match="'pca' must be fitted"):
        build_detector("pca").score(plane[0])
