"""From the options of `bench run`, and a study file, to a request."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from benchmark.cli.study import Study
    from benchmark.running.request import DetectorChoice, Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The options of `bench run` that choose trials; None or empty if not given."""

    detectors: tuple[str, ...]
    settings: tuple[str, ...]
    preset: str | None
    datasets: tuple[str, ...]
    data_settings: tuple[str, ...]
    classes: str | None
    seeds: int | None
    seed_list: tuple[int, ...]
    validation: float | None
    validation_only: bool | None
    study_path: Path | None


def make_request(asked: Asked, *, threads: int | None, gpu: int | None) -> Request:
    """Return the request: the study file, if there is one, with the options of the command line in its place."""
    from benchmark.cli.values import parse_settings
    from benchmark.running.grid import combinations
    from benchmark.running.request import DatasetChoice, Request

    if asked.seeds and asked.seed_list:
        raise click.UsageError("--seeds N and --seed K exclude each other")
    study = _study(asked)
    seeds = asked.seed_list or _given(asked.seeds, study.seeds)
    names = dict.fromkeys(asked.datasets or study.datasets)
    data_values = combinations(parse_settings(asked.data_settings))
    return Request(
        detectors=_detectors(asked) or study.choices(),
        datasets=tuple(DatasetChoice(name=name, values=values) for name in names for values in data_values),
        classes=_given(asked.classes, study.classes),
        seeds=tuple(dict.fromkeys(range(seeds) if isinstance(seeds, int) else seeds)),
        validation=_given(asked.validation, study.validation),
        validation_only=_given(asked.validation_only, study.validation_only),
        threads=_given(threads, study.threads),
        gpu=gpu,
    )


def _study(asked: Asked) -> Study:
    """Return the study of the file; without a file, a study of defaults."""
    from benchmark.cli.study import Study, read_study

    if asked.study_path is None:
        if not asked.detectors:
            raise click.UsageError("give a detector with --detector NAME; `bench list detectors` shows all")
        return Study(detectors=())
    if asked.detectors or asked.settings or asked.preset:
        raise click.UsageError("--config names the detectors; it excludes --detector, --set and --preset")
    return read_study(asked.study_path)


def _detectors(asked: Asked) -> tuple[DetectorChoice, ...]:
    from benchmark.cli.values import parse_settings
    from benchmark.running.grid import detector_choices

    return detector_choices(asked.detectors, asked.preset or "fast", parse_settings(asked.settings))


def _given(value: Any, otherwise: Any) -> Any:
    return otherwise if value is None else value
