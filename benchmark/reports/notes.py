"""The notes of a board: what its numbers mean, and what is particular about its rows."""

from __future__ import annotations

from collections.abc import Sequence

from benchmark.reports.board import Board, Choice, Row, settings_text
from benchmark.reports.document import Note, Span, note
from benchmark.reports.published.verdict import RULE, Comparison
from benchmark.reports.row_cost import cost_notes
from benchmark.reports.settings import assignments
from benchmark.reports.text import join, number_of, plural, truncate
from benchmark.running.plan import VALIDATION_SHARE

RANK_INTERVAL = "`2 (2-4)`: rank 2, 95 % interval 2 to 4."
TO_LEADER = (
    "`to leader`: the row's mean minus that of the first row, with its 95 % interval over tasks and seeds, not"
    " corrected for the number of rows."
)
CHOICE = (
    "Default parameters were chosen with `--validation-only`, on labelled training images, also of the classes that are"
    " anomalous here; no test image was used."
)
HELD_OUT = (
    "Rows with the default validation share train without 10 % of the class's training images (at most 500);"
    " publications train on all of them."
)
BASELINES = "Every detector should exceed these scores. They have no rank."
OUTCOME_BASELINES = (
    "`mean pixel`: the distance of an image's mean grey value from that of the training images. `hash`: a number"
    " computed from the image's bytes, which gives a random ranking. An outcome well below one of the two has a note."
)
BASELINE_DETECTORS = "The others are detectors that train nothing: `bench show DETECTOR` describes them."
ORACLE = (
    "For each task and seed, the labels of one tenth of the test images choose among the stored settings; every row"
    " uses the same tenth. A cell is measured on the other nine tenths. These numbers use test labels: they are an"
    " upper bound of what a method reaches without labels, and are ranked apart. `fit cpu s`, `fit s`: the sum over all"
    " settings tried, mean per task. `score cpu s`, `score s`: of the chosen setting."
)

LONGEST_NAME = 100
LONGEST_TEXT = 500
LONGEST_REMARK = 2000


def board_notes(board: Board) -> tuple[Note, ...]:
    """Return the notes on a board's ranked rows and on the uncertainty of their ranks."""
    images = "held-out training images (no test image was used)" if board.validation else "the whole test set"
    defaults = "" if any(row.non_default for row in board.rows) else " Every row uses its detector's defaults."
    held_out = any(outcome.trial.validation == VALIDATION_SHARE for row in board.rows for outcome in row.outcomes)
    notes = [
        note(
            f"In each task a detector trains on the images of the normal class only and is measured on {images};"
            " images of other classes are anomalous. A cell is the mean over seeds; `mean` is the mean over tasks, ±"
            " its standard deviation over seeds. Bold: the best of a column. `peak MiB`: the"
            f" maximum over trials. `model size`: how many numbers the fitted model has. {CHOICE}{defaults}"
            f"{' ' + HELD_OUT if held_out else ''}"
        )
    ]
    notes.append(_metric_note(board))
    uncertainties = [row.uncertainty for row in board.rows if row.uncertainty is not None]
    sentences = [
        RANK_INTERVAL if any(uncertainty.low is not None for uncertainty in uncertainties) else "",
        TO_LEADER if any(each.to_leader and each.to_leader.low is not None for each in uncertainties) else "",
        board.uncertainty_note,
    ]
    if any(sentences):
        notes.append(note(" ".join(filter(None, sentences))))
    notes += [note(Span(truncate(remark, LONGEST_REMARK)), item=True) for remark in board.seed_remarks]
    notes += cost_notes(board.rows)
    notes += _machine_notes(board.machine_notes)
    notes += _row_notes(board.rows)
    notes += [note(Span(truncate(footnote, LONGEST_TEXT)), item=True) for footnote in board.footnotes]
    compared = {row.detector: row.published for row in board.rows if row.published}
    if compared:
        command = f"bench reproduce DETECTOR --dataset {truncate(board.dataset, LONGEST_NAME)}"
        notes.append(
            note(
                "`published`: the publication's mean over classes; its settings may differ from those of the row."
                f" {RULE} ",
                Span(command, code=True),
                " runs the publication's recipe and compares each class.",
            )
        )
        notes += [_published_note(name, comparison) for name, comparison in compared.items()]
        notes += _recipe_notes(board.rows)
    return (*notes, *_verdict_notes(board.rows))


