"""What a row lacks, in few words."""

import pytest
from toy_trials import toy_trial

from benchmark.interfaces.outcome import Outcome
from benchmark.reports.missing import missing

DIGITS = tuple(map(str, range(10)))


def outcomes(done):
    """Return an outcome for each (task, seed, status)."""
    return [
        Outcome(
            trial=toy_trial(rules=("r",), task=task, seed=seed),
            status=status, source="s",
        )
        for task, seed, status in done
    ]  # fmt: skip


def lacking(done, tasks=DIGITS):
    return missing(outcomes(done), tasks, lambda outcome: True)


def test_a_long_run_of_classes_is_a_range():
    assert lacking([("0", 0, "ok"), ("1", 0, "ok")]) == ("2-9: not run",)
    assert lacking([(task, 0, "ok") for task in "034"]) == ("1: not run", "2: not run", "5-9: not run")


def test_each_reason_has_its_own_ranges():
    done = [("0", 0, "ok"), *((task, 0, "failed") for task in "123"), *((task, 0, "timeout") for task in "45")]
    assert lacking(done) == ("1-3: failed", "4: timeout", "5: timeout", "6-9: not run")


def test_seeds_are_named_only_where_not_all_of_them_lack_it():
    every = [(task, seed, "ok") for task in DIGITS for seed in range(5)]
    assert lacking([place for place in every if place[0] != "4"]) == ("4: not run",)
    assert lacking([p for p in every if p[:2] != ("4", 2)]) == ("4 (seed 2): not run",)
    assert lacking([p for p in every if not (p[0] in "789" and p[1] > 1)]) == ("7-9 (seeds 2-4): not run",)


@pytest.mark.parametrize("tasks", [("bag", "coat", "shirt"), ("1", "3", "5"), ("3", "2", "1"), ("9" * 5000, "²", "③")])
def test_names_that_do_not_count_up_are_named_one_by_one(tasks):
    assert lacking([("other", 0, "ok")], tasks) == tuple(f"{task}: not run" for task in tasks)
