"""The values of a row by task and seed, and the comparison of two rows on the seeds that both have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import FloatArray


@dataclass(frozen=True, slots=True)
class SeededValues:
    """The values of one row.

    Attributes
    ----------
    seeds : tuple of int
        The seeds, in the order of the columns of `values`.
    values : ndarray of float64, shape (tasks, seeds)
        All finite.
    seed_variance : float
        The variance between seeds within a task, ddof 1; 0 where seeds change nothing, or where it is unknown.
    degrees : int
        The degrees of freedom of that variance.

    Raises
    ------
    ValueError
        If a value is missing or not finite, or the variance has no degrees of freedom.
    """

    seeds: tuple[int, ...]
    values: FloatArray
    seed_variance: float = 0.0
    degrees: int = 0

    def __post_init__(self) -> None:
        values = self.values
        if values.ndim != 2 or not values.size or values.shape[1] != len(self.seeds) or not np.isfinite(values).all():
            raise ValueError("a row needs finite values of shape (tasks, seeds)")
        if not self.seed_variance >= 0 or (self.seed_variance and self.degrees < 1):
            raise ValueError(
                f"{self.seed_variance} with {self.degrees} degrees of freedom is no variance between seeds"
            )


def common_seeds(a: SeededValues, b: SeededValues) -> tuple[int, ...]:
    """Return the seeds that both rows have, ascending."""
    return tuple(sorted({*a.seeds} & {*b.seeds}))


def paired_means(a: SeededValues, b: SeededValues) -> tuple[FloatArray, FloatArray, int, int]:
    """Return for each row its means over the common seeds, shape (tasks,), and how many seeds these are of.

    Rows without a common seed are compared by all their seeds.

    Examples
    --------
    >>> import numpy as np
    >>> a = SeededValues((0, 1), np.array([[0.9, 0.7]]))
    >>> b = SeededValues((1,), np.array([[0.8]]))
    >>> [float(mean[0]) for mean in paired_means(a, b)[:2]]
    [0.7, 0.8]
    """
    common = common_seeds(a, b)
    columns = [[row.seeds.index(seed) for seed in common] or [*range(len(row.seeds))] for row in (a, b)]
    of_a, of_b = (row.values[:, at].mean(axis=1) for row, at in zip((a, b), columns, strict=True))
    return of_a, of_b, len(columns[0]), len(columns[1])
