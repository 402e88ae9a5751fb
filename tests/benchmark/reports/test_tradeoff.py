import dataclasses
import json

import pytest
from toy_trials import toy_trial

from benchmark.interfaces.errors import InvalidRequest
from benchmark.interfaces.outcome import Cost, Measure, Outcome, TaskFacts
from benchmark.metrics.builtin import SPECS
from benchmark.reports.figures import drawn, tradeoff_figure
from benchmark.reports.rows import make_board
from benchmark.reports.tradeoff import make_tradeoff
from benchmark.reports.tradeoff_formats import to_json, to_markdown

ROC_AUC, _, FPR = SPECS
TASKS = ("round", "square")
ONCE = {0.1: (0.90, 0.70), 1.0: (0.88, 0.80), 10.0: (0.60, 0.50)}
ANEW = {0.1: (0.94, 0.80), 1.0: (0.90, 0.82)}
CHOSEN = {"round": 0.1, "square": 10.0}


def outcome(detector, metrics, *, task, seed=0, params, facts=(), fit=2.0, **changes):
    trial = toy_trial(detector=detector, params=params, rules=tuple(metrics), task=task, seed=seed)
    measured = {
        rule: {"roc_auc": Measure(number), "fpr_at_95_tpr": Measure(number)}
        for rule, number in metrics.items()
        if number is not None
    }
    made = Outcome(
        trial=trial, status="ok", source="s", metrics=measured, facts=dict(facts),
        task=TaskFacts(variant="official", tasks=TASKS),
        cost=Cost(load_seconds=0.0, fit_seconds=fit, score_seconds=0.0, wall_seconds=fit),
    )  # fmt: skip
    return dataclasses.replace(made, **changes)


def conditioned(grid=ONCE, *, chosen=CHOSEN, seed=0, fit=3.0, **changes):
    made = []
    for place, task in enumerate(TASKS):
        at = {f"level={value:g}": numbers[place] for value, numbers in grid.items()}
        metrics = {"chosen": at[f"level={chosen[task]:g}"], **at}
        params = {"levels": list(grid), "epochs": 5}
        made.append(
            outcome("once", metrics, task=task, seed=seed, params=params, fit=fit, facts={"level": chosen[task]})
        )
    return [dataclasses.replace(one, **changes) for one in made]


def separate(grid=ANEW, *, epochs=5, seed=0, detector="anew", **changes):
    return [
        outcome(detector, {"error": n}, task=t, seed=seed, params={"level": v, "epochs": epochs}, **changes)
        for v, numbers in grid.items()
        for t, n in zip(TASKS, numbers, strict=True)
    ]


def non_default(outcome):
    """Where 5 epochs are the default, and no level is."""
    return {k: v for k, v in outcome.trial.params.items() if k == "level" or (k == "epochs" and v != 5)}


def tradeoff(outcomes, metric=ROC_AUC, **options):
    board = make_board("shapes", outcomes, metric, non_default=non_default, rules=True, **options)
    return make_tradeoff(board, conditioned="once", separate="anew")


def means(curve):
    return {point.value: pytest.approx(point.mean) for point in curve.points}


def test_each_curve_has_the_mean_over_tasks_at_each_of_its_own_values():
    found = tradeoff([*conditioned(), *separate()])
    assert found.parameter == "level"
    assert found.values == (0.1, 1.0, 10.0)
    assert means(found.conditioned) == {0.1: 0.80, 1.0: 0.84, 10.0: 0.55}
    assert means(found.separate) == {0.1: 0.87, 1.0: 0.86}
    assert found.separate.at(10.0) is None


def test_seeds_are_averaged_within_a_task_and_spread_over_seeds():
    more = {0.1: (1.0, 0.90), 1.0: (0.90, 0.82)}
    point = tradeoff([*conditioned(), *separate(), *separate(more, seed=1)]).separate.at(0.1)
    assert point.tasks == pytest.approx({"round": 0.97, "square": 0.85})
    assert point.mean == pytest.approx(0.91)
    assert point.std == pytest.approx(0.08 / 2**0.5), "of 0.87 and 0.95, ddof 1"
    assert (point.seeds, point.trials) == (2, 4)


