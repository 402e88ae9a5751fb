import csv
import dataclasses
import io
import json

import numpy as np
import pytest
from toy_trials import toy_trial

from benchmark.interfaces.outcome import Measure, Outcome, ScoredSet, TaskFacts
from benchmark.metrics.builtin import SPECS, roc_auc
from benchmark.reports.matrix import make_matrix, matrix_report
from benchmark.reports.render import render
from benchmark.reports.rows import make_board

ROC_AUC = SPECS[0]
CLASSES = ("round", "square", "tall")
LABELS = np.repeat(np.arange(3), (30, 20, 50))


def outcome(task, *, seed=0, status="ok", normal=None, classes=CLASSES, labels=LABELS, tasks=CLASSES, judged_on="test"):
    """Scores that follow from task and seed, with ties."""
    trial = toy_trial(task=task, seed=seed, validation_only=judged_on == "validation")
    index = classes.index(task) if normal is None else normal
    y = labels != index
    scores = np.random.RandomState(10 * tasks.index(task) + seed).randint(0, 20, len(y)) + 4.0 * y * labels
    return Outcome(
        trial=trial, status=status, source="s",
        metrics={"distance": {"roc_auc": Measure(0.5)}} if status == "ok" else {},
        task=TaskFacts(variant="official", tasks=tasks, classes=classes, normal_class=index),
        sets={judged_on: ScoredSet(y=y, labels=labels, rules=("distance",), scores=scores[None])},
    )  # fmt: skip


def matrix(outcomes, *, validation=False):
    stored = {o.uid: o.sets for o in outcomes}
    bare = [dataclasses.replace(o, sets={}) for o in outcomes]
    ranking = make_board("shapes", bare, ROC_AUC, non_default=lambda o: {}, rules=True, validation=validation)
    return make_matrix(ranking, ranking.rows[0], lambda o: stored[o.uid].get(o.trial.judged_on))


EVERY = [outcome(task) for task in CLASSES]


def test_a_cell_is_the_area_of_the_normal_images_against_those_of_one_class():
    result = matrix(EVERY)
    for one in EVERY:
        scored, normal = one.sets["test"], one.task.normal_class
        for label, name in enumerate(CLASSES):
            if label == normal:
                assert name not in result.cells[one.trial.task]
                continue
            both = np.isin(scored.labels, [normal, label])
            expected = roc_auc(scored.y[both], scored.of("distance")[both])
            assert result.cells[one.trial.task][name] == pytest.approx(expected, abs=1e-12)


def test_the_last_column_is_the_area_over_all_images():
    result = matrix(EVERY)
    for one in EVERY:
        scored = one.sets["test"]
        assert result.areas[one.trial.task] == pytest.approx(roc_auc(scored.y, scored.of("distance")), abs=1e-12)


def test_a_cell_is_the_mean_over_seeds():
    by_seed = [matrix([outcome(task, seed=seed) for task in CLASSES]) for seed in (0, 1)]
    both = matrix([outcome(task, seed=seed) for task in CLASSES for seed in (0, 1)])
    assert both.seeds == 2
    for task in CLASSES:
        for class_name, area in both.cells[task].items():
            assert area == pytest.approx(np.mean([one.cells[task][class_name] for one in by_seed]))
        assert both.areas[task] == pytest.approx(np.mean([one.areas[task] for one in by_seed]))


def test_the_hardest_pairs_are_the_lowest_cells_the_lowest_first():
    result = matrix(EVERY)
    every = sorted((area, task, class_name) for task, of in result.cells.items() for class_name, area in of.items())
    assert [(area, task, class_name) for task, class_name, area in result.hardest] == every[:8]
    _, task, class_name = every[0]
    assert f"Hardest pairs: normal {task}, anomalous {class_name} (" in render(matrix_report(result), "markdown")


def test_a_task_without_a_number_is_a_dash_and_is_named():
    result = matrix([EVERY[0], outcome("square", status="failed"), EVERY[2]])
    assert result.areas["square"] is None
    assert result.areas["round"] is not None
    assert "square: failed" in "; ".join(result.remarks)
    (line,) = [line for line in render(matrix_report(result), "markdown").splitlines() if line.startswith("| square")]
    assert [cell.strip() for cell in line.split("|")[1:-1]] == ["square", "–", "", "–", "–"]


