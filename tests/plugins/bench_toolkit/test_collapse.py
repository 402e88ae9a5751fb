import numpy as np
import pytest

from bench_toolkit.collapse import length, require_spread, spread
from benchmark import TrainingCollapsed

CODES = np.array([[3.0, 4.0], [3.0, 6.0]])


def test_length_is_the_root_of_the_mean_squared_length():
    assert length(CODES) == pytest.approx(np.sqrt((25 + 45) / 2))


def test_spread_is_the_length_around_the_mean():
    assert spread(CODES) == pytest.approx(1)


def test_superpixels_count_as_codes():
    assert length(CODES[:, None]) == length(CODES)
    assert spread(CODES.reshape(1, 2, 2)) == spread(CODES)


def test_codes_that_are_spread_enough_pass():
    require_spread(CODES, 0.99, when="after epoch 1", scale="their noise is 1")


def test_one_image_has_no_spread_to_show():
    require_spread(CODES[:1], 1.0, when="after epoch 1", scale="their noise is 1")


def test_codes_that_are_all_one_are_refused_with_both_numbers():
    expected = "after epoch 1 every image has the same code: .* spread of 1 .* length of 5.92; their noise is 1"
    with pytest.raises(TrainingCollapsed, match=expected):
        require_spread(CODES, 1.01, when="after epoch 1", scale="their noise is 1")
