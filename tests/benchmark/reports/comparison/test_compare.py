import dataclasses
import json
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from toy_trials import toy_trial

from benchmark.cli.row_selection import parse_pick
from benchmark.interfaces.errors import InvalidRequest, UnknownName
from benchmark.interfaces.outcome import Measure, Outcome, ScoredSet, TaskFacts
from benchmark.metrics.builtin import SPECS, roc_auc, roc_auc_standard_error
from benchmark.metrics.by_class import paired_class_error
from benchmark.metrics.intervals import logit_interval, paired_delong
from benchmark.reports.comparison.compare import compare
from benchmark.reports.comparison.disagreement import ErrorCounts, Thresholded, disagreement, mean_of_ranks
from benchmark.reports.comparison.report import comparison_report
from benchmark.reports.render import render
from benchmark.reports.rows import make_board
from benchmark.reports.select_row import Pick, pick_row, row_label

ROC_AUC, PRECISION, FPR, *_ = SPECS
CLASSES = tuple("0123456")
LABELS = np.arange(140) % 7


def scored(y, scores):
    return ScoredSet(
        y=y, labels=np.zeros(len(y), dtype=np.int64), rules=tuple(scores), scores=np.stack([*scores.values()])
    )


def outcome(detector, task, *, gap=1.0, seed=0, status="ok", held_out=True, rules=("distance",), **changes):
    """Scores of one detector on one task: normal ones about 0, anomalous ones about `gap`."""
    random = np.random.RandomState(sum(map(ord, f"{detector}{task}{seed}")))
    y = int(task) != LABELS
    params = changes.pop("params", {"power": 2})
    fingerprint = changes.pop("fingerprint", "f")
    trial = toy_trial(detector=detector, params=params, rules=rules, fingerprint=fingerprint, task=task, seed=seed)
    scores = {rule: random.normal(size=len(y)) + gap * y for rule in rules}
    test = dataclasses.replace(scored(y, scores), labels=LABELS)
    normal = np.zeros(50, dtype=bool)
    sets = {"test": test, "train": scored(normal, {rule: random.normal(size=50) - 0.5 for rule in rules})}
    if held_out:
        halves = np.arange(80) >= 40
        sets["validation"] = scored(halves, {rule: random.normal(size=80) + 50.0 * halves for rule in rules})
    measures = {
        rule: {
            "roc_auc": Measure(roc_auc(y, values), roc_auc_standard_error(y, values)),
            "fpr_at_95_tpr": Measure(FPR.compute(y, values)),
        }
        for rule, values in scores.items()
    }
    return Outcome(
        trial=trial, status=status, source="s", metrics=measures if status == "ok" else {}, sets=sets,
        task=TaskFacts(variant="official", tasks=CLASSES, classes=CLASSES, normal_class=int(task)), **changes,
    )  # fmt: skip


def complete(detector, **changes):
    return [outcome(detector, task, **changes) for task in CLASSES]


def non_default(one):
    """Where a power of 2 is the default."""
    return {name: value for name, value in one.trial.params.items() if (name, value) != ("power", 2)}


def board(outcomes, metric=ROC_AUC):
    return make_board(
        "shapes", [dataclasses.replace(o, sets={}) for o in outcomes], metric, non_default=non_default, rules=True
    )


def compared(outcomes, a="a", b="b", metric=ROC_AUC):
    ranking, stored = board(outcomes, metric), {o.uid: o.sets for o in outcomes}
    picks = [one if isinstance(one, Pick) else Pick(one) for one in (a, b)]
    return compare(ranking, *(pick_row(ranking, pick) for pick in picks), lambda o: stored[o.uid])


BOTH = [*complete("a", gap=1.5), *complete("b", gap=1.0)]


