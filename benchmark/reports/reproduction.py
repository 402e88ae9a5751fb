"""A detector under the recipe of its publication, class by class beside the published numbers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tabulate import tabulate

from benchmark.reports.beside import sources
from benchmark.reports.board import Row, settings_text
from benchmark.reports.published.ledger import Entry, Published
from benchmark.reports.published.verdict import RULE, Comparison, Measured, plain
from benchmark.reports.render.markdown import escape_pipes
from benchmark.reports.text import NOTHING, join, percent, plural, points


@dataclass(frozen=True, slots=True, kw_only=True)
class Reproduction:
    """The outcome of running a publication's recipe.

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


def to_markdown(reproduction: Reproduction) -> str:
    """Return a table of the classes, the mean last, and what a reader must know of it."""
    header = ["class", "published", "ours", "difference", "verdict"]
    rows = [
        [
            escape_pipes(compared.task),
            _published(compared.published),
            _ours(compared.ours),
            points(compared.verdict.difference),
            compared.verdict.word or NOTHING,
        ]
        for compared in reproduction.comparisons
    ]
    if reproduction.reruns:
        header.append("re-runs")
        rows = [[*row, _span(compared.reruns)] for row, compared in zip(rows, reproduction.comparisons, strict=True)]
    aligned = ["left" if name in ("class", "verdict") else "right" for name in header]
    # The texts are formatted above: tabulate must neither parse nor realign them.
    table = tabulate(rows, header, "github", disable_numparse=True, colalign=aligned)
    title = f"# {reproduction.row.detector} on {reproduction.dataset}, beside what is published"
    return "\n\n".join([f"{title}: ROC-AUC in %, higher is better", table, *_remarks(reproduction)]) + "\n"


def to_json(reproduction: Reproduction) -> str:
    """Return everything as plain values; numbers are fractions."""
    first = reproduction.published.entries[0]
    *classes, mean = [plain(compared) for compared in reproduction.comparisons]
    values = {
        "detector": reproduction.row.detector,
        "dataset": reproduction.dataset,
        "preset": reproduction.preset,
        "settings": settings_text(reproduction.row),
        "non_default": dict(reproduction.row.non_default),
        "rule": reproduction.row.rule,
        "seeds": reproduction.row.seeds,
        "key": first.key,
        "method": first.method,
        "publication": sources(reproduction.published),
        "classes": classes,
        "mean": mean,
        "missing": list(reproduction.row.missing),
        "notes": list(reproduction.row.notes),
        "footnotes": list(reproduction.footnotes),
        "reruns": {rerun.entries[0].key: sources(rerun) for rerun in reproduction.reruns},
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


def _remarks(reproduction: Reproduction) -> list[str]:
    row = reproduction.row
    remarks = [
        f"Ours: preset `{reproduction.preset}` ({escape_pipes(settings_text(row)) or 'the defaults'}), rule"
        f" {escape_pipes(row.rule)}, {plural(row.seeds, 'seed')}; ± is the deviation over seeds. {RULE}",
        f"- Published: {escape_pipes('; '.join([*sources(reproduction.published), *_spreads(reproduction)]))}",
    ]
    if reproduction.comparisons[-1].computed:
        remarks.append("- The publication prints no mean: it is that of the printed classes.")
    for why, tasks in _reasons(reproduction).items():
        remarks.append(f"- {escape_pipes(', '.join(tasks))}: {escape_pipes(why)}")
    remarks += [f"- Re-run by others: {escape_pipes('; '.join(sources(rerun)))}" for rerun in reproduction.reruns]
    if row.missing:
        remarks.append(f"- No mean of ours while these are missing: {escape_pipes(join(row.missing))}")
    if row.notes:
        remarks.append(f"- {escape_pipes(join(row.notes))}")
    return remarks + [f"- {escape_pipes(footnote)}" for footnote in reproduction.footnotes]


def _spreads(reproduction: Reproduction) -> list[str]:
    kinds = {(entry.spread_kind, entry.runs) for entry in reproduction.published.entries if entry.spread is not None}
    names = {"std": "the deviation", "sem": "the standard error"}
    return [f"± is {names[kind]} over {runs or 'an unknown number of'} runs" for kind, runs in sorted(kinds, key=str)]


def _reasons(reproduction: Reproduction) -> dict[str, list[str]]:
    reasons: dict[str, list[str]] = {}
    for compared in reproduction.comparisons:
        if compared.verdict.why:
            reasons.setdefault(compared.verdict.why, []).append(compared.task)
    return reasons
