"""Hand-made sweeps: what the labels of a tenth of the test images choose, and what is shown of the rest."""

import csv
import dataclasses
import io
import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from texts import board_text
from toy_trials import toy_trial

from benchmark.interfaces.outcome import Cost, Measure, Outcome, ScoredSet, TaskFacts
from benchmark.metrics.builtin import SPECS, roc_auc
from benchmark.reports.beside import beside
from benchmark.reports.board import settings_text
from benchmark.reports.board_data import board_data
from benchmark.reports.oracle import oracle_rows
from benchmark.reports.published.ledger import Entry, Ledger
from benchmark.reports.rows import make_board
from benchmark.reports.score_on_split import hold_out

ROC_AUC, _, FPR, *_ = SPECS
TASKS = ("round", "square")
Y = np.arange(200) % 4 != 0
LABELLED = hold_out(Y)


def scores(labelled, rest, y=Y):
    """Return scores with about these areas under the curve on the labelled images and on the rest."""
    values = np.empty(len(y))
    for half, area in ((hold_out(y), labelled), (~hold_out(y), rest)):
        normal = int((~y[half]).sum())
        values[half & ~y] = np.arange(normal)
        values[half & y] = area * normal - 0.5
    return values


def outcome(values, *, power=1, task="round", seed=0, status="ok", source="s", y=Y, **changes):
    """Return an outcome with a vector of scores for each rule, or for the only one."""
    by_rule = values if isinstance(values, dict) else {"distance": values}
    trial = toy_trial(params={"power": power, "epochs": 3}, rules=tuple(by_rule), task=task, seed=seed)
    scored = ScoredSet(y=y, labels=y.astype(np.int64), rules=tuple(by_rule), scores=np.stack(list(by_rule.values())))
    sound = {name: Measure(0.5) for name in ("roc_auc", "fpr_at_95_tpr")}
    return Outcome(
        trial=dataclasses.replace(trial, **changes), status=status, source=source, sets={"test": scored},
        metrics=dict.fromkeys(by_rule, sound) if status == "ok" else {},
        task=TaskFacts(variant="official", tasks=TASKS), cost=Cost(fit_seconds=2.0, score_seconds=0.5),
    )  # fmt: skip


def complete(values, **changes):
    return [outcome(values, task=task, **changes) for task in TASKS]


def board(outcomes, metric=ROC_AUC, *, rules=False, read=None):
    kept = {o.uid: o.sets["test"] for o in outcomes}
    bare = [dataclasses.replace(o, sets={}) for o in outcomes]
    options = {"non_default": lambda o: o.trial.params, "rules": rules}
    usual = make_board("shapes", bare, metric, **options)
    return dataclasses.replace(usual, oracle=oracle_rows(usual, bare, read or kept.get, **options))


def oracle(outcomes, metric=ROC_AUC, **options):
    return board(outcomes, metric, **options).oracle


def powers(row):
    return {task: {seed: params["power"] for seed, params in of.items()} for task, of in row.chosen.tasks.items()}


@given(normal=st.integers(2, 400), anomalous=st.integers(2, 400), seed=st.integers(0, 9))
def test_the_hold_out_is_a_tenth_of_each_side_and_at_least_one_image(normal, anomalous, seed):
    y = np.random.RandomState(seed).permutation(np.repeat([False, True], [normal, anomalous]))
    labelled = hold_out(y)
    assert (~y[labelled]).sum() == max(1, round(normal / 10))
    assert y[labelled].sum() == max(1, round(anomalous / 10))
    assert np.array_equal(labelled, hold_out(y)), "the truth alone decides"


def test_the_hold_out_is_not_the_first_images():
    assert not LABELLED[:20].all()
    assert np.flatnonzero(LABELLED).max() > 100


def test_what_is_best_on_the_hold_out_is_chosen_even_if_it_is_worse_on_the_rest():
    lucky, good = scores(labelled=1.0, rest=0.3), scores(labelled=0.6, rest=0.9)
    (row,) = oracle([*complete(lucky, power=1), *complete(good, power=2)])
    assert powers(row) == {"round": {0: 1}, "square": {0: 1}}
    assert row.mean == pytest.approx(roc_auc(Y[~LABELLED], lucky[~LABELLED])), "the labelled images are not judged"
    assert row.mean < 0.35


def test_the_labelled_images_are_the_same_for_every_detector_setting_and_seed():
    # Each setting ranks one anomalous image last: it is chosen unless that image is among the labelled.
    weak = scores(labelled=0.95, rest=0.5)
    for last in (*np.flatnonzero(LABELLED & Y)[:3], *np.flatnonzero(~LABELLED & Y)[:3]):
        values = np.where(Y, 1.0, 0.0)
        values[last] = -1.0
        outcomes = []
        for detector in ("a", "b"):
            for seed in (0, 7):
                outcomes += complete(values, power=1, seed=seed, detector=detector)
                outcomes += complete(weak, power=2, seed=seed, detector=detector)
        for row in oracle(outcomes):
            shown = {power for by_seed in powers(row).values() for power in by_seed.values()}
            assert shown == ({2} if LABELLED[last] else {1})


