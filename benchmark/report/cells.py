"""How the cells of a report are written: numbers of a metric, seconds, names that must not break a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmark.interfaces.specs import MetricSpec

__all__ = ["NOTHING", "escaped", "heading", "is_percent", "listed", "number_of", "percent", "points", "seconds"]

NOTHING = "–"


def is_percent(metric: MetricSpec) -> bool:
    """Return whether a metric is given in percent, as the literature does with what ranges from 0 to 1."""
    return metric.range == (0.0, 1.0)


def heading(metric: MetricSpec) -> str:
    """Return `ROC-AUC in %, higher is better`."""
    direction = "higher is better" if metric.higher_is_better else "lower is better"
    return f"{metric.title}{' in %' if is_percent(metric) else ''}, {direction}"


def number_of(metric: MetricSpec) -> Callable[[float | None], str]:
    """Return how a metric's values are written."""
    return percent if is_percent(metric) else _plain


def percent(value: float | None) -> str:
    """Return a fraction in percent, as the literature gives it."""
    return NOTHING if value is None else f"{100 * value:z.1f}"


def points(difference: float | None) -> str:
    """Return a difference of two fractions in points, with its sign and a digit more than the numbers have.

    Examples
    --------
    >>> points(-0.0052)
    '-0.52'
    """
    return NOTHING if difference is None else f"{100 * difference:+z.2f}"


def seconds(value: float | None) -> str:
    """Return seconds with the digits that matter."""
    return NOTHING if value is None else f"{value:.1f}" if value >= 0.1 else f"{value:.3f}"


def escaped(text: str) -> str:
    """Return a text that breaks no table."""
    return text.replace("\\", "\\\\").replace("|", "\\|")


def listed(items: Sequence[str], most: int = 12) -> str:
    """Return the first items, and how many more there are."""
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return "; ".join(items[:most]) + more


def _plain(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.4g}"