def test_the_oracle_is_the_best_value_for_all_tasks_and_each_task_has_its_own():
    once = tradeoff([*conditioned(), *separate()]).conditioned
    assert once.oracle.value == 1.0
    assert {task: point.value for task, point in once.task_oracles.items()} == {"round": 0.1, "square": 1.0}


def test_where_lower_is_better_the_oracle_is_the_lowest_and_regret_is_still_a_loss():
    found = tradeoff([*conditioned(), *separate()], FPR)
    assert found.conditioned.oracle.value == 10.0
    assert found.conditioned.choice.regret == pytest.approx(0.70 - 0.55)
    assert found.oracle_gap == pytest.approx(0.86 - 0.55), "lower, so better"


def test_regret_is_against_the_best_value_and_against_the_best_of_each_task():
    found = tradeoff([*conditioned(), *separate()])
    choice = found.conditioned.choice
    assert found.chosen == {"round": (0.1,), "square": (10.0,)}
    assert choice.mean == pytest.approx((0.90 + 0.50) / 2)
    assert choice.regret == pytest.approx(0.84 - 0.70)
    assert choice.task_regrets == pytest.approx({"round": 0.0, "square": 0.30})
    assert choice.task_regret == pytest.approx(0.15)


def test_the_separate_detector_is_looked_up_at_the_value_chosen_for_each_task():
    chosen = {"round": 1.0, "square": 0.1}
    choice = tradeoff([*conditioned(chosen=chosen), *separate()]).separate.choice
    assert choice.tasks == pytest.approx({"round": 0.90, "square": 0.80})
    assert choice.regret == pytest.approx(0.87 - 0.85)
    assert choice.task_regret == pytest.approx((0.04 + 0.02) / 2)


def test_where_the_separate_detector_was_not_trained_at_the_chosen_value_it_has_no_number():
    choice = tradeoff([*conditioned(), *separate()]).separate.choice
    assert choice.tasks == {"round": pytest.approx(0.94), "square": None}
    assert (choice.mean, choice.regret, choice.task_regret) == (None, None, None)


def test_with_several_seeds_each_has_its_own_choice():
    other = conditioned(chosen={"round": 1.0, "square": 1.0}, seed=1)
    found = tradeoff([*conditioned(), *other, *separate()])
    assert found.chosen == {"round": (0.1, 1.0), "square": (10.0, 1.0)}
    assert found.separate.choice.tasks["round"] == pytest.approx((0.94 + 0.90) / 2)


def test_the_gap_is_between_the_best_means():
    assert tradeoff([*conditioned(), *separate()]).oracle_gap == pytest.approx(0.84 - 0.87)


def test_cost_is_one_training_for_all_values_against_one_for_each():
    found = tradeoff([*conditioned(), *separate()])
    assert (found.conditioned.cost.trials, found.conditioned.cost.fit_seconds) == (2, pytest.approx(6.0))
    assert (found.separate.cost.trials, found.separate.cost.fit_seconds) == (4, pytest.approx(8.0))
    assert found.cost_ratios == pytest.approx((6.0 / 4.0, 6.0 / 8.0))


def test_more_seeds_of_one_detector_make_it_no_dearer():
    outcomes = [*conditioned(), *conditioned(seed=1), *separate()]
    found = tradeoff(outcomes)
    assert found.conditioned.cost.fit_seconds == pytest.approx(12.0)
    assert found.cost_ratios == tradeoff([*conditioned(), *separate()]).cost_ratios


def test_a_value_written_with_fewer_digits_in_the_rule_is_the_same_value():
    third = 1 / 3
    grid = {third: (0.9, 0.7)}
    found = tradeoff([*conditioned(grid, chosen=dict.fromkeys(TASKS, third)), *separate(grid)])
    assert found.values == (0.333333,)
    assert found.separate.choice.mean == pytest.approx(0.8)