def test_a_failed_seed_is_never_averaged_away():
    result = matrix([*EVERY, *(outcome(t, seed=1, status="failed" if t == "tall" else "ok") for t in CLASSES)])
    assert result.areas["tall"] is None
    assert set(result.cells["tall"].values()) == {None}
    assert result.areas["round"] is not None


def test_tasks_without_stored_scores_are_named():
    bare = [dataclasses.replace(o, sets={}) for o in EVERY]
    assert "round: the store has no scores" in matrix(bare).remarks


def test_where_every_task_has_the_same_normal_class_that_is_no_column():
    bottle = outcome(
        "bottle", normal=0, classes=("good", "broken"), labels=np.arange(20) % 2, tasks=("bottle", "cable")
    )
    cable = outcome(
        "cable", normal=0, classes=("good", "bent", "cut"), labels=np.arange(30) % 3, tasks=("bottle", "cable")
    )
    result = matrix([bottle, cable])
    assert set(result.classes) == {"broken", "bent", "cut"}
    assert set(result.cells["bottle"]) == {"broken"}
    assert render(matrix_report(result), "markdown").count("–") >= 3


def test_validation_is_of_the_held_out_images():
    result = matrix([outcome(task, judged_on="validation") for task in CLASSES], validation=True)
    assert result.areas == matrix(EVERY).areas
    assert "held-out training images (no test image was used)" in render(matrix_report(result), "markdown")


def test_markdown_is_in_percent_with_an_empty_diagonal():
    text = render(matrix_report(matrix(EVERY)), "markdown")
    assert text.startswith("# shapes: toy, normal class (rows) against each anomalous class (columns)\n")
    header, _, *lines = [line for line in text.splitlines() if line.startswith("|")]
    assert [cell.strip() for cell in header.split("|")[1:-1]] == ["normal", *CLASSES, "all"]
    for index, line in enumerate(lines):
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        assert cells[0] == CLASSES[index]
        assert [not cell for cell in cells[1:4]] == [place == index for place in range(3)]
        assert float(cells[-1]) == pytest.approx(100 * matrix(EVERY).areas[CLASSES[index]], abs=0.051)


def test_csv_and_json_have_the_numbers_as_they_are():
    result = matrix(EVERY)
    for row in csv.DictReader(io.StringIO(render(matrix_report(result), "csv"))):
        task = row.pop("normal")
        assert float(row.pop("all")) == result.areas[task]
        assert row.pop(task) == ""
        assert {class_name: float(value) for class_name, value in row.items()} == result.cells[task]
    plain = json.loads(render(matrix_report(result), "json"))
    assert {row["task"]: row["classes"] for row in plain["tasks"]} == result.cells
    assert plain["tasks"][0]["images"] == {"square": 20, "tall": 50}
    assert plain["hardest"][0]["area"] == min(area for of in result.cells.values() for area in of.values())


def test_seeds_that_were_judged_on_other_classes_are_each_counted_with_what_they_have():
    few, many = np.repeat([0, 1], (30, 20)), np.repeat([0, 1, 2], (30, 5, 10))
    seeds = [outcome("round", seed=seed, labels=labels, tasks=("round",)) for seed, labels in enumerate((few, many))]
    result = matrix(seeds)
    assert set(result.cells["round"]) == {"square", "tall"}
    areas = [roc_auc(o.sets["test"].y, o.sets["test"].of("distance")) for o in seeds]
    assert result.areas["round"] == pytest.approx(np.mean(areas), abs=1e-12)
    assert result.images["round"] == {"square": 25, "tall": 10}


def test_rows_whose_values_read_alike_have_a_matrix_each():
    outcomes = [
        dataclasses.replace(o, trial=dataclasses.replace(o.trial, params={"mode": mode}))
        for o in EVERY
        for mode in ("1", 1, "a, b")
    ]
    board = make_board("shapes", outcomes, ROC_AUC, non_default=lambda o: o.trial.params)
    names = [make_matrix(board, row, lambda o: o.judged).name for row in board.rows]
    assert names == ['toy:mode="1"', "toy:mode=1", 'toy:mode="a, b"']
