"""Outcomes for the tests of `bench_tradeoff`: `once` scores at each level, `anew` is trained at each."""

import dataclasses

from toy_trials import toy_trial

from bench_tradeoff.curves import make_tradeoff
from benchmark.interfaces.outcome import Cost, Measure, Outcome, TaskFacts
from benchmark.metrics.builtin import SPECS
from benchmark.reports.rows import make_board

ROC_AUC, _, FPR, *_ = SPECS
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
