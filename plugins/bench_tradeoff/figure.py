"""The picture of a tradeoff, with Matplotlib; no window is opened and pyplot is not imported."""

from __future__ import annotations

import importlib.util
import io
import statistics
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bench_tradeoff.curves import Curve, Tradeoff
from benchmark import BenchError
from benchmark.plugin import heading, is_percent, number_of, plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SUFFIXES = (".png", ".svg", ".pdf")

# Okabe and Ito (2008), Color Universal Design: distinguishable with colour blindness. Markers and line styles differ
# too, for prints in grey.
BLUE, VERMILION, GREY = "#0072B2", "#D55E00", "#5f6368"
STYLE: dict[str, Any] = {
    "font.size": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#9aa0a6",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e8eaed",
    "legend.frameon": False,
    "text.parse_math": False,  # names may contain a dollar sign
    "svg.fonttype": "none",  # text, not outlines of letters
    "svg.hashsalt": "bench",
}
RESOLUTION = 200
MOST_TICKS = 14


def check_drawable(suffix: str) -> None:
    """Raise if a picture cannot be made, before anything is computed.

    Raises
    ------
    BenchError
        If there is no picture format with that suffix, or Matplotlib is not installed.
    """
    if suffix.lower() not in SUFFIXES:
        raise BenchError(f"a picture ends in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}; not in {suffix!r}")
    if importlib.util.find_spec("matplotlib") is None:
        raise BenchError(
            "a picture needs matplotlib, which is not installed here; run: pip install 'oneclass-bench[report]'"
        )


def picture(figure: Figure, suffix: str) -> bytes:
    """Return the content of a picture file; the same figure gives the same bytes."""
    import matplotlib

    form, buffer = suffix.lower().removeprefix("."), io.BytesIO()
    no_date = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(form)
    with matplotlib.rc_context(STYLE):
        figure.savefig(buffer, format=form, dpi=RESOLUTION, metadata=no_date, facecolor="white")
    return buffer.getvalue()


def tradeoff_figure(tradeoff: Tradeoff) -> Figure:
    """Return the figure: two curves over the parameter, the spread over tasks, the label-free choice, the oracles."""
    import matplotlib
    from matplotlib.figure import Figure

    once, anew = tradeoff.conditioned, tradeoff.separate
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(7.2, 5.2), layout="constrained")
        axes = figure.add_subplot()
        # In the order of the legend, which is filled column by column.
        _draw_curve(axes, tradeoff, once, BLUE, marker="o", stroke="-", trained="trained once")
        _draw_choice(axes, tradeoff)
        _draw_curve(axes, tradeoff, anew, VERMILION, marker="s", stroke="--", trained="trained for each value")
        _draw_chosen_values(axes, tradeoff)
        _scale_values(axes, tradeoff.values)
        axes.set_xlabel(f"{tradeoff.parameter}{' (logarithmic)' if axes.get_xscale() != 'linear' else ''}")
        axes.set_ylabel(heading(tradeoff.metric))
        axes.grid(visible=False, axis="x")
        shown = " (validation)" if tradeoff.validation else ""
        title = f"{tradeoff.dataset}{shown}: one training for all values of {tradeoff.parameter}"
        axes.set_title(title, loc="left", fontsize=12, pad=22)
        axes.text(0, 1.025, _caption(tradeoff), transform=axes.transAxes, fontsize=8.5, color=GREY)
        figure.legend(loc="outside lower left", ncols=2, fontsize=8.5, handlelength=2.6, columnspacing=2.5)
    return figure