def test_a_detector_that_tells_no_chosen_value_still_has_its_curve_and_regret():
    found = tradeoff([*conditioned(facts={}), *separate()])
    assert found.chosen == {"round": (None,), "square": (None,)}
    assert found.conditioned.choice.regret == pytest.approx(0.14)
    assert found.separate.choice.mean is None


def test_of_several_sets_of_parameters_the_defaults_are_compared_and_the_others_named():
    found = tradeoff([*conditioned(), *separate(), *separate({0.1: (0.99, 0.99)}, epochs=50)])
    assert means(found.separate) == {0.1: 0.87, 1.0: 0.86}
    assert found.remarks == ("anew with epochs=50 is left out (2 trials): only what is at its defaults is compared",)


def test_the_only_set_of_parameters_is_compared_whatever_it_is():
    found = tradeoff([*conditioned(), *separate(epochs=50)])
    assert found.separate.non_default == {"epochs": 50}
    assert found.remarks == ()


def test_of_sets_of_which_none_is_usual_the_fullest_is_compared():
    found = tradeoff([*conditioned(), *separate(epochs=50), *separate({0.1: (0.99, 0.99)}, epochs=60)])
    assert found.separate.non_default == {"epochs": 50}
    assert "epochs=60 is left out (2 trials)" in found.remarks[0]


def test_an_incomplete_value_is_in_no_curve_and_no_cost_and_is_named():
    found = tradeoff([*conditioned(), *separate()[:-1]])
    assert means(found.separate) == {0.1: 0.87}
    assert found.separate.cost.trials == 2
    assert found.remarks == ("anew at level=1 is in no curve and no cost while these are missing: square: not run",)


def test_a_rule_without_a_number_is_missing_from_the_curve():
    found = tradeoff([*conditioned({**ONCE, 1.0: (0.9, None)}), *separate()])
    assert [point.value for point in found.conditioned.points] == [0.1, 10.0]
    assert "once at level=1" in found.remarks[0]


def test_values_made_with_different_sources_are_remarked_on():
    found = tradeoff([*conditioned(), *separate({0.1: ANEW[0.1]}), *separate({1.0: ANEW[1.0]}, source="t")])
    assert found.remarks == ("anew: its values were made with 2 sources of the detector",)


@pytest.mark.parametrize(
    ("outcomes", "says"),
    [
        (separate(), "no outcome of 'once' .* bench run --dataset shapes --detector once$"),
        (conditioned(), "no outcome of 'anew' .* bench run --dataset shapes --detector anew --set level=0.1,1,10$"),
        ([*conditioned()[:1], *separate()], "'once' is complete at no value of 'level'; missing: square: not run$"),
        (
            [*conditioned(), *separate()[1:3]],
            "'anew' is complete at no value .*: level=0.1: round: not run; level=1: square: not run$",
        ),
        ([*separate(detector="once"), *separate()], r"'once' has no rule that is PARAM=VALUE \(its rules: error\)"),
    ],
)
def test_what_cannot_be_compared_is_a_sentence(outcomes, says):
    with pytest.raises(InvalidRequest, match=says):
        tradeoff(outcomes)


def test_rules_over_two_parameters_are_refused():
    made = outcome("once", {"chosen": 0.5, "level=1": 0.5, "power=2": 0.5}, task="round", params={"epochs": 5})
    with pytest.raises(InvalidRequest, match="has more than one parameter: level, power"):
        tradeoff([made, *separate()])


def test_a_separate_detector_without_the_parameter_is_refused():
    made = [outcome("anew", {"error": 0.9}, task=task, params={"epochs": 5}) for task in TASKS]
    with pytest.raises(InvalidRequest, match="'anew' has no number called 'level' among its parameters"):
        tradeoff([*conditioned(), *made])


def rows(text):
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]


