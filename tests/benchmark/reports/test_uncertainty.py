import dataclasses
import re

import numpy as np
import pytest
from toy_trials import toy_trial

from benchmark.interfaces.outcome import Measure, Outcome, TaskFacts
from benchmark.metrics.builtin import SPECS
from benchmark.reports.rows import make_board

ROC_AUC, _, FPR, *_ = SPECS


def outcome(value, *, task, seed=0, detector="toy", status="ok", error=None):
    trial = toy_trial(detector=detector, task=task, seed=seed)
    measures = {"roc_auc": Measure(value, error), "fpr_at_95_tpr": Measure(value)}
    return Outcome(trial=trial, status=status, source="s", metrics={"distance": measures} if status == "ok" else {})


def board(rows, metric=ROC_AUC, *, error=None, failed=()):
    """Of {detector: array (tasks,) or (tasks, seeds)}; `failed` detectors lack their first task."""
    outcomes = []
    tasks = tuple(f"t{index}" for index in range(len(next(iter(rows.values())))))
    for detector, values in rows.items():
        for task, of_task in zip(tasks, np.reshape(values, (len(tasks), -1)), strict=True):
            for seed, value in enumerate(of_task):
                lost = detector in failed and task == "t0"
                status = "failed" if lost else "ok"
                ranking = outcome(float(value), task=task, seed=seed, detector=detector, status=status, error=error)
                outcomes.append(dataclasses.replace(ranking, task=TaskFacts(tasks=tasks)))
    return make_board("shapes", outcomes, metric, non_default=lambda o: {})


def ends(row):
    return row.uncertainty and (row.uncertainty.low, row.uncertainty.high)


def difference(ranking):
    """Return the difference of the first two means, the number of tasks, and the standard error, from the note."""
    numbers = re.search(r"differ by ([\d.]+) points; .* over (\d+) tasks is ([\d.]+)\.", ranking.uncertainty_note)
    return float(numbers[1]), int(numbers[2]), float(numbers[3])


def intervals(ranking):
    return {row.detector: ends(row) for row in ranking.rows}


TASKS = np.linspace(0.6, 0.9, 10)
WAVE = np.array([0.03, -0.02, 0.04, -0.01, 0.02, -0.03, 0.01, -0.04, 0.05, -0.05])


def test_a_row_that_is_beaten_on_every_task_stands_firm_and_one_that_trades_them_does_not():
    ranking = board({"best": TASKS + 0.051, "rival": TASKS + 0.05 + WAVE, "worst": TASKS - 0.3 - WAVE**2})
    assert intervals(ranking) == {"best": (1, 2), "rival": (1, 2), "worst": (3, 3)}
    best, rival, worst = (row.uncertainty.p for row in ranking.rows)
    assert best is None and rival > 0.5
    assert worst == pytest.approx(2 * 2 / 2**10), "the least of ten tasks, times two rows"


def test_a_row_without_a_mean_has_no_uncertainty():
    ranking = board({"better": TASKS + 0.01, "best": TASKS + 0.1, "broken": TASKS + 0.2}, failed=["broken"])
    assert list(intervals(ranking).items()) == [("best", (1, 1)), ("better", (2, 2)), ("broken", None)]


def test_where_lower_is_better_the_lowest_leads():
    rows = {"low": TASKS - 0.1, "high": TASKS + WAVE**2}
    assert intervals(board(rows, FPR)) == {"low": (1, 1), "high": (2, 2)}
    assert intervals(board(rows, ROC_AUC)) == {"high": (1, 1), "low": (2, 2)}
    assert board(rows, FPR).rows[1].uncertainty.p == board(rows).rows[1].uncertainty.p


def test_seeds_are_averaged_within_a_task_before_the_test():
    # Each seed of the rival beats the leader somewhere; its means never do.
    steady = np.repeat((TASKS + 0.02)[:, None], 2, axis=1)
    varying = TASKS[:, None] + np.array([0.3, -0.31]) * np.linspace(0.5, 1, 10)[:, None]
    assert board({"steady": steady, "varying": varying}).rows[1].uncertainty.p == 2 / 2**10


