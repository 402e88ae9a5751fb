"""`bench verify --models N`: scores of stored trials, from models that have seen no test image."""

import sqlite3

import pytest

pytestmark = pytest.mark.slow

RUN = ("run", "--detector", "toy_random", "--dataset", "shapes", "--quiet")


def test_trials_that_can_be_repeated_agree(bench, toys):
    bench(*RUN)
    result = bench("verify", "--models", "2", "--format", "json")
    assert result.code == 0
    assert [row["result"] for row in result.json] == ["agrees", "agrees"]
    assert result.json[0]["why"] == "fitted again only: the detector has no `save` and `load`"


def test_the_page_counts_the_results(bench, toys):
    bench(*RUN, "--classes", "round")
    assert "1 trial; agrees: 1. Each was fitted again" in bench("verify", "--models", "9").out


def test_a_trial_of_other_code_or_other_data_is_not_checked(bench, toys):
    bench(*RUN, "--classes", "round,square")
    with sqlite3.connect("results/bench.db") as store:
        store.execute("UPDATE outcomes SET facts = json_set(facts, '$.source', 'ast1:00') WHERE task = 'round'")
        store.execute("UPDATE outcomes SET facts = json_set(facts, '$.trial.fingerprint', 'f') WHERE task = 'square'")
    result = bench("verify", "--models", "2", "--format", "json")
    assert result.code == 0
    why = {row["task"]: (row["result"], row["why"]) for row in result.json}
    assert why["shapes/round"] == ("not checked", "the installed code is not the code that computed it")
    assert why["shapes/square"][0] == "not checked"
    assert "the trial requires f" in why["shapes/square"][1]


def test_a_store_without_such_trials_is_said_to_have_none(bench, toys):
    bench(*RUN, "--classes", "round")
    result = bench("verify", "--models", "2", "--dataset", "digits")
    assert (result.code, "the store has no such trial" in result.out) == (0, True)


def test_how_many_trials_must_be_given(bench, toys):
    result = bench("verify")
    assert (result.code, "--models" in result.err) == (2, True)
