"""Reads idx files, the format MNIST was published in (LeCun, Cortes and Burges): magic, sizes, raw bytes."""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.interfaces.errors import BadData

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["read_idx"]


def read_idx(path: Path) -> npt.NDArray[np.uint8]:
    """Return the array of an idx file of unsigned bytes, plain or gzip (told by its first bytes).

    Raises
    ------
    BadData
        If the file cannot be read, is cut short, is longer than its header says, or is no such file.
    """
    import numpy as np

    try:
        content = path.read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise BadData(f"{path} cannot be read: {error}; fetch it again") from None
    # Bytes 0 and 1 are zero, 2 is the type (8 = unsigned byte), 3 the number of dimensions; then big-endian sizes.
    if len(content) < 4 or content[:3] != b"\x00\x00\x08":
        raise BadData(f"{path} is not an idx file of unsigned bytes; fetch it again")
    header = 4 + 4 * content[3]
    shape = tuple(int.from_bytes(content[i : i + 4], "big") for i in range(4, header, 4))
    if len(content) != header + math.prod(shape):
        raise BadData(f"{path} is damaged: {len(content)} bytes where its header promises {header + math.prod(shape)}")
    return np.frombuffer(content, dtype=np.uint8, offset=header).reshape(shape)
