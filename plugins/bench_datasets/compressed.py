"""Opens files that may be compressed: plain, gzip or xz, recognised by their first bytes."""

from __future__ import annotations

import gzip
import lzma
import zlib
from pathlib import Path
from typing import IO, cast

MAX_BYTES = 256 << 20
"""No file of these datasets is larger when decompressed; a damaged or hostile one must not fill the memory."""

DAMAGE_ERRORS = (OSError, EOFError, zlib.error, lzma.LZMAError)
"""What reading a damaged file may raise."""


def open_compressed(path: Path) -> IO[bytes]:
    """Open a file for reading; what is read is decompressed."""
    with path.open("rb") as file:
        start = file.read(6)
    if start.startswith(b"\x1f\x8b"):
        return cast(IO[bytes], gzip.open(path))
    if start == b"\xfd7zXZ\x00":
        return lzma.open(path)
    return path.open("rb")


def find_compressed(folder: Path, name: str) -> Path | None:
    """Return the file `name`, `name.gz` or `name.xz` of a folder, the first that is there."""
    candidates = (folder / f"{name}{suffix}" for suffix in ("", ".gz", ".xz"))
    return next((path for path in candidates if path.is_file()), None)
