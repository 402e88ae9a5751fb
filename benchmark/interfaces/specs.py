"""What a plugin offers: one frozen spec for each detector, dataset, metric, observer and command."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmark.interfaces.errors import BadSpec

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import BoolArray, Scores
    from benchmark.interfaces.dataset import Dataset
    from benchmark.interfaces.dataset_files import DatasetFiles
    from benchmark.interfaces.detector import Detector
    from benchmark.interfaces.observer import Observer

__all__ = ["CommandSpec", "DatasetSpec", "DetectorSpec", "MetricSpec", "NoOptions", "ObserverSpec", "Preset"]


@dataclass(frozen=True, slots=True)
class NoOptions:
    """The config of an offer without options."""


@dataclass(frozen=True, slots=True)
class Preset:
    """Named parameters of a detector.

    Attributes
    ----------
    values : mapping
        Field of the config -> plain value; the rest are at their defaults.
    validation : float or None
        Share of the training images that is held out, in [0, 0.9]; None: the usual share.
    dataset : str or None
        The only dataset of a published recipe; None: any dataset without a preset of its own.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    validation: float | None = None
    dataset: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.values, Mapping):
            raise BadSpec(f"a preset's `values` must be a mapping such as {{'epochs': 350}}; not {self.values!r}")
        share = self.validation
        if share is not None and not (isinstance(share, int | float) and 0 <= share <= 0.9):
            raise BadSpec(f"a preset's `validation` must lie between 0 and 0.9, or be None; not {share!r}")
        if not isinstance(self.dataset, str | None):
            raise BadSpec(f"a preset's `dataset` must be the name of one dataset, or None; not {self.dataset!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorSpec:
    """A detector that a plugin offers.

    Attributes
    ----------
    name, summary, version : str
        `[a-z][a-z0-9_]*`; one line; raised by hand when the numbers change.
    config : type
        A frozen dataclass: the whole schema. Its defaults are the preset `fast`. A field is
        written ``epochs: Annotated[int, Ge(1), "One line of documentation."] = 20``.
    build : callable
        config -> Detector; imports the framework when called.
    rules : tuple of str, or callable config -> tuple of str
        What `score` returns; the first is the primary one.
    framework : str, or callable config -> str
        `numpy`, `sklearn`, `keras`, `torch`, ...: a worker process serves one.
    requires : tuple of str, or callable config -> tuple of str
        Import names that must be there.
    install : str
        What to install when one is missing, as `pip install` takes it: `oneclass-bench[keras]`.
    built_on : tuple of two str, optional
        The fields of `config` that name another detector and hold its parameters:
        ``encoder: Annotated[str, "..."] = "vae"``, and, for a table,
        ``encoder_parameters: Annotated[Mapping[str, Any], "..."] = field(default_factory=dict)``.
        The framework is then the other's, this one's `framework` is not used; packages, version and source are those of
        both. `build` gets all of the other's parameters in the table; `rules` and `requires` meet the empty one too.
    presets : mapping of str to Preset
        `paper` = exactly the publication, `smoke` = seconds, for tests; `fast` is the defaults, and no preset.
    reference : str
        The key of its rows among the published numbers.
    """

    name: str
    summary: str
    version: str
    config: type
    build: Callable[[Any], Detector]
    rules: tuple[str, ...] | Callable[[Any], tuple[str, ...]]
    framework: str | Callable[[Any], str] = "numpy"
    requires: tuple[str, ...] | Callable[[Any], tuple[str, ...]] = ()
    install: str = ""
    built_on: tuple[str, str] | None = None
    presets: Mapping[str, Preset] = field(default_factory=dict)
    reference: str = ""

    def __post_init__(self) -> None:
        _check_offer("detector", self.name, self.summary, self.version)
        _check_config("detector", self.name, self.config)
        if not all(callable(given) or isinstance(given, tuple) for given in (self.rules, self.requires)):
            raise BadSpec(f"detector {self.name!r}: `rules` and `requires` are tuples of str, such as ('distance',)")
        if not callable(self.rules) and not (self.rules and len(set(self.rules)) == len(self.rules)):
            raise BadSpec(f"detector {self.name!r}: `rules` must name at least one rule, and none twice")
        if "fast" in self.presets:
            raise BadSpec(f"detector {self.name!r}: `fast` is the defaults of its config, not a preset")
        fields = {f.name for f in dataclasses.fields(self.config)}
        by_dataset: dict[str, str] = {}
        for name, preset in self.presets.items():
            if not isinstance(preset, Preset):
                raise BadSpec(
                    f"detector {self.name!r}: preset {name!r} is a {type(preset).__name__}; write"
                    f" Preset({{...}}), and validation=0.0 in it where a recipe holds nothing out"
                )
            if unknown := sorted(set(preset.values) - fields):
                raise BadSpec(f"detector {self.name!r}: preset {name!r} sets {', '.join(unknown)}, unknown to config")
            if preset.dataset is None:
                continue
            other = by_dataset.setdefault(preset.dataset, name)
            if other != name:
                raise BadSpec(
                    f"detector {self.name!r}: the presets {other!r} and {name!r} are both for the dataset"
                    f" {preset.dataset!r}; one dataset has one preset"
                )
        if self.built_on is not None and not (
            isinstance(self.built_on, tuple) and len(self.built_on) == 2 and set(self.built_on) <= fields
        ):
            raise BadSpec(
                f"detector {self.name!r}: `built_on` names two fields of config, such as ('encoder',"
                f" 'encoder_parameters'); not {self.built_on!r}"
            )

    def rules_of(self, config: Any) -> tuple[str, ...]:
        """Return the rules under this config; the first is the primary one."""
        return self.rules(config) if callable(self.rules) else self.rules

    def framework_of(self, config: Any) -> str:
        """Return the framework that this config needs; of a detector `built_on` another, ask the registry."""
        return self.framework(config) if callable(self.framework) else self.framework

    def requires_of(self, config: Any) -> tuple[str, ...]:
        """Return the import names that this config needs, without those of what it is `built_on`."""
        return self.requires(config) if callable(self.requires) else self.requires

    def preset(self, name: str) -> Preset | None:
        """Return a preset by name, `fast` among them; None where there is no such preset."""
        return Preset() if name == "fast" else self.presets.get(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetSpec:
    """A dataset that a plugin offers.

    Attributes
    ----------
    load : callable
        config -> Dataset: finds, decodes and checks it.
    files : DatasetFiles or None
        How `bench data` finds, fetches, verifies and removes it; None for a dataset that is part of its package.
    """

    name: str
    summary: str
    version: str
    load: Callable[[Any], Dataset]
    config: type = NoOptions
    licence: str = ""
    citation: str = ""
    files: DatasetFiles | None = None

    def __post_init__(self) -> None:
        _check_offer("dataset", self.name, self.summary, self.version)
        _check_config("dataset", self.name, self.config)


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSpec:
    """A number that judges scores by the true labels.

    Attributes
    ----------
    title : str
        The heading of its column: "ROC-AUC".
    range : tuple of float
        Lowest and highest value.
    compute : callable
        (y, scores) -> float; `y` is bool, True = anomalous; both of shape (n,).
    standard_error : callable
        (y, scores) -> float, or None where it is not known.
    """

    name: str
    summary: str
    title: str
    range: tuple[float, float]
    higher_is_better: bool
    compute: Callable[[BoolArray, Scores], float]
    standard_error: Callable[[BoolArray, Scores], float | None] = lambda y, scores: None  # noqa: ARG005

    def __post_init__(self) -> None:
        _check_offer("metric", self.name, self.summary, "1")


@dataclass(frozen=True, slots=True, kw_only=True)
class ObserverSpec:
    """An observer that a plugin offers; `build` gets the text after `NAME=` on the command line, or an empty text."""

    name: str
    summary: str
    build: Callable[[str], Observer]

    def __post_init__(self) -> None:
        _check_offer("observer", self.name, self.summary, "1")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSpec:
    """A command that a plugin adds to `bench`.

    Attributes
    ----------
    name : str
        What is typed after `bench`: lower-case letters, digits, underscores and hyphens, a letter first.
    summary : str
        Its line in `bench --help`.
    command : str
        Where the click command is: `module:attribute`. The module is imported only when the command is used or its own
        help is shown.
    """

    name: str
    summary: str
    command: str

    def __post_init__(self) -> None:
        if not re.fullmatch("[a-z][a-z0-9_-]*", self.name):
            raise BadSpec(
                f"command {self.name!r}: a name is lower-case letters, digits, underscores and hyphens, a letter first"
            )
        _check_summary("command", self.name, self.summary)
        if not re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*", self.command):
            raise BadSpec(
                f"command {self.name!r}: `command` says where the click command is, as 'module:attribute', such as"
                f" 'bench_mine.command:command'; not {self.command!r}"
            )


def _check_offer(kind: str, name: str, summary: str, version: str) -> None:
    if not re.fullmatch("[a-z][a-z0-9_]*", name):
        raise BadSpec(f"{kind} {name!r}: a name is lower-case letters, digits and underscores, a letter first")
    _check_summary(kind, name, summary)
    if not version:
        raise BadSpec(f"{kind} {name!r}: `version` must not be empty")


def _check_summary(kind: str, name: str, summary: str) -> None:
    if not summary or "\n" in summary:
        raise BadSpec(f"{kind} {name!r}: `summary` must be one line")


def _check_config(kind: str, name: str, config: type) -> None:
    parameters = getattr(config, "__dataclass_params__", None)
    if parameters is None or not parameters.frozen:
        raise BadSpec(f"{kind} {name!r}: `config` must be a frozen dataclass")
    missing = (dataclasses.MISSING, dataclasses.MISSING)
    bare = [f.name for f in dataclasses.fields(config) if (f.default, f.default_factory) == missing]
    if bare and kind == "detector":
        raise BadSpec(f"{kind} {name!r}: every field of `config` needs a default; {', '.join(bare)} has none")
