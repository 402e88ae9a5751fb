import dataclasses

import numpy as np
import pytest
from toy_trials import toy_trial

from benchmark.interfaces.outcome import Measure, Outcome, TaskFacts
from benchmark.metrics.builtin import SPECS
from benchmark.metrics.paired_difference import Difference
from benchmark.reports.board import SeedVariance
from benchmark.reports.rows import make_board
from benchmark.reports.uncertainty import why_no_p

METRICS = {spec.name: spec for spec in SPECS}
ROC_AUC, FPR = METRICS["roc_auc"], METRICS["fpr_at_95_tpr"]


def outcome(value, *, task, detector="toy", status="ok", error=None, **trial):
    trial = toy_trial(detector=detector, task=task, **trial)
    measures = {"roc_auc": Measure(value, error), "fpr_at_95_tpr": Measure(value)}
    return Outcome(trial=trial, status=status, source="s", metrics={"distance": measures} if status == "ok" else {})


def board(rows, metric=ROC_AUC, *, error=None, failed=(), seeds=None, **trial):
    """Of {detector: array (tasks,) or (tasks, seeds)}; `failed` detectors lack their first task.

    `seeds` names those of a detector, and a detector named `a:1` is `a` with other parameters.
    """
    outcomes = []
    tasks = tuple(f"t{index}" for index in range(len(next(iter(rows.values())))))
    for name, values in rows.items():
        detector, _, power = name.partition(":")
        for task, of_task in zip(tasks, np.reshape(values, (len(tasks), -1)), strict=True):
            for index, value in enumerate(of_task):
                lost = name in failed and task == "t0"
                one = outcome(
                    float(value), task=task, seed=(seeds or {}).get(name, range(99))[index], detector=detector,
                    status="failed" if lost else "ok", error=error,
                    **{"params": {"power": power} if power else {}, **trial},
                )  # fmt: skip
                outcomes.append(dataclasses.replace(one, task=TaskFacts(tasks=tasks)))
    return make_board("shapes", outcomes, metric, non_default=lambda o: o.trial.params)


def ends(row):
    return row.uncertainty and (row.uncertainty.low, row.uncertainty.high)


def intervals(ranking):
    return {row.detector: ends(row) for row in ranking.rows}


def why(ranking):
    return why_no_p(ranking.rows, len(ranking.tasks))


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
    assert board(rows, FPR).rows[1].uncertainty.to_leader.low > 0 > board(rows).rows[1].uncertainty.to_leader.high


def test_seeds_are_averaged_within_a_task_before_the_test():
    # Each seed of the rival beats the leader somewhere; its means never do.
    steady = np.repeat((TASKS + 0.02)[:, None], 2, axis=1)
    varying = TASKS[:, None] + np.array([0.3, -0.31]) * np.linspace(0.5, 1, 10)[:, None]
    assert board({"steady": steady, "varying": varying}).rows[1].uncertainty.p == 2 / 2**10


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
    assert why(ranking) == f"No `p`: a paired test over {text} cannot fall below 0.05; it needs 6 tasks."


def test_one_task_with_one_seed_gives_no_rank_interval():
    ranking = board({"best": [0.9], "a": [0.5]})
    assert intervals(ranking) == {"best": (None, None), "a": (None, None)}
    assert ranking.rows[1].uncertainty.to_leader == Difference(pytest.approx(-0.4))
    assert ranking.seed_remarks == (
        "One seed, and no row of the framework has more, so the variation over seeds is unknown and there are no rank"
        " intervals: best; a.",
    )


@pytest.mark.parametrize(("rows", "verdict"), [(25, True), (26, False)])
def test_with_too_many_rows_even_the_least_p_survives_no_correction(rows, verdict):
    # 2 / 2**10 is 0.00195: times 25 it is 0.0488, times 26 it is 0.0508.
    ranking = board({f"d{index:02}": TASKS - index / 100 - WAVE**2 * index for index in range(rows + 1)})
    assert (ranking.rows[1].uncertainty.p < 0.05) == verdict
    assert ("Holm's correction for 26 rows" in why(ranking)) != verdict


def test_rows_that_equal_the_leader_have_no_p_and_the_note_says_why():
    ranking = board({"one": TASKS, "other": TASKS})
    assert {(ends(row), row.uncertainty.p) for row in ranking.rows} == {((1, 1), None)}
    assert why(ranking) == "No `p`: no row differs from the first on at least 6 tasks."


def test_the_difference_to_the_leader_has_an_interval_over_tasks():
    ranking = board({"best": TASKS + 0.1, "a": TASKS + WAVE})
    error = WAVE.std(ddof=1) / 10**0.5
    found = ranking.rows[1].uncertainty.to_leader
    assert ranking.rows[0].uncertainty.to_leader is None
    assert found.value == pytest.approx(-0.1)
    assert (found.high - found.low) / 2 == pytest.approx(2.262 * error, rel=1e-3)


