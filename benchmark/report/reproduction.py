"""A detector under the recipe of its publication, class by class beside the published numbers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmark.ledger import Entry, Published
from benchmark.report.board import Row
from benchmark.report.cells import NOTHING, escaped, listed, percent, points
from benchmark.report.published import sources
from benchmark.report.verdict import RULE, Comparison, Measured, plain

__all__ = ["FORMATS", "Reproduction", "to_json", "to_markdown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reproduction:
    """What came of running a publication's recipe.

    Attributes
    ----------
    preset : str
        The recipe.
    row : Row
        Ours.
    comparisons : tuple of Comparison
        One for each class, then the mean.
    reruns : tuple of Published
        What others got who ran the method again.
    """

    dataset: str
    preset: str
    row: Row
    published: Published
    comparisons: tuple[Comparison, ...]
    reruns: tuple[Published, ...]

    @property
    def footnotes(self) -> tuple[str, ...]:
        """What is unusual about the data."""
        return tuple(dict.fromkeys(o.task.footnote for o in self.row.outcomes if o.task.footnote))

    @property
    def complete(self) -> bool:
        """Whether every class has its number."""
        return self.row.mean is not None

    @property
    def falls_below(self) -> bool:
        """Whether a class, or the mean, is below what was published."""
        return any(compared.verdict.word == "below" for compared in self.comparisons)


def to_markdown(made: Reproduction) -> str:
    """Return a table of the classes, the mean last, and what a reader must know of it."""
    from tabulate import tabulate

    with_reruns = bool(made.reruns)
    header = ["class", "published", "ours", "difference", "verdict", *["re-runs"] * with_reruns]
    rows = [
        [
            escaped(compared.task),
            _published(compared.published),
            _ours(compared.ours),
            points(compared.verdict.difference),
            compared.verdict.word or NOTHING,
            *[_span(compared.reruns)] * with_reruns,
        ]
        for compared in made.comparisons
    ]
    aligned = ["left" if name in ("class", "verdict") else "right" for name in header]
    # The texts are formatted above: tabulate must neither parse nor realign them.
    table = tabulate(rows, header, "github", disable_numparse=True, colalign=aligned)
    title = f"# {made.row.detector} on {made.dataset}, beside what is published: ROC-AUC in %, higher is better"
    return "\n\n".join([title, table, *_remarks(made)]) + "\n"


def to_json(made: Reproduction) -> str:
    """Return everything as plain values; numbers are fractions."""
    first = made.published.entries[0]
    *classes, mean = [plain(compared) for compared in made.comparisons]
    values = {
        "detector": made.row.detector,
        "dataset": made.dataset,
        "preset": made.preset,
        "settings": made.row.settings,
        "rule": made.row.rule,
        "seeds": made.row.seeds,
        "key": first.key,
        "method": first.method,
        "publication": sources(made.published),
        "classes": classes,
        "mean": mean,
        "missing": list(made.row.missing),
        "notes": list(made.row.notes),
        "footnotes": list(made.footnotes),
        "reruns": {rerun.entries[0].key: sources(rerun) for rerun in made.reruns},
    }
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


FORMATS: Mapping[str, Callable[[Reproduction], str]] = {"markdown": to_markdown, "json": to_json}


def _published(entry: Entry | None) -> str:
    return NOTHING if entry is None else _spread(entry.auc, entry.spread)


def _ours(ours: Measured) -> str:
    return _spread(ours.value, ours.std)


def _spread(value: float | None, spread: float | None) -> str:
    return percent(value) + ("" if spread is None else f" ± {percent(spread)}")


def _span(entries: tuple[Entry, ...]) -> str:
    ends = sorted({percent(entry.auc) for entry in entries}, key=float)
    return NOTHING if not ends else ends[0] if len(ends) == 1 else f"{ends[0]} to {ends[-1]}"


def _remarks(made: Reproduction) -> list[str]:
    seeds = f"{made.row.seeds} seed{'s' * (made.row.seeds != 1)}"
    remarks = [
        f"Ours: preset `{made.preset}` ({escaped(made.row.settings) or 'the defaults'}), rule {escaped(made.row.rule)},"
        f" {seeds}; ± is the deviation over seeds. {RULE}",
        f"- Published: {escaped('; '.join([*sources(made.published), *_spreads(made)]))}",
    ]
    if made.comparisons[-1].computed:
        remarks.append("- The publication prints no mean: it is that of the printed classes.")
    remarks += [f"- {escaped(', '.join(tasks))}: {escaped(why)}" for why, tasks in _reasons(made).items()]
    remarks += [f"- Re-run by others: {escaped('; '.join(sources(rerun)))}" for rerun in made.reruns]
    if made.row.missing:
        remarks.append(f"- No mean of ours while these are missing: {escaped(listed(made.row.missing))}")
    if made.row.notes:
        remarks.append(f"- {escaped(listed(made.row.notes))}")
    return remarks + [f"- {escaped(footnote)}" for footnote in made.footnotes]


def _spreads(made: Reproduction) -> list[str]:
    kinds = {(entry.spread_kind, entry.runs) for entry in made.published.entries if entry.spread is not None}
    names = {"std": "the deviation", "sem": "the standard error"}
    return [f"± is {names[kind]} over {runs or 'an unknown number of'} runs" for kind, runs in sorted(kinds, key=str)]


def _reasons(made: Reproduction) -> dict[str, list[str]]:
    reasons: dict[str, list[str]] = {}
    for compared in made.comparisons:
        if compared.verdict.why:
            reasons.setdefault(compared.verdict.why, []).append(compared.task)
    return reasons
