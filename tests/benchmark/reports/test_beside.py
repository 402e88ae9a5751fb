"""Hand-made outcomes beside hand-made entries: the columns of a board, and class by class."""

import csv
import dataclasses
import io
import json

import pytest
from texts import board_text
from toy_trials import toy_trial

from benchmark.interfaces.outcome import Cost, Measure, Outcome, TaskFacts
from benchmark.metrics.builtin import SPECS
from benchmark.metrics.paired_tests import holm
from benchmark.metrics.two_sample import Sample, same_mean_p
from benchmark.reports.beside import beside, by_class
from benchmark.reports.board_data import board_data
from benchmark.reports.published.ledger import Entry, Ledger
from benchmark.reports.render import render
from benchmark.reports.reproduction import Reproduction, reproduction_report
from benchmark.reports.rows import make_board

ROC_AUC, _, FPR, *_ = SPECS
TASKS = ("round", "square")


def reproduction_text(form, ranking):
    return render(reproduction_report(ranking), form)


def outcome(auc, task, *, seed=0, detector="toy", rules=("distance",), validation_only=False):
    trial = toy_trial(
        detector=detector, rules=rules, task=task, seed=seed, validation=0.0, validation_only=validation_only
    )
    measures = {} if auc is None else {"roc_auc": Measure(auc), "fpr_at_95_tpr": Measure(auc)}
    return Outcome(
        trial=trial, status="failed" if auc is None else "ok", source="s", metrics=dict.fromkeys(rules, measures),
        task=TaskFacts(variant="official", tasks=TASKS), cost=Cost(fit_seconds=2.0, score_seconds=0.5),
    )  # fmt: skip


def complete(auc, **changes):
    return [outcome(auc, task, **changes) for task in TASKS]


def entry(auc, task, *, key="toy_2018", dataset="shapes", comparable="yes", rerun_of="", spread=None):
    return Entry(
        key=key, method="Toy", paper="Doe et al., Toys", venue="ICML", year=2018, dataset=dataset,
        class_index=TASKS.index(task) if task in TASKS else None, task=task, auc=auc, spread=spread,
        spread_kind="none" if spread is None else "std", runs=10, comparable=comparable, rerun_of=rerun_of,
        note="", source="Table 1",
    )  # fmt: skip


def published(auc, **changes):
    return [entry(auc, task, **changes) for task in TASKS]


def board(outcomes, entries, metric=ROC_AUC, **options):
    ranking = make_board("shapes", outcomes, metric, non_default=lambda o: {}, **options)
    references = {"toy": "toy_2018"}
    return beside(ranking, lambda detector: references.get(detector, ""), lambda: Ledger(entries))


def columns(text):
    return [cell.strip() for cell in next(line for line in text.splitlines() if line.startswith("|")).split("|")]


def test_a_row_of_a_published_detector_stands_beside_its_mean():
    ours = [*complete(0.901), *complete(0.899, seed=1)]
    others = [*complete(0.8, detector="other"), *complete(0.8, detector="other", seed=1)]
    text = board_text(board([*ours, *others], published(0.92)), "markdown")
    assert columns(text)[3:8] == ["mean", "to leader", "published", "difference", "verdict"]
    rows = {line.split("|")[2].strip(): line for line in text.splitlines() if line.startswith("| ")}
    assert [cell.strip() for cell in rows["toy"].split("|")][5:8] == ["92.0", "-2.00", "below"]
    assert [cell.strip() for cell in rows["other"].split("|")][5:8] == ["–", "–", "–"]
    assert "Doe et al., Toys, ICML 2018; Table 1; the mean over the published classes" in text
    assert "toy, rule distance: the publication gives no spread over a known number of runs" in text
    assert "not significant at the 5 % level" in text


def test_a_row_of_one_seed_has_no_verdict():
    text = board_text(board(complete(0.9), published(0.92)), "markdown")
    assert "| 92.0 | -2.00 | one seed |" in " ".join(text.split())
    assert "`one seed`: without a spread over seeds there is no verdict" in text


