"""What a reader must know of a board beside its numbers, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from benchmark.report.board import Board, Chosen, Row, Section
from benchmark.report.cells import cut, listed
from benchmark.report.prose import Part, Remark, remark
from benchmark.report.settings import assigned
from benchmark.report.standing import Standings
from benchmark.report.verdict import RULE, Comparison

__all__ = ["board_remarks", "section_remarks"]

P_VALUE = (
    "`p` tells how often tasks would speak so clearly for one side if the row and the leader were equally good"
    " (Wilcoxon's signed-rank test over tasks, with Holm's correction for the rows)."
)

LONGEST_NAME = 100
LONGEST_TEXT = 500


def board_remarks(board: Board, made: Standings) -> list[Remark]:
    """Return what is said of a board's own rows, and of how firmly they stand."""
    judged = "held-out training images (no test image was seen)" if board.validation else "the whole test set"
    defaults = "" if any(row.settings for row in board.rows) else " Every row is at its detector's defaults."
    remarks = [
        remark(
            f"Each task: learn from one class's training images alone, be judged on {judged}; the other classes are"
            " anomalous. A cell is the mean over seeds, `mean` that over tasks, ± its deviation over seeds; in bold is"
            " the best of each column; seconds are means per task, `peak MiB` is the most of any trial. Defaults were"
            f" chosen with the other classes' training images, never with test images.{defaults}"
        )
    ]
    placed = [standing for standing in made.rows if standing is not None]
    told = ["Beside a rank stands its 95 % interval, if that holds another."] * any(s.low is not None for s in placed)
    told += [P_VALUE] * any(s.p is not None for s in placed)
    if sentence := " ".join(filter(None, [*told, made.remark])):
        remarks.append(remark(sentence))
    remarks += _row_remarks(board.rows)
    remarks += [remark(Part(cut(footnote, LONGEST_TEXT)), item=True) for footnote in board.footnotes]
    compared = {row.detector: row.published for row in board.rows if row.published}
    if compared:
        command = f"bench reproduce DETECTOR --dataset {cut(board.dataset, LONGEST_NAME)}"
        remarks.append(
            remark(
                f"`published` is the mean over classes in the literature, whatever a row's settings; {RULE} ",
                Part(command, code=True),
                " runs the published recipe and compares each class.",
            )
        )
        remarks += [_published_remark(name, beside) for name, beside in compared.items()]
    return [*remarks, *_verdict_remarks(board.rows)]


def section_remarks(section: Section) -> list[Remark]:
    """Return what is said of rows that stand apart."""
    return [remark(section.remark), *_row_remarks(section.rows), *_verdict_remarks(section.rows)]


def _row_remarks(rows: Sequence[Row]) -> list[Remark]:
    remarks = []
    for row in rows:
        if row.chosen:
            remarks.append(_said(row, _chosen(row.chosen)))
        if row.missing:
            remarks.append(_said(row, f"no mean while these are missing: {listed(_cut(row.missing))}"))
        if row.notes:
            remarks.append(_said(row, listed(_cut(row.notes))))
    return remarks


def _verdict_remarks(rows: Sequence[Row]) -> list[Remark]:
    return [_said(row, row.published.verdict.why) for row in rows if row.published and row.published.verdict.why]


def _said(row: Row, what: str) -> Remark:
    settings = f" ({cut(row.settings, LONGEST_NAME)})" if row.settings else ""
    name = f"{cut(row.detector, LONGEST_NAME)}{settings}, rule {cut(row.rule, LONGEST_NAME)}"
    return remark(Part(f"{name}: {what}"), item=True)


def _cut(texts: Sequence[str]) -> list[str]:
    return [cut(text, LONGEST_TEXT) for text in texts]


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


def _published_remark(detector: str, compared: Comparison) -> Remark:
    name, entry = cut(detector, LONGEST_NAME), compared.published
    if entry is None:
        return remark(Part(f"{name}: no mean is published"), item=True)
    computed = "the mean of the printed classes" if compared.computed else ""
    texts = _cut(list(filter(None, [entry.citation, entry.source, computed, entry.note])))
    return remark(Part(f"{name}: {entry.method} ({entry.key}); {'; '.join(texts)}"), item=True)
