"""Options that several verbs share, and writing a file whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from benchmark.interfaces.errors import InvalidRequest

DEFAULT_STORE = Path("results/bench.db")

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def store_option(function: Decorated) -> Decorated:
    """Add `--store FILE`."""
    return click.option(
        "--store",
        "store_path",
        type=click.Path(path_type=Path, dir_okay=False),
        default=DEFAULT_STORE,
        show_default=True,
        metavar="FILE",
        help="The file with the outcomes.",
    )(function)


def ledger_option(function: Decorated) -> Decorated:
    """Add `--ledger FILE`."""
    return click.option(
        "--ledger",
        "ledger_path",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Your own published numbers, with the columns of leaderboards/published.csv.  [default: that file]",
    )(function)


def check_folder_of(path: Path) -> None:
    """Raise InvalidRequest if a file cannot be written because its folder does not exist."""
    folder = path.resolve().parent
    if not folder.is_dir():
        raise InvalidRequest(f"{path} cannot be written: there is no folder {folder}")


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all; raises as `write_bytes` does."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all.

    Raises
    ------
    InvalidRequest
        If it cannot be written.
    """
    file = None
    path = path.resolve()  # through a link, to the file that is meant
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)  # /dev/stdout, a pipe: nothing to replace
            return
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            file.write(content)
        # A temporary file is its owner's alone; give this one what any new file gets.
        umask = os.umask(0)
        os.umask(umask)
        Path(file.name).chmod(0o666 & ~umask)
        Path(file.name).replace(path)
    except OSError as error:
        if file is not None:
            Path(file.name).unlink(missing_ok=True)
        raise InvalidRequest(f"{path} cannot be written: {error.strerror}") from None
