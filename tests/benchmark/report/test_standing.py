import dataclasses
import re

import numpy as np
import pytest

from benchmark.builtin.metrics import SPECS
from benchmark.report.board import make_board
from benchmark.report.standing import Standing, standings
from benchmark.trial import Measure, Outcome, TaskFacts, Trial

ROC_AUC, _, FPR = SPECS


def outcome(value, *, task, seed=0, detector="toy", status="ok", error=None):
    trial = Trial(
        detector=detector, detector_version="1", framework="numpy", params={}, rules=("distance",), dataset="shapes",
        fingerprint="f", task=task, seed=seed, validation=0.1, validation_only=False, threads=1,
        device="cpu", semantics=1,
    )  # fmt: skip
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
                made = outcome(float(value), task=task, seed=seed, detector=detector, status=status, error=error)
                outcomes.append(dataclasses.replace(made, task=TaskFacts(tasks=tasks)))
    return make_board("shapes", outcomes, metric, settings=lambda trial: "")


def by_detector(made):
    return dict(zip([row.detector for row in made.rows], standings(made).rows, strict=True))


TASKS = np.linspace(0.6, 0.9, 10)
WAVE = np.array([0.03, -0.02, 0.04, -0.01, 0.02, -0.03, 0.01, -0.04, 0.05, -0.05])


@pytest.mark.parametrize(("low", "high", "text"), [(1, 3, "1-3"), (4, 4, "4"), (None, None, "–")])
def test_an_interval_of_one_rank_is_that_rank(low, high, text):
    assert Standing(low, high, None).text == text


def test_a_row_that_is_beaten_on_every_task_stands_firm_and_one_that_trades_them_does_not():
    found = by_detector(board({"best": TASKS + 0.051, "rival": TASKS + 0.05 + WAVE, "worst": TASKS - 0.3 - WAVE**2}))
    assert {name: standing.text for name, standing in found.items()} == {"best": "1-2", "rival": "1-2", "worst": "3"}
    assert found["best"].p is None
    assert found["worst"].p == pytest.approx(2 * 2 / 2**10), "the least of ten tasks, times two rows"
    assert found["rival"].p > 0.5


def test_standings_are_in_the_order_of_the_rows_with_none_where_there_is_no_mean():
    made = board({"better": TASKS + 0.01, "best": TASKS + 0.1, "broken": TASKS + 0.2}, failed=["broken"])
    found = standings(made).rows
    assert [row.detector for row in made.rows] == ["best", "better", "broken"]
    assert [standing and standing.text for standing in found] == ["1", "2", None]


def test_where_lower_is_better_the_lowest_leads():
    rows = {"low": TASKS - 0.1, "high": TASKS + WAVE**2}
    assert {name: s.text for name, s in by_detector(board(rows, FPR)).items()} == {"low": "1", "high": "2"}
    assert {name: s.text for name, s in by_detector(board(rows, ROC_AUC)).items()} == {"high": "1", "low": "2"}
    assert by_detector(board(rows, FPR))["high"].p == by_detector(board(rows))["low"].p


def test_seeds_are_averaged_within_a_task_before_the_test():
    # Each seed of the rival beats the leader somewhere; its means never do.
    steady = np.repeat((TASKS + 0.02)[:, None], 2, axis=1)
    moody = TASKS[:, None] + np.array([0.3, -0.31]) * np.linspace(0.5, 1, 10)[:, None]
    assert by_detector(board({"steady": steady, "moody": moody}))["moody"].p == 2 / 2**10


def test_rows_may_have_other_numbers_of_seeds():
    made = board({"three": np.tile(TASKS[:, None] + 0.1, 3), "one": TASKS})
    assert [standing.text for standing in standings(made).rows] == ["1", "2"]
    assert "10 tasks and 1 to 3 seeds" in standings(made).remark


def test_the_remark_gives_two_standard_errors_of_the_difference_of_the_first_two_rows():
    made = board({"best": TASKS + 0.1, "a": TASKS + WAVE, "b": TASKS - 0.1 + 2 * WAVE, "c": TASKS - 0.2 + 9 * WAVE})
    expected = 2 * WAVE.std(ddof=1) / 10**0.5
    assert f"more than about {100 * expected:.2f} points" in standings(made).remark
    assert "10 tasks and 1 seed," in standings(made).remark


def test_a_metric_that_is_no_fraction_has_no_points():
    counted = dataclasses.replace(ROC_AUC, range=(0.0, 50.0))
    made = board({"best": TASKS + 0.1, "a": TASKS + WAVE}, counted)
    assert re.search(r"more than about 0\.0\d+ \(two", standings(made).remark)


def test_the_remark_says_what_each_interval_is_about():
    rows = {"best": TASKS + 0.1, "a": TASKS}
    with_errors = standings(board(rows, error=0.01)).remark
    assert "(DeLong) says how far the number hangs on which test images were drawn" in with_errors
    assert "`p`, say how far it hangs on the tasks and seeds, and nothing else" in with_errors
    assert "DeLong" not in standings(board(rows)).remark, "this board shows no such interval"


def test_one_row_has_nothing_to_be_compared_with():
    found = standings(board({"alone": TASKS}))
    assert found.rows == (Standing(1, 1, None),)
    assert found.remark.startswith("There is no verdict: it takes two rows with a mean.")


def test_a_board_without_a_mean_has_no_standings():
    found = standings(board({"broken": TASKS}, failed=["broken"]))
    assert found.rows == (None,)
    assert "There is no verdict" in found.remark


@pytest.mark.parametrize(("tasks", "said"), [(1, "there is one task"), (5, "there are 5 tasks")])
def test_with_fewer_than_six_tasks_no_p_could_be_small_and_none_is_given(tasks, said):
    found = standings(board({"best": TASKS[:tasks, None] + [0.1, 0.2], "a": TASKS[:tasks, None] + [0.0, 0.01]}))
    assert [standing.p for standing in found.rows] == [None, None]
    assert f"There is no verdict, and no `p`: {said}" in found.remark


def test_one_task_with_one_seed_tells_no_rank_from_another():
    found = standings(board({"best": [0.9], "a": [0.5]}))
    assert [standing.text for standing in found.rows] == ["–", "–"]
    assert "With 1 task" not in found.remark


@pytest.mark.parametrize(("rows", "verdict"), [(25, True), (26, False)])
def test_with_too_many_rows_even_the_least_p_survives_no_correction(rows, verdict):
    # 2 / 2**10 is 0.00195: times 25 it is 0.0488, times 26 it is 0.0508.
    made = board({f"d{index:02}": TASKS - index / 100 - WAVE**2 * index for index in range(rows + 1)})
    found = standings(made)
    assert all((standing.p < 0.05) == verdict for standing in found.rows[1:2])
    assert ("There is no verdict" not in found.remark) == verdict
    assert ("Holm's correction for 26 rows" in found.remark) != verdict


def test_rows_that_equal_the_leader_have_no_p_and_the_remark_says_why():
    found = standings(board({"one": TASKS, "other": TASKS}))
    assert found.rows == (Standing(1, 1, None), Standing(1, 1, None))
    assert "no row differs from the leader on 6 tasks" in found.remark


def test_the_same_board_has_the_same_standings():
    made = board({"best": TASKS + 0.02, "rival": TASKS + WAVE, "other": TASKS - WAVE})
    assert standings(made) == standings(made)
