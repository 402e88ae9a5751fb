"""The messages of an engine and a worker about a trial. None to a worker has a label, a class or a dataset's path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmark.interfaces.outcome import Cost
from benchmark.running.images_file import Layout


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorRequest:
    """What a worker needs to build a detector.

    Attributes
    ----------
    name, framework : str
    params : mapping
        The parameters, as the trial keeps them.
    rules : tuple of str
        The rules that `score` must return.
    device : str
        `cpu` or `cuda`.
    threads : int
    """

    name: str
    params: Mapping[str, Any]
    rules: tuple[str, ...]
    framework: str
    device: str
    threads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FitRequest:
    """What a worker needs to build and fit a detector; the images come in a file.

    Attributes
    ----------
    detector : DetectorRequest
    seed : int
        `FitContext.seed`, also of the global generators.
    images : Layout
        Two sets: the training images in random order, then the held-out images, normal and anomalous ones together, in
        the order of their content.
    sample : int
        How many of the training images, from the first, are scored after the fit.
    save_to : str
        A folder to which the fitted detector is saved, if it can be, before it gets further images; empty: it is not
        saved.
    """

    detector: DetectorRequest
    seed: int
    images: Layout
    sample: int
    save_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRequest:
    """The images to score: test images, or held-out images in another order.

    Attributes
    ----------
    images : Layout
        One set, in the order of the images' content.
    again : tuple of int
        Indices of the images that are scored again for the audit, in random order.
    """

    images: Layout
    again: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRequest:
    """What a worker needs to load a saved detector and score some images; it has seen no image before.

    Attributes
    ----------
    detector : DetectorRequest
    folder : str
        To which the detector was saved.
    images : Layout
        One set.
    """

    detector: DetectorRequest
    folder: str
    images: Layout


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A worker has loaded the framework and begins with a trial: its provenance, and the hash of the code it loads."""

    origin: Mapping[str, Any]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """The fit has ended; the arrays `sample` and `held_out`, shape (rules, n), come with it.

    Attributes
    ----------
    cost : Cost
        Of the steps so far; None for those that were not reached.
    saved : bool
        Whether the detector was saved; False also if it lacks `save` and `load`.
    """

    cost: Cost
    saved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """All scores have been computed; the arrays `scores`, `again` and `nudged` come with it, shape (rules, n).

    Attributes
    ----------
    dtypes : tuple of str
        The type in which the detector returned the scores of each rule, such as `float32`.
    facts : mapping
        The facts that the detector reports.
    notes : tuple of str
        Why facts are missing.
    """

    dtypes: tuple[str, ...]
    cost: Cost
    facts: Mapping[str, float | str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A trial ended with an error: the fields of an outcome that is not `ok`."""

    status: str
    error_type: str
    message: str
    last_lines: str
    cost: Cost
