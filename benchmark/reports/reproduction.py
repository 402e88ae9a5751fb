"""A detector under the recipe of its publication, class by class beside the published numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.reports.beside import sources
from benchmark.reports.board import Row, settings_text
from benchmark.reports.document import Note, Report, Span, note, text_table
from benchmark.reports.published.ledger import Entry, Published
from benchmark.reports.published.verdict import RULE, Comparison, Measured, plain
from benchmark.reports.text import NOTHING, join, p_value, percent, plural, points

LINES = ("task", "published", "spread", "runs", "ours", "std", "seeds", "difference", "p", "verdict", "why")
"""The columns of the CSV."""


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


def reproduction_report(reproduction: Reproduction) -> Report:
    """Return a table of the classes, the mean last, beside the published numbers; in the data they are fractions."""
    header = ["class", "published", "ours", "difference", "p", "verdict"]
    rows = [
        [
            compared.task,
            _published(compared.published),
            _ours(compared.ours),
            points(compared.verdict.difference),
            p_value(compared.verdict.p),
            compared.verdict.word or NOTHING,
        ]
        for compared in reproduction.comparisons
    ]
    if reproduction.reruns:
        header.append("re-runs")
        rows = [[*row, _span(compared.reruns)] for row, compared in zip(rows, reproduction.comparisons, strict=True)]
    table = text_table("", header, rows, text=["class", "verdict"], notes=_notes(reproduction))
    compared = [plain(each) for each in reproduction.comparisons]
    return Report(
        title=f"{reproduction.row.detector} on {reproduction.dataset} beside the published numbers: ROC-AUC in %",
        tables=(table,),
        data=_data(reproduction, compared),
        lines=(LINES, *(tuple(each[name] for name in LINES) for each in compared)),
    )


def _data(reproduction: Reproduction, compared: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    first = reproduction.published.entries[0]
    *classes, mean = compared
    return {
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


def _published(entry: Entry | None) -> str:
    return NOTHING if entry is None else _spread(entry.auc, entry.spread)


def _ours(ours: Measured) -> str:
    return _spread(ours.value, ours.std)


def _spread(value: float | None, spread: float | None) -> str:
    return percent(value) + ("" if spread is None else f" ± {percent(spread)}")


def _span(entries: tuple[Entry, ...]) -> str:
    ends = sorted({percent(entry.auc) for entry in entries}, key=float)
    return NOTHING if not ends else ends[0] if len(ends) == 1 else f"{ends[0]} to {ends[-1]}"


def _notes(reproduction: Reproduction) -> list[Note]:
    row, citations = reproduction.row, [*sources(reproduction.published), *_spreads(reproduction)]
    notes = [
        note(
            f"Ours: preset `{reproduction.preset}` (",
            Span(settings_text(row) or "the defaults"),
            "), rule ",
            Span(row.rule),
            f", {plural(row.seeds, 'seed')}; ± is the standard deviation over seeds. {RULE}",
        ),
        _item(f"Published: {'; '.join(citations)}"),
    ]
    if reproduction.comparisons[-1].computed:
        notes.append(_item("The publication gives no mean; the mean here is over its classes."))
    notes += [_item(f"{', '.join(tasks)}: {why}") for why, tasks in _reasons(reproduction).items()]
    notes += [_item(f"Re-run by others: {'; '.join(sources(rerun))}") for rerun in reproduction.reruns]
    if row.missing:
        notes.append(_item(f"No mean of ours yet. Missing: {join(row.missing)}"))
    if row.notes:
        notes.append(_item(join(row.notes)))
    return notes + [_item(footnote) for footnote in reproduction.footnotes]


def _item(text: str) -> Note:
    return note(Span(text), item=True)


def _spreads(reproduction: Reproduction) -> list[str]:
    spreads = {(entry.spread_kind, entry.runs) for entry in reproduction.published.entries if entry.spread is not None}
    names = {"std": "the standard deviation", "sem": "the standard error"}
    return [f"± is {names[name]} over {runs or 'an unknown number of'} runs" for name, runs in sorted(spreads, key=str)]


def _reasons(reproduction: Reproduction) -> dict[str, list[str]]:
    reasons: dict[str, list[str]] = {}
    for compared in reproduction.comparisons:
        if compared.verdict.why:
            reasons.setdefault(compared.verdict.why, []).append(compared.task)
    return reasons