def test_noise_gains_nothing_on_the_images_that_are_judged():
    random, tasks = np.random.RandomState(3), tuple(f"t{number}" for number in range(10))
    y = np.arange(1000) % 4 != 0
    outcomes = [
        dataclasses.replace(
            outcome(random.normal(size=len(y)), power=power, task=task, y=y), task=TaskFacts(tasks=tasks)
        )
        for power in range(40)
        for task in tasks
    ]
    (row,) = oracle(outcomes)
    labelled = hold_out(y)
    best = [
        max(roc_auc(y[labelled], o.sets["test"].scores[0][labelled]) for o in outcomes if o.trial.task == task)
        for task in tasks
    ]
    assert np.mean(best) > 0.6
    assert row.mean == pytest.approx(0.5, abs=0.02)


def test_each_task_and_each_seed_chooses_on_its_own():
    good, bad = scores(1.0, 0.9), scores(0.5, 0.9)
    places = [(task, seed) for task in TASKS for seed in (0, 1)]
    best = dict(zip(places, (1, 2, 2, 1), strict=True))
    (row,) = oracle(
        [
            outcome(good if best[place] == power else bad, power=power, task=place[0], seed=place[1])
            for place in places
            for power in (1, 2)
        ]
    )
    assert powers(row) == {"round": {0: 1, 1: 2}, "square": {0: 2, 1: 1}}
    assert (row.seeds, row.std) == (2, pytest.approx(0))


def test_equals_are_chosen_between_by_their_settings_whatever_came_first():
    values = scores(0.9, 0.7)
    for order in ((1, 2, 3), (3, 2, 1)):
        (row,) = oracle([o for power in order for o in complete(values, power=power)])
        assert powers(row) == {"round": {0: 1}, "square": {0: 1}}


def test_the_lowest_is_chosen_where_lower_is_better():
    outcomes = [*complete(scores(1.0, 0.9), power=1), *complete(scores(0.3, 0.9), power=2)]
    assert powers(oracle(outcomes, FPR)[0]) == {"round": {0: 1}, "square": {0: 1}}


def test_oracle_rows_are_ranked_among_themselves_and_the_others_stay_as_they_were():
    outcomes = []
    for detector, area in (("a", 0.7), ("b", 0.9)):
        for power in (1, 2):
            outcomes += complete(scores(1.0, area), power=power, detector=detector)
    ranking = board(outcomes)
    assert [(row.rank, row.detector) for row in ranking.oracle] == [(1, "b"), (2, "a")]
    bare = [dataclasses.replace(o, sets={}) for o in outcomes]
    assert ranking.rows == make_board("shapes", bare, ROC_AUC, non_default=lambda o: o.trial.params).rows


@pytest.mark.parametrize("status", ["failed", "degenerate"])
def test_what_has_no_number_is_no_candidate(status):
    perfect = complete(scores(1.0, 1.0), power=1, status=status)
    (row,) = oracle([*perfect, *complete(scores(0.6, 0.7), power=2), *complete(scores(0.5, 0.9), power=3)])
    assert powers(row) == {"round": {0: 2}, "square": {0: 2}}
    assert row.status == {status: 2, "ok": 4}
    assert f"2 {status} of 6 trials are not candidates" in row.notes


def test_a_task_without_a_candidate_takes_the_mean_away_and_is_named():
    outcomes = [outcome(scores(1.0, 0.9), power=power) for power in (1, 2)]
    (row,) = oracle([*outcomes, *(outcome(Y * 1.0, power=p, task="square", status="failed") for p in (1, 2))])
    assert (row.rank, row.mean, row.missing) == (None, None, ("square: failed",))
    assert powers(row) == {"round": {0: 1}, "square": {}}
    (row,) = oracle(outcomes)
    assert row.missing == ("square: not run",)


def test_a_setting_that_lacks_a_task_is_a_candidate_where_it_was_run():
    usual = [o for power in (1, 2) for o in complete(scores(0.6, 0.7), power=power)]
    (row,) = oracle([*usual, outcome(scores(1.0, 0.9), power=3)])
    assert powers(row) == {"round": {0: 3}, "square": {0: 1}}
    assert "1 of 3 settings are candidates only on the tasks and seeds that they were run on" in row.notes


def test_one_setting_is_nothing_to_choose_from():
    assert oracle(complete(Y * 1.0)) == ()
    apart = [*complete(Y * 1.0), *complete(Y * 1.0, power=2, validation=0.0)]
    assert oracle(apart) == (), "they differ in more than parameters"
    unseen = [*complete(Y * 1.0), *complete(Y * 1.0, power=2, validation_only=True)]
    assert oracle(unseen) == ()


