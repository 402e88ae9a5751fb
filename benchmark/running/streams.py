"""The random streams of a trial. Each is a hash, so two tasks, two uses or two seeds have unrelated streams."""

from __future__ import annotations

import hashlib

from benchmark.interfaces.trial import Trial, canonical_json


def fit_stream(trial: Trial) -> int:
    """Return `FitContext.seed`: SHA-256 of the seed, the data's fingerprint and the task, its first 32 bits.

    All detectors have the same stream on a task, so their scores can be compared seed by seed.
    """
    return _stream(trial)


def split_stream(trial: Trial) -> int:
    """Return the seed of the split into training and held-out images; nothing that a detector does changes it."""
    return _stream(trial, "split")


def order_stream(trial: Trial, use: str) -> int:
    """Return the seed of a choice or an order of images; `use` says which.

    A detector could find the task that has its `FitContext.seed`, as there are few, and from it these streams. So they
    are used only where that shows it no label: for the order of the training images, which are all normal, and for the
    images that are scored again. Images that are scored come in the order of their content.
    """
    return _stream(trial, "order", use)


def _stream(trial: Trial, *use: str) -> int:
    text = canonical_json([trial.seed, trial.fingerprint, trial.task, *use])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
