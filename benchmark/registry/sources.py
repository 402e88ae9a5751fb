"""Which files a plugin is made of: what tells an outcome made with others."""

from __future__ import annotations

import functools
import hashlib
import os
import sys
from pathlib import Path
from types import ModuleType

__all__ = ["source_of"]


@functools.cache
def source_of(module: ModuleType) -> str:
    """Return the SHA-256 over the `.py` files of the plugin that a module is of, and their names."""
    files = _source_files(module)
    root = files[0].parent if len(files) == 1 else Path(os.path.commonpath(files))
    digest = hashlib.sha256()
    for path in files:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _source_files(module: ModuleType) -> list[Path]:
    """Return the `.py` files of the outermost package that a plugin's module is in, or the one file that it is.

    A namespace package is shared with strangers, and so is the folder of a module that is in no package.
    """
    parts = module.__name__.split(".")
    for depth in range(1, len(parts) + 1):
        outer = sys.modules.get(".".join(parts[:depth]), module)
        if hasattr(outer, "__path__") and outer.__file__ is not None:
            return sorted(Path(outer.__file__).parent.rglob("*.py"))
    return [Path(str(module.__file__))]
