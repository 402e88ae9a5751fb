"""Trials for tests: what a test does not name is as here."""

from benchmark import Trial


def toy_trial(**changes) -> Trial:
    values = {
        "detector": "toy", "detector_version": "1", "framework": "numpy", "params": {}, "rules": ("distance",),
        "dataset": "shapes", "fingerprint": "f", "task": "round", "seed": 0, "validation": 0.1,
        "validation_only": False, "threads": 1, "device": "cpu", "semantics": 2,
    }  # fmt: skip
    return Trial(**{**values, **changes})
