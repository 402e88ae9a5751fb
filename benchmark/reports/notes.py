"""What a reader must know of a board besides its numbers, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from benchmark.reports.board import Board, Choice, Row, settings_text
from benchmark.reports.document import Note, Span, note
from benchmark.reports.published.verdict import RULE, Comparison
from benchmark.reports.settings import assignments
from benchmark.reports.text import join, truncate

RANK_INTERVAL = "`2 (2-4)`: rank 2, 95 % interval 2 to 4."
P_VALUE = "`p`: two-sided Wilcoxon signed-rank p-value over tasks against the leader, Holm-corrected."
BASELINES = (
    "What a detector should not fall below: `mean pixel` is the distance of an image's mean grey from that of the"
    " training images, `hash` a number made of the image's bytes, which is chance. They are in no ranking; an outcome"
    " below one of them has a note."
)
ORACLE = (
    "For each task and seed on its own, the labels of a tenth of the test images chose among the settings in the store;"
    " that tenth is the same images for every row. A cell is of the other nine tenths. Take these numbers as an upper"
    " bound of what a method gives without labels: they are never ranked with the others. `fit s` is the sum over all"
    " settings tried, which is what the choice costs, as a mean per task; `score s` is that of the chosen."
)

LONGEST_NAME = 100
LONGEST_TEXT = 500


def board_notes(board: Board) -> tuple[Note, ...]:
    """Return what is said of a board's own rows, and of how certain their ranks are."""
    judged = "held-out training images (no test image was seen)" if board.validation else "the whole test set"
    defaults = "" if any(row.non_default for row in board.rows) else " Every row is at its detector's defaults."
    notes = [
        note(
            f"Each task: learn from one class's training images alone, be judged on {judged}; the other classes are"
            " anomalous. A cell is the mean over seeds, `mean` that over tasks, ± its deviation over seeds; in bold is"
            " the best of each column; seconds are means per task, `peak MiB` is the most of any trial. Defaults were"
            f" chosen with the other classes' training images, never with test images.{defaults}"
        )
    ]
    uncertainties = [row.uncertainty for row in board.rows if row.uncertainty is not None]
    sentences = [
        RANK_INTERVAL if any(uncertainty.low is not None for uncertainty in uncertainties) else "",
        P_VALUE if any(uncertainty.p is not None for uncertainty in uncertainties) else "",
        board.uncertainty_note,
    ]
    if any(sentences):
        notes.append(note(" ".join(filter(None, sentences))))
    notes += _row_notes(board.rows)
    notes += [note(Span(truncate(footnote, LONGEST_TEXT)), item=True) for footnote in board.footnotes]
    compared = {row.detector: row.published for row in board.rows if row.published}
    if compared:
        command = f"bench reproduce DETECTOR --dataset {truncate(board.dataset, LONGEST_NAME)}"
        notes.append(
            note(
                f"`published` is the mean over classes in the literature, whatever a row's settings; {RULE} ",
                Span(command, code=True),
                " runs the published recipe and compares each class.",
            )
        )
        notes += [_published_note(name, comparison) for name, comparison in compared.items()]
    return (*notes, *_verdict_notes(board.rows))


def oracle_notes(rows: Sequence[Row]) -> tuple[Note, ...]:
    """Return what is said of the rows that test labels chose."""
    return (note(ORACLE), *_row_notes(rows), *_verdict_notes(rows))


def _row_notes(rows: Sequence[Row]) -> list[Note]:
    notes = []
    for row in rows:
        if row.chosen:
            notes.append(_row_note(row, _chosen(row.chosen)))
        if row.missing:
            notes.append(_row_note(row, f"no mean while these are missing: {join(_truncated(row.missing))}"))
        if row.notes:
            notes.append(_row_note(row, join(_truncated(row.notes))))
    return notes


def _verdict_notes(rows: Sequence[Row]) -> list[Note]:
    return [_row_note(row, row.published.verdict.why) for row in rows if row.published and row.published.verdict.why]


def _row_note(row: Row, text: str) -> Note:
    settings = settings_text(row)
    shown = f" ({truncate(settings, LONGEST_NAME)})" if settings else ""
    name = f"{truncate(row.detector, LONGEST_NAME)}{shown}, rule {truncate(row.rule, LONGEST_NAME)}"
    return note(Span(f"{name}: {text}"), item=True)


def _truncated(texts: Sequence[str]) -> list[str]:
    return [truncate(text, LONGEST_TEXT) for text in texts]


def _chosen(chosen: Choice) -> str:
    """Return `chosen of 20 settings: 0: gamma=0.01; 1: gamma=0.02 (seed 0) and gamma=0.1 (seed 1)`."""
    texts = {}
    for task, by_seed in chosen.tasks.items():
        seeds: dict[str, list[str]] = {}
        for seed, params in sorted(by_seed.items()):
            seeds.setdefault(assignments(params), []).append(str(seed))
        if len(seeds) > 1:
            texts[task] = " and ".join(f"{text} (seed {', '.join(of)})" for text, of in seeds.items())
        else:
            texts[task] = next(iter(seeds), "none")
    distinct = set(texts.values())
    if len(distinct) == 1:
        return f"chosen of {chosen.settings} settings: {distinct.pop()} on every task"
    return f"chosen of {chosen.settings} settings: {'; '.join(f'{task}: {text}' for task, text in texts.items())}"


def _published_note(detector: str, comparison: Comparison) -> Note:
    name, entry = truncate(detector, LONGEST_NAME), comparison.published
    if entry is None:
        return note(Span(f"{name}: no mean is published"), item=True)
    computed = "the mean of the printed classes" if comparison.computed else ""
    texts = _truncated(list(filter(None, [entry.citation, entry.source, computed, entry.note])))
    return note(Span(f"{name}: {entry.method} ({entry.key}); {'; '.join(texts)}"), item=True)
