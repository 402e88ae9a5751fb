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


def order_stream(trial: Trial, images: str) -> int:
    """Return the seed of the order in which a worker gets the images of a set, such as `test`.

    The worker has the stream of the fit only, from which this one cannot be computed.
    """
    return _stream(trial, "order", images)


def _stream(trial: Trial, *use: str) -> int:
    text = canonical_json([trial.seed, trial.fingerprint, trial.task, *use])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
