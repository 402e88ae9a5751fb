import dataclasses

import pytest
from texts import board_text
from toy_trials import toy_trial

from benchmark.interfaces.outcome import Cost, Measure, Outcome, TaskFacts
from benchmark.metrics.builtin import SPECS
from benchmark.reports.render import FORMATS
from benchmark.reports.rows import make_board

ROC_AUC, _, FPR, *_ = SPECS
TASKS = ("round", "square")


def outcome(auc, *, task="round", seed=0, status="ok", source="s", detector="toy", rules=("distance",), **changes):
    trial = toy_trial(detector=detector, rules=rules, task=task, seed=seed)
    measures = {"roc_auc": Measure(auc), "fpr_at_95_tpr": Measure(auc)}
    return Outcome(
        trial=dataclasses.replace(trial, **changes), status=status, source=source,
        metrics={} if auc is None else dict.fromkeys(rules, measures),
        task=TaskFacts(variant="official", tasks=TASKS), cost=Cost(fit_seconds=2.0, score_seconds=0.5),
    )  # fmt: skip


def complete(auc, **changes):
    return [outcome(auc, task=task, **changes) for task in TASKS]


def board(outcomes, metric=ROC_AUC, **options):
    return make_board("shapes", outcomes, metric, non_default=lambda o: {}, **options)


def test_the_mean_is_over_tasks_of_means_over_seeds_and_std_over_seeds():
    values = {("round", 0): 0.9, ("round", 1): 0.7, ("square", 0): 0.5, ("square", 1): 0.5}
    (row,) = board([outcome(v, task=task, seed=seed) for (task, seed), v in values.items()]).rows
    assert row.tasks == pytest.approx({"round": 0.8, "square": 0.5})
    assert row.mean == pytest.approx(0.65)
    assert row.std == pytest.approx(0.1 / 2**0.5), "of 0.7 and 0.6, ddof 1"
    assert row.seeds == 2
    assert board(complete(0.9)).rows[0].std is None, "one seed has no spread"


def test_a_seed_that_is_still_running_hides_no_finished_mean():
    (row,) = board([*complete(0.9), outcome(0.1, seed=7)]).rows
    assert (row.mean, row.seeds, row.tasks["round"]) == (0.9, 1, 0.9)
    assert row.notes == ("seed 7 is left out: only 1 of 2 tasks were run",)


def test_where_sources_would_have_to_be_mixed_the_row_has_a_note():
    (row,) = board([outcome(0.9, source="old"), outcome(0.8, task="square", source="new")]).rows
    assert row.mean is None
    assert row.missing == ("round: not run",)
    assert "1 of the missing tasks were run with other code of the detector" in row.notes[0]


def test_higher_ranks_first_unless_lower_is_better_and_equals_share_a_rank():
    outcomes = [*complete(0.7, detector="a"), *complete(0.9, detector="b"), *complete(0.7, detector="c")]
    assert [(r.rank, r.detector) for r in board(outcomes).rows] == [(1, "b"), (2, "a"), (2, "c")]
    assert [(r.rank, r.detector) for r in board(outcomes, FPR).rows] == [(1, "a"), (1, "c"), (3, "b")]


@pytest.mark.parametrize(
    ("others", "missing"),
    [
        ([], "square: not run"),
        ([outcome(None, task="square", status="failed")], "square: failed"),
        ([outcome(None, task="square", status="degenerate")], "square: degenerate"),
        ([outcome(None, task="square")], "square: no number"),
    ],
)
def test_an_incomplete_row_has_no_mean_and_no_rank_but_a_note_of_what_is_missing(others, missing):
    rows = board([outcome(0.99), *others, *complete(0.6, detector="worse")]).rows
    assert [(r.detector, r.rank) for r in rows] == [("worse", 1), ("toy", None)]
    row = rows[1]
    assert (row.mean, row.tasks["round"], row.tasks["square"]) == (None, 0.99, None)
    assert row.missing == (missing,)


