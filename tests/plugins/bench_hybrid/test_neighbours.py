import numpy as np
import pytest
from scipy.spatial.distance import cdist

from bench_hybrid.neighbours import knn, lof


def plain_lof(at, training, k):
    """Breunig et al.'s definitions, one after the other."""
    among = cdist(training, training)
    np.fill_diagonal(among, np.inf)
    nearest = np.argsort(among, axis=1)[:, :k]
    k_distance = np.sort(among, axis=1)[:, k - 1]

    def density(distances, neighbours):
        reached = np.maximum(np.take_along_axis(distances, neighbours, axis=1), k_distance[neighbours])
        return 1 / reached.mean(axis=1)

    of_training = density(among, nearest)
    distances = cdist(at, training)
    neighbours = np.argsort(distances, axis=1)[:, :k]
    return of_training[neighbours].mean(axis=1) / density(distances, neighbours)


@pytest.mark.parametrize("k", [1, 5])
def test_knn_is_the_distance_to_the_kth_nearest(codes, k):
    training, at = codes(), codes(20, seed=1)
    expected = np.sort(cdist(at, training), axis=1)[:, k - 1]
    assert knn(training, neighbours=k, threads=1).score(at) == pytest.approx(expected)


@pytest.mark.parametrize("k", [2, 10])
def test_lof_is_its_definition(codes, k):
    training, at = codes(), codes(20, seed=1)
    assert lof(training, neighbours=k, threads=1).score(at) == pytest.approx(plain_lof(at, training, k))


def test_where_there_are_fewer_codes_than_neighbours_all_are_asked(codes):
    training, at = codes(4), codes(20, seed=1)
    assert knn(training, neighbours=10, threads=1).score(at) == pytest.approx(cdist(at, training).max(axis=1))
    assert lof(training, neighbours=10, threads=1).score(at) == pytest.approx(plain_lof(at, training, 3))


def test_codes_that_come_often_are_no_reason_to_warn(codes):
    often = np.concatenate([codes(20).repeat(10, axis=0), codes(50, seed=1)])
    assert np.isfinite(lof(often, neighbours=3, threads=1).score(codes(20, seed=2))).all()
