import numpy as np

from bench_toolkit.centre import away_from_zero


def test_no_coordinate_of_the_centre_is_near_zero():
    given = np.array([-3, -0.1, -0.05, -1e-9, 0, 1e-9, 0.05, 0.1, 3])
    assert away_from_zero(given).tolist() == [-3, -0.1, -0.1, -0.1, 0.1, 0.1, 0.1, 0.1, 3]


def test_without_a_margin_the_centre_stays_where_it_is():
    assert away_from_zero(np.array([-0.05, 0, 1e-9]), 0.0).tolist() == [-0.05, 0, 1e-9]
