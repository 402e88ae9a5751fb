"""Ten trials of each detector keep their ids, so that stored and published outcomes stay those of today's trials.

An id may change only if results change: with a detector's version or with SEMANTICS. A parameter that is added is
marked `AddedLater`. `python tests/plugins/test_trial_ids.py` writes the file again.
"""

import json
from pathlib import Path

import pytest

from benchmark.registry import registry
from benchmark.running.plan import plan
from benchmark.running.request import DatasetChoice, DetectorChoice, Request

GOLDEN = Path(__file__).parent / "trial_ids.json"

TRIALS = (
    {"classes": "0"},
    {"classes": "1"},
    {"classes": "9"},
    {"classes": "0", "seeds": (1,)},
    {"classes": "0", "seeds": (2**31,)},
    {"classes": "0", "validation_only": True},
    {"classes": "0", "validation": 0.25},
    {"classes": "0", "threads": 2},
    {"classes": "7", "preset": "paper"},
    {"classes": "8", "preset": "smoke", "seeds": (3,)},
)
"""Requests of one trial each; a preset that a detector lacks is left out."""


def ids(name):
    presets, found = registry().detectors[name].presets, []
    for trial in TRIALS:
        preset = trial["preset"] if trial.get("preset") in presets else "fast"
        request = {key: value for key, value in trial.items() if key != "preset"}
        choices = {
            "detectors": (DetectorChoice(name=name, preset=preset),),
            "datasets": (DatasetChoice(name="digits"),),
        }
        (job,) = plan(Request(**choices, **request), registry())
        found.append(job.trial.id)
    return found


def own_detectors():
    return [offer.spec.name for offer in registry().detectors.all() if offer.distribution == "oneclass-bench"]


@pytest.mark.parametrize("name", own_detectors())
def test_ten_trials_of_a_detector_keep_their_ids(name):
    assert ids(name) == json.loads(GOLDEN.read_text())[name]


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps({name: ids(name) for name in own_detectors()}, indent=1) + "\n")
