"""The matrix of a detector: how well it tells each normal class from each single anomalous one."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmark.report.board import Board, Row, complete_mean
from benchmark.report.cells import listed, percent
from benchmark.report.formats.markdown import escape
from benchmark.report.pick import spelt
from benchmark.trial import Outcome, ScoredSet

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import BoolArray, FloatArray, IntArray, Scores

__all__ = ["FORMATS", "METRIC", "Matrix", "Read", "class_areas", "make_matrix", "to_csv", "to_json", "to_markdown"]

Read = Callable[[Outcome], ScoredSet | None]
"""An outcome without its scores -> those it is judged on."""

METRIC = "roc_auc"
HARDEST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """ROC-AUC of a task's normal images against the images of one anomalous class, mean over seeds.

    Attributes
    ----------
    name : str
        What picks the row: `ocvae@reconstruction`.
    kinds : tuple of str
        Those that are anomalous in some task.
    normal : mapping of str to str
        Task -> its normal kind.
    cells : mapping of str to (mapping of str to float or None)
        Task -> anomalous kind -> the area; None where a seed has no number.
    images : mapping of str to (mapping of str to int)
        Task -> anomalous kind -> how many images there are: the weights that make a row's mean the task's area.
    areas : mapping of str to float or None
        Task -> the area over all anomalous images.
    remarks : tuple of str
        What is missing, and the row's notes.
    """

    dataset: str
    name: str
    validation: bool
    seeds: int
    kinds: tuple[str, ...]
    normal: Mapping[str, str]
    cells: Mapping[str, Mapping[str, float | None]]
    images: Mapping[str, Mapping[str, int]]
    areas: Mapping[str, float | None]
    remarks: tuple[str, ...]

    @property
    def hardest(self) -> tuple[tuple[str, str, float], ...]:
        """The few pairs of task and anomalous kind with the lowest areas, and these."""
        pairs = [(task, kind, area) for task, of in self.cells.items() for kind, area in of.items() if area is not None]
        return tuple(sorted(pairs, key=lambda pair: pair[2])[:HARDEST])


def class_areas(y: BoolArray, kinds: IntArray, scores: Scores) -> tuple[FloatArray, IntArray]:
    """Return, for each kind, the ROC-AUC of the normal images against its anomalous ones, and how many those are.

    Parameters
    ----------
    y : ndarray of bool, shape (n,)
        True where the image is anomalous; some are not.
    kinds : ndarray of int, shape (n,)
        From 0.
    scores : ndarray of float64, shape (n,)
        All finite.

    Returns
    -------
    areas : ndarray of float64, shape (kinds,)
        NaN where a kind has no anomalous image. Their mean, weighted by the counts, is the area over all images.
    images : ndarray of int64, shape (kinds,)
    """
    import numpy as np

    normal = np.sort(scores[~y])
    # Of each anomalous image, twice the normal ones below it; a tie counts half. Whole numbers, so that sums are exact.
    below = np.searchsorted(normal, scores[y], side="left") + np.searchsorted(normal, scores[y], side="right")
    sums, images = np.bincount(kinds[y], weights=below), np.bincount(kinds[y])
    areas = np.full(len(images), np.nan)
    np.divide(sums, 2.0 * len(normal) * images, out=areas, where=images > 0)
    return areas, images


def make_matrix(board: Board, row: Row, read: Read) -> Matrix:
    """Return the matrix of a row of a board.

    Parameters
    ----------
    read : callable
        Called once for each outcome of the row that has a number; what it returns is not kept.
    """
    cells: dict[str, dict[str, float | None]] = {}
    images: dict[str, dict[str, int]] = {}
    areas: dict[str, float | None] = {}
    normal: dict[str, str] = {}
    unread = []
    for task in board.tasks:
        outcomes = [o for o in row.outcomes if o.trial.task == task]
        measured = [o for o in outcomes if o.status == "ok" and METRIC in o.metrics.get(row.rule, {})]
        by_seed = [found for o in measured if (found := _by_kind(o, row.rule, read)) is not None]
        unread += [f"{task}: no scores are kept"] * (len(by_seed) < len(measured))
        # Held-out anomalous images are drawn for each seed: one of few may have none of a kind.
        of_kind = {kind: [found[kind] for found in by_seed if kind in found] for found in by_seed for kind in found}
        images[task] = {kind: sum(count for _, count in of) for kind, of in of_kind.items()}
        whole = len(by_seed) == len(outcomes)
        cells[task] = {kind: complete_mean([area for area, _ in of]) if whole else None for kind, of in of_kind.items()}
        areas[task] = complete_mean([_weighted(found) for found in by_seed]) if whole else None
        if outcomes:
            normal[task] = outcomes[0].task.kinds[outcomes[0].task.normal]
    shown = {kind for of in images.values() for kind in of}
    return Matrix(
        dataset=board.dataset,
        name=spelt(row),
        validation=board.validation,
        seeds=row.seeds,
        kinds=tuple(dict.fromkeys(k for o in row.outcomes for k in o.task.kinds if k in shown)),
        normal=normal,
        cells=cells,
        images=images,
        areas=areas,
        remarks=(*row.missing, *unread, *row.notes, *board.footnotes),
    )


def to_markdown(matrix: Matrix) -> str:
    """Return the table and the hardest pairs in GitHub's markdown."""
    from tabulate import tabulate

    title = f"# {matrix.dataset}: {escape(matrix.name)}, normal class (rows) against each anomalous class (columns)"
    rows = [
        [task, *(_cell(matrix, task, kind) for kind in matrix.kinds), percent(matrix.areas[task])]
        for task in matrix.cells
    ]
    header = ["normal", *matrix.kinds, "all"]
    aligned = ["left", *["right"] * (len(header) - 1)]
    cells = [[escape(cell) for cell in row] for row in rows]
    # The texts are formatted above: tabulate must neither parse nor realign them.
    table = tabulate(cells, list(map(escape, header)), "github", disable_numparse=True, colalign=aligned)
    judged = "held-out training images (no test image was seen)" if matrix.validation else "test images"
    parts = [
        f"{title}{' (validation)' if matrix.validation else ''}",
        table,
        f"ROC-AUC in %, higher is better, of the {judged} of the normal class against those of one other class; mean"
        f" over {matrix.seeds} seed{'s' * (matrix.seeds != 1)}. `all` is the task: the mean of its row, each class by"
        " the number of its images.",
    ]
    if matrix.hardest:
        pairs = [f"{kind} where {task} is normal ({percent(area)})" for task, kind, area in matrix.hardest]
        parts.append(escape(f"Hardest: {'; '.join(pairs)}."))
    if matrix.remarks:
        parts.append(f"- {escape(matrix.name)}: {escape(listed(matrix.remarks))}")
    return "\n\n".join(parts) + "\n"


