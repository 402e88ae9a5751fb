"""A parameter that is added to a detector in use, without new ids for the trials that were run before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["AddedLater"]


@dataclass(frozen=True, slots=True)
class AddedLater:
    """Marks a field of a config that was added after its detector had been used.

    At the value `earlier` the detector computes what it computed without the field. The field is then left out of the
    id, so trials that were run before keep theirs: ``slope: Annotated[float, AddedLater(earlier=0.0)] = 0.1``.

    Attributes
    ----------
    earlier : object
        A plain value, which need not be the default.
    """

    earlier: Any
