"""Sentences below a table, before a format writes them: what is code in them, and what is not."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Part", "Remark", "ours", "remark"]


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of text, to be taken as it is: a format escapes it whole."""

    text: str
    code: bool = False


@dataclass(frozen=True, slots=True)
class Remark:
    """A paragraph, or an item of a list."""

    parts: tuple[Part, ...]
    item: bool = False


def ours(text: str) -> tuple[Part, ...]:
    """Return the parts of a text that was written here: what stands between backticks is code.

    Never of a text that came from elsewhere, which is one `Part`.

    Examples
    --------
    >>> [part.text for part in ours("see `bench show`.") if part.code]
    ['bench show']
    """
    return tuple(Part(piece, code=bool(index % 2)) for index, piece in enumerate(text.split("`")) if piece)


def remark(*pieces: str | Part, item: bool = False) -> Remark:
    """Return a remark of our own texts, given as str, and of others' texts, given as `Part`."""
    parts = (part for piece in pieces for part in (ours(piece) if isinstance(piece, str) else (piece,)))
    return Remark(tuple(part for part in parts if part.text), item)