def test_markdown_has_a_row_a_value_marks_oracles_and_shows_dashes():
    text = to_markdown(tradeoff([*conditioned(), *separate()]))
    assert text.startswith("# shapes: ROC-AUC in %, higher is better, by `level`\n")
    table = rows(text)
    assert ["0.1", "80.0", "–", "2 x 1", "87.0 (oracle)", "–", "2 x 1", "-7.0"] in table
    assert ["1", "84.0 (oracle)", "–", "2 x 1", "86.0", "–", "2 x 1", "-2.0"] in table
    assert ["10", "55.0", "–", "2 x 1", "–", "–", "–", "–"] in table
    assert ["once", "70.0", "84.0 at 1", "14.0", "85.0", "15.0"] in table
    assert ["square", "10", "50.0", "1", "80.0", "30.0", "–", "1", "82.0", "–"] in table
    assert "the conditioned one is 3.0 worse" in text
    assert "1.50 times what `anew` takes at one value, and 0.75 times what it takes at all 2" in text


def test_markdown_signs_a_difference_and_says_when_the_conditioned_detector_is_better():
    text = to_markdown(tradeoff([*conditioned(), *separate({1.0: (0.80, 0.82)})]))
    assert ["1", "84.0 (oracle)", "–", "2 x 1", "81.0 (oracle)", "–", "2 x 1", "+3.0"] in rows(text)
    assert "the conditioned one is 3.0 better" in text


def test_markdown_escapes_what_it_did_not_write():
    found = dataclasses.replace(tradeoff([*conditioned(), *separate()]), remarks=("a|b",), footnotes=("c|d",))
    assert "- a\\|b" in to_markdown(found)
    assert "- c\\|d" in to_markdown(found)


def test_json_has_fractions_and_the_tasks():
    plain = json.loads(to_json(tradeoff([*conditioned(), *separate()])))
    assert plain["conditioned"]["oracle"] == {"value": 1.0, "mean": pytest.approx(0.84)}
    assert plain["conditioned"]["points"][0]["tasks"] == {"round": 0.9, "square": 0.7}
    assert plain["conditioned"]["task_oracles"]["square"] == {"value": 1.0, "metric": 0.8}
    assert plain["conditioned"]["choice"]["regret"] == pytest.approx(0.14)
    assert plain["separate"]["cost"]["fit_seconds"] == pytest.approx(8.0)
    assert plain["chosen"] == {"round": [0.1], "square": [10.0]}
    assert plain["cost_to_all_separate_values"] == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("suffix", "signature"), [(".png", b"\x89PNG\r\n\x1a\n"), (".svg", b"<?xml"), (".pdf", b"%PDF-")]
)
def test_a_picture_is_written_in_each_form_and_alike_each_time(suffix, signature):
    found = tradeoff([*conditioned(), *separate()])
    content = drawn(tradeoff_figure(found), suffix)
    assert content.startswith(signature)
    assert drawn(tradeoff_figure(found), suffix) == content
    assert b"CreationDate" not in content


def test_the_picture_names_its_axes_and_says_what_was_chosen_with_labels_and_what_without():
    picture = drawn(tradeoff_figure(tradeoff([*conditioned(), *separate()])), ".svg").decode()
    for text in (
        "level (logarithmic)",
        "ROC-AUC in %, higher is better",
        "once, trained once (2 trials, 1 seed)",
        "anew, trained for each value (4 trials, 1 seed)",
        "its best value, 1: 84.0 (oracle)",
        "at its label-free choice: 70.0",
        "Means over 2 tasks; bands: the middle half of the tasks",
    ):
        assert f">{text}<" in picture


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        ((0.1, 1.0, 10.0), "log"),
        ((0.0, 0.1, 10.0), "symlog"),
        ((1.0, 2.0, 3.0), "linear"),
        ((-5.0, 0.1, 90.0), "linear"),
    ],
)
def test_a_picture_is_logarithmic_where_values_are_positive_and_far_apart_and_has_a_place_for_zero(values, scale):
    grid = dict.fromkeys(values, (0.9, 0.8))
    found = tradeoff([*conditioned(grid, chosen=dict.fromkeys(TASKS, values[1])), *separate(grid)])
    (axes,) = tradeoff_figure(found).axes
    assert axes.get_xscale() == scale
    assert list(axes.get_xticks()) == list(values)
