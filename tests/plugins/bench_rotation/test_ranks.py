import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench_rotation.ranks import rank, surprise

SCALES = pytest.mark.parametrize("scale", [rank, surprise])

# Whole numbers, so that no two are nearer to one another than a float can tell apart.
whole = st.integers(-1_000, 1_000)
training = st.lists(whole, min_size=1, max_size=60).map(lambda scores: np.array(scores, np.float64))
seen = st.lists(whole, min_size=2, max_size=30, unique=True).map(lambda scores: np.array(sorted(scores), np.float64))


@SCALES
@given(
    training=st.lists(st.integers(-20, 20), min_size=2, max_size=60, unique=True), seen=st.sets(st.integers(-99, 99))
)
def test_it_climbs_strictly_with_the_score(scale, training, seen):
    scores = np.array(sorted(seen), np.float64)
    assert (np.diff(scale(scores, np.array(training, np.float64))) > 0).all()


@SCALES
@given(training=training, seen=seen)
def test_it_never_falls_and_is_finite_whatever_the_training_scores_are(scale, training, seen):
    scaled = scale(seen, training)
    assert np.isfinite(scaled).all()
    assert (np.diff(scaled) >= 0).all()


@SCALES
@given(training=training, seen=seen)
def test_the_sum_climbs_with_each_heads_score(scale, training, seen):
    other = np.full(len(seen), 0.3)
    total = scale(seen, training) + scale(other, training)
    assert (np.diff(total) >= 0).all()


@SCALES
@given(training=training, seen=seen)
def test_an_image_knows_nothing_of_those_scored_beside_it(scale, training, seen):
    together = scale(seen, training)
    assert [scale(seen[i : i + 1], training)[0] for i in range(len(seen))] == together.tolist()


@SCALES
@given(training=training, seen=seen, unit=st.sampled_from([0.25, 8.0, 1_024.0]))
def test_neither_the_unit_of_a_score_nor_the_order_of_the_training_images_matters(scale, training, seen, unit):
    wanted = scale(seen, training)
    if len(np.unique(training)) > 1:
        assert scale(unit * seen, unit * training[::-1]) == pytest.approx(wanted, rel=1e-6, abs=1e-9)


def test_a_rank_is_the_share_of_training_scores_below():
    hundred = np.arange(100.0)
    assert rank(np.array([10.0, 49.5, 90.0]), hundred) == pytest.approx([0.105, 0.5, 0.905])


def test_half_of_those_that_are_equal_lie_below():
    assert rank(np.array([2.0]), np.array([1.0, 2.0, 2.0, 2.0, 3.0])) == pytest.approx(0.5)


def test_a_surprise_is_the_logarithm_of_the_share_above():
    hundred = np.arange(100.0)
    assert surprise(np.array([10.0, 49.5, 90.0]), hundred) == pytest.approx(-np.log([0.895, 0.5, 0.095]))


def test_beyond_the_largest_a_mean_excess_is_the_unit():
    hundred = np.arange(100.0)
    upper = hundred[90:]
    unit = (upper - np.quantile(hundred, 0.9)).mean()
    scores = 99 + unit * np.array([0.0, 1.0, 3.0])
    assert rank(scores, hundred) == pytest.approx(0.995 + np.log([1, 2, 4]))
    assert surprise(scores, hundred) == pytest.approx(-np.log(0.005) + np.array([0, 1, 3]))


@pytest.mark.parametrize("tail", [np.random.RandomState(0).exponential(size=100_000)])
def test_the_surprise_of_an_exponential_score_is_that_score(tail):
    """What lies beyond the largest goes on as the tail of the distribution that it continues."""
    assert surprise(np.array([1.0, 5.0]), tail) == pytest.approx([1, 5], rel=0.03)
    few = tail[:1_000]
    assert surprise(np.array([20.0]), few) == pytest.approx(20, rel=0.2)


@SCALES
def test_images_far_beyond_all_training_images_are_told_apart(scale):
    far = scale(1e6 * np.arange(1.0, 1_001), np.random.RandomState(0).uniform(size=500))
    assert len(np.unique(far)) == 1_000


@SCALES
def test_training_scores_that_are_all_equal_still_order_the_others(scale):
    scaled = scale(np.array([0.0, 1.0, 2.0, 3.0]), np.ones(10))
    assert scaled[0] <= scaled[1] < scaled[2] < scaled[3]
