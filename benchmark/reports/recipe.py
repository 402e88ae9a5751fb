"""Which preset of a detector is the recipe of its publication, and whether a trial follows it."""

from __future__ import annotations

from benchmark.interfaces.errors import BenchError
from benchmark.interfaces.specs import DetectorSpec
from benchmark.interfaces.trial import Trial, canonical_json
from benchmark.registry import Registry
from benchmark.running.plan import VALIDATION_SHARE

GENERAL = "paper"
"""The preset for every dataset that no other preset names."""


def recipe_preset(spec: DetectorSpec, dataset: str) -> str:
    """Return the name of the preset that is the publication's recipe on a dataset; empty if there is none."""
    for name, preset in spec.presets.items():
        if preset.dataset == dataset:
            return name
    return GENERAL if GENERAL in spec.presets else ""


def recipe_of(registry: Registry, trial: Trial) -> str:
    """Return the preset that is the publication's recipe, if the trial has its parameters and held-out share.

    Returns
    -------
    str
        Empty for another trial, for a detector without a recipe, and where no one detector of that name is installed.
    """
    try:
        spec = registry.detectors[trial.detector]
        name = recipe_preset(spec, trial.dataset)
        preset = spec.presets.get(name)
        if preset is None or trial.validation != (VALIDATION_SHARE if preset.validation is None else preset.validation):
            return ""
        params = registry.resolve(trial.detector, {}, preset=name).params
    except BenchError:  # a row may be older than the plugins that are installed
        return ""
    return name if canonical_json(trial.params) == canonical_json(params) else ""