def to_csv(matrix: Matrix) -> str:
    """Return one line a task, fractions; empty where there is none."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["normal", *matrix.kinds, "all"])
    for task, of in matrix.cells.items():
        writer.writerow([task, *(of.get(kind) for kind in matrix.kinds), matrix.areas[task]])
    return buffer.getvalue()


def to_json(matrix: Matrix) -> str:
    """Return one object, areas as fractions."""
    plain = {
        "dataset": matrix.dataset,
        "detector": matrix.name,
        "metric": METRIC,
        "validation": matrix.validation,
        "seeds": matrix.seeds,
        "kinds": list(matrix.kinds),
        "tasks": [
            {
                "task": task,
                "normal": matrix.normal.get(task),
                "all": matrix.areas[task],
                "kinds": of,
                "images": matrix.images[task],
            }
            for task, of in matrix.cells.items()
        ],
        "hardest": [{"task": task, "kind": kind, "area": area} for task, kind, area in matrix.hardest],
        "remarks": list(matrix.remarks),
    }
    return json.dumps(plain, indent=2, ensure_ascii=False) + "\n"


FORMATS: Mapping[str, Callable[[Matrix], str]] = {"markdown": to_markdown, "csv": to_csv, "json": to_json}


def _by_kind(outcome: Outcome, rule: str, read: Read) -> dict[str, tuple[float, int]] | None:
    scored = read(outcome)
    if scored is None or rule not in scored.rules:
        return None
    areas, images = class_areas(scored.y, scored.kinds, scored.of(rule))
    named = zip(outcome.task.kinds, areas.tolist(), images.tolist(), strict=False)  # the last kinds may have no image
    return {kind: (area, count) for kind, area, count in named if count}


def _weighted(found: Mapping[str, tuple[float, int]]) -> float:
    """Return the area against all kinds together."""
    return sum(area * count for area, count in found.values()) / sum(count for _, count in found.values())


def _cell(matrix: Matrix, task: str, kind: str) -> str:
    return "" if kind == matrix.normal.get(task) else percent(matrix.cells[task].get(kind))