def test_each_number_has_its_interval_and_the_difference_the_paired_one():
    comparison = compared(BOTH)
    assert [task.task for task in comparison.tasks] == list(CLASSES)
    for task, a, b in zip(comparison.tasks, BOTH[:7], BOTH[7:], strict=True):
        y, ours, theirs = a.sets["test"].y, a.sets["test"].of("distance"), b.sets["test"].of("distance")
        assert task.a.value == roc_auc(y, ours)
        assert task.a.interval == logit_interval(roc_auc(y, ours), roc_auc_standard_error(y, ours))
        difference, error = paired_delong(y, ours, theirs)
        half = NormalDist().inv_cdf(0.975) * error
        assert task.difference.value == pytest.approx(difference)
        assert task.difference.interval == pytest.approx((difference - half, difference + half))
        half = stats.t.ppf(0.975, 5) * paired_class_error(y, LABELS, ours, theirs)
        assert task.difference.class_interval == pytest.approx((difference - half, difference + half))


def test_the_interval_for_other_classes_is_a_column_of_areas_alone():
    text = render(comparison_report(compared(BOTH)), "markdown")
    assert "| difference | for other classes | combined |" in " ".join(text.split())
    assert "the anomalous classes were others too" in text
    assert "for other classes" not in render(comparison_report(compared(BOTH, metric=FPR)), "markdown")
    two = [dataclasses.replace(o, sets={**o.sets, "test": one_against_two(o)}) for o in BOTH]
    assert {task.difference.class_interval for task in compared(two).tasks} == {None}, "two classes are too few"


def one_against_two(outcome):
    scored = outcome.sets["test"]
    return dataclasses.replace(scored, labels=np.where(scored.y, 1 + np.arange(len(scored.y)) % 2, 0))


def test_a_detector_against_itself_differs_in_nothing():
    comparison = compared(BOTH, "a", "a")
    assert {task.difference.value for task in comparison.tasks} == {0.0}
    assert {task.difference.interval for task in comparison.tasks} == {None}
    assert (comparison.difference, comparison.p_value, comparison.tally) == (0.0, None, (0, 7, 0))
    assert comparison.mean_of_ranks == pytest.approx(comparison.a.mean)
    assert comparison.disagreement.only_a == comparison.disagreement.only_b == ErrorCounts(0, 0)
    assert "too few tasks differ" in render(comparison_report(comparison), "markdown")


def test_to_swap_the_two_swaps_everything():
    comparison, swapped = compared(BOTH, "a", "b"), compared(BOTH, "b", "a")
    assert (comparison.a.mean, comparison.b.mean) == (swapped.b.mean, swapped.a.mean)
    assert comparison.p_value == swapped.p_value
    assert comparison.tally == swapped.tally[::-1]
    assert comparison.mean_of_ranks == swapped.mean_of_ranks
    for ours, theirs in zip(comparison.tasks, swapped.tasks, strict=True):
        assert ours.difference.value == -theirs.difference.value
        low, high = theirs.difference.interval
        assert ours.difference.interval == pytest.approx((-high, -low))
        assert ours.disagreement.only_a == theirs.disagreement.only_b
        assert [i.index for i in ours.disagreement.examples_a] == [i.index for i in theirs.disagreement.examples_b]


def test_seven_tasks_suffice_for_a_detector_that_is_better_on_each():
    comparison = compared([*complete("a", gap=4.0), *complete("b", gap=0.5)])
    assert comparison.tally == (7, 0, 0)
    assert comparison.p_value == pytest.approx(2 / 2**7)
    assert "a is higher in 7 of 7 tasks, lower in 0; p = 0.016" in render(comparison_report(comparison), "markdown")