def test_a_reason_that_applies_to_several_rows_is_one_note():
    detectors = {"toy": 0.9, "twin": 0.8, "other": 0.7}
    outcomes = [one for name, auc in detectors.items() for seed in (0, 1) for one in
                complete(auc, detector=name, seed=seed)]  # fmt: skip
    ranking = make_board("shapes", outcomes, ROC_AUC, non_default=lambda o: {})
    ranking = beside(
        ranking, lambda detector: "" if detector == "other" else "toy_2018", lambda: Ledger(published(0.92))
    )
    text = board_text(ranking, "markdown")
    assert text.count("the publication gives no spread") == 1
    assert "- toy, rule distance; twin, rule distance: the publication gives no spread" in text


@pytest.mark.parametrize(
    ("entries", "options"),
    [
        ([], {}),
        (published(0.92, dataset="digits"), {}),
        (published(0.92, key="other_2018"), {}),
        (published(0.92), {"metric": FPR}),
        (published(0.92), {"validation": True}),
    ],
)
def test_a_board_that_has_nothing_published_is_as_it_was(entries, options):
    outcomes = complete(0.9, validation_only=options.get("validation", False))
    ranking = board(outcomes, entries, **options)
    text = board_text(ranking, "markdown")
    assert columns(text)[-4:-1] == ["seeds", "fit s", "score s"]
    assert "published" not in text + board_text(ranking, "csv") + board_text(ranking, "json")


def test_a_board_without_a_reference_does_not_read_the_ledger():
    ranking = make_board("shapes", complete(0.9), ROC_AUC, non_default=lambda o: {})
    assert beside(ranking, lambda detector: "", lambda: pytest.fail("it was read")) is ranking


def test_the_primary_rule_alone_stands_beside_what_is_published():
    ranking = board(complete(0.9, rules=("distance", "brightness")), published(0.9), rules=True)
    assert {row.rule: row.published is not None for row in ranking.rows} == {"distance": True, "brightness": False}


def test_what_is_not_comparable_is_shown_with_its_reason_and_without_a_verdict():
    ranking = board(complete(0.9), published(0.95, comparable="contaminated training"))
    assert ranking.rows[0].published.verdict.word == ""
    text = board_text(ranking, "markdown")
    assert "| 95.0 | -5.00 | – |" in " ".join(text.split())
    assert "- toy, rule distance: not comparable: contaminated training" in text
    assert board_data(ranking)[0]["published"]["comparable"] == "contaminated training"


def test_a_row_that_does_not_follow_the_recipe_of_its_publication_is_named():
    outcomes = [
        *complete(0.9), *complete(0.8, detector="twin"), *complete(0.7, detector="recipe"),
        *complete(0.6, detector="other"),
    ]  # fmt: skip
    ranking = make_board(
        "shapes", outcomes, ROC_AUC, non_default=lambda o: {"power": 3} if o.trial.detector == "twin" else {}
    )
    ranking = beside(
        ranking,
        lambda detector: "" if detector == "other" else "toy_2018",
        lambda: Ledger(published(0.92)),
        lambda outcome: "paper" if outcome.trial.detector == "recipe" else "",
    )
    text = board_text(ranking, "markdown")
    note = "not the publication's recipe; a verdict is on these settings only"
    assert f"- toy (defaults), twin (power=3): {note}" in text
    assert [row["published"] and row["published"]["recipe"] for row in board_data(ranking)] == [
        None,
        None,
        "paper",
        None,
    ]


