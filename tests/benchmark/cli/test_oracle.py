"""`bench leaderboard --oracle`: from a sweep to its rows, which are ranked apart."""

from pathlib import Path

import pytest

from benchmark.metrics.builtin import roc_auc
from benchmark.reports.score_on_split import hold_out
from benchmark.results import Store

pytestmark = pytest.mark.slow

RUN = ("run", "--dataset", "shapes", "--data-set", "noise=200", "--quiet", "--detector")
BOARD = ("leaderboard", "shapes")


@pytest.fixture
def sweep(bench, toys):
    assert bench(*RUN, "toy", "--set", "power=1,2,6").code == 0
    assert bench(*RUN, "toy_random").code == 0


def by_hand(rule):
    """Choose and judge from what the store keeps, without the report."""
    with Store(Path("results/bench.db")) as store:
        tried = [o for o in store.outcomes("shapes") if o.trial.detector == "toy"]
        scored = {o.uid: store.scores(o.uid, "test") for o in tried}
    best = {}
    for outcome in sorted(tried, key=lambda o: -o.trial.params["power"]):
        y, scores = scored[outcome.uid].y, scored[outcome.uid].of(rule)
        labelled = hold_out(y)
        pair = roc_auc(y[labelled], scores[labelled]), roc_auc(y[~labelled], scores[~labelled])
        if outcome.trial.task not in best or pair[0] >= best[outcome.trial.task][0]:
            best[outcome.trial.task] = pair
    return {task: pytest.approx(rest) for task, (_, rest) in best.items()}


def test_a_sweep_that_was_run_becomes_a_row_of_its_own(bench, sweep):
    usual, with_oracle = (bench(*BOARD, "--format", "json", *more).json for more in ((), ("--oracle",)))
    *honest, row = with_oracle
    assert [{k: v for k, v in r.items() if k in usual[0]} for r in honest] == usual
    assert [r["oracle"] for r in with_oracle] == [False] * 4 + [True]
    assert (row["rank"], row["detector"], row["chosen_of"]) == (1, "toy", 3)
    assert row["tasks"] == by_hand("distance")
    assert {value["power"] for of in row["chosen"].values() for value in of.values()} <= {1.0, 2.0, 6.0}
    tried = [r["fit_seconds"] for r in honest if r["detector"] == "toy"]
    assert row["fit_seconds"] == pytest.approx(sum(tried))


def test_each_rule_has_its_row_when_asked(bench, sweep):
    rows = {r["rule"]: r for r in bench(*BOARD, "--oracle", "--rules", "--format", "json").json if r["oracle"]}
    assert {rule: row["tasks"] for rule, row in rows.items()} == {r: by_hand(r) for r in ("distance", "brightness")}


def test_the_usual_board_is_printed_as_always_and_the_oracle_below_it(bench, sweep):
    usual, both = bench(*BOARD), bench(*BOARD, "--oracle")
    assert both.out.startswith(usual.out)
    below = both.out.removeprefix(usual.out)
    assert below.startswith("\n## Oracle: settings chosen with test labels\n")
    assert "- toy (power chosen, noise=200), rule distance: chosen from 3 settings: " in below
    assert "Oracle" not in usual.out
    assert "oracle" not in bench(*BOARD, "--format", "csv").out + bench(*BOARD, "--format", "json").out


def test_where_nothing_can_be_chosen_the_board_is_printed_and_one_line_says_how_to_make_a_sweep(bench, toys):
    assert bench(*RUN, "toy").code == 0
    result = bench(*BOARD, "--oracle")
    assert (result.code, result.out, result.err.count("\n")) == (0, bench(*BOARD).out, 1)
    assert "no oracle table: no detector on 'shapes' was run with two sets of parameters" in result.err
    assert "bench run --dataset shapes --detector NAME --set PARAM=VALUE,VALUE" in result.err


def test_validation_runs_are_for_choosing_without_test_labels(bench, toys):
    result = bench(*BOARD, "--oracle", "--validation")
    assert (result.code, result.out) == (2, "")
    assert "--oracle uses test labels and --validation excludes test images; give only one of them" in result.err
