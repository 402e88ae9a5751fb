"""Outcomes of a toy detector on two shapes, and registries with and without it, for tests of publishing."""

import dataclasses

from benchmark.interfaces.outcome import Cost, Measure, Outcome, TaskFacts
from benchmark.interfaces.specs import DetectorSpec, Preset
from benchmark.interfaces.trial import Trial
from benchmark.registry import Registry
from benchmark.registry.catalogue import Offer
from benchmark.running.plan import SEMANTICS

TASKS = ("round", "square")


@dataclasses.dataclass(frozen=True)
class Options:
    power: float = 2.0


TOY = DetectorSpec(
    name="toy", summary="Toy.", version="1", config=Options, build=lambda config: None, rules=("distance",),
    reference="deep_svdd", presets={"paper": Preset({"power": 3.0}, validation=0.0)},
)  # fmt: skip
TOYS, EMPTY = Registry(), Registry()
TOYS.detectors.add(Offer(spec=TOY, plugin="toys"))


def outcome(auc=0.9, *, task="round", finished="2026-01-01T00:00:00+00:00", uid="u", source="s", about=None, **changes):
    trial = {
        "detector": "toy", "detector_version": "1", "framework": "numpy", "params": {"power": 2.0},
        "rules": ("distance",), "dataset": "shapes", "fingerprint": "f", "task": task, "seed": 0, "validation": 0.1,
        "validation_only": False, "threads": 1, "device": "cpu", "semantics": SEMANTICS,
    }  # fmt: skip
    of_trial = {name: changes.pop(name) for name in list(changes) if name in trial}
    about = about or TaskFacts(
        variant="official",
        tasks=TASKS,
        classes=TASKS,
        part="all",
        normal_class=TASKS.index(task) if task in TASKS else 0,
    )
    usual = {
        "status": "ok",
        "metrics": {"distance": {"roc_auc": Measure(auc, 0.01)}},
        "cost": Cost(fit_seconds=2.0, score_seconds=0.5),
        "task": about,
    }
    return Outcome(trial=Trial(**trial | of_trial), source=source, uid=uid, finished_at=finished, **usual | changes)


def complete(auc=0.9, *, uid="u", **changes):
    return [outcome(auc, task=task, uid=f"{uid}{task}", **changes) for task in TASKS]
