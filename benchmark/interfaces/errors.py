"""The errors that a user or a plugin author can cause. A message says what happened, which thing, and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "BadData",
    "BadSpec",
    "BenchError",
    "ContractBroken",
    "DataNotFound",
    "InvalidParameter",
    "InvalidRequest",
    "LedgerError",
    "MissingRequirement",
    "NotFitted",
    "OneSidedLabels",
    "PluginConflict",
    "StoreError",
    "TrainingCollapsed",
    "UnknownName",
    "did_you_mean",
]


class BenchError(Exception):
    """A request that cannot be fulfilled; the message is one line for the user.

    Attributes
    ----------
    message : str
        The text without the owner: what happened, which thing, what to do.
    owner : str
        The thing with the error, such as "detector 'ocvae'"; empty for none. `str(error)` is "owner: message".
    """

    def __init__(self, message: str = "", *, owner: str = "") -> None:
        super().__init__(message)
        self.message, self.owner = message, owner

    def __str__(self) -> str:
        return f"{self.owner}: {self.message}" if self.owner else self.message


class UnknownName(BenchError):
    """There is no detector, dataset, metric, preset, class, key or trial of this name."""


class InvalidParameter(BenchError):
    """A parameter has the wrong type or is out of its bounds."""


class InvalidRequest(BenchError):
    """The options of a request contradict each other, or a study file cannot be read."""


class MissingRequirement(BenchError):
    """A detector needs a package that is not installed."""


class PluginConflict(BenchError):
    """Two plugins offer the same name."""


class BadSpec(BenchError):
    """A spec of a plugin is invalid."""


class BadData(BenchError):
    """Files or arrays of a dataset are damaged, or are not those of the dataset."""


class DataNotFound(BenchError):
    """The dataset was found in none of the places that were searched."""


class StoreError(BenchError):
    """A store is missing, not a store, newer, damaged, or cannot be written."""


class LedgerError(BenchError):
    """A file of published numbers is missing, or has an invalid line."""


class ContractBroken(BenchError):
    """A detector did not return what its spec says."""


class NotFitted(BenchError):
    """`score` was called before `fit`."""


class TrainingCollapsed(BenchError):
    """The training gave no usable model; the outcome is `degenerate`, which is final."""


class OneSidedLabels(BenchError):
    """A metric needs normal and anomalous images, but the images are all normal or all anomalous."""


def did_you_mean(kind: str, name: str, known: Iterable[str]) -> UnknownName:
    """Return the error for `name`, with the closest of the `known` names and all of them.

    Examples
    --------
    >>> print(did_you_mean("detector", "ocva", ["pca", "ocvae"]))
    no detector is called 'ocva'. Did you mean 'ocvae'? Known: ocvae, pca
    """
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    return UnknownName(f"no {kind} is called {name!r}.{hint} Known: {', '.join(names) or 'none'}")
