"""Turns a request into ordered jobs; every parameter is resolved and checked before a job runs."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

from benchmark.interfaces.dataset import Dataset
from benchmark.interfaces.errors import InvalidRequest, did_you_mean
from benchmark.interfaces.outcome import TaskFacts
from benchmark.interfaces.trial import Trial
from benchmark.registry import Registry, ResolvedDetector, parameters
from benchmark.running import provenance
from benchmark.running.job import Job
from benchmark.running.request import Request

SEMANTICS = 2
"""Part of the id of every trial: the version of the protocol, increased when splits, seeding or scoring change."""

VALIDATION_SHARE = 0.1


def tasks(dataset: Dataset, options: Mapping[str, Any] | None = None) -> dict[str, TaskFacts]:
    """Return every task of a dataset by name: one for each part, or one for each class of a part."""
    facts_by_name: dict[str, TaskFacts] = {}
    for part in dataset.parts:
        images = dataset.part(part)
        prefix = "" if len(dataset.parts) == 1 else f"{part}/"
        for index, name in enumerate(images.classes):
            if images.normal_class in (None, index):
                task = part if images.normal_class is not None else f"{prefix}{name}"
                facts_by_name[task] = TaskFacts(
                    options=options or {},
                    variant=dataset.variant,
                    footnote=dataset.footnote,
                    part=part,
                    classes=images.classes,
                    normal_class=index,
                )
    names = tuple(facts_by_name)
    return {name: dataclasses.replace(facts, tasks=names) for name, facts in facts_by_name.items()}


def plan(request: Request, registry: Registry) -> tuple[Job, ...]:
    """Return the jobs of a request in the order dataset, detector, seed, class; no trial twice.

    Raises
    ------
    BenchError
        If the request names something that does not exist, is out of bounds or contradictory.
    """
    detectors = [registry.resolve(choice.name, choice.values, preset=choice.preset) for choice in request.detectors]
    for detector in detectors:
        detector.check_installed()
    jobs: dict[str, Job] = {}
    for choice in request.datasets:
        spec = registry.datasets[choice.name]
        options = parameters.resolve(spec.config, choice.values, owner=f"dataset {choice.name!r}")
        dataset = spec.load(options)
        facts = tasks(dataset, parameters.plain(options))
        names = _chosen(request.classes, tuple(facts), choice.name)
        for detector in detectors:
            common = {
                "detector": detector.name,
                "detector_version": detector.version,
                "framework": detector.framework,
                "params": detector.params,
                "rules": detector.rules,
                "dataset": spec.name,
                "fingerprint": dataset.fingerprint,
                "validation": _share(request, detector),
                "validation_only": request.validation_only,
                "threads": request.threads,
                "device": "cpu" if request.gpu is None else "cuda",
                "semantics": SEMANTICS,
            }
            origin = {**provenance.of_coordinator(), "plugin": detector.origin}
            for seed in request.seeds:
                for name in names:
                    trial = Trial(**common, seed=seed, task=name)  # type: ignore[arg-type]
                    job = Job(trial=trial, task=facts[name], source=detector.source, gpu=request.gpu, origin=origin)
                    jobs.setdefault(trial.id, job)
    if not jobs:
        raise InvalidRequest("nothing to run: the request names no detector, no dataset, no class or no seed")
    return tuple(jobs.values())


def _share(request: Request, detector: ResolvedDetector) -> float:
    """Return the share of the training images that is held out."""
    default = VALIDATION_SHARE if detector.validation is None else detector.validation
    share = default if request.validation is None else float(request.validation)
    if request.validation_only and share == 0:
        raise InvalidRequest(
            f"--validation-only needs held-out images, but {detector.name!r} holds out none;"
            f" add --validation {VALIDATION_SHARE}"
        )
    return share


def _chosen(classes: str, names: tuple[str, ...], dataset: str) -> list[str]:
    """Return the task names in a text such as `0-3,7` or `bag,dress`, in the order of the text, without duplicates."""
    if not classes.strip():
        return list(names)
    chosen: list[str] = []
    for item in (item.strip() for item in classes.split(",")):
        span = re.fullmatch(r"(\d+)-(\d+)", item)
        if item in names:
            chosen.append(item)
        elif span and int(span[1]) <= int(span[2]) < len(names):
            chosen += names[int(span[1]) : int(span[2]) + 1]
        elif item.isdecimal() and int(item) < len(names):
            chosen.append(names[int(item)])
        else:
            raise did_you_mean(f"class of {dataset!r} (or an index from 0 to {len(names) - 1})", item, names)
    return list(dict.fromkeys(chosen))
