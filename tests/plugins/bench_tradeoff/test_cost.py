import dataclasses
import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_trials import toy_trial

from bench_tradeoff.cost import fit_seconds, union_length, wall_seconds
from benchmark.interfaces.outcome import Cost, Outcome

TRIAL = toy_trial()
MIDNIGHT = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def ended(second, **cost):
    at = (MIDNIGHT + datetime.timedelta(seconds=second)).isoformat()
    return dataclasses.replace(Outcome(trial=TRIAL, status="ok", source="s"), finished_at=at, cost=Cost(**cost))


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20))))
def test_what_is_covered_is_every_moment_that_is_in_an_interval_once(drawn):
    moments = {second for start, length in drawn for second in range(start, start + length)}
    assert union_length((start, start + length) for start, length in drawn) == len(moments)


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e3)), min_size=1))
def test_what_is_covered_is_no_less_than_the_longest_and_no_more_than_the_sum(drawn):
    intervals = [(start, start + length) for start, length in drawn]
    lengths = [end - start for start, end in intervals]
    assert max(lengths) - 1e-6 <= union_length(intervals) <= sum(lengths) + 1e-6


def test_trials_side_by_side_count_once_and_a_pause_between_runs_not_at_all():
    first, beside, next_day = (ended(at, wall_seconds=10.0) for at in (10, 15, 86_400))
    assert wall_seconds([next_day, first, beside]) == pytest.approx(25.0)


def test_an_outcome_that_knows_no_wall_time_counts_with_what_it_took_to_load_fit_and_score():
    assert wall_seconds([ended(50, load_seconds=1.0, fit_seconds=5.0, score_seconds=2.0)]) == pytest.approx(8.0)
    assert wall_seconds([ended(50, fit_seconds=5.0)]) == pytest.approx(5.0)
    assert wall_seconds([ended(50, fit_seconds=5.0, wall_seconds=9.0)]) == pytest.approx(9.0)


def test_a_fit_that_nobody_timed_leaves_no_sum():
    assert fit_seconds([ended(0, fit_seconds=2.0), ended(0, fit_seconds=0.5)]) == pytest.approx(2.5)
    assert fit_seconds([ended(0, fit_seconds=2.0), ended(0)]) is None
