import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.metrics.rank_bootstrap import rank_intervals
from benchmark.metrics.seeded_values import SeededValues

few = settings(max_examples=20, deadline=None)


def row(values, *, seeds=None, variance=None, degrees=10):
    """Values of shape (tasks,) or (tasks, seeds); several seeds show their own variance."""
    values = np.asarray(values, dtype=float)
    values = values.reshape(len(values), -1)
    tasks, count = values.shape
    if variance is None and count > 1:
        variance, degrees = float(values.var(axis=1, ddof=1).mean()), tasks * (count - 1)
    return SeededValues(tuple(seeds or range(count)), values, variance or 0.0, degrees)


@st.composite
def boards(draw):
    """Rows of one number of tasks, with any numbers of seeds, and ties."""
    tasks = draw(st.integers(1, 4))
    shapes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=5))
    values = st.integers(0, 4).map(lambda quarter: quarter / 4)
    rows = [draw(st.lists(values, min_size=tasks * s, max_size=tasks * s)) for s in shapes]
    return [row(np.reshape(each, (tasks, s))) for each, s in zip(rows, shapes, strict=True)]


def simulated(generator, effects, *, tasks, seeds, spread=0.05, noise=0.02):
    """Rows around true means: a task is easy or hard for all, suits one row more than another, and seeds differ."""
    easy = generator.normal(0, 0.1, size=(tasks, 1))
    rows = [
        effect + easy + generator.normal(0, spread, size=(tasks, 1)) + generator.normal(0, noise, size=(tasks, count))
        for effect, count in zip(effects, seeds, strict=True)
    ]
    return [row(values, variance=None if values.shape[1] > 1 else noise**2) for values in rows]


@few
@given(boards(), st.booleans())
def test_an_interval_has_the_observed_rank_within_and_no_rank_beyond_the_board(rows, higher):
    means = [each.values.mean() if higher else -each.values.mean() for each in rows]
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
    turned = [row(-each.values) for each in rows]
    assert rank_intervals(turned, higher_is_better=False) == rank_intervals(rows)


def test_the_same_board_has_the_same_intervals():
    rows = simulated(np.random.default_rng(1), [0.9, 0.89, 0.88], tasks=8, seeds=[3, 1, 5])
    assert rank_intervals(rows) == rank_intervals([row(each.values, variance=each.seed_variance) for each in rows])


def test_a_row_that_is_better_on_every_task_and_seed_stands_firm():
    base = np.linspace(0.5, 0.8, 10)[:, None] + [0.0, 0.002]
    assert rank_intervals([row(base), row(base + 0.01), row(base - 0.01)]) == [(2, 2), (1, 1), (3, 3)]


def test_what_makes_a_task_hard_for_all_blurs_no_rank():
    # Tasks differ by 0.4, rows by 0.01: drawn apart for each row, the tasks would mix the rows up.
    tasks = np.linspace(0.5, 0.9, 10)
    assert rank_intervals([row(tasks + 0.01), row(tasks)]) == [(1, 1), (2, 2)]


def test_rows_that_trade_tasks_share_their_ranks():
    first = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4])
    assert rank_intervals([row(first), row(first[::-1]), row(first - 0.5)]) == [(1, 2), (1, 2), (3, 3)]


def test_equal_rows_share_the_better_rank():
    values = np.linspace(0, 1, 6)
    assert rank_intervals([row(values), row(values), row(values - 1)]) == [(1, 1), (1, 1), (3, 3)]


def test_seeds_blur_a_rank_where_the_tasks_agree():
    steady, moody = np.full(6, 0.8), np.full(6, 0.81)
    assert rank_intervals([row(steady), row(moody)]) == [(2, 2), (1, 1)]
    assert rank_intervals([row(steady), row(moody, variance=0.05**2)]) == [(1, 2), (1, 2)]


def test_the_variance_between_seeds_is_not_counted_twice():
    # The tasks differ by as much as seeds of this variance make them differ: it widens no interval.
    differences = 0.0145 + 0.01 * np.array([1.5, -1.2, 0.8, -0.4, 1.1, -1.6, 0.2, -0.7, 0.9, -0.6])
    without = [row(np.full(10, 0.5) + differences), row(np.full(10, 0.5))]
    spread = differences.var(ddof=1)
    seen = [row(without[0].values, variance=spread, degrees=200), without[1]]
    assert rank_intervals(without) == rank_intervals(seen) == [(1, 1), (2, 2)]


def test_one_task_is_drawn_over_seeds_alone():
    assert rank_intervals([row([[0.5, 0.9]]), row([[0.6, 0.7]])]) == [(1, 2), (1, 2)]
    assert rank_intervals([row([[0.9]], variance=0.2**2), row([[0.8]], variance=0.2**2)]) == [(1, 2), (1, 2)]
    assert rank_intervals([row([[0.9]]), row([[0.8]])]) == [(1, 1), (2, 2)]


def test_two_rows_are_compared_on_the_seeds_that_both_have():
    # Seeds 1 and 2 are much worse than seed 0, which alone the second row has: on it the first row is better.
    first = row(np.linspace(0.8, 0.9, 6)[:, None] - [0.0, 0.2, 0.3], variance=1e-8)
    second = row(np.linspace(0.78, 0.88, 6), variance=1e-8)
    assert rank_intervals([first, second]) == [(1, 2), (1, 2)], "extended to the ranks of the printed means"
    others = row(second.values, seeds=[7], variance=1e-8)
    assert rank_intervals([first, others]) == [(2, 2), (1, 1)], "no seed in common: all of each"


def test_no_rows_have_no_intervals():
    assert rank_intervals([]) == []


def test_rows_of_other_tasks_are_refused():
    with pytest.raises(ValueError, match="same tasks"):
        rank_intervals([row([0.5, 0.6]), row([0.5])])


@pytest.mark.parametrize(("tasks", "length"), [(3, 4.5), (10, 3.0)])
def test_intervals_cover_the_true_rank_at_least_as_often_as_they_say(tasks, length):
    # Six true means two hundredths apart, which so few tasks can half tell. Ranks are whole numbers, so an interval
    # covers more than it must.
    generator = np.random.default_rng(2)
    effects, seeds, boards = np.linspace(0.9, 0.8, 6), [5, 3, 1, 2, 5, 4], 120
    found = np.array([rank_intervals(simulated(generator, effects, tasks=tasks, seeds=seeds)) for _ in range(boards)])
    low, high, true = found[:, :, 0], found[:, :, 1], np.arange(1, 7)
    covered = ((low <= true) & (true <= high)).mean(axis=0)
    assert covered.mean() >= 0.95
    assert covered.min() >= 0.88, "the first and the last row, which are covered least"
    assert 1 <= (high - low).mean() <= length, "wide enough to be true, narrow enough to be of use"


@pytest.mark.parametrize(("tasks", "counts"), [(1, (2, 5, 20)), (10, (1, 3, 10))])
def test_on_average_more_seeds_make_intervals_shorter(tasks, counts):
    generator = np.random.default_rng(3)
    effects = [0.9, 0.89, 0.88, 0.87]
    lengths = []
    for seeds in counts:
        boards = [simulated(generator, effects, tasks=tasks, seeds=[seeds] * 4, spread=0.0) for _ in range(80)]
        lengths.append(np.mean([high - low for rows in boards for low, high in rank_intervals(rows)]))
    assert lengths[0] > lengths[1] + 0.2 > lengths[2] + 0.4