def _draw_curve(
    axes: Axes, tradeoff: Tradeoff, curve: Curve, colour: str, *, marker: str, stroke: str, trained: str
) -> None:
    scale = _scale(tradeoff)
    values = [point.value for point in curve.points]
    means = [scale * point.mean for point in curve.points]
    quarters = [_quartiles([scale * number for number in point.tasks.values()]) for point in curve.points]
    lows, highs = [low for low, _ in quarters], [high for _, high in quarters]
    axes.fill_between(values, lows, highs, color=colour, alpha=0.07, linewidth=0)
    for edge in (lows, highs):
        axes.plot(values, edge, stroke, color=colour, alpha=0.4, linewidth=0.6)
    label = f"{curve.detector}, {trained} ({_counted(curve)})"
    axes.plot(values, means, stroke, color=colour, marker=marker, markersize=5, linewidth=1.6, label=label)
    spread = [scale * (point.std or 0.0) for point in curve.points]
    if any(spread):
        axes.errorbar(values, means, yerr=spread, fmt="none", ecolor=colour, elinewidth=0.8, capsize=2.5)
    best = curve.oracle
    oracle = f"its best value, {best.value:g}: {number_of(tradeoff.metric)(best.mean)} (oracle)"
    axes.plot(
        [best.value], [scale * best.mean], marker="*", markersize=15, markeredgecolor="white", markeredgewidth=0.8,
        linestyle="none", color=colour, zorder=4, label=oracle,
    )  # fmt: skip


def _draw_choice(axes: Axes, tradeoff: Tradeoff) -> None:
    """Draw the mean at the values chosen without labels: a horizontal line, since the values differ between tasks."""
    mean = tradeoff.conditioned.choice.mean
    if mean is not None:
        label = f"at its label-free choice: {number_of(tradeoff.metric)(mean)}"
        axes.axhline(_scale(tradeoff) * mean, color=BLUE, linewidth=1.2, linestyle=(0, (1, 1.5)), label=label)


def _draw_chosen_values(axes: Axes, tradeoff: Tradeoff) -> None:
    """Mark on the axis how often each value was chosen without labels."""
    counts = Counter(value for values in tradeoff.chosen.values() for value in values if value is not None)
    foot = axes.get_xaxis_transform()
    label = f"{tradeoff.parameter} chosen without labels, and how often"
    axes.plot(
        list(counts),
        [0.015] * len(counts),
        "^",
        color="black",
        markersize=6,
        transform=foot,
        clip_on=False,
        label=label,
    )
    for value, count in counts.items():
        axes.annotate(
            f"{count}",
            (value, 0.015),
            xycoords=foot,
            xytext=(0, 6),
            textcoords="offset points",
            ha="center",
            fontsize=8,
        )


def _scale_values(axes: Axes, values: Sequence[float]) -> None:
    """Set a tick at each value, on a logarithmic axis if they are positive and span more than a decade."""
    positive = [value for value in values if value > 0]
    if positive and min(values) >= 0 and max(positive) > 10 * min(positive):
        if min(values) == 0:
            # A logarithmic axis has no zero: it is drawn half a decade before the smallest value, with a break.
            axes.set_xscale("symlog", linthresh=min(positive), linscale=0.5)
            axes.annotate(
                "//", (min(positive) / 2, 0), xycoords=axes.get_xaxis_transform(), ha="center", va="center",
                fontsize=10, color=GREY, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
            )  # fmt: skip
            axes.set_xlim(-0.35 * min(positive), max(positive) * 1.35)
        else:
            axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    if len(values) <= MOST_TICKS:
        axes.set_xticks(values)
        axes.set_xticks([], minor=True)


def _caption(tradeoff: Tradeoff) -> str:
    bars = any(point.std for curve in (tradeoff.conditioned, tradeoff.separate) for point in curve.points)
    band = f"Means over {len(tradeoff.tasks)} tasks; bands: the middle half of the tasks"
    return f"{band}; bars: std over seeds" if bars else band


def _counted(curve: Curve) -> str:
    seeds = sorted({point.seeds for point in curve.points})
    some = f"{seeds[0]} to {seeds[-1]} seeds" if len(seeds) > 1 else plural(seeds[0], "seed")
    return f"{curve.cost.trials} trials, {some}"


def _quartiles(numbers: Sequence[float]) -> tuple[float, float]:
    if len(numbers) == 1:
        return numbers[0], numbers[0]
    low, _, high = statistics.quantiles(numbers, n=4, method="inclusive")
    return low, high


def _scale(tradeoff: Tradeoff) -> float:
    return 100.0 if is_percent(tradeoff.metric) else 1.0
