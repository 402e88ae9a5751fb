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
        Codes (n, d) -> scores (n,); a score depends on its own code only.
    facts : mapping of str to (float or str)
        Results of the fit, such as a bandwidth, and the version of a package that the harness does not record.
    """

    score: Callable[[FloatArray], Scores]
    facts: Mapping[str, float | str] = field(default_factory=dict)
