"""Errors for old names in plugins; the message has the new name."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from benchmark.interfaces.errors import BadSpec

Class = TypeVar("Class", bound=type)


def renamed(**names: str) -> Callable[[Class], Class]:
    """Return a class decorator: old keywords (old name -> new name) of the class raise BadSpec.

    Examples
    --------
    >>> @renamed(label="variant")
    ... class Copy:
    ...     def __init__(self, *, variant: str) -> None: ...
    >>> Copy(label="official")
    Traceback (most recent call last):
    benchmark.interfaces.errors.BadSpec: Copy: `label` is now called `variant`; see docs/upgrading.md
    """

    def decorate(cls: Class) -> Class:
        original = cls.__init__  # type: ignore[misc]  # of the decorated class, not of an instance

        @functools.wraps(original)
        def init(self: Any, *arguments: Any, **keywords: Any) -> None:
            for name in keywords:
                if name in names:
                    raise renamed_error(cls.__name__, name, names[name])
            original(self, *arguments, **keywords)

        cls.__init__ = init  # type: ignore[misc]
        return cls

    return decorate


def renamed_error(owner: str, old: str, new: str) -> BadSpec:
    """Return the error for an old name."""
    return BadSpec(f"`{old}` is now called `{new}`; see docs/upgrading.md", owner=owner)
