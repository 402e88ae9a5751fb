"""The test scores that a row may have: one compressed file a trial, and the check that they give the row's metrics."""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from benchmark.interfaces.outcome import Measure, ScoredSet
from benchmark.metrics.builtin import SPECS
from benchmark.metrics.compute import try_metric
from benchmark.publishing.paths import SCORES
from benchmark.publishing.row_schema import PublishedRow
from benchmark.results.codec import pack_arrays, unpack_arrays

TOLERANCE = 1e-9
"""Largest difference of two values that count as equal: other machines sum in another order."""

NAMES = frozenset(("labels", "rules", "scores", "uid", "y"))


@dataclass(frozen=True, slots=True)
class PublishedScores:
    """The scores of the test images, in dataset order, of the attempt with this uid."""

    uid: str
    scored: ScoredSet


def pack_scores(uid: str, scored: ScoredSet) -> bytes:
    """Return the file of an attempt's scores: npz with `uid`, `rules`, `y`, `labels` and `scores`.

    Scores that float32 holds without loss are stored as such, which takes half the space. The bytes depend on the
    scores only, not on the time.
    """
    narrow = scored.scores.astype(np.float32)
    is_exact = bool(np.array_equal(narrow.astype(np.float64), scored.scores))
    return pack_arrays(
        {
            "uid": np.array(uid),
            "rules": np.array(scored.rules),
            "y": scored.y,
            "labels": scored.labels,
            "scores": narrow if is_exact else scored.scores,
        }
    )


def unpack_scores(content: bytes) -> PublishedScores:
    """Return the scores of a file.

    Raises
    ------
    ValueError
        If it is not such a file, with the reason.
    """
    try:
        arrays = unpack_arrays(content)
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"it is not an npz file: {error}") from None
    if set(arrays) != NAMES:
        raise ValueError(f"its arrays must be {', '.join(sorted(NAMES))}")
    y, labels, rules, scores = (arrays[name] for name in ("y", "labels", "rules", "scores"))
    if not (y.dtype == bool and labels.dtype.kind in "iu" and scores.dtype.kind == "f" and rules.dtype.kind == "U"):
        raise ValueError("an array of it has a wrong type")
    if not (y.ndim == rules.ndim == 1 and labels.shape == y.shape and scores.shape == (len(rules), len(y))):
        raise ValueError("its arrays do not have the same numbers of images and rules")
    scored = ScoredSet(y=y, labels=labels, rules=tuple(map(str, rules)), scores=scores.astype(np.float64, copy=False))
    return PublishedScores(str(arrays["uid"]), scored)


def score_problems(rows: Iterable[PublishedRow], files: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, str, str]]:
    """Yield the path of each file of scores that is wrong, the dataset (empty without a row), and what is wrong.

    Parameters
    ----------
    rows : iterable of PublishedRow
        Those of the folder, of the archive too.
    files : iterable of (str, bytes)
        Path within the folder, and content; read one at a time.
    """
    by_trial: dict[str, list[PublishedRow]] = {}
    for row in rows:
        by_trial.setdefault(row.id, []).append(row)
    for path, content in files:
        of_trial = by_trial.get(path.removeprefix(SCORES).removesuffix(".npz"), ())
        try:
            published = unpack_scores(content)
            of_attempt = [row for row in of_trial if row.uid == published.uid]
            if not of_attempt:
                yield path, "", "belongs to no row, or to another attempt than the row"
            for row in of_attempt:
                _check(published.scored, row)
        except ValueError as error:
            yield path, of_trial[0].trial.dataset if of_trial else "", f"is wrong: {error}"


def is_same(content: bytes, other: bytes) -> bool:
    """Return whether two files hold the same scores of the same attempt; another zlib makes other bytes of them.

    Raises
    ------
    ValueError
        If one of them is not a file of scores.
    """
    one, two = unpack_scores(content), unpack_scores(other)
    pairs = ((getattr(one.scored, name), getattr(two.scored, name)) for name in ("y", "labels", "scores"))
    return (one.uid, one.scored.rules) == (two.uid, two.scored.rules) and all(
        np.array_equal(*pair, equal_nan=pair[0].dtype.kind == "f") for pair in pairs
    )


def _check(scored: ScoredSet, row: PublishedRow) -> None:
    """Raise ValueError unless the scores give the metrics of their row."""
    if not np.array_equal(scored.y, scored.labels != row.task.normal_class):
        raise ValueError("its y contradicts its labels: an image is normal if its label is that of the normal class")
    for rule, measures in row.metrics.items():
        if rule not in scored.rules:
            raise ValueError(f"it has no scores of the rule {rule!r}, of which the row has metrics")
        if differing := _differing(measures, scored, rule):
            raise ValueError(f"its scores give other metrics than the row of {row.trial}: {differing}")


def _differing(measures: Mapping[str, Measure], scored: ScoredSet, rule: str) -> str:
    """Return the first metric of the core that the scores give another value; a plugin's metric is not recomputed."""
    for spec in SPECS:
        # A value of another version of the metric is another number.
        if spec.name not in measures or measures[spec.name].version != spec.version:
            continue
        stated, computed = measures[spec.name], try_metric(spec, scored.y, scored.of(rule))
        if not isinstance(computed, Measure):
            return f"{spec.name} of {rule!r}: {computed}"
        pairs = ((stated.value, computed.value), (stated.standard_error, computed.standard_error))
        if not all(_equal(*pair) for pair in pairs):
            return f"{spec.name} of {rule!r} is {stated.value:.6f} in the row, {computed.value:.6f} by the scores"
    return ""


def _equal(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=0.0, abs_tol=TOLERANCE)