def test_a_failed_seed_is_never_averaged_away():
    outcomes = [*complete(0.9), outcome(0.8, seed=1), outcome(None, seed=1, task="square", status="failed")]
    (row,) = board(outcomes).rows
    assert row.tasks["square"] is None
    assert row.mean is None
    assert row.missing == ("square (seed 1): failed",)


def test_a_row_never_mixes_sources_and_shows_the_newest_complete_one():
    old, new = complete(0.5, source="old"), complete(0.9, source="new")
    assert [r.mean for r in board([*old, *new]).rows] == [0.9]
    assert [r.mean for r in board([*old, new[0]]).rows] == [0.5], "the new one is not complete yet"
    assert [r.missing for r in board([old[0], new[1]]).rows] == [("round: not run",)], "none is: the newest"


def test_outcomes_of_a_source_that_cannot_be_compared_fill_what_the_newer_one_lacks_as_a_run_keeps_them():
    old = [outcome(0.5, source="0a1b"), outcome(0.5, task="square", source="0a1b"), outcome(0.5, seed=1, source="0a1b")]
    new = [outcome(0.9, source="ast1:c2"), outcome(0.9, task="square", seed=1, source="ast1:c2")]
    (row,) = board([*old, *new]).rows
    assert (row.tasks["round"], row.tasks["square"], row.seeds) == (0.7, 0.7, 2)
    assert row.notes == ("2 trials may come from other code: the source hash has an older format",)


def test_newer_code_that_is_not_shown_is_named_even_where_it_failed():
    times = [f"2026-01-0{day}T00:00:00+00:00" for day in (1, 2, 3)]
    outcomes = [*complete(0.5, source="old"), outcome(None, source="new", status="failed")]
    (row,) = board([dataclasses.replace(o, finished_at=at) for o, at in zip(outcomes, times, strict=True)]).rows
    assert row.mean == 0.5
    assert row.notes == ("newer code has only 1 trial, not every task; the older results are shown",)


def test_a_newer_version_of_a_detector_replaces_the_row():
    outcomes = [*complete(0.5), *complete(0.9, detector_version="2", source="t")]
    assert [r.mean for r in board(outcomes).rows] == [0.9]


def test_validation_is_a_board_of_its_own():
    outcomes = [*complete(0.5), *complete(0.9, validation_only=True)]
    assert [r.mean for r in board(outcomes).rows] == [0.5]
    assert [r.mean for r in board(outcomes, validation=True).rows] == [0.9]


def test_rules_are_rows_of_their_own_only_when_asked():
    outcomes = complete(0.5, rules=("distance", "brightness"))
    assert [r.rule for r in board(outcomes).rows] == ["distance"]
    assert [r.rule for r in board(outcomes, rules=True).rows] == ["distance", "brightness"]


def test_markdown_is_in_percent_with_the_direction():
    text = board_text(board(complete(0.91234)), "markdown")
    assert text.startswith("# shapes: ROC-AUC in %, higher is better\n")
    assert "|   91.2 |" in text
    assert "lower is better" in board_text(board(complete(0.9), FPR), "markdown")


def test_markdown_names_what_is_missing_and_escapes_texts_from_elsewhere():
    outcomes = make_board("shapes", [outcome(0.9)], ROC_AUC, non_default=lambda o: {"mode": "a|b"})
    text = board_text(outcomes, "markdown")
    assert "mode=a\\|b" in text
    assert "no mean yet; missing: square: not run" in text


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_written_for_an_incomplete_row(form):
    assert "toy" in board_text(board([outcome(None, status="failed")]), form)


def test_a_variant_of_the_data_is_a_remark():
    outcomes = [
        dataclasses.replace(o, task=TaskFacts(variant="jpeg", footnote="Some images | were JPEG.", tasks=TASKS))
        for o in complete(0.9)
    ]
    assert "- Some images \\| were JPEG." in board_text(board(outcomes), "markdown")