def test_no_end_of_an_interval_is_a_difference_that_cannot_be():
    found = board({"best": [0.9, 0.8], "a": [0.1, 0.7]}).rows[1].uncertainty.to_leader
    assert (found.low, found.high) == (-1.0, 1.0)


def test_the_note_says_what_each_interval_covers():
    rows = {"best": TASKS + 0.1, "a": TASKS}
    with_errors = board(rows, error=0.01).uncertainty_note
    assert "(DeLong) covers the sampling of the scored images only." in with_errors
    assert "`to leader` cover variation over tasks and seeds only" in with_errors
    assert "DeLong" not in board(rows).uncertainty_note, "this board shows no such interval"


def test_rows_are_compared_on_the_seeds_that_both_have_and_a_remark_says_which_those_are():
    # Seed 0 of the row with three is its best: on it, it leads by less than its mean says it trails.
    lucky = TASKS[:, None] + [0.02, -0.1, -0.1]
    ranking = board({"three": lucky, "one": TASKS, "other": TASKS - 0.2}, seeds={"other": [7]})
    first, second, third = ranking.rows
    assert [row.detector for row in ranking.rows] == ["one", "three", "other"]
    assert second.uncertainty.to_leader.value == pytest.approx(0.02)
    assert (second.uncertainty.seeds, third.uncertainty.seeds) == ((0,), ())
    assert second.mean - first.mean == pytest.approx(-0.06)
    (remark, _) = ranking.seed_remarks
    assert remark == (
        "Not all rows have the same seeds. Seed 0: one. Seeds 0-2: three. Seed 7: other. Means and ranks use all seeds"
        " of a row. Differences to the first row and rank intervals use the seeds that two rows share, or all of each"
        " where they share none."
    )


def test_rows_with_the_same_seeds_have_no_such_remark():
    assert board({"a": TASKS[:, None] + [0.0, 0.01], "b": TASKS[:, None] - [0.1, 0.2]}).seed_remarks == ()


def test_a_row_with_one_seed_borrows_the_variance_of_its_detector_or_else_of_its_framework():
    noise = np.array([0.01, -0.01])
    rows = {"a:1": TASKS[:, None] + noise, "a:2": TASKS - 0.01, "b": TASKS - 0.02, "c:1": TASKS[:, None] + 3 * noise}
    ranking = board(rows)
    found = {f"{row.detector}:{row.params.get('power', '')}": row.uncertainty.seed_variance for row in ranking.rows}
    assert found["a:1"] == SeedVariance(pytest.approx(0.0002), 10, "own")
    assert found["a:2"] == SeedVariance(pytest.approx(0.0002), 10, "detector")
    assert found["b:"] == SeedVariance(pytest.approx(0.001), 20, "framework")
    assert ranking.seed_remarks[1:] == (
        'One seed; rank intervals use the variation over seeds of other rows of the detector: a:power="2".',
        "One seed; rank intervals use the variation over seeds of other rows of the framework: b.",
    )


def test_a_detector_whose_seeds_all_agree_varies_over_no_seeds():
    equal = np.repeat(TASKS[:, None], 2, axis=1)
    ranking = board({"a:1": equal, "a:2": TASKS - 0.01, "b": TASKS[:, None] - [0.1, 0.2]})
    found = [row.uncertainty.seed_variance for row in ranking.rows if row.detector == "a"]
    assert found == [SeedVariance(0.0, 10, "own"), SeedVariance(0.0, 10, "detector")]


def test_one_task_has_intervals_from_borrowed_seeds():
    ranking = board({"a": [[0.9, 0.8, 0.85]], "b": [0.84]})
    assert intervals(ranking) == {"a": (1, 2), "b": (1, 2)}
    assert ranking.rows[1].uncertainty.to_leader.low < 0 < ranking.rows[1].uncertainty.to_leader.high


def test_trials_whose_tasks_share_a_random_stream_have_no_p_and_no_interval_and_the_note_says_why():
    rows = {"best": TASKS + 0.1, "a": TASKS[:, None] + [0.0, 0.01]}
    ranking = board(rows, semantics=1)
    assert [row.rank for row in ranking.rows] == [1, 2]
    assert intervals(ranking) == {"best": (None, None), "a": (None, None)}
    assert ranking.rows[1].uncertainty.p is None
    assert ranking.rows[1].uncertainty.to_leader == Difference(pytest.approx(-0.1))
    assert ranking.uncertainty_note.startswith("No rank intervals, no intervals of `to leader` and no `p`: in these")
    assert "all tasks of a seed start from the same random numbers" in ranking.uncertainty_note
    assert "rank intervals use" not in " ".join(ranking.seed_remarks)
    assert board(rows, semantics=2).rows[1].uncertainty.p is not None


def test_the_same_outcomes_have_the_same_uncertainty():
    rows = {"best": TASKS + 0.02, "rival": TASKS + WAVE, "other": TASKS - WAVE}
    first, second = ([row.uncertainty for row in board(rows).rows] for _ in range(2))
    assert first == second
