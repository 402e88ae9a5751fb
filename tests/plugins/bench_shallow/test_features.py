import numpy as np
import pytest

from bench_shallow.configs import FeaturesConfig
from bench_shallow.features import Features, flat, principal_components
from benchmark import BadData, FitContext, NotFitted, build_detector
from benchmark.preprocessing import Contrast

ON_COMPONENTS = ("ocsvm", "kde", "iforest")


def test_features_are_the_principal_components_of_the_training_images(cloud):
    images, others = cloud(60), cloud(5, seed=1)
    features = Features.of(images, FeaturesConfig(explained_variance=0.8))
    pca = principal_components(flat(images), 0.8)
    assert 1 < features.applied(others).shape[1] < 9
    assert features.applied(others) == pytest.approx(pca.transform(flat(others)), abs=1e-12)
    assert features.applied(images).var(axis=0).sum() >= 0.8 * flat(images).var(axis=0).sum()


def test_all_the_variance_keeps_all_distances(cloud):
    images = cloud(60)
    features = Features.of(images, FeaturesConfig(explained_variance=1.0)).applied(images)
    pixels = flat(images)
    apart = np.linalg.norm(pixels[0] - pixels, axis=1)
    assert np.linalg.norm(features[0] - features, axis=1) == pytest.approx(apart, abs=1e-12)


def test_contrast_is_that_of_the_training_images(cloud):
    images, others = cloud(60), cloud(5, seed=1, around=0.2)
    features = Features.of(images, FeaturesConfig(contrast="gcn_l1"))
    contrast = Contrast.of(images)
    plain = Features.of(contrast.applied(images), FeaturesConfig())
    assert np.array_equal(features.applied(others), plain.applied(contrast.applied(others)))


@pytest.mark.parametrize("n", [1, 4])
@pytest.mark.parametrize("contrast", ["none", "gcn_l1"])
def test_where_training_images_are_all_one_every_pixel_stays(cloud, n, contrast):
    image = cloud(1)
    features = Features.of(image.repeat(n, axis=0), FeaturesConfig(contrast=contrast))
    assert features.applied(image).shape == (1, 9)
    assert not features.applied(image).any()
    assert features.applied(cloud(3, seed=1)).any(axis=1).all()


@pytest.mark.parametrize("name", ON_COMPONENTS)
def test_fewer_images_than_pixels_are_enough(cloud, name):
    detector = build_detector(name)
    detector.fit(cloud(4), FitContext())
    (scores,) = detector.score(cloud(20, seed=1)).values()
    assert np.isfinite(scores).all()
    assert detector.facts()["components"] <= 3


@pytest.mark.parametrize("name", ON_COMPONENTS)
def test_equal_training_images_give_finite_scores(cloud, name):
    detector = build_detector(name)
    detector.fit(np.full((6, 3, 3, 1), 0.3, np.float32), FitContext())
    (scores,) = detector.score(cloud(20)).values()
    assert np.isfinite(scores).all()


@pytest.mark.parametrize(("name", "values"), [("ocsvm", {}), ("kde", {"bandwidth": 0.5}), ("iforest", {})])
def test_one_training_image_is_enough_where_nothing_is_chosen_by_it(cloud, name, values):
    detector = build_detector(name, values)
    detector.fit(cloud(1), FitContext())
    (scores,) = detector.score(cloud(20, seed=1)).values()
    assert np.isfinite(scores).all()


def test_one_training_image_cannot_choose_a_bandwidth(cloud):
    with pytest.raises(BadData, match="needs 2 training images"):
        build_detector("kde").fit(cloud(1), FitContext())


@pytest.mark.parametrize("name", ON_COMPONENTS)
def test_they_must_be_fitted_first(cloud, name):
    detector = build_detector(name)
    assert detector.facts() == {}
    with pytest.raises(NotFitted, match=f"'{name}' must be fitted"):
        detector.score(cloud(2))


@pytest.mark.parametrize(("name", "by_seed"), [("ocsvm", False), ("kde", False), ("iforest", True)])
def test_only_the_forest_depends_on_the_seed(cloud, name, by_seed):
    # Of the density the seed deals the folds; the grid is coarse enough to give the same bandwidth.
    def scored(seed):
        detector = build_detector(name)
        detector.fit(cloud(200), FitContext(seed=seed))
        return next(iter(detector.score(cloud(30, seed=1)).values()))

    assert np.array_equal(scored(0), scored(0))
    assert np.array_equal(scored(0), scored(1)) is not by_seed
