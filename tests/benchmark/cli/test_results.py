"""`bench results`: metrics over what is stored, without training."""

import os
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from benchmark.registry import registry
from benchmark.results import Store
from benchmark.running.rescore import rescorable, rescore

pytestmark = pytest.mark.slow

RUN = ("run", "--detector", "toy", "--detector", "toy_half", "--dataset", "shapes", "--quiet")
RESCORE = ("results", "rescore")

METRICS = """
import numpy as np
from benchmark import MetricSpec, OneSidedLabels, hookimpl

def gap(y, scores):
    if y.all() or not y.any():
        raise OneSidedLabels("the gap needs both kinds")
    return float(scores[y].min() > scores[~y].max()) / 2 + 1 / (1 + np.abs(scores).sum())

def greedy(y, scores):
    scores.sort()  # what it is given, it may not change
    return 0.5

def spec(name, compute, **more):
    return MetricSpec(name=name, title=name, summary="S.", range=(0, 1), higher_is_better=True, compute=compute, **more)

@hookimpl
def bench_metrics():
    return [
        spec("gap", gap, standard_error=lambda y, scores: 0.125),
        spec("a_nan", lambda y, scores: float("nan")),
        spec("a_greedy", greedy),
    ]
"""


def metrics(path="results/bench.db"):
    """(trial id, rule) -> metric -> Measure, of a whole store."""
    with Store(Path(path)) as store:
        return {(o.trial.id, rule): measures for o in store.outcomes() for rule, measures in o.metrics.items()}


def dump(path="results/bench.db"):
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT * FROM metrics ORDER BY 1, 2, 3").fetchall()
    connection.close()
    return rows


def execute(statement, path="results/bench.db"):
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement)
    connection.close()


def test_a_metric_that_came_after_the_run_has_the_values_of_a_fresh_run(bench, toys, installed):
    bench(*RUN)
    installed("bench_later", METRICS)
    result = bench(*RESCORE)
    assert result.code == 0
    # Three tasks by two rules of `toy`, and by the one rule of `toy_half` that the audit let pass.
    assert result.out.startswith("6 outcomes measured: 9 values added, 0 changed, 18 could not be computed: ")
    bench(*RUN, "--store", "fresh.db")
    assert metrics() == metrics("fresh.db")
    rows = {(row["detector"], row["rule"]): row for row in board(bench, "gap")}
    fresh = {(row["detector"], row["rule"]): row for row in board(bench, "gap", "--store", "fresh.db")}
    assert rows["toy", "distance"]["tasks"] == fresh["toy", "distance"]["tasks"]
    assert rows["toy", "distance"]["mean"] > 0.5
    assert rows["toy_half", "brightness"]["mean"] is None, "an outcome of the audit is none of rescore's business"


def board(bench, metric, *more):
    return bench("leaderboard", "shapes", "--metric", metric, "--rules", "--format", "json", *more).json


def test_a_strangers_metric_that_gives_no_number_or_grabs_the_scores_spoils_nothing(bench, toys, installed):
    bench(*RUN)
    before = metrics()
    installed("bench_later", METRICS)
    result = bench(*RESCORE)
    assert "metric 'a_nan': ArithmeticError: the value is nan, which is not finite (9 times)" in result.out
    assert "metric 'a_greedy': ValueError: " in result.out
    after = metrics()
    for place, measures in before.items():
        assert {name: after[place][name] for name in measures} == measures
        assert set(after[place]) - set(measures) == {"gap"}


def test_rescoring_again_changes_nothing(bench, toys, installed):
    bench(*RUN)
    bench(*RESCORE)
    before = dump()
    assert bench(*RESCORE).out == "6 outcomes measured: 0 values added, 0 changed.\n"
    assert bench(*RESCORE, "--metric", "roc_auc").out == "6 outcomes measured: 0 values added, 0 changed.\n"
    assert dump() == before


def test_runs_judged_on_held_out_images_are_measured_on_them(bench, toys):
    bench(*RUN, "--validation-only")
    before = dump()
    execute("DELETE FROM metrics WHERE metric = 'roc_auc'")
    assert "9 values added" in bench(*RESCORE).out
    assert dump() == before


def test_a_value_that_differs_is_replaced_and_both_are_printed(bench, toys):
    bench(*RUN)
    before = dump()
    execute("UPDATE metrics SET value = value / 2 WHERE attempt = 1 AND rule = 'distance' AND metric = 'roc_auc'")
    execute("UPDATE metrics SET value = value + 1e-13 WHERE metric = 'average_precision'")
    assert bench(*RESCORE).out == "6 outcomes measured: 0 values added, 0 changed.\n", "it lacks nothing"
    result = bench(*RESCORE, "--metric", "roc_auc", "--metric", "average_precision", "--quiet")
    assert result.code == 0
    assert result.out == "6 outcomes measured: 0 values added, 1 changed.\n"
    (line,) = result.err.splitlines()
    assert "distance roc_auc: 0.5 -> 1" in line
    assert [row for row in dump() if row[2] == "roc_auc"] == [row for row in before if row[2] == "roc_auc"]


