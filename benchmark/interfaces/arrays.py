"""Names for the arrays that cross the contracts. As strings, so that importing them loads no numpy."""

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["BoolArray", "FloatArray", "Images", "IntArray", "RawImages", "Scores"]

Images: TypeAlias = "npt.NDArray[np.float32]"
"""float32, shape (n, h, w, c), in [0, 1], read-only: what a detector sees."""

RawImages: TypeAlias = "npt.NDArray[np.uint8] | npt.NDArray[np.uint16]"
"""uint8 or uint16, shape (n, h, w, c), full range: what a dataset holds."""

Scores: TypeAlias = "npt.NDArray[np.float64]"
"""float64, shape (n,): higher = more anomalous."""

FloatArray: TypeAlias = "npt.NDArray[np.float64]"
BoolArray: TypeAlias = "npt.NDArray[np.bool_]"
IntArray: TypeAlias = "npt.NDArray[np.int64]"
