"""What a plugin offers: one frozen spec for each detector, dataset, metric, observer and command."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmark.interfaces.errors import BadSpec

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import BoolArray, IntArray, Scores
    from benchmark.interfaces.dataset import Dataset
    from benchmark.interfaces.dataset_files import DatasetFiles
    from benchmark.interfaces.detector import Detector
    from benchmark.interfaces.observer import Observer

__all__ = ["CommandSpec", "DatasetSpec", "DetectorSpec", "MetricSpec", "NoOptions", "ObserverSpec", "Preset"]


@dataclass(frozen=True, slots=True)
class NoOptions:
    """The config of a dataset or detector without parameters."""


@dataclass(frozen=True, slots=True)
class Preset:
    """Named parameters of a detector.

    Attributes
    ----------
    values : mapping
        Field of the config -> plain value; the other fields have their defaults.
    validation : float or None
        Share of the training images that is held out, in [0, 0.9]; None: the default share.
    dataset : str or None
        The dataset that the preset is for, if a publication has one recipe for each dataset. None: the preset is for
        every dataset that no other preset names.

    Raises
    ------
    BadSpec
        If a value has a wrong type or is out of its bounds.
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
    name : str
        Lower-case letters, digits and underscores, a letter first.
    summary : str
        One line for `bench list detectors`.
    version : str
        The author raises it when the numbers change.
    config : type
        A frozen dataclass. Its fields are the parameters, and their defaults are the preset `fast`. A field is
        written ``epochs: Annotated[int, Ge(1), "One line of documentation."] = 20``.
    build : callable
        config -> Detector that is not fitted. Imports the framework when it is called.
    rules : tuple of str, or callable config -> tuple of str
        The rules that `score` returns; the first is the primary one.
    framework : str, or callable config -> str
        `numpy`, `sklearn`, `keras`, `torch`, ... A worker process runs detectors of one framework.
    requires : tuple of str, or callable config -> tuple of str
        Import names of the packages that must be installed.
    install : str
        The argument of `pip install` for missing packages, such as `oneclass-bench[keras]`; for the error message.
    built_on : tuple of two str, optional
        For a detector that uses another detector. The two fields of `config` with the name of the other one and with
        its parameters: ``encoder: Annotated[str, "..."] = "vae"``, and
        ``encoder_parameters: Annotated[Mapping[str, Any], "..."] = field(default_factory=dict)``.
        The framework is then that of the other detector, and `framework` is not used. Required packages, version and
        source are those of both. `build` gets all parameters of the other detector in the table; `rules` and `requires`
        are also called with an empty table.
    presets : mapping of str to Preset
        `paper`: exactly the recipe of the publication. `smoke`: a run of a few seconds, for tests. `fast` is the name
        of the defaults, and not allowed here.
    reference : str
        The key of its rows in the ledger of published numbers; empty for none.
    baseline : bool
        Whether every other detector should exceed it, because it trains nothing. Boards show it among the baselines,
        without a rank.

    Raises
    ------
    BadSpec
        If a value is invalid.
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
    baseline: bool = False

    def __post_init__(self) -> None:
        _check_offer("detector", self.name, self.summary, self.version)
        _check_config("detector", self.name, self.config)
        if not all(callable(given) or isinstance(given, tuple) for given in (self.rules, self.requires)):
            raise BadSpec(f"detector {self.name!r}: `rules` and `requires` must be tuples, such as ('distance',)")
        if not callable(self.rules) and not (self.rules and len(set(self.rules)) == len(self.rules)):
            raise BadSpec(f"detector {self.name!r}: `rules` must name at least one rule, and no rule twice")
        if "fast" in self.presets:
            raise BadSpec(f"detector {self.name!r}: `fast` is the defaults of its config, not a preset")
        fields = {f.name for f in dataclasses.fields(self.config)}
        by_dataset: dict[str, str] = {}
        for name, preset in self.presets.items():
            if not isinstance(preset, Preset):
                raise BadSpec(
                    f"detector {self.name!r}: preset {name!r} is a {type(preset).__name__}; write"
                    f" Preset({{...}}), and add validation=0.0 if the recipe has no validation images"
                )
            if unknown := sorted(set(preset.values) - fields):
                names = ", ".join(unknown)
                raise BadSpec(f"detector {self.name!r}: preset {name!r} sets {names}, which config does not have")
            if preset.dataset is None:
                continue
            other = by_dataset.setdefault(preset.dataset, name)
            if other != name:
                raise BadSpec(
                    f"detector {self.name!r}: the presets {other!r} and {name!r} are both for the dataset"
                    f" {preset.dataset!r}; a dataset can have only one preset"
                )
        if self.built_on is not None and not (
            isinstance(self.built_on, tuple) and len(self.built_on) == 2 and set(self.built_on) <= fields
        ):
            raise BadSpec(
                f"detector {self.name!r}: `built_on` must name two fields of config, such as ('encoder',"
                f" 'encoder_parameters'); not {self.built_on!r}"
            )

    def rules_of(self, config: Any) -> tuple[str, ...]:
        """Return the rules for this config; the first is the primary one."""
        return self.rules(config) if callable(self.rules) else self.rules

    def framework_of(self, config: Any) -> str:
        """Return the framework for this config; a detector `built_on` another has the framework of the other."""
        return self.framework(config) if callable(self.framework) else self.framework

    def requires_of(self, config: Any) -> tuple[str, ...]:
        """Return the import names that this config needs, without those of the detector that it is `built_on`."""
        return self.requires(config) if callable(self.requires) else self.requires

    def preset(self, name: str) -> Preset | None:
        """Return the preset of a name, also of `fast`; None if there is no such preset."""
        return Preset() if name == "fast" else self.presets.get(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetSpec:
    """A dataset that a plugin offers.

    Attributes
    ----------
    name : str
        Lower-case letters, digits and underscores, a letter first.
    summary : str
        One line for `bench list datasets`.
    version : str
        The author raises it when the images change.
    load : callable
        config -> Dataset. Finds, decodes and checks the files; raises DataNotFound or BadData.
    config : type
        A frozen dataclass. Its fields are the options of the dataset; a field without a default is required.
    licence, citation : str
        Of the data; empty if there is none.
    files : DatasetFiles or None
        How `bench data` finds, fetches, verifies and removes the files; None if the data are part of a package.

    Raises
    ------
    BadSpec
        If a value is invalid.
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
    """A metric that a plugin offers: a function of the true sides and the scores of one rule.

    Attributes
    ----------
    name : str
        Lower-case letters, digits and underscores, a letter first.
    summary : str
        One line for `bench list metrics`.
    title : str
        The heading of its column in tables, such as "ROC-AUC".
    range : tuple of two float
        The lowest and the highest possible value.
    higher_is_better : bool
        Whether boards rank the highest value first.
    compute : callable
        (y, scores) -> float. `y` is bool, True = anomalous; `scores` are float64, finite, higher = more anomalous; both
        have shape (n,) and are read-only. Raises OneSidedLabels if it needs normal and anomalous images and one side is
        missing. If it raises or the value is not finite, the outcome lacks this metric only.
    standard_error : callable
        (y, scores) -> float, or None if it is unknown; the unit is that of the metric. It covers the sampling of test
        images. The default returns None.
    class_error : callable
        (y, scores, labels) -> float, or None if it is unknown: the standard error if the anomalous classes are a
        sample of classes too. `labels` are the classes of the images, as indices. The default returns None.
    chance : float or None
        The value of a random ranking of many images; None if it depends on the images.
    version : str
        The author raises it when the values change. `bench results rescore` computes stored values of another version
        again.

    Raises
    ------
    BadSpec
        If a value is invalid.
    """

    name: str
    summary: str
    title: str
    range: tuple[float, float]
    higher_is_better: bool
    compute: Callable[[BoolArray, Scores], float]
    standard_error: Callable[[BoolArray, Scores], float | None] = lambda y, scores: None  # noqa: ARG005
    class_error: Callable[[BoolArray, Scores, IntArray], float | None] = lambda y, scores, labels: None  # noqa: ARG005
    chance: float | None = None
    version: str = "1"

    def __post_init__(self) -> None:
        _check_offer("metric", self.name, self.summary, self.version)
        if self.chance is not None and not self.range[0] <= self.chance <= self.range[1]:
            raise BadSpec(f"metric {self.name!r}: `chance` must lie within `range`, or be None; not {self.chance!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ObserverSpec:
    """An observer that a plugin offers, for `bench run --observer NAME` or `NAME=TEXT`.

    Attributes
    ----------
    name : str
        Lower-case letters, digits and underscores, a letter first.
    summary : str
        One line for `bench list observers`.
    build : callable
        text -> Observer. The text is what follows `NAME=` on the command line; empty for none.

    Raises
    ------
    BadSpec
        If a value is invalid.
    """

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
        The word after `bench`: lower-case letters, digits, underscores and hyphens, a letter first.
    summary : str
        One line for `bench --help`.
    command : str
        The location of the click command: `module:attribute`. The module is imported when the command is run or its
        help is shown, not for `bench --help`.

    Raises
    ------
    BadSpec
        If a value is invalid.
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
                f"command {self.name!r}: `command` must be the location of the click command, as 'module:attribute',"
                f" such as 'bench_mine.command:command'; not {self.command!r}"
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
