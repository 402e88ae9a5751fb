"""`bench show TRIAL --operating-points`: sensitivity and specificity of a trial along thresholds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmark.interfaces.errors import InvalidRequest, did_you_mean

if TYPE_CHECKING:
    from benchmark.interfaces.outcome import Outcome

NEEDS = (
    "An image is flagged if its score is above the threshold. A point that needs labels was found by looking at which"
    " of these very images are anomalous: it says what is possible, not what one would have had."
)


def points_text(outcome: Outcome, rule: str | None = None) -> str:
    """Return a table of operating points, the highest threshold first.

    Parameters
    ----------
    rule : str or None
        None for the primary one.

    Raises
    ------
    UnknownName
        If the trial has no such rule.
    InvalidRequest
        If the trial has no valid scores, or its images are all normal or all anomalous.
    """
    from tabulate import tabulate

    from benchmark.reports.thresholds import LABEL_FREE, label_free, operating_points

    trial = outcome.trial
    rule = trial.primary_rule if rule is None else rule
    if rule not in trial.rules:
        raise did_you_mean(f"rule of {trial.detector!r}", rule, trial.rules)
    scored = outcome.judged
    if outcome.status != "ok" or rule not in outcome.metrics:
        why = f"the trial is {outcome.status}" if outcome.status != "ok" else f"the audit gave rule {rule!r} no number"
        raise InvalidRequest(f"{trial} has no operating points: {why}; `bench show {trial.id[:12]}` tells more")
    if scored is None:
        raise InvalidRequest(f"{trial} has no operating points: the store keeps no scores of it")
    if scored.y.all() or not scored.y.any():
        raise InvalidRequest(
            f"{trial} has no operating points: its images are all {'anomalous' if scored.y.all() else 'normal'}"
        )
    threshold = label_free(outcome.sets, rule, judged_on=trial.judged_on)
    points = operating_points(scored.y, scored.of(rule), threshold)
    rows = [
        [
            ", ".join(point.names),
            f"{point.threshold:.6g}",
            f"{point.sensitivity:.4f}",
            f"{point.specificity:.4f}",
            "labels" if point.needs_labels else "no label",
        ]
        for point in points
    ]
    anomalous = int(scored.y.sum())
    title = (
        f"{trial}, rule {rule}: {anomalous} anomalous and {len(scored.y) - anomalous} normal {trial.judged_on} images"
    )
    aligned = ("left", "right", "right", "right", "left")
    table = tabulate(
        rows, ["point", "threshold", "sensitivity", "specificity", "needs"], disable_numparse=True, colalign=aligned
    )
    chosen = next((point for point in points if LABEL_FREE in point.names), None)
    if threshold is None or chosen is None:
        about = "No scores are kept that a label-free threshold could come from."
    else:
        about = (
            f"The label-free threshold is {threshold.origin}: {threshold.value:.6g}, of {threshold.images} images. It"
            f" flags {100 * chosen.sensitivity:.1f} % of the anomalous images and"
            f" {100 * (1 - chosen.specificity):.1f} % of the normal ones."
        )
    return "\n\n".join([title, table, about, NEEDS])
