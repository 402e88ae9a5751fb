"""The matrix of a detector: ROC-AUC of each normal class against each anomalous class."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from benchmark.interfaces.outcome import Outcome, ScoredSet
from benchmark.metrics.by_class import class_areas
from benchmark.reports.board import Board, Row, complete_mean
from benchmark.reports.document import Report, Span, note, text_table
from benchmark.reports.select_row import row_label
from benchmark.reports.text import join, percent, plural

METRIC = "roc_auc"
HARDEST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """ROC-AUC of a task's normal images against the images of one anomalous class, mean over seeds.

    Attributes
    ----------
    name : str
        As `bench compare` takes it: `ocvae@reconstruction`.
    classes : tuple of str
        Those that are anomalous in some task.
    normal : mapping of str to str
        Task -> its normal class.
    cells : mapping of str to (mapping of str to float or None)
        Task -> anomalous class -> the area; None where a seed has no number.
    images : mapping of str to (mapping of str to int)
        Task -> anomalous class -> how many images there are: the weights that make a row's mean the task's area.
    areas : mapping of str to float or None
        Task -> the area over all anomalous images.
    remarks : tuple of str
        Missing trials, and the row's notes.
    """

    dataset: str
    name: str
    validation: bool
    seeds: int
    classes: tuple[str, ...]
    normal: Mapping[str, str]
    cells: Mapping[str, Mapping[str, float | None]]
    images: Mapping[str, Mapping[str, int]]
    areas: Mapping[str, float | None]
    remarks: tuple[str, ...]

    @property
    def hardest(self) -> tuple[tuple[str, str, float], ...]:
        """The few pairs of task and anomalous class with the lowest areas, and these."""
        pairs = [(task, name, area) for task, of in self.cells.items() for name, area in of.items() if area is not None]
        return tuple(sorted(pairs, key=lambda pair: pair[2])[:HARDEST])


def make_matrix(board: Board, row: Row, read: Callable[[Outcome], ScoredSet | None]) -> Matrix:
    """Return the matrix of a row of a board.

    Parameters
    ----------
    read : callable
        An outcome without its scores -> those it is judged on. Called once for each outcome of the row that has a
        number; what it returns is not kept.
    """
    cells: dict[str, dict[str, float | None]] = {}
    images: dict[str, dict[str, int]] = {}
    areas: dict[str, float | None] = {}
    normal: dict[str, str] = {}
    unread = []
    for task in board.tasks:
        outcomes = [o for o in row.outcomes if o.trial.task == task]
        measured = [o for o in outcomes if o.measure(row.rule, METRIC) is not None]
        by_seed = [each for o in measured if (each := _by_class(o, row.rule, read(o))) is not None]
        if len(by_seed) < len(measured):
            unread.append(f"{task}: the store has no scores")
        # Held-out anomalous images are drawn for each seed: a small sample may lack a class.
        by_class = {name: [each[name] for each in by_seed if name in each] for each in by_seed for name in each}
        images[task] = {name: sum(count for _, count in pairs) for name, pairs in by_class.items()}
        complete = len(by_seed) == len(outcomes)
        cells[task] = {
            name: complete_mean([area for area, _ in pairs]) if complete else None for name, pairs in by_class.items()
        }
        areas[task] = complete_mean([_weighted(each) for each in by_seed]) if complete else None
        if outcomes:
            normal[task] = outcomes[0].task.classes[outcomes[0].task.normal_class]
    shown = {name for counts in images.values() for name in counts}
    return Matrix(
        dataset=board.dataset,
        name=row_label(row),
        validation=board.validation,
        seeds=row.seeds,
        classes=tuple(dict.fromkeys(name for o in row.outcomes for name in o.task.classes if name in shown)),
        normal=normal,
        cells=cells,
        images=images,
        areas=areas,
        remarks=(*row.missing, *unread, *row.notes, *board.footnotes),
    )


def matrix_report(matrix: Matrix) -> Report:
    """Return the table of areas and the hardest pairs; in the data, areas are fractions."""
    judged = "held-out training images (no test image was used)" if matrix.validation else "test images"
    notes = [
        note(
            f"ROC-AUC in %, higher is better: {judged} of the normal class against those of one other class; mean over"
            f" {plural(matrix.seeds, 'seed')}. `all`: all other classes together, which is the mean of the row weighted"
            " by the number of images."
        )
    ]
    if matrix.hardest:
        pairs = [
            f"normal {matrix.normal[task]}, anomalous {name} ({percent(area)})" for task, name, area in matrix.hardest
        ]
        notes.append(note("Hardest pairs: ", Span(f"{'; '.join(pairs)}.")))
    if matrix.remarks:
        notes.append(note(Span(f"{matrix.name}: {join(matrix.remarks)}"), item=True))
    rows = [
        [task, *(_cell(matrix, task, name) for name in matrix.classes), percent(matrix.areas[task])]
        for task in matrix.cells
    ]
    title = f"{matrix.dataset}: {matrix.name}, normal class (rows) against each anomalous class (columns)"
    return Report(
        title=f"{title} (validation)" if matrix.validation else title,
        tables=(text_table("", ["normal", *matrix.classes, "all"], rows, text=["normal"], notes=notes),),
        data=_data(matrix),
        lines=(
            ("normal", *matrix.classes, "all"),
            *(
                (task, *(of.get(name) for name in matrix.classes), matrix.areas[task])
                for task, of in matrix.cells.items()
            ),
        ),
    )


def _data(matrix: Matrix) -> dict[str, Any]:
    return {
        "dataset": matrix.dataset,
        "detector": matrix.name,
        "metric": METRIC,
        "validation": matrix.validation,
        "seeds": matrix.seeds,
        "classes": list(matrix.classes),
        "tasks": [
            {
                "task": task,
                "normal": matrix.normal.get(task),
                "all": matrix.areas[task],
                "classes": of,
                "images": matrix.images[task],
            }
            for task, of in matrix.cells.items()
        ],
        "hardest": [{"task": task, "class_name": name, "area": area} for task, name, area in matrix.hardest],
        "remarks": list(matrix.remarks),
    }


def _by_class(outcome: Outcome, rule: str, scored: ScoredSet | None) -> dict[str, tuple[float, int]] | None:
    """Return anomalous class -> its area and how many images it has; None where no scores are kept."""
    if scored is None or rule not in scored.rules:
        return None
    areas, images = class_areas(scored.y, scored.labels, scored.of(rule))
    # The last classes may have no image.
    named = zip(outcome.task.classes, areas.tolist(), images.tolist(), strict=False)
    return {name: (area, count) for name, area, count in named if count}


def _weighted(by_class: Mapping[str, tuple[float, int]]) -> float:
    """Return the area against all classes together."""
    return sum(area * count for area, count in by_class.values()) / sum(count for _, count in by_class.values())


def _cell(matrix: Matrix, task: str, name: str) -> str:
    return "" if name == matrix.normal.get(task) else percent(matrix.cells[task].get(name))