def test_settings_that_score_by_other_rules_are_a_sweep_of_their_own():
    one, two = ({"distance": Y * 1.0}, {"brightness": Y * 1.0})
    outcomes = [o for power, values in enumerate((one, one, two, two)) for o in complete(values, power=power)]
    assert [(row.rule, row.chosen.settings) for row in oracle(outcomes)] == [("distance", 2), ("brightness", 2)]


def test_sources_are_never_mixed_and_the_newest_complete_sweep_is_shown():
    old = [o for power in (1, 2, 3) for o in complete(scores(1.0, 0.9), power=power, source="old")]
    new = [o for power in (1, 2) for o in complete(scores(0.9, 0.6), power=power, source="new")]
    (row,) = oracle([*old, *new])
    assert {o.source for o in row.outcomes} == {"new"}
    assert (row.chosen.settings, row.mean) == (2, pytest.approx(0.6, abs=0.02))
    left_out = "1 setting left out: run with other code of the detector"
    assert any(note.startswith(left_out) for note in row.notes)
    (row,) = oracle([*old, *new[:2]])
    assert {o.source for o in row.outcomes} == {"old"}, "the newer code has one setting alone"
    assert "newer code has only 2 trials, not every task with 2 settings; the older results are shown" in row.notes


def test_each_rule_chooses_for_itself_and_only_where_the_audit_let_it_have_numbers():
    good, bad = scores(1.0, 0.9), scores(0.5, 0.6)
    outcomes = [
        *complete({"distance": good, "brightness": bad}, power=1),
        *complete({"distance": bad, "brightness": good}, power=2),
    ]
    assert [row.rule for row in oracle(outcomes)] == ["distance"]
    chosen = {row.rule: powers(row)["round"][0] for row in oracle(outcomes, rules=True)}
    assert chosen == {"distance": 1, "brightness": 2}
    dust = [dataclasses.replace(o, metrics={"distance": o.metrics["distance"]}) for o in outcomes[2:]]
    chosen = {row.rule: powers(row)["round"][0] for row in oracle([*outcomes[:2], *dust], rules=True)}
    assert chosen == {"distance": 1, "brightness": 1}


def test_the_fits_of_all_settings_are_what_the_choice_costs():
    (row,) = oracle([o for power in (1, 2, 3) for o in complete(Y * 1.0, power=power)])
    assert (row.fit_seconds, row.score_seconds) == (6.0, 0.5)
    assert row.fit_cpu_seconds is None


def test_the_processor_seconds_of_all_settings_are_summed_where_each_has_them():
    def costing(power, **cost):
        return [
            dataclasses.replace(o, cost=dataclasses.replace(o.cost, **cost)) for o in complete(Y * 1.0, power=power)
        ]

    known = [o for power in (1, 2) for o in costing(power, fit_cpu_seconds=1.5, score_cpu_seconds=0.25)]
    (row,) = oracle(known)
    assert (row.fit_cpu_seconds, row.score_cpu_seconds) == (3.0, 0.25)
    (row,) = oracle([*known, *costing(3)])
    assert row.fit_cpu_seconds is None


def test_the_parameters_that_all_settings_share_name_the_row_and_the_others_are_chosen():
    (row,) = oracle([*complete(Y * 1.0, power=1), *complete(Y * 1.0, power=2)])
    assert (row.non_default, row.params) == ({"epochs": 3}, {"epochs": 3})
    assert settings_text(row) == "power chosen, epochs=3"


def test_scores_are_read_once_and_only_where_something_can_be_chosen():
    sweep = [o for power in (1, 2) for o in complete({"distance": Y * 1.0, "brightness": Y * 1.0}, power=power)]
    failed = complete({"distance": Y * 1.0, "brightness": Y * 1.0}, power=3, status="failed")
    alone = complete(Y * 1.0, detector="alone")
    kept, asked = {o.uid: o.sets["test"] for o in sweep}, Counter()

    def read(uid):
        asked[uid] += 1
        return kept[uid]

    oracle([*sweep, *failed, *alone], rules=True, read=read)
    assert asked == dict.fromkeys(kept, 1)


@pytest.mark.parametrize("y", [np.ones(30, dtype=bool), np.arange(30) == 4])
def test_labels_of_one_side_give_no_number_and_no_crash(y):
    (row,) = oracle([o for power in (1, 2) for o in complete(np.arange(30.0), power=power, y=y)])
    assert row.mean is None
    assert row.missing == ("round: no number", "square: no number")
    assert any("needs normal and anomalous images" in note for note in row.notes)


