"""Type names for the arrays of the contracts. They are strings, so that importing them does not load numpy."""

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["BoolArray", "FloatArray", "Images", "IntArray", "RawImages", "Scores"]

Images: TypeAlias = "npt.NDArray[np.float32]"
"""The images that a detector gets: float32, shape (n, h, w, c), in [0, 1], read-only."""

RawImages: TypeAlias = "npt.NDArray[np.uint8] | npt.NDArray[np.uint16]"
"""The images of a dataset: uint8 or uint16, shape (n, h, w, c), 0 is black, the maximum of the type is white."""

Scores: TypeAlias = "npt.NDArray[np.float64]"
"""The scores of one rule: float64, shape (n,), higher = more anomalous."""

FloatArray: TypeAlias = "npt.NDArray[np.float64]"
BoolArray: TypeAlias = "npt.NDArray[np.bool_]"
IntArray: TypeAlias = "npt.NDArray[np.int64]"