def test_values_of_another_version_of_a_metric_are_computed_again(bench, toys, installed):
    bench(*RUN)
    installed("bench_later", METRICS)
    bench(*RESCORE, "--metric", "gap")
    execute("UPDATE metrics SET version = '0', value = 9 WHERE metric = 'gap' AND rule = 'distance' AND attempt < 3")
    execute("UPDATE metrics SET version = '0' WHERE metric = 'gap' AND rule = 'distance' AND attempt = 3")
    result = bench(*RESCORE, "--quiet")
    lines = result.err.splitlines()
    assert "3 changed" in result.out
    assert sum("distance gap: 9 -> " in line and line.endswith("version 0 -> 1") for line in lines) == 2
    assert {row[-1] for row in dump()} == {"1"}
    assert "0 changed" in bench(*RESCORE).out


def test_only_the_dataset_and_the_metric_that_are_named_are_measured(bench, toys):
    bench(*RUN)
    execute("DELETE FROM metrics WHERE rule = 'distance' AND metric <> 'roc_auc'")
    assert "0 outcomes measured: 0 values added" in bench(*RESCORE, "--dataset", "digits").out
    result = bench(*RESCORE, "--dataset", "shapes", "--metric", "fpr_at_95_tpr")
    assert result.out == "6 outcomes measured: 6 values added, 0 changed.\n"
    assert {row[2] for row in dump() if row[1] == "distance"} == {"roc_auc", "fpr_at_95_tpr"}


def test_scores_that_are_missing_or_damaged_are_named_and_the_rest_goes_on(bench, toys):
    bench(*RUN)
    execute("DELETE FROM metrics WHERE metric = 'roc_auc'")
    execute("DELETE FROM scores WHERE attempt = 2")
    execute("UPDATE scores SET arrays = substr(arrays, 1, length(arrays) / 2) WHERE attempt = 3")
    result = bench(*RESCORE)
    assert result.code == 1
    lines = sorted(result.err.splitlines())
    assert len(lines) == 2
    assert all(line.startswith("bench: toy") and ": no scores to measure: " in line for line in lines)
    assert any(line.endswith("the store has none") for line in lines)
    assert any("scores in results/bench.db are damaged" in line for line in lines)
    assert result.out.endswith("0 changed, 2 outcomes without scores.\n")
    assert {row[0] for row in dump() if row[2] == "roc_auc"} == {1, 4, 5, 6}


def test_an_interruption_keeps_what_is_done_and_the_next_goes_on(bench, toys, monkeypatch):
    bench(*RUN)
    before = dump()
    execute("DELETE FROM metrics WHERE metric = 'roc_auc'")
    add, calls = Store.add_measures, []

    def interrupted(self, uid, measures):
        calls.append(uid)
        if len(calls) == 3:
            raise KeyboardInterrupt
        add(self, uid, measures)

    with monkeypatch.context() as patch:
        patch.setattr(Store, "add_measures", interrupted)
        result = bench(*RESCORE)
    assert result.code == 130
    assert result.out.startswith("2 outcomes measured: ")
    assert "Finished outcomes are stored in results/bench.db." in result.out
    assert len({row[0] for row in dump() if row[2] == "roc_auc"}) == 2
    assert bench(*RESCORE).code == 0
    assert dump() == before


def test_an_outcome_whose_values_cannot_all_be_stored_gets_none(bench, toys):
    bench("run", "--detector", "toy", "--dataset", "shapes", "--classes", "0", "--quiet")
    execute("DELETE FROM metrics WHERE metric = 'roc_auc'")
    execute(
        "CREATE TRIGGER full BEFORE INSERT ON metrics WHEN NEW.rule = 'brightness'"
        " BEGIN SELECT RAISE(ABORT, 'no room'); END"
    )
    before = dump()
    with Store(Path("results/bench.db")) as store, pytest.raises(sqlite3.IntegrityError, match="no room"):
        list(rescore(store, rescorable(store), registry()))
    assert dump() == before, "the values of `distance` came before, and are gone with the others"


def test_a_store_that_cannot_be_written_is_refused_in_one_line_before_anything_is_measured(bench, toys, monkeypatch):
    bench(*RUN)
    execute("DELETE FROM metrics WHERE metric = 'roc_auc'")
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    result = bench(*RESCORE)
    assert result.code == 1
    assert result.out == ""
    assert result.err.startswith("bench: the store results/bench.db cannot be written: ")
    assert result.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--metric", "roc"), "no metric is called 'roc'. Did you mean 'roc_auc'?"),
        (("--dataset", "shape"), "no dataset is called 'shape'. Did you mean 'shapes'?"),
        (("--store", "absent.db"), "there is no store at absent.db"),
    ],
)
def test_what_is_not_there_is_refused_in_one_line(bench, toys, arguments, message):
    bench("run", "--detector", "toy", "--dataset", "shapes", "--classes", "0")
    before = dump()
    result = bench(*RESCORE, *arguments)
    assert result.code == 1
    assert message in result.err
    assert result.err.count("\n") == 1
    assert dump() == before


def test_values_are_those_of_the_definition(bench, toys):
    bench(*RUN)
    execute("DELETE FROM metrics")
    bench(*RESCORE)
    with Store(Path("results/bench.db")) as store:
        for lean in store.outcomes():
            outcome = store.attempt(lean.uid, scores=True)
            assert set(outcome.metrics) == {"distance"}, "without a number, only the primary rule is known to be sound"
            y, scores = outcome.judged.y, outcome.judged.of("distance")
            area = np.mean((scores[y][:, None] > scores[~y]) + 0.5 * (scores[y][:, None] == scores[~y]))
            assert outcome.metrics["distance"]["roc_auc"].value == pytest.approx(area, abs=1e-12)