@given(data=st.data(), seed=st.integers(0, 99))
def test_images_are_counted_by_who_gets_them_wrong(data, seed):
    y = np.array(data.draw(st.lists(st.booleans(), min_size=1, max_size=40)))
    random = np.random.RandomState(seed)
    labels, (a, b) = random.randint(0, 3, len(y)), random.randint(0, 5, (2, len(y))).astype(np.float64)
    counts = disagreement(y, (labels, "xyz"), Thresholded(a, 2.0), Thresholded(b, 3.0), seed=0)
    wrong = [((a[i] > 2.0) != y[i], (b[i] > 3.0) != y[i]) for i in range(len(y))]
    assert counts.right == wrong.count((False, False))
    assert counts.both.images == wrong.count((True, True))
    assert counts.only_a.images == wrong.count((True, False))
    assert counts.only_b.anomalous == sum(
        w == (False, True) and anomalous for w, anomalous in zip(wrong, y, strict=True)
    )
    assert counts.images == len(y) == counts.right + counts.both.images + counts.only_a.images + counts.only_b.images
    assert sum(of_a for of_a, _ in counts.classes.values()) == counts.only_a.images
    assert sum(of_b for _, of_b in counts.classes.values()) == counts.only_b.images


def test_counts_of_tasks_and_seeds_add_up():
    comparison = compared([*BOTH, *complete("a", seed=1), *complete("b", seed=1)])
    parts = [task.disagreement for task in comparison.tasks]
    assert {part.images for part in parts} == {2 * len(LABELS)}
    for count in ("images", "right"):
        assert getattr(comparison.disagreement, count) == sum(getattr(part, count) for part in parts)
    assert comparison.disagreement.only_a.images == sum(part.only_a.images for part in parts) > 0
    assert "An image counts once for each seed." in render(comparison_report(comparison), "markdown")


def test_the_examples_are_the_images_that_the_two_rank_most_differently():
    y = np.array([False] * 10 + [True] * 10)
    right = np.where(y, 10.0, 0.0) + np.arange(20) / 100
    blind = right.copy()
    blind[[12, 17]] = [-5.0, 0.5]  # far below, and just below, what is flagged
    counts = disagreement(y, (y.astype(int), ("good", "bad")), Thresholded(blind, 1.0), Thresholded(right, 1.0), seed=3)
    first, second = counts.examples_a
    assert (first.index, first.class_name, first.seed, second.index) == (12, "bad", 3, 17)
    assert (first.rank_a, first.rank_b) == pytest.approx((0.5 / 20, 12.5 / 20))
    assert counts.examples_b == ()


def test_the_mean_of_ranks_of_equals_is_either_and_ignores_the_scale():
    y, scores = BOTH[0].sets["test"].y, BOTH[0].sets["test"].of("distance")
    assert roc_auc(y, mean_of_ranks(scores, scores)) == roc_auc(y, scores)
    assert roc_auc(y, mean_of_ranks(scores, np.exp(3 * scores))) == roc_auc(y, scores)


def test_the_mean_of_ranks_of_two_that_miss_different_images_beats_both():
    y = np.arange(100) >= 50
    a, b = np.arange(100.0), np.arange(100.0)
    a[50:75], b[75:] = np.arange(25) + 20.5, np.arange(25) + 20.5
    alone, together = max(roc_auc(y, a), roc_auc(y, b)), roc_auc(y, mean_of_ranks(a, b))
    assert together > alone + 0.03


def test_the_threshold_is_from_held_out_images_or_else_from_training_images():
    comparison = compared([*complete("a"), *complete("b", held_out=False)])
    of, rate = "the conformal threshold of the scores of", "for a false-alarm rate of 5 %"
    assert comparison.a.thresholds == (f"{of} held-out normal images {rate}",)
    assert comparison.b.thresholds == (f"{of} training images (none were held out) {rate}",)
    a, b = comparison.tasks[0].thresholds[0]
    assert (a.conformal.images, b.conformal.images) == (40, 50)
    assert f"b flags scores above {comparison.b.thresholds[0]}" in render(comparison_report(comparison), "markdown")


def test_only_tasks_and_seeds_that_both_have_are_compared_and_the_others_are_named():
    comparison = compared([*complete("a"), *complete("a", seed=1), *complete("b", status="ok")])
    assert {task.seeds for task in comparison.tasks} == {(0,)}
    assert comparison.a.mean == pytest.approx(compared([*complete("a"), *complete("b")]).a.mean)
    assert comparison.remarks[0] == "left out because b has no number: 0-6 (seed 1): not run"


