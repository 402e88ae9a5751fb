"""The one-vs-rest protocol: a request becomes ordered trials; a task becomes what each side may see."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmark import parameters, provenance
from benchmark.interfaces.dataset import Dataset, LabelledImages
from benchmark.interfaces.errors import BadData, InvalidRequest, did_you_mean
from benchmark.registry import Registry
from benchmark.trial import Job, TaskFacts, Trial

if TYPE_CHECKING:
    import numpy as np

    from benchmark.interfaces.arrays import BoolArray, Images, IntArray, RawImages

__all__ = [
    "SEMANTICS",
    "DatasetChoice",
    "DetectorChoice",
    "Request",
    "Split",
    "as_images",
    "plan",
    "split",
    "tasks",
]

SEMANTICS = 1
"""Raised by hand when splits, seeding or scoring change: part of every trial's id."""

VALIDATION_SHARE = 0.1
MAX_VALIDATION_IMAGES = 500
MAX_TRAIN_SAMPLE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorChoice:
    """A detector by name, a preset, and plain values over it."""

    name: str
    preset: str = "fast"
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetChoice:
    """A dataset by name, and plain values for its options."""

    name: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What somebody wants to know.

    Attributes
    ----------
    classes : str
        The normal classes: names, indices and ranges of indices (`0,3`, `0-9`, `t_shirt,bag`); empty for all.
    validation : float or None
        Share of the training images held out, in [0, 0.9]; None: 0.1, and 0 under a preset `paper`.
    validation_only : bool
        Judge on the held-out images and see no test image.
    gpu : int or None
        The number of a GPU to compute on; None: the CPU.
    """

    detectors: tuple[DetectorChoice, ...]
    datasets: tuple[DatasetChoice, ...]
    classes: str = ""
    seeds: tuple[int, ...] = (0,)
    validation: float | None = None
    validation_only: bool = False
    threads: int = 1
    gpu: int | None = None


def tasks(dataset: Dataset, options: Mapping[str, Any] | None = None) -> dict[str, TaskFacts]:
    """Return every task of a dataset by name: one for each part, or one for each kind of a part."""
    found: dict[str, TaskFacts] = {}
    for part in dataset.parts:
        images = dataset.part(part)
        prefix = "" if len(dataset.parts) == 1 else f"{part}/"
        for normal, kind in enumerate(images.kinds):
            if images.normal in (None, normal):
                name = part if images.normal is not None else f"{prefix}{kind}"
                found[name] = TaskFacts(
                    options=options or {},
                    label=dataset.label,
                    footnote=dataset.footnote,
                    part=part,
                    kinds=images.kinds,
                    normal=normal,
                )
    names = tuple(found)
    return {name: dataclasses.replace(facts, tasks=names) for name, facts in found.items()}


def plan(request: Request, registry: Registry) -> tuple[Job, ...]:
    """Return the jobs that answer a request: by dataset, detector, seed, then class; no trial twice.

    Raises
    ------
    BenchError
        If anything asked for does not exist, is out of bounds, or contradicts the rest.
    """
    _check_numbers(request)
    configs = [(c, registry.config(c.name, c.values, preset=c.preset)) for c in request.detectors]
    for choice, config in configs:
        registry.require(choice.name, config)
    jobs: dict[str, Job] = {}
    for wanted in request.datasets:
        dataset_spec = registry.datasets[wanted.name]
        options = parameters.resolve(dataset_spec.config, wanted.values, owner=f"dataset {wanted.name!r}")
        dataset = dataset_spec.load(options)
        facts = tasks(dataset, parameters.plain(options))
        names = _chosen(request.classes, tuple(facts), wanted.name)
        for choice, config in configs:
            params, rules = parameters.plain(config), registry.detectors[choice.name].rules_of(config)
            version, framework = registry.version_of(choice.name, params), registry.framework_of(choice.name, config)
            source = registry.source(choice.name, params)
            origin = {**provenance.of_coordinator(), "plugin": registry.origin(choice.name, params)}
            for seed in request.seeds:
                for name in names:
                    trial = Trial(
                        detector=choice.name,
                        detector_version=version,
                        framework=framework,
                        params=params,
                        rules=rules,
                        dataset=dataset_spec.name,
                        fingerprint=dataset.fingerprint,
                        task=name,
                        seed=seed,
                        validation=_share(request, choice),
                        validation_only=request.validation_only,
                        threads=request.threads,
                        device="cpu" if request.gpu is None else "cuda",
                        semantics=SEMANTICS,
                    )
                    job = Job(trial=trial, task=facts[name], source=source, gpu=request.gpu, origin=origin)
                    jobs.setdefault(trial.id, job)
    if not jobs:
        raise InvalidRequest("nothing to run: the request names no detector, no dataset, no class or no seed")
    return tuple(jobs.values())


def _check_numbers(request: Request) -> None:
    for seed in request.seeds:
        if not 0 <= seed < 2**32:
            raise InvalidRequest(f"a seed is a whole number from 0 to {2**32 - 1}; not {seed}")
    if request.validation is not None and not 0 <= request.validation <= 0.9:
        raise InvalidRequest(f"the validation share lies between 0 and 0.9; not {request.validation}")
    if request.threads < 1:
        raise InvalidRequest(f"a trial needs at least one thread; not {request.threads}")


def _share(request: Request, choice: DetectorChoice) -> float:
    # `paper`, and `paper_cifar10` where a publication has another recipe for another dataset.
    default = 0.0 if choice.preset.split("_")[0] == "paper" else VALIDATION_SHARE
    share = default if request.validation is None else float(request.validation)
    if request.validation_only and share == 0:
        raise InvalidRequest(
            f"--validation-only needs held-out images, and {choice.name!r} would hold out none;"
            f" add --validation {VALIDATION_SHARE}"
        )
    return share


def _chosen(classes: str, names: tuple[str, ...], dataset: str) -> list[str]:
    """Return the task names that a text such as `0-3,7` or `bag,dress` picks, each once, in its order."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Who sees which training image: indices into the part's training images.

    Attributes
    ----------
    train : ndarray of int64
        Normal images to learn from, in dataset order.
    validation : ndarray of int64
        Held-out normal images, then as many of the other kinds; empty where none are held out.
    sample : ndarray of int64, shape (at most 1000,)
        A seeded sample of `train`, whose scores are kept.
    """

    train: IntArray
    validation: IntArray
    sample: IntArray

    def validation_y(self, images: LabelledImages, normal: int) -> BoolArray:
        """Return, for each validation image, whether it is anomalous."""
        anomalous: BoolArray = images.train_kind[self.validation] != normal
        return anomalous


def split(images: LabelledImages, normal: int, *, share: float, seed: int) -> Split:
    """Split the training images of a task; the same images, share and seed give the same split, whatever the detector.

    Raises
    ------
    BadData
        If too few normal training images remain to learn from.
    """
    import numpy as np

    # RandomState: its streams are frozen for good, so a split is the same under every numpy.
    random = np.random.RandomState(seed)
    members = random.permutation(np.flatnonzero(images.train_kind == normal))
    others = random.permutation(np.flatnonzero(images.train_kind != normal))
    held_out = min(round(share * len(members)), MAX_VALIDATION_IMAGES)
    if share and len(members) > 2:
        held_out = max(held_out, 1)
    kept = members[held_out:]
    if len(kept) < 2:
        raise BadData(f"class {images.kinds[normal]!r} leaves {len(kept)} training images; a detector needs at least 2")
    validation = np.concatenate([np.sort(members[:held_out]), np.sort(others[:held_out])])
    return Split(train=np.sort(kept), validation=validation, sample=np.sort(kept[:MAX_TRAIN_SAMPLE]))


def as_images(raw: RawImages) -> Images:
    """Return images as a detector sees them: float32 in [0, 1], read-only, and its own copy."""
    import numpy as np

    scale = np.float32(np.iinfo(raw.dtype).max)
    images: np.ndarray[Any, np.dtype[np.float32]] = raw.astype(np.float32)
    images /= scale
    images.flags.writeable = False
    return images
