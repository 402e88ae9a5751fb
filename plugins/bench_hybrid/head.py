"""A fitted decision rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmark import FloatArray, Scores


@dataclass(frozen=True, slots=True)
class Head:
    """A decision rule fitted on codes.

    Attributes
    ----------
    score : callable
        Codes (n, d) -> scores (n,), each row for itself.
    facts : mapping of str to (float or str)
        What the fit has found, such as a bandwidth; the version of a package that the harness does not know of.
    """

    score: Callable[[FloatArray], Scores]
    facts: Mapping[str, float | str] = field(default_factory=dict)
