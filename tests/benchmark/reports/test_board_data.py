"""CSV and JSON: what programs read."""

import csv
import io
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from texts import board_text

from benchmark.metrics.intervals import logit_interval
from benchmark.reports.render.csv import _safe


def lines(ranking):
    return list(csv.DictReader(io.StringIO(board_text(ranking, "csv"))))


def rows(ranking):
    return json.loads(board_text(ranking, "json"))


def test_every_row_names_the_metric_and_every_trial_its_interval(board, outcomes):
    ranking = board(outcomes([0.9, 0.8], [0.95, 0.7], parameters=31.0, memory=100.5))
    (row,) = rows(ranking)
    assert row["metric"] == "roc_auc"
    assert row["trials"]["round"] == [
        {"seed": 0, "value": 0.9, "interval": pytest.approx(logit_interval(0.9, 0.01)), "class_interval": None},
        {"seed": 1, "value": 0.95, "interval": pytest.approx(logit_interval(0.95, 0.01)), "class_interval": None},
    ]
    assert (row["parameter_count"], row["peak_memory_mib"]) == (31.0, 100.5)
    (line,) = lines(ranking)
    assert (line["metric"], line["parameter_count"], line["peak_memory_mib"]) == ("roc_auc", "31.0", "100.5")


def test_the_interval_of_a_rank_is_there_in_numbers(board, outcomes):
    tasks = [str(task) for task in range(10)]
    ranking = board([*outcomes([0.9] * 10, tasks=tasks), *outcomes([0.5] * 10, tasks=tasks, detector="b")])
    first, second = rows(ranking)
    assert [(r["rank"], r["rank_low"], r["rank_high"]) for r in (first, second)] == [(1, 1, 1), (2, 2, 2)]
    assert (first["p"], second["p"]) == (None, pytest.approx(2 / 2**10))
    assert (first["p_rows"], second["p_rows"]) == (None, 1)
    assert [(line["rank_low"], line["p"]) for line in lines(ranking)] == [("1", ""), ("2", "0.001953125")]


def test_the_difference_to_the_leader_is_there_with_its_interval_and_seeds(board, outcomes):
    ranking = board([*outcomes([0.9, 0.8], [0.9, 0.8]), *outcomes([0.7, 0.5], detector="b")])
    first, second = rows(ranking)
    assert (first["to_leader"], first["to_leader_seeds"]) == (None, None)
    assert (second["to_leader"], second["to_leader_seeds"]) == (pytest.approx(-0.25), [0])
    assert second["to_leader_low"] < -0.25 < second["to_leader_high"]
    assert first["seed_variance"] == {"value": 0.0, "degrees": 2, "origin": "own"}
    assert second["seed_variance"]["origin"] == "framework"
    assert lines(ranking)[1]["to_leader"] == str(second["to_leader"])


def test_a_baseline_is_no_row_but_a_value_of_each(board, outcomes):
    ranking = board(outcomes([0.9, 0.8], baselines={"hash": 0.51}))
    (row,) = rows(ranking)
    assert row["baselines"] == {"hash": {"mean": 0.51, "tasks": {"round": 0.51, "square": 0.51}}}
    (line,) = lines(ranking)
    assert line["baseline hash"] == "0.51"


@given(st.text(max_size=40))
@example('=HYPERLINK("http://x","y")')
@example("+1\r\n-1\t@SUM(1)")
@example("\x1b[31m\u202e\ud800")
def test_no_text_in_csv_is_computed_obeyed_or_runs_over_its_cell(text):
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow([_safe(text), "next"])
    assert buffer.getvalue().count("\n") == 1
    ((first, second),) = csv.reader(io.StringIO(buffer.getvalue()))
    assert second == "next"
    assert first.isprintable()
    assert not first.startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize("text", ["\x1b[2J\u202e\ud800\x9b", "x" * 1_000_000, '"\\\n\u2028 </script>'])
def test_texts_in_json_are_whole_and_exact_and_do_nothing_to_a_terminal(board, outcomes, text):
    ranking = board(outcomes([0.9, 0.8], notes=(text,)), non_default=lambda outcome: {"mode": text})
    written = board_text(ranking, "json")
    (row,) = json.loads(written)
    assert row["non_default"] == {"mode": text}
    assert row["notes"] == [f"{task}: {text}" for task in ("round", "square")]
    assert all(c.isprintable() or c == "\n" for c in written)
    assert written.encode()


def test_a_detector_that_is_a_baseline_is_a_row_without_a_rank(board, outcomes):
    trials = [*outcomes([0.9, 0.8]), *outcomes([0.6, 0.5], detector="still")]
    ranking = board(trials, is_baseline={"still"}.__contains__)
    assert [(row["detector"], row["rank"], row["is_baseline"]) for row in rows(ranking)] == [
        ("toy", 1, False),
        ("still", None, True),
    ]
    assert [(line["detector"], line["rank"], line["is_baseline"]) for line in lines(ranking)] == [
        ("toy", "1", "false"),
        ("still", "", "true"),
    ]
