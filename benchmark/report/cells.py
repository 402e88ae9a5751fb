"""How the cells of a report are written: numbers of a metric, seconds, counts, texts that came from elsewhere."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

from benchmark.interfaces.specs import MetricSpec

__all__ = [
    "NOTHING",
    "count",
    "cut",
    "escaped",
    "heading",
    "is_percent",
    "listed",
    "number_of",
    "percent",
    "points",
    "seconds",
    "visible",
]

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


def count(value: float | None) -> str:
    """Return a count with three digits.

    Examples
    --------
    >>> count(1234567), count(98_400), count(31)
    ('1.23M', '98.4k', '31')
    """
    if value is None:
        return NOTHING
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= 0.9995 * size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.0f}"


def visible(text: str) -> str:
    r"""Return a text in which what would not be seen, or be obeyed by a terminal, is spelled out.

    Control characters, line ends, characters that turn the direction of writing or have no width, halves of pairs,
    and what Unicode has not assigned; a space of another kind becomes a plain one.

    Examples
    --------
    >>> print(visible("a\x1b[31mb\u202ec\n"))
    a\x1b[31mb\u202ec\n
    """
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _spelled(character) for character in text)


def cut(text: str, most: int) -> str:
    """Return a text of no more than `most` characters, and how many are left out.

    Examples
    --------
    >>> cut("abcdefgh", 3)
    'abc… (5 more characters)'
    """
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most:,} more characters)"


def escaped(text: str) -> str:
    """Return a text that breaks no table in markdown."""
    return visible(text).replace("\\", "\\\\").replace("|", "\\|")


def listed(items: Sequence[str], most: int = 12) -> str:
    """Return the first items, and how many more there are."""
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return "; ".join(items[:most]) + more


def _plain(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.4g}"


def _spelled(character: str) -> str:
    if unicodedata.category(character) == "Zs":
        return " "
    return character.encode("unicode_escape").decode()
