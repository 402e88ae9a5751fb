"""The report of a trial's operating points: sensitivity and specificity along thresholds."""

from __future__ import annotations

from typing import Any

from benchmark.interfaces.errors import InvalidRequest, did_you_mean
from benchmark.interfaces.outcome import Outcome, ScoredSet
from benchmark.reports.document import Report, Span, note, text_table
from benchmark.reports.protocol import OLDER, is_older, phrase
from benchmark.reports.thresholds import LABEL_FREE, OperatingPoint, Threshold, label_free, operating_points

EXPLAINED = (
    "An image is flagged if its score is above the threshold. A point that needs labels was chosen with the labels of"
    " these same images: it shows what is possible, not what can be reached without labels."
)


def operating_points_report(outcome: Outcome, rule: str | None = None) -> Report:
    """Return the operating points of a trial, the highest threshold first.

    Parameters
    ----------
    outcome : Outcome
        With its scores.
    rule : str or None
        None for the primary one.

    Raises
    ------
    UnknownName
        If the trial has no such rule.
    InvalidRequest
        If the trial has no valid scores, or its images are all normal or all anomalous.
    """
    trial = outcome.trial
    rule = trial.primary_rule if rule is None else rule
    scored = _scores(outcome, rule)
    threshold = label_free(outcome.sets, rule, judged_on=trial.judged_on)
    points = operating_points(scored.y, scored.of(rule), threshold if isinstance(threshold, Threshold) else None)
    anomalous = int(scored.y.sum())
    rows = [
        [
            ", ".join(point.names),
            f"{point.threshold:.6g}",
            f"{point.sensitivity:.4f}",
            f"{point.specificity:.4f}",
            "labels" if point.needs_labels else "no labels",
        ]
        for point in points
    ]
    header = ["point", "threshold", "sensitivity", "specificity", "needs"]
    notes = [note(Span(_about(threshold, points))), note(EXPLAINED)]
    if is_older(trial):
        notes.append(note(f"The trial is of {phrase(trial.semantics)}{OLDER}.", item=True))
    names = ("names", "threshold", "sensitivity", "specificity", "needs_labels")
    values = [(", ".join(p.names), p.threshold, p.sensitivity, p.specificity, p.needs_labels) for p in points]
    return Report(
        title=f"{trial}, rule {rule}: {anomalous} anomalous and {len(scored.y) - anomalous} normal"
        f" {trial.judged_on} images",
        tables=(text_table("", header, rows, text=["point", "needs"], notes=notes),),
        data={
            "trial": trial.id,
            "rule": rule,
            "judged_on": trial.judged_on,
            "anomalous_images": anomalous,
            "normal_images": len(scored.y) - anomalous,
            "label_free_threshold": _plain(threshold),
            "points": [
                {
                    "names": list(point.names),
                    # JSON has no infinity: a threshold below every score is null.
                    "threshold": point.threshold if point.threshold > float("-inf") else None,
                    "sensitivity": point.sensitivity,
                    "specificity": point.specificity,
                    "needs_labels": point.needs_labels,
                }
                for point in points
            ],
        },
        lines=(names, *values),
    )


def _scores(outcome: Outcome, rule: str) -> ScoredSet:
    """Return the scores that the trial is judged on."""
    trial, scored = outcome.trial, outcome.judged
    if rule not in trial.rules:
        raise did_you_mean(f"rule of {trial.detector!r}", rule, trial.rules)
    if outcome.status != "ok" or rule not in outcome.metrics:
        why = f"the trial is {outcome.status}" if outcome.status != "ok" else f"the audit rejected rule {rule!r}"
        raise InvalidRequest(f"{trial} has no operating points: {why}; see: bench show {trial.id[:12]}")
    if scored is None:
        raise InvalidRequest(f"{trial} has no operating points: the store has no scores of it")
    if scored.y.all() or not scored.y.any():
        side = "anomalous" if scored.y.all() else "normal"
        raise InvalidRequest(f"{trial} has no operating points: all its images are {side}")
    return scored


def _plain(threshold: Threshold | str) -> dict[str, Any]:
    """Return a label-free threshold as plain values; its value is null if there is none."""
    if isinstance(threshold, str):
        return {"value": None, "why": threshold}
    return {
        "value": threshold.value,
        "origin": threshold.origin,
        "rank": threshold.conformal.rank,
        "images": threshold.conformal.images,
        "false_alarms": threshold.false_alarms,
    }


def _about(threshold: Threshold | str, points: tuple[OperatingPoint, ...]) -> str:
    """Return what the label-free threshold is and what it gives."""
    chosen = next((point for point in points if LABEL_FREE in point.names), None)
    if isinstance(threshold, str) or chosen is None:
        return f"There is no label-free threshold: {threshold}."
    return (
        f"The label-free threshold is {threshold.text}."
        f" Here it flags {100 * chosen.sensitivity:.1f} % of the anomalous images and"
        f" {100 * (1 - chosen.specificity):.1f} % of the normal ones."
    )
