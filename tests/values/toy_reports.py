"""One report of each sort, from outcomes of two toy detectors, for tests."""

import dataclasses

import numpy as np
from toy_trials import toy_trial

from benchmark.interfaces.detector import EpochReport
from benchmark.interfaces.outcome import Cost, Measure, Outcome, ScoredSet, TaskFacts
from benchmark.metrics.builtin import SPECS, roc_auc, roc_auc_standard_error
from benchmark.publishing.summary import summary_report
from benchmark.registry import registry
from benchmark.reports.beside import beside, by_class
from benchmark.reports.comparison.compare import compare
from benchmark.reports.comparison.report import comparison_report
from benchmark.reports.cost import cost_report
from benchmark.reports.detector_page import detector_report
from benchmark.reports.leaderboard import leaderboard_report
from benchmark.reports.matrix import make_matrix, matrix_report
from benchmark.reports.operating_points import operating_points_report
from benchmark.reports.published.ledger import Entry, Ledger
from benchmark.reports.reproduction import Reproduction, reproduction_report
from benchmark.reports.rows import make_board
from benchmark.reports.trial_page import trial_report

CLASSES = ("round", "square")
LABELS = np.arange(60) % 2
RULES = ("distance", "brightness")


def _scored(y, random, labels=None):
    scores = random.normal(size=(len(RULES), len(y))) + y
    return ScoredSet(y=y, labels=np.zeros(len(y), np.int64) if labels is None else labels, rules=RULES, scores=scores)


def toy_outcome(detector="toy", task="round", *, seed=0, **changes) -> Outcome:
    """Return an outcome with scores, metrics, curves and everything else that a report may show."""
    random = np.random.RandomState(sum(map(ord, f"{detector}{task}{seed}")))
    index = CLASSES.index(task)
    test = _scored(index != LABELS, random, LABELS)
    sets = {
        "test": test,
        "train": _scored(np.zeros(40, bool), random),
        "validation": _scored(np.arange(40) > 20, random),
    }
    metrics = {
        rule: {
            "roc_auc": Measure(roc_auc(test.y, test.of(rule)), roc_auc_standard_error(test.y, test.of(rule)), 0.08, 9),
            "from_an_absent_plugin": Measure(0.5),
        }
        for rule in RULES
    }
    validation = {rule: {"roc_auc": 0.7, "mean_normal_score": 0.1, "sensitivity": None} for rule in RULES}
    curves = (
        EpochReport(number=1, of=2, losses={"loss": 1.0}, measures={"gradient norm": None}),
        EpochReport(number=2, of=2, losses={"loss": 0.25}, validation=validation),
    )
    outcome = Outcome(
        trial=toy_trial(detector=detector, params={"power": 2, "table": {"a": [1]}}, rules=RULES, task=task, seed=seed),
        status="ok", source="ast1:0123456789abcdef", notes=("a note",), baselines={"hash": 0.5}, metrics=metrics,
        curves=curves, facts={"parameters": 98_400.0, "kernel": "rbf"},
        cost=Cost(fit_seconds=2.0, score_seconds=0.5, scored_images=60, peak_memory_mib=100.0),
        task=TaskFacts(variant="official", footnote="A footnote.", tasks=CLASSES, classes=CLASSES, normal_class=index),
        provenance={"versions": {"numpy": "2.0"}, "platform": "Linux"}, sets=sets,
    )  # fmt: skip
    return dataclasses.replace(outcome, **changes)


def _entry(task) -> Entry:
    return Entry(
        key="toy_2018", method="Toy", paper="Doe et al., Toys", venue="ICML", year=2018, dataset="shapes",
        class_index=CLASSES.index(task), task=task, auc=0.8, spread=None, spread_kind="none", runs=10,
        comparable="yes", rerun_of="", note="", source="Table 1",
    )  # fmt: skip


def toy_reports():
    """Return name -> report; each has something that is missing besides its numbers."""
    outcomes = [toy_outcome(detector, task) for detector in ("toy", "other") for task in CLASSES]
    failed = toy_outcome("broken", "round", status="failed", metrics={}, sets={}, error_type="ValueError",
                         message="a message", last_lines="one\ntwo")  # fmt: skip
    ledger = Ledger([_entry(task) for task in CLASSES])
    board = beside(
        make_board("shapes", [*outcomes, failed], SPECS[0], non_default=lambda outcome: {"power": 2}),
        lambda detector: "toy_2018" if detector == "toy" else "",
        lambda: ledger,
    )
    first, second, last = board.rows
    known = registry()
    published = ledger.of("toy_2018", "shapes")
    reproduction = Reproduction(
        dataset="shapes", preset="paper", row=last, published=published, comparisons=by_class(last, published, ()),
        reruns=(),
    )  # fmt: skip
    return {
        "leaderboard": leaderboard_report(board),
        "cost": cost_report(board),
        "compare": comparison_report(compare(board, first, second, lambda outcome: outcome.sets)),
        "matrix": matrix_report(make_matrix(board, first, lambda outcome: outcome.judged)),
        "operating points": operating_points_report(outcomes[0]),
        "reproduction": reproduction_report(reproduction),
        "publishing summary": summary_report({"shapes": board}, {"shapes": 5}, ["published.csv", "shapes_tradeoff.md"]),
        "detector": detector_report(known, known.detectors["pca"]),
        "trial": trial_report(outcomes[0], known),
        "failed trial": trial_report(failed, known),
    }
