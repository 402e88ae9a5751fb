"""What a reader must know of a board beside its numbers, in sentences of markdown."""

from __future__ import annotations

from collections.abc import Sequence

from benchmark.report.board import Board, Chosen, Row, Section
from benchmark.report.cells import escaped, listed
from benchmark.report.settings import assigned
from benchmark.report.verdict import RULE, Comparison

__all__ = ["board_remarks", "section_remarks"]


def board_remarks(board: Board) -> list[str]:
    """Return what is said of a board's own rows."""
    judged = "held-out training images (no test image was seen)" if board.validation else "the whole test set"
    remarks = [
        f"Each task: learn from one class's training images alone, be judged on {judged}; the other classes are"
        " anomalous. A cell is the mean over seeds; std is over seeds, of the mean over tasks; seconds are means per"
        " task. Defaults were chosen with the other classes' training images, never with test images."
    ]
    remarks += _row_remarks(board.rows)
    remarks += [f"- {escaped(footnote)}" for footnote in board.footnotes]
    compared = {row.detector: row.published for row in board.rows if row.published}
    if compared:
        remarks.append(
            f"`published` is the mean over classes in the literature, whatever a row's settings; {RULE}"
            f" `bench reproduce DETECTOR --dataset {board.dataset}` runs the published recipe and compares each class."
        )
        remarks += [f"- {escaped(_published_remark(name, beside))}" for name, beside in compared.items()]
    return [*remarks, *_verdict_remarks(board.rows)]


def section_remarks(section: Section) -> list[str]:
    """Return what is said of rows that stand apart."""
    return [section.remark, *_row_remarks(section.rows), *_verdict_remarks(section.rows)]


def _row_remarks(rows: Sequence[Row]) -> list[str]:
    remarks = []
    for row in rows:
        name = _name(row)
        if row.chosen:
            remarks.append(f"- {escaped(name)}: {escaped(_chosen(row.chosen))}")
        if row.missing:
            remarks.append(f"- {escaped(name)}: no mean while these are missing: {escaped(listed(row.missing))}")
        if row.notes:
            remarks.append(f"- {escaped(name)}: {escaped(listed(row.notes))}")
    return remarks


def _verdict_remarks(rows: Sequence[Row]) -> list[str]:
    return [
        f"- {escaped(_name(row))}: {escaped(row.published.verdict.why)}"
        for row in rows
        if row.published and row.published.verdict.why
    ]


def _chosen(chosen: Chosen) -> str:
    """Return `chosen of 20 settings: 0: gamma=0.01; 1: gamma=0.02 (seed 0) and gamma=0.1 (seed 1)`."""
    texts = {}
    for task, by_seed in chosen.tasks.items():
        seeds: dict[str, list[str]] = {}
        for seed, params in sorted(by_seed.items()):
            seeds.setdefault(assigned(params), []).append(str(seed))
        several = len(seeds) > 1
        told = (f"{text} (seed {', '.join(of)})" if several else text for text, of in seeds.items())
        texts[task] = " and ".join(told) or "none"
    by_task = "; ".join(f"{task}: {text}" for task, text in texts.items())
    alike = [f"{text} on every task" for text in set(texts.values())]
    return f"chosen of {chosen.settings} settings: {alike[0] if len(alike) == 1 else by_task}"


def _name(row: Row) -> str:
    return f"{row.detector}{f' ({row.settings})' if row.settings else ''}, rule {row.rule}"


def _published_remark(detector: str, compared: Comparison) -> str:
    entry = compared.published
    if entry is None:
        return f"{detector}: no mean is published"
    computed = "the mean of the printed classes" if compared.computed else ""
    texts = filter(None, [entry.citation, entry.source, computed, entry.note])
    return f"{detector}: {entry.method} ({entry.key}); {'; '.join(texts)}"