def test_rows_may_have_other_numbers_of_seeds():
    ranking = board({"three": np.tile(TASKS[:, None] + 0.1, 3), "one": TASKS})
    assert intervals(ranking) == {"three": (1, 1), "one": (2, 2)}
    assert difference(ranking) == (10.0, 10, 0.0)


def test_the_note_gives_the_difference_of_the_first_two_rows_and_its_standard_error():
    ranking = board({"best": TASKS + 0.1, "a": TASKS + WAVE, "b": TASKS - 0.1 + 2 * WAVE, "c": TASKS - 0.2 + 9 * WAVE})
    error = 100 * WAVE.std(ddof=1) / 10**0.5
    assert difference(ranking) == (pytest.approx(10.0, abs=0.005), 10, pytest.approx(error, abs=0.005))
    assert error > 1


def test_a_metric_that_is_no_fraction_has_no_points():
    counted = dataclasses.replace(ROC_AUC, range=(0.0, 50.0))
    ranking = board({"best": TASKS + 0.1, "a": TASKS + WAVE}, counted)
    error = f"{WAVE.std(ddof=1) / 10**0.5:.4g}"
    note = ranking.uncertainty_note
    assert f"differ by 0.1; the standard error of this difference over 10 tasks is {error}." in note


def test_the_note_says_what_each_interval_covers():
    rows = {"best": TASKS + 0.1, "a": TASKS}
    with_errors = board(rows, error=0.01).uncertainty_note
    assert "(DeLong) covers the sampling of the scored images only." in with_errors
    assert "`p` cover variation over tasks and seeds only" in with_errors
    assert "DeLong" not in board(rows).uncertainty_note, "this board shows no such interval"


def test_one_row_has_nothing_to_be_compared_with():
    ranking = board({"alone": TASKS})
    assert (intervals(ranking), ranking.rows[0].uncertainty.p) == ({"alone": (1, 1)}, None)
    assert ranking.uncertainty_note.startswith("Nothing to compare: fewer than two rows have a mean.")


def test_a_board_without_a_mean_has_nothing_to_compare():
    ranking = board({"broken": TASKS}, failed=["broken"])
    assert ranking.rows[0].uncertainty is None
    assert "Nothing to compare" in ranking.uncertainty_note


@pytest.mark.parametrize(("tasks", "text"), [(1, "1 task"), (5, "5 tasks")])
def test_with_fewer_than_six_tasks_no_p_could_be_small_and_none_is_given(tasks, text):
    ranking = board({"best": TASKS[:tasks, None] + [0.1, 0.2], "a": TASKS[:tasks, None] + [0.0, 0.01]})
    assert [row.uncertainty.p for row in ranking.rows] == [None, None]
    assert f"No `p`: a paired test over {text} cannot fall below 0.05; it needs 6 tasks." in ranking.uncertainty_note


def test_one_task_with_one_seed_gives_no_rank_interval():
    ranking = board({"best": [0.9], "a": [0.5]})
    assert intervals(ranking) == {"best": (None, None), "a": (None, None)}
    assert "differ by" not in ranking.uncertainty_note, "one task has no standard error"


@pytest.mark.parametrize(("rows", "verdict"), [(25, True), (26, False)])
def test_with_too_many_rows_even_the_least_p_survives_no_correction(rows, verdict):
    # 2 / 2**10 is 0.00195: times 25 it is 0.0488, times 26 it is 0.0508.
    ranking = board({f"d{index:02}": TASKS - index / 100 - WAVE**2 * index for index in range(rows + 1)})
    assert (ranking.rows[1].uncertainty.p < 0.05) == verdict
    assert ("Holm's correction for 26 rows" in ranking.uncertainty_note) != verdict


def test_rows_that_equal_the_leader_have_no_p_and_the_note_says_why():
    ranking = board({"one": TASKS, "other": TASKS})
    assert {(ends(row), row.uncertainty.p) for row in ranking.rows} == {((1, 1), None)}
    assert "no row differs from the leader on at least 6 tasks" in ranking.uncertainty_note


def test_the_same_outcomes_have_the_same_uncertainty():
    rows = {"best": TASKS + 0.02, "rival": TASKS + WAVE, "other": TASKS - WAVE}
    first, second = ([row.uncertainty for row in board(rows).rows] for _ in range(2))
    assert first == second
