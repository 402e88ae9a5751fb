"""Boards of given values, with as many detectors, tasks and seeds as a test needs, under any names."""

import pytest
from toy_trials import toy_trial

from benchmark.interfaces.outcome import Cost, Measure, Outcome, TaskFacts
from benchmark.metrics.builtin import SPECS
from benchmark.reports.rows import make_board

METRICS = {spec.name: spec for spec in SPECS}
OF_TRIAL = ("params", "dataset", "validation", "validation_only", "device")


@pytest.fixture(scope="session")
def outcomes():
    """A function that returns the outcomes of a detector: one value for each task, for each seed."""

    def outcomes_of(*by_seed, detector="toy", tasks=("round", "square"), rules=("distance",), baselines=None, **facts):
        def outcome(seed, task, value):
            trial = toy_trial(
                detector=detector,
                rules=rules,
                task=task,
                seed=seed,
                **{name: facts[name] for name in OF_TRIAL if name in facts},
            )
            measures = dict.fromkeys(METRICS, Measure(value, 0.01)) if value is not None else {}
            return Outcome(
                trial=trial, status="failed" if value is None else "ok", source="s",
                metrics=dict.fromkeys(rules, measures), baselines=baselines or {}, notes=facts.get("notes", ()),
                facts={"parameters": facts["parameters"]} if "parameters" in facts else {},
                task=TaskFacts(variant="official", footnote=facts.get("footnote", ""), tasks=tuple(tasks)),
                cost=Cost(
                    fit_seconds=2.0, score_seconds=0.5, peak_memory_mib=facts.get("memory"),
                    **facts.get("cost", {}),
                ),
                provenance=facts.get("provenance", {}),
            )  # fmt: skip

        return [
            outcome(seed, task, value)
            for seed, values in enumerate(by_seed)
            for task, value in zip(tasks, values, strict=True)
        ]

    return outcomes_of


@pytest.fixture(scope="session")
def board():
    """A function that returns the board of some outcomes."""

    def board_of(outcomes, metric="roc_auc", non_default=lambda o: {}, **options):
        return make_board(outcomes[0].trial.dataset, outcomes, METRICS[metric], non_default=non_default, **options)

    return board_of