def test_csv_and_json_carry_the_same_as_the_table():
    ours = [*complete(0.9), *complete(0.9, seed=1)]
    ranking = board([*ours, *complete(0.8, detector="other")], published(0.92))
    first, second = csv.DictReader(io.StringIO(board_text(ranking, "csv")))
    assert (float(first["published"]), float(first["difference"]), first["verdict"]) == (0.92, -0.02, "below")
    assert (second["published"], second["verdict"]) == ("", "")
    first, second = board_data(ranking)
    assert first["published"]["published"] == pytest.approx(0.92)
    assert first["published"]["computed"] is True
    assert second["published"] is None


def test_a_row_without_a_mean_has_a_difference_to_nothing():
    ranking = board([*complete(0.9)[:1], outcome(None, "square")], published(0.92))
    verdict = ranking.rows[0].published.verdict
    assert (verdict.word, verdict.difference, verdict.why) == ("", None, "our number is missing")


def reproduction(outcomes, entries):
    ledger = Ledger(entries)
    (row,) = make_board("shapes", outcomes, ROC_AUC, non_default=lambda o: {}).rows
    theirs, reruns = ledger.of("toy_2018", "shapes"), ledger.reruns_of("toy_2018", "shapes")
    return Reproduction(
        dataset="shapes", preset="paper", row=row, published=theirs, comparisons=by_class(row, theirs, reruns),
        reruns=reruns,
    )  # fmt: skip


def test_each_class_is_judged_by_the_spreads_of_both_sides_and_the_mean_comes_last():
    outcomes = [outcome(auc, task, seed=seed) for seed, auc in enumerate((0.80, 0.90)) for task in TASKS]
    reproduced = reproduction(outcomes, [entry(0.95, "round", spread=0.02), entry(0.70, "square")])
    first, second, mean = reproduced.comparisons
    assert (first.ours.std, first.ours.seeds) == (pytest.approx(0.1 / 2**0.5), 2)
    alone = [
        same_mean_p(Sample(0.85, 2, first.ours.std, 1), entry.sample) for entry in (first.published, second.published)
    ]
    assert [first.verdict.p, second.verdict.p] == pytest.approx(holm(alone))
    assert (first.verdict.word, second.verdict.word) == ("within", "within"), "two seeds that differ by ten points"
    assert "the row's spread is used for both" in second.verdict.why
    assert (mean.task, mean.published.auc, mean.computed) == ("mean", pytest.approx(0.825), True)
    assert reproduced.complete
    assert not reproduced.falls_below


def test_independent_reruns_are_a_column_of_their_own():
    reruns = [
        *published(0.91, key="rerun_a", rerun_of="toy_2018"),
        *published(0.93, key="rerun_b", rerun_of="toy_2018"),
    ]
    alone, among = (reproduction(complete(0.9), [*published(0.92), *more]) for more in ([], reruns))
    assert "re-runs" not in columns(reproduction_text("markdown", alone))
    text = reproduction_text("markdown", among)
    assert columns(text)[-2] == "re-runs"
    assert text.count("| 91.0 to 93.0 |") == 3, "two classes and the mean"
    assert json.loads(reproduction_text("json", among))["mean"]["reruns"] == {
        "rerun_a": pytest.approx(0.91),
        "rerun_b": pytest.approx(0.93),
    }


def test_a_class_that_failed_is_missing_in_its_line_and_named():
    reproduced = reproduction([outcome(0.9, "round"), outcome(None, "square")], published(0.9))
    assert [compared.ours.value for compared in reproduced.comparisons] == [0.9, None, None]
    assert not reproduced.complete
    assert "No mean of ours yet. Missing: square: failed" in reproduction_text("markdown", reproduced)


def test_unusual_data_are_a_remark_beside_what_is_published():
    task = TaskFacts(variant="jpeg", footnote="Some images | were JPEG.", tasks=TASKS)
    reproduced = reproduction([dataclasses.replace(o, task=task) for o in complete(0.9)], published(0.9))
    assert "- Some images \\| were JPEG." in reproduction_text("markdown", reproduced)
    assert json.loads(reproduction_text("json", reproduced))["footnotes"] == ["Some images | were JPEG."]
