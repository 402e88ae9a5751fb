import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.metrics.rank_bootstrap import rank_intervals

few = settings(max_examples=20, deadline=None)


@st.composite
def boards(draw):
    """Rows of one number of tasks, with any numbers of seeds, and ties."""
    tasks = draw(st.integers(1, 4))
    shapes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=5))
    values = st.integers(0, 4).map(lambda quarter: quarter / 4)
    return [np.array(draw(st.lists(values, min_size=tasks * s, max_size=tasks * s))).reshape(tasks, s) for s in shapes]


def simulated(generator, effects, *, tasks, seeds, spread=0.05, noise=0.02):
    """Rows around true means: a task is easy or hard for all, suits one row more than another, and seeds differ."""
    easy = generator.normal(0, 0.1, size=(tasks, 1))
    return [
        effect + easy + generator.normal(0, spread, size=(tasks, 1)) + generator.normal(0, noise, size=(tasks, count))
        for effect, count in zip(effects, seeds, strict=True)
    ]


@few
@given(boards(), st.booleans())
def test_an_interval_has_the_observed_rank_within_and_no_rank_beyond_the_board(rows, higher):
    means = [row.mean() if higher else -row.mean() for row in rows]
    for mean, (low, high) in zip(means, rank_intervals(rows, higher_is_better=higher), strict=True):
        rank = 1 + sum(other > mean + 1e-9 for other in means)
        assert 1 <= low <= rank <= high <= len(rows)


@few
@given(boards().flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(range(len(rows))))))
def test_the_order_of_the_rows_does_not_count(drawn):
    rows, order = drawn
    found = rank_intervals(rows)
    assert rank_intervals([rows[i] for i in order]) == [found[i] for i in order]


@few
@given(boards())
def test_turning_the_values_round_and_the_direction_too_changes_nothing(rows):
    assert rank_intervals([-row for row in rows], higher_is_better=False) == rank_intervals(rows)


def test_the_same_board_has_the_same_intervals():
    rows = simulated(np.random.default_rng(1), [0.9, 0.89, 0.88], tasks=8, seeds=[3, 1, 5])
    assert rank_intervals(rows) == rank_intervals([row.copy() for row in rows])


def test_a_row_that_is_better_on_every_task_and_seed_stands_firm():
    base = np.linspace(0.5, 0.8, 20).reshape(10, 2)
    assert rank_intervals([base, base + 0.01, base - 0.01]) == [(2, 2), (1, 1), (3, 3)]


def test_what_makes_a_task_hard_for_all_blurs_no_rank():
    # Tasks differ by 0.4, rows by 0.01: drawn apart for each row, the tasks would mix the rows up.
    tasks = np.linspace(0.5, 0.9, 10)[:, None]
    assert rank_intervals([tasks + 0.01, tasks]) == [(1, 1), (2, 2)]


def test_rows_that_trade_tasks_share_their_ranks():
    first = np.array([[0.9], [0.8], [0.7], [0.6], [0.5], [0.4]])
    assert rank_intervals([first, first[::-1], first - 0.5]) == [(1, 2), (1, 2), (3, 3)]


def test_equal_rows_share_the_better_rank():
    row = np.linspace(0, 1, 12).reshape(6, 2)
    assert rank_intervals([row, row.copy(), row - 1]) == [(1, 1), (1, 1), (3, 3)]


def test_seeds_alone_blur_a_rank():
    steady, moody = np.full((6, 5), 0.8), np.tile([0.6, 0.7, 0.82, 0.92, 1.0], (6, 1))
    assert rank_intervals([steady, moody]) == [(1, 2), (1, 2)]
    assert rank_intervals([steady, moody.mean(axis=1, keepdims=True)]) == [(2, 2), (1, 1)]


def test_one_task_is_drawn_over_seeds_alone():
    assert rank_intervals([np.array([[0.5, 0.9]]), np.array([[0.6, 0.7]])]) == [(1, 2), (1, 2)]
    assert rank_intervals([np.array([[0.9]]), np.array([[0.8]])]) == [(1, 1), (2, 2)]


def test_no_rows_have_no_intervals():
    assert rank_intervals([]) == []


@pytest.mark.parametrize("bad", [np.zeros((2, 1)), np.zeros(3), np.full((3, 1), np.nan), np.zeros((3, 0))])
def test_rows_that_cannot_be_compared_are_refused(bad):
    with pytest.raises(ValueError, match="same tasks"):
        rank_intervals([np.zeros((3, 2)), bad])


def test_intervals_cover_the_true_rank_about_as_often_as_they_say():
    # Six true means two hundredths apart, which eight tasks can half tell. Ranks are whole numbers, so an interval
    # covers somewhat more than it must (0.987). The observed rank alone is the true one in 0.60; intervals over seeds
    # alone would cover 0.72.
    generator = np.random.default_rng(2)
    effects, seeds, boards = np.linspace(0.9, 0.8, 6), [5, 3, 1, 2, 5, 4], 300
    found = np.array([rank_intervals(simulated(generator, effects, tasks=8, seeds=seeds)) for _ in range(boards)])
    low, high, true = found[:, :, 0], found[:, :, 1], np.arange(1, 7)
    covered = ((low <= true) & (true <= high)).mean(axis=0)
    assert 0.95 <= covered.mean() <= 0.995
    assert covered.min() >= 0.92
    assert 1 <= (high - low).mean() <= 3, "narrow enough to be of use, wide enough to be true"


def test_sixty_rows_of_ten_tasks_and_five_seeds_take_no_time():
    rows = simulated(np.random.default_rng(3), np.linspace(0.95, 0.5, 60), tasks=10, seeds=[5] * 60)
    rank_intervals(rows[:1])  # scipy loads
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        rank_intervals(rows)
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 1
