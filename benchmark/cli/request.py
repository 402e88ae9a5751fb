"""From the options of `bench run`, or a study file under them, to a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from benchmark.protocol import Request

__all__ = ["request_of"]


def request_of(options: dict[str, Any]) -> Request:
    """Return what is asked: the study file where there is one, the command line over it."""
    from benchmark.choices import combinations, detector_choices
    from benchmark.cli.study import Study, StudyDetector, read_study
    from benchmark.cli.values import parse_settings
    from benchmark.frameworks import resolve_device
    from benchmark.protocol import DatasetChoice, Request

    own_detectors = options["detectors"] or options["settings"] or options["preset"]
    if options["study_path"]:
        if own_detectors:
            raise click.UsageError("--config names the detectors; --detector, --set and --preset do not go with it")
        study = read_study(options["study_path"])
        choices = study.choices()
    else:
        if not options["detectors"]:
            raise click.UsageError("name a detector with --detector NAME; `bench list detectors` shows them all")
        study = Study(detectors=(StudyDetector(name=""),))
        choices = detector_choices(
            options["detectors"], options["preset"] or "fast", parse_settings(options["settings"])
        )
    if options["seeds"] and options["seed_list"]:
        raise click.UsageError("--seeds N and --seed K exclude each other")

    def given(name: str) -> Any:
        return getattr(study, name) if options[name] is None else options[name]

    seeds = options["seed_list"] or given("seeds")
    data_values = combinations(parse_settings(options["data_settings"]))
    names = dict.fromkeys(options["datasets"] or study.datasets)
    return Request(
        detectors=choices,
        datasets=tuple(DatasetChoice(name=name, values=values) for name in names for values in data_values),
        classes=given("classes") or "",
        seeds=tuple(dict.fromkeys(range(seeds) if isinstance(seeds, int) else seeds)),
        validation=given("validation"),
        validation_only=given("validation_only"),
        threads=given("threads"),
        gpu=resolve_device(options["device"]),
    )
