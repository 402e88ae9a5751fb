"""Formats numbers, seconds, counts and texts from elsewhere for the cells and sentences of a report."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

from benchmark.interfaces.specs import MetricSpec

NOTHING = "–"


def is_percent(metric: MetricSpec) -> bool:
    """Return whether a metric is given in percent, as the literature does with what ranges from 0 to 1."""
    return metric.range == (0.0, 1.0)


def heading(metric: MetricSpec) -> str:
    """Return `ROC-AUC in %, higher is better`."""
    unit = " in %" if is_percent(metric) else ""
    return f"{metric.title}{unit}, {'higher' if metric.higher_is_better else 'lower'} is better"


def number_of(metric: MetricSpec) -> Callable[[float | None], str]:
    """Return the function that writes a metric's values."""
    return percent if is_percent(metric) else _four_digits


def percent(value: float | None) -> str:
    """Return a fraction in percent, as the literature gives it."""
    return NOTHING if value is None else f"{100 * value:z.1f}"


def signed_of(metric: MetricSpec) -> Callable[[float | None], str]:
    """Return the function that writes differences of a metric's values with their sign, as exactly as the values."""
    return _signed_percent if is_percent(metric) else _signed_four_digits


def points(difference: float | None) -> str:
    """Return a difference of two fractions in points, with its sign and a digit more than the numbers have.

    Examples
    --------
    >>> points(-0.0052)
    '-0.52'
    """
    return NOTHING if difference is None else f"{100 * difference:+z.2f}"


def p_value(value: float | None) -> str:
    """Return a p-value with three decimals, or `<0.001`."""
    if value is None:
        return NOTHING
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def seconds(value: float | None) -> str:
    """Return seconds with one decimal, or three where they are few."""
    if value is None:
        return NOTHING
    return f"{value:.1f}" if value >= 0.1 else f"{value:.3f}"


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


def plural(number: int, noun: str) -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> plural(1, "trial"), plural(2, "trial")
    ('1 trial', '2 trials')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def escape_control(text: str) -> str:
    r"""Return a text in which invisible characters and terminal controls are escape sequences.

    Control characters, line ends, characters that change the direction of writing or have no width, surrogates, and
    what Unicode has not assigned; a space of another kind becomes a plain one.

    Examples
    --------
    >>> print(escape_control("a\x1b[31mb\u202ec\n"))
    a\x1b[31mb\u202ec\n
    """
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _escape(character) for character in text)


def truncate(text: str, most: int) -> str:
    """Return a text of no more than `most` characters, and how many are left out.

    Examples
    --------
    >>> truncate("abcdefgh", 3)
    'abc… (5 more characters)'
    """
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most:,} more characters)"


def join(items: Sequence[str], most: int = 12) -> str:
    """Return the first items, and how many more there are."""
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return "; ".join(items[:most]) + more


def _four_digits(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.4g}"


def _signed_percent(value: float | None) -> str:
    return NOTHING if value is None else f"{100 * value:+z.1f}"


def _signed_four_digits(value: float | None) -> str:
    return NOTHING if value is None else f"{value:+z.4g}"


def _escape(character: str) -> str:
    if unicodedata.category(character) == "Zs":
        return " "
    return character.encode("unicode_escape").decode()