@pytest.mark.parametrize("status", ["failed", "degenerate", "timeout"])
def test_what_is_not_ok_is_left_out_with_its_status(status):
    comparison = compared([*complete("a"), *complete("b")[:6], outcome("b", "6", status=status)])
    assert [task.task for task in comparison.tasks] == list(CLASSES[:6])
    assert f"left out because b has no number: 6: {status}" in comparison.remarks


def test_nothing_in_common_is_one_sentence():
    with pytest.raises(InvalidRequest, match=r"a and b have no number on the same task and seed of 'sh") as error:
        compared([*complete("a"), *complete("b", status="failed"), *complete("b", seed=1)])
    assert "left out because a has no number: 0-6 (seed 1): not run" in str(error.value)
    assert "left out because b has no number: 0-6 (seed 0): failed" in str(error.value)


def test_other_images_cannot_be_paired():
    with pytest.raises(InvalidRequest, match="did not score the same images"):
        compared([*complete("a"), *complete("b", fingerprint="g")])


def test_a_trial_without_stored_scores_is_one_sentence():
    with pytest.raises(InvalidRequest, match="the store has no scores of b shapes/0 seed 0"):
        compared([*complete("a"), *(dataclasses.replace(o, sets={}) for o in complete("b"))])


def test_without_scores_for_a_threshold_the_numbers_are_there_and_the_counts_are_not():
    bare = [dataclasses.replace(o, sets={"test": o.sets["test"]}) for o in complete("b")]
    comparison = compared([*complete("a"), *bare])
    assert comparison.disagreement is None
    assert comparison.tasks[0].difference.interval is not None
    assert any(remark.startswith("no errors are counted on 0, 1, 2") for remark in comparison.remarks)
    assert "Where they disagree" not in render(comparison_report(comparison), "markdown")
    assert json.loads(render(comparison_report(comparison), "json"))["tasks"][0]["disagreement"] is None


def test_another_metric_has_differences_without_intervals():
    comparison = compared(BOTH, metric=FPR)
    assert comparison.tasks[0].a.value == BOTH[0].metrics["distance"]["fpr_at_95_tpr"].value
    assert {task.difference.interval for task in comparison.tasks} == {None}
    assert "FPR at 95 % TPR in %, lower is better" in render(comparison_report(comparison), "markdown")
    with pytest.raises(InvalidRequest, match="0-6: no number"):
        compared(BOTH, metric=PRECISION)


def test_over_seeds_a_number_is_the_mean_and_its_error_is_bounded_by_the_mean_of_theirs():
    comparison = compared([*BOTH, *complete("a", seed=1, gap=1.5), *complete("b", seed=1)])
    pairs = [[outcome(d, "0", seed=seed, gap=g) for d, g in (("a", 1.5), ("b", 1.0))] for seed in (0, 1)]
    values = [paired_delong(a.sets["test"].y, *(o.sets["test"].of("distance") for o in (a, b))) for a, b in pairs]
    low, high = comparison.tasks[0].difference.interval
    assert comparison.tasks[0].difference.value == pytest.approx(np.mean([value for value, _ in values]))
    assert (high - low) / 2 == pytest.approx(NormalDist().inv_cdf(0.975) * np.mean([error for _, error in values]))


SWEEP = [o for power in (1, 2, 3) for o in complete("a", params={"power": power, "depth": power})]


def test_a_name_alone_is_the_row_of_the_defaults():
    rows = board([*complete("a", params={"power": 2}), *complete("a", params={"power": 3})])
    assert pick_row(rows, Pick("a")).params == {"power": 2}


def test_a_name_that_fits_several_rows_without_defaults_lists_them():
    with pytest.raises(InvalidRequest) as refused:
        pick_row(board(SWEEP), Pick("a"))
    assert str(refused.value) == (
        "3 rows of 'a' on 'shapes' match; choose one of: a:power=1,depth=1; a:depth=2; a:power=3,depth=3"
    )


