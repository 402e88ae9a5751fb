import pytest
from toy_tradeoffs import ANEW, FPR, ONCE, TASKS, conditioned, outcome, separate, tradeoff

from benchmark import BenchError


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


def test_more_seeds_of_one_detector_do_not_change_the_cost_ratios():
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


def test_a_detector_that_reports_no_chosen_value_still_has_its_curve_and_regret():
    found = tradeoff([*conditioned(facts={}), *separate()])
    assert found.chosen == {"round": (None,), "square": (None,)}
    assert found.conditioned.choice.regret == pytest.approx(0.14)
    assert found.separate.choice.mean is None


def test_of_several_sets_of_parameters_the_defaults_are_compared_and_the_others_named():
    found = tradeoff([*conditioned(), *separate(), *separate({0.1: (0.99, 0.99)}, epochs=50)])
    assert means(found.separate) == {0.1: 0.87, 1.0: 0.86}
    assert found.remarks == ("anew with epochs=50 is left out (2 trials): only default parameters are compared",)


def test_the_only_set_of_parameters_is_compared_even_if_it_is_not_the_defaults():
    found = tradeoff([*conditioned(), *separate(epochs=50)])
    assert found.separate.non_default == {"epochs": 50}
    assert found.remarks == ()


def test_without_default_parameters_the_set_with_the_most_complete_values_is_compared():
    found = tradeoff([*conditioned(), *separate(epochs=50), *separate({0.1: (0.99, 0.99)}, epochs=60)])
    assert found.separate.non_default == {"epochs": 50}
    assert "epochs=60 is left out (2 trials)" in found.remarks[0]


def test_an_incomplete_value_is_in_no_curve_and_no_cost_and_is_named():
    found = tradeoff([*conditioned(), *separate()[:-1]])
    assert means(found.separate) == {0.1: 0.87}
    assert found.separate.cost.trials == 2
    assert found.remarks == ("anew at level=1 is not in the curve or the cost; missing: square: not run",)


def test_a_rule_without_a_number_is_missing_from_the_curve():
    found = tradeoff([*conditioned({**ONCE, 1.0: (0.9, None)}), *separate()])
    assert [point.value for point in found.conditioned.points] == [0.1, 10.0]
    assert "once at level=1" in found.remarks[0]


def test_a_note_says_when_values_were_computed_with_different_sources():
    found = tradeoff([*conditioned(), *separate({0.1: ANEW[0.1]}), *separate({1.0: ANEW[1.0]}, source="t")])
    assert found.remarks == ("anew: its values were computed with 2 different sources of the detector",)


@pytest.mark.parametrize(
    ("outcomes", "says"),
    [
        (
            separate(),
            r"no outcome of 'once' .* \(it has outcomes of anew\); make them with: bench run --dataset shapes"
            " --detector once$",
        ),
        (conditioned(), "no outcome of 'anew' .* bench run --dataset shapes --detector anew --set level=0.1,1,10$"),
        ([*conditioned()[:1], *separate()], "'once' is complete at no value of 'level'; missing: square: not run$"),
        (
            [*conditioned(), *separate()[1:3]],
            "'anew' is complete at no value .*: level=0.1: round: not run; level=1: square: not run$",
        ),
        ([*separate(detector="once"), *separate()], r"'once' has no rule of the form PARAM=VALUE \(its rules: error\)"),
    ],
)
def test_each_reason_why_nothing_can_be_compared_is_one_sentence(outcomes, says):
    with pytest.raises(BenchError, match=says):
        tradeoff(outcomes)


def test_rules_over_two_parameters_are_refused():
    made = outcome("once", {"chosen": 0.5, "level=1": 0.5, "power=2": 0.5}, task="round", params={"epochs": 5})
    with pytest.raises(BenchError, match="has more than one parameter: level, power"):
        tradeoff([made, *separate()])


def test_a_separate_detector_without_the_parameter_is_refused():
    made = [outcome("anew", {"error": 0.9}, task=task, params={"epochs": 5}) for task in TASKS]
    with pytest.raises(BenchError, match="'anew' has no numeric parameter 'level', which the rules of 'once' vary"):
        tradeoff([*conditioned(), *made])
