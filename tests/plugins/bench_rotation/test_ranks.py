import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bench_rotation.ranks import rank, surprise

SCALES = pytest.mark.parametrize("scale", [rank, surprise])

# Whole numbers: no two differ by less than a float can represent.
whole = st.integers(-1_000, 1_000)
training = st.lists(whole, min_size=1, max_size=60).map(lambda values: np.array(values, np.float64))
scores = st.lists(whole, min_size=2, max_size=30, unique=True).map(lambda values: np.array(sorted(values), np.float64))


@SCALES
@given(
    training=st.lists(st.integers(-20, 20), min_size=2, max_size=60, unique=True), scores=st.sets(st.integers(-50, 99))
)
@example(training=[19, 20], scores={-50, -49})
def test_it_is_strictly_increasing_in_the_score(scale, training, scores):
    ordered = np.array(sorted(scores), np.float64)
    assert (np.diff(scale(ordered, np.array(training, np.float64))) > 0).all()


@SCALES
@given(training=training, scores=scores)
def test_it_never_falls_and_is_finite_whatever_the_training_scores_are(scale, training, scores):
    scaled = scale(scores, training)
    assert np.isfinite(scaled).all()
    assert (np.diff(scaled) >= 0).all()


@SCALES
@given(training=training, scores=scores)
def test_the_sum_increases_with_the_score_of_each_head(scale, training, scores):
    other = np.full(len(scores), 0.3)
    total = scale(scores, training) + scale(other, training)
    assert (np.diff(total) >= 0).all()


@SCALES
@given(training=training, scores=scores)
def test_an_image_does_not_depend_on_those_scored_with_it(scale, training, scores):
    together = scale(scores, training)
    assert [scale(scores[i : i + 1], training)[0] for i in range(len(scores))] == together.tolist()


@SCALES
@given(training=training, scores=scores, unit=st.sampled_from([0.25, 8.0, 1_024.0]))
def test_neither_the_unit_of_a_score_nor_the_order_of_the_training_images_matters(scale, training, scores, unit):
    expected = scale(scores, training)
    if len(np.unique(training)) > 1:
        assert scale(unit * scores, unit * training[::-1]) == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_a_rank_is_the_share_of_training_scores_below():
    hundred = np.arange(100.0)
    assert rank(np.array([10.0, 49.5, 90.0]), hundred) == pytest.approx([0.105, 0.5, 0.905])


def test_half_of_the_equal_scores_count_as_below():
    assert rank(np.array([2.0]), np.array([1.0, 2.0, 2.0, 2.0, 3.0])) == pytest.approx(0.5)


def test_a_surprise_is_the_logarithm_of_the_share_above():
    hundred = np.arange(100.0)
    assert surprise(np.array([10.0, 49.5, 90.0]), hundred) == pytest.approx(-np.log([0.895, 0.5, 0.095]))


def test_above_the_largest_the_unit_is_the_mean_excess():
    hundred = np.arange(100.0)
    upper = hundred[90:]
    unit = (upper - np.quantile(hundred, 0.9)).mean()
    scores = 99 + unit * np.array([0.0, 1.0, 3.0])
    assert rank(scores, hundred) == pytest.approx(0.995 + np.log([1, 2, 4]))
    assert surprise(scores, hundred) == pytest.approx(-np.log(0.005) + np.array([0, 1, 3]))


@pytest.mark.parametrize("tail", [np.random.RandomState(0).exponential(size=100_000)])
def test_the_surprise_of_an_exponential_score_is_that_score(tail):
    """Above the largest training score, the scale continues the tail of the distribution."""
    assert surprise(np.array([1.0, 5.0]), tail) == pytest.approx([1, 5], rel=0.03)
    few = tail[:1_000]
    assert surprise(np.array([20.0]), few) == pytest.approx(20, rel=0.2)


def test_far_below_all_training_scores_a_surprise_rounds_to_0():
    assert surprise(np.array([-76.0, -75.0]), np.array([0.0, 1.0])).tolist() == [0, 0]


@SCALES
def test_images_far_above_all_training_images_have_different_ranks(scale):
    far = scale(1e6 * np.arange(1.0, 1_001), np.random.RandomState(0).uniform(size=500))
    assert len(np.unique(far)) == 1_000


@SCALES
def test_training_scores_that_are_all_equal_still_order_the_others(scale):
    scaled = scale(np.array([0.0, 1.0, 2.0, 3.0]), np.ones(10))
    assert scaled[0] <= scaled[1] < scaled[2] < scaled[3]