@pytest.mark.parametrize(("wanted", "power"), [({"power": 3}, 3), ({"depth": 1.0}, 1), ({"depth": 2, "power": 2.0}, 2)])
def test_settings_pick_one_of_several(wanted, power):
    row = pick_row(board(SWEEP), Pick("a", settings=wanted))
    assert row.params["power"] == power
    assert pick_row(board(SWEEP), Pick("a", settings=row.params)) == row


def test_what_is_not_named_is_at_its_default():
    rows = board([*complete("a", params={"power": 2, "depth": 5}), *complete("a", params={"power": 3, "depth": 5})])
    assert pick_row(rows, Pick("a", settings={"depth": 5})).params["power"] == 2


def test_a_row_is_spelt_as_it_is_picked():
    rows = board([*complete("a", rules=("distance", "length")), *SWEEP])
    assert row_label(pick_row(rows, Pick("a", rule="length"))) == "a@length"
    assert row_label(pick_row(rows, Pick("a", settings={"depth": 3}))) == "a:power=3,depth=3"


def test_another_rule_than_the_primary_one_can_be_compared():
    outcomes = complete("a", rules=("distance", "length"))
    comparison = compared(outcomes, "a", Pick("a", rule="length"))
    assert (comparison.a.name, comparison.b.name) == ("a", "a@length")
    assert comparison.tasks[0].b.value == outcomes[0].metrics["length"]["roc_auc"].value


@pytest.mark.parametrize(
    ("pick", "message"),
    [
        (Pick("a", rule="lenght"), "no rule of 'a' is called 'lenght'"),
        (Pick("a", settings={"powr": 1}), "no setting of 'a' is called 'powr'. Did you mean 'power'?"),
        (
            Pick("a", settings={"power": 9}),
            "no row of 'a' on 'shapes' has power=9; choose one of: a:power=1,depth=1; a:depth=2;",
        ),
        (Pick("c"), "the store has no outcome of 'c' on 'shapes' for this board; run: bench run"),
    ],
)
def test_what_is_not_there_is_one_sentence_with_what_is(pick, message):
    with pytest.raises((UnknownName, InvalidRequest)) as refused:
        pick_row(board(SWEEP), pick)
    assert str(refused.value).startswith(message)


VALUES = (True, 1, "1", "true", "a", "a, b=2", None, [1], [True], {"b": None})


@pytest.mark.parametrize("value", VALUES)
def test_values_that_read_alike_are_rows_of_their_own_and_each_is_picked_by_its_label(value):
    rows = board([one for each in VALUES for one in complete("a", params={"mode": each})])
    row = pick_row(rows, parse_pick(row_label(next(r for r in rows.rows if r.params["mode"] is value))))
    assert row.params["mode"] is value


def test_two_rows_whose_values_read_alike_are_compared():
    outcomes = [one for value in ("1", 1) for one in complete("a", params={"mode": value})]
    comparison = compared(outcomes, *(Pick("a", settings={"mode": value}) for value in ("1", 1)))
    assert (comparison.a.name, comparison.b.name) == ('a:mode="1"', "a:mode=1")
    assert (comparison.a.row.params, comparison.b.row.params) == ({"mode": "1"}, {"mode": 1})


def test_json_has_all_numbers_and_the_indices_of_examples():
    comparison = compared(BOTH)
    plain = json.loads(render(comparison_report(comparison), "json"))
    assert plain["wilcoxon_p"] == comparison.p_value
    assert plain["a"]["name"] == "a"
    first = plain["tasks"][0]
    assert first["difference"]["interval"] == list(comparison.tasks[0].difference.interval)
    examples = first["disagreement"]["examples_b"]
    assert 0 < len(examples) <= 5
    y, (above_a, above_b) = BOTH[0].sets["test"].y, comparison.tasks[0].thresholds[0]
    for image in examples:
        i = image["index"]
        assert (BOTH[0].sets["test"].of("distance")[i] > above_a.value) == y[i], "a is right about it"
        assert (BOTH[7].sets["test"].of("distance")[i] > above_b.value) != y[i], "b is wrong about it"
        assert image["class_name"] == CLASSES[LABELS[i]]