def test_a_metric_that_breaks_costs_its_own_number_and_is_named():
    def compute(y, scores):
        raise ZeroDivisionError("by nought")

    (row,) = oracle(
        [o for power in (1, 2) for o in complete(Y * 1.0, power=power)], dataclasses.replace(ROC_AUC, compute=compute)
    )
    assert row.mean is None
    assert "metric 'roc_auc': ZeroDivisionError: by nought" in row.notes


def test_trials_without_stored_scores_are_no_candidates():
    (row,) = oracle([o for power in (1, 2) for o in complete(Y * 1.0, power=power)], read=lambda uid: None)
    assert row.missing == ("round: no number", "square: no number")


def sweep():
    good, bad = scores(1.0, 0.9), scores(0.5, 0.6)
    return [outcome(good if p == t else bad, power=p, task=task) for p in (0, 1) for t, task in enumerate(TASKS)]


def markdown(ranking):
    return board_text(ranking, "markdown")


def test_markdown_has_a_section_of_its_own_with_what_was_chosen_on_each_task():
    usual, _, apart = markdown(board(sweep())).partition("## Oracle: settings chosen with test labels\n")
    assert markdown(dataclasses.replace(board(sweep()), oracle=())) == usual.rstrip("\n") + "\n"
    chosen = "chosen from 2 settings: round: power=0; square: power=1"
    assert f"- toy (power chosen, epochs=3), rule distance: {chosen}" in apart
    assert "upper bound of what a method reaches without labels, and are ranked apart" in apart


def test_what_was_chosen_is_folded_where_all_tasks_agree_and_unfolded_where_seeds_do_not():
    alike = [o for power in (1, 2) for o in complete(scores(1.0, 0.9), power=power)]
    assert "chosen from 2 settings: power=1 on every task\n" in markdown(board(alike))
    good, bad = scores(1.0, 0.9), scores(0.5, 0.6)
    places = [(seed, power) for seed in (0, 1) for power in (0, 1)]
    by_seed = [o for seed, power in places for o in complete((bad, good)[power == seed], power=power, seed=seed)]
    assert "power=0 (seed 0) and power=1 (seed 1) on every task" in markdown(board(by_seed))


def test_json_and_csv_mark_oracle_rows_in_the_one_list():
    ranking = board(sweep())
    rows = json.loads(board_text(ranking, "json"))
    assert [row["oracle"] for row in rows] == [False, False, True]
    assert rows[-1]["chosen"] == {"round": {"0": {"power": 0}}, "square": {"0": {"power": 1}}}
    assert [row["chosen_of"] for row in rows] == [None, None, 2]
    lines = csv.DictReader(io.StringIO(board_text(ranking, "csv")))
    assert [line["oracle"] for line in lines] == ["false", "false", "true"]


def test_where_nothing_can_be_chosen_the_board_is_the_usual_one():
    ranking = board(complete(Y * 1.0))
    assert "oracle" not in markdown(ranking).lower() + board_text(ranking, "csv")


@pytest.mark.parametrize(
    ("comparable", "honest", "of_oracle"),
    [
        ("oracle choice of parameters", "not comparable: oracle choice of parameters", "one seed"),
        ("yes", "one seed", "not comparable: our settings were chosen with test labels, the published ones were not"),
        ("contaminated training", *["not comparable: contaminated training"] * 2),
    ],
)
def test_a_published_oracle_is_held_against_an_oracle_and_an_honest_number_against_an_honest_one(
    comparable, honest, of_oracle
):
    entries = [
        Entry(
            key="toy_2018", method="Toy", paper="Doe et al., Toys", venue="ICML", year=2018, dataset="shapes",
            class_index=index, task=task, auc=0.2, spread=None, spread_kind="none", runs=10, comparable=comparable,
            rerun_of="", note="", source="Table 1",
        )
        for index, task in enumerate(TASKS)
    ]  # fmt: skip
    ranking = beside(board(sweep()), lambda detector: "toy_2018", lambda: Ledger(entries))
    verdicts = [row.published.verdict for row in (*ranking.rows, *ranking.oracle)]
    assert [v.word or v.why for v in verdicts] == [honest, honest, of_oracle]
    text = markdown(ranking).partition("## Oracle")[2]
    assert (of_oracle in text) and "published" in text
    assert board_data(ranking)[-1]["published"]["verdict"] == (verdicts[-1].word or None)


def test_a_seed_that_one_setting_alone_was_run_with_is_no_choice_and_is_left_out():
    better, worse = scores(0.9, 0.8), scores(0.6, 0.6)
    swept = [*complete(better, power=1), *complete(worse, power=2)]
    (row,) = oracle([*swept, *complete(worse, power=2, seed=1), *complete(worse, power=2, seed=2)])
    assert (row.seeds, row.std) == (1, None)
    assert row.mean == oracle(swept)[0].mean
    assert "seed 1, 2 is left out: it was run with one setting only" in row.notes
