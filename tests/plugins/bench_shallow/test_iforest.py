import numpy as np
import pytest
from sklearn.ensemble import IsolationForest

from bench_shallow.features import flat, principal_components
from benchmark import FitContext, build_detector


def fitted(images, seed=0, **values):
    detector = build_detector("iforest", values)
    detector.fit(images, FitContext(seed=seed))
    return detector


def test_the_score_is_that_of_scikit_learn_on_the_components(cloud):
    images, others = cloud(300), cloud(20, seed=1)
    pca = principal_components(flat(images), 0.95)
    forest = IsolationForest(n_estimators=100, max_samples=256, random_state=3)
    expected = -forest.fit(pca.transform(flat(images))).score_samples(pca.transform(flat(others)))
    assert fitted(images, seed=3).score(others)["isolation"] == pytest.approx(expected)


def test_far_images_score_higher(cloud):
    detector = fitted(cloud(300))
    near, far = (detector.score(cloud(20, seed=1, around=around))["isolation"] for around in (0.5, 0.9))
    assert far.min() > np.median(near)
    assert 0 < near.min() < far.max() <= 1


def test_a_tree_grows_on_all_images_where_there_are_fewer_than_it_may_take(cloud):
    images, others = cloud(50), cloud(20, seed=1)
    assert np.array_equal(
        fitted(images).score(others)["isolation"], fitted(images, samples=50).score(others)["isolation"]
    )


def test_more_trees_have_more_nodes(cloud):
    few, many = (fitted(cloud(50), trees=trees).facts()["nodes"] for trees in (5, 50))
    assert few < many