def test_markdown_names_both_and_escapes_what_it_did_not_write():
    comparison = compared(
        [*complete("a"), *complete("a", params={"power": "x|y"})], "a", Pick("a", settings={"power": "x|y"})
    )
    text = render(comparison_report(comparison), "markdown")
    assert text.startswith("# shapes: a against a:power=x\\|y, ROC-AUC in %, higher is better\n")
    assert "| mean " in text
    widths = {line.replace("\\|", "").count("|") for line in text.splitlines() if line.startswith("|")}
    assert widths == {6, 9}


def text_of(comparison):
    return render(comparison_report(comparison), "markdown")


def test_the_mean_difference_has_an_interval_over_tasks_and_seeds():
    comparison = compared(BOTH)
    differences = np.array([task.difference.value for task in comparison.tasks])
    half = 2.4469 * differences.std(ddof=1) / 7**0.5
    assert comparison.mean_difference.low == pytest.approx(differences.mean() - half, rel=1e-4)
    shown = f"{100 * comparison.mean_difference.low:+.2f} to {100 * comparison.mean_difference.high:+.2f}"
    assert f"95 % interval of the mean difference, over tasks and seeds: {shown}" in text_of(comparison)


def test_with_one_seed_everywhere_nobody_knows_how_many_it_takes():
    comparison = compared(BOTH)
    assert comparison.seeds is None
    assert "How many seeds would show this difference is unknown: a row has one seed" in text_of(comparison)


def test_it_says_how_many_seeds_would_show_the_difference():
    near = [o for seed in (0, 1, 2) for o in complete("a", seed=seed, gap=1.05)]
    comparison = compared([*near, *(o for seed in (0, 1, 2) for o in complete("b", seed=seed))])
    needed = comparison.seeds.needed
    assert (comparison.seeds.seeds, comparison.seeds.origins) == ((3, 3), ("own", "own"))
    assert needed.seeds > 3 and needed.power < 0.8
    text = text_of(comparison)
    assert f"a two-sided t-test over these 7 tasks at 5 % finds it with 3 seeds in {100 * needed.power:.0f} %" in text
    assert f"It takes {needed.seeds} seeds of each for 80 %." in text
    data = json.loads(render(comparison_report(comparison), "json"))
    assert (data["seeds_needed"], data["power"]) == (needed.seeds, needed.power)


def test_a_clear_difference_needs_no_more_seeds_and_borrowed_seeds_are_named():
    comparison = compared([*complete("a", gap=3), *complete("a", gap=3, seed=1), *complete("b")])
    assert comparison.seeds.needed.seeds == 1
    text = text_of(comparison)
    assert "For 80 % 1 seed of each would do." in text
    assert "that of other rows of the same detector or framework (b: framework)." in text


def test_old_trials_whose_tasks_share_a_random_stream_have_no_p():
    old = [dataclasses.replace(o, trial=dataclasses.replace(o.trial, semantics=1)) for o in BOTH]
    comparison = compared(old)
    assert (comparison.p_value, comparison.mean_difference.low, comparison.seeds) == (None, None, None)
    assert "no p-value and no interval of the mean: in these trials (protocol version 1)" in text_of(comparison)
    assert comparison.difference == pytest.approx(compared(BOTH).difference)


def test_a_detector_that_is_a_baseline_can_be_picked():
    outcomes = [*complete("a"), *complete("b")]
    rows = make_board("shapes", outcomes, ROC_AUC, non_default=lambda o: {}, is_baseline={"b"}.__contains__)
    assert rows.detectors == ["a", "b"]
    assert pick_row(rows, Pick("b")).detector == "b"