def baseline_notes(board: Board) -> tuple[Note, ...]:
    """Return the notes on the baselines."""
    sentences = [
        BASELINES,
        OUTCOME_BASELINES if board.baselines else "",
        BASELINE_DETECTORS if board.baseline_rows else "",
    ]
    return (note(" ".join(filter(None, sentences))), *_row_notes(board.baseline_rows))


def oracle_notes(rows: Sequence[Row]) -> tuple[Note, ...]:
    """Return the notes on the rows that were chosen with test labels."""
    return (note(ORACLE), *_row_notes(rows), *_verdict_notes(rows))


def _machine_notes(texts: Sequence[str]) -> list[Note]:
    """Return the notes on what differs between machines and versions; their texts come from stored outcomes."""
    if not texts:
        return []
    first = note("The trials come from different machines or package versions, which can change a score slightly:")
    return [first, *(note(Span(truncate(text, LONGEST_TEXT)), item=True) for text in texts)]


def _metric_note(board: Board) -> Note:
    """Return what the metric is, the value of chance, and how many values are of another version of it."""
    metric = board.metric
    text = f"{metric.title}: {truncate(metric.summary, LONGEST_TEXT)}"
    if metric.chance is not None:
        text += f" Chance: {number_of(metric)(metric.chance)}."
    measures = [o.measure(row.rule, metric.name) for row in board.rows for o in row.outcomes]
    others = sum(measure is not None and measure.version != metric.version for measure in measures)
    if others:
        text += (
            f" {plural(others, 'value')} of another version of the metric (here {metric.version});"
            " compute them again with: bench results rescore"
        )
    return note(Span(text))


def _row_notes(rows: Sequence[Row]) -> list[Note]:
    notes = []
    for row in rows:
        if row.chosen:
            notes.append(_row_note(row, _chosen(row.chosen)))
        if row.missing:
            notes.append(_row_note(row, f"no mean yet; missing: {join(_truncated(row.missing))}"))
        if row.notes:
            notes.append(_row_note(row, join(_truncated(row.notes))))
    return notes


def _verdict_notes(rows: Sequence[Row]) -> list[Note]:
    """Return each reason once, with the rows that it applies to."""
    by_reason: dict[str, list[str]] = {}
    for row in rows:
        if row.published and row.published.verdict.why:
            by_reason.setdefault(row.published.verdict.why, []).append(_row_name(row))
    return [note(Span(f"{join(names)}: {why}"), item=True) for why, names in by_reason.items()]


def _recipe_notes(rows: Sequence[Row]) -> list[Note]:
    """Return which rows were not run as their publication did, so that a verdict is not read as one on the method."""
    compared = [row for row in rows if row.published and row.published.published and not row.published.recipe]
    if not compared:
        return []
    names = [f"{truncate(row.detector, LONGEST_NAME)} ({_settings(row) or 'defaults'})" for row in compared]
    return [
        note(Span(f"{', '.join(names)}: not the publication's recipe; a verdict is on these settings only"), item=True)
    ]


def _settings(row: Row) -> str:
    return truncate(settings_text(row), LONGEST_NAME)


def _row_name(row: Row) -> str:
    shown = f" ({_settings(row)})" if row.non_default or row.chosen else ""
    return f"{truncate(row.detector, LONGEST_NAME)}{shown}, rule {truncate(row.rule, LONGEST_NAME)}"


def _row_note(row: Row, text: str) -> Note:
    return note(Span(f"{_row_name(row)}: {text}"), item=True)


def _truncated(texts: Sequence[str]) -> list[str]:
    return [truncate(text, LONGEST_TEXT) for text in texts]


def _chosen(chosen: Choice) -> str:
    """Return `chosen from 20 settings: 0: gamma=0.01; 1: gamma=0.02 (seed 0) and gamma=0.1 (seed 1)`."""
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
        return f"chosen from {chosen.settings} settings: {distinct.pop()} on every task"
    return f"chosen from {chosen.settings} settings: {'; '.join(f'{task}: {text}' for task, text in texts.items())}"


def _published_note(detector: str, comparison: Comparison) -> Note:
    name, entry = truncate(detector, LONGEST_NAME), comparison.published
    if entry is None:
        return note(Span(f"{name}: no published mean"), item=True)
    computed = "the mean over the published classes" if comparison.computed else ""
    texts = _truncated(list(filter(None, [entry.citation, entry.source, computed, entry.note])))
    return note(Span(f"{name}: {entry.method} ({entry.key}); {'; '.join(texts)}"), item=True)
