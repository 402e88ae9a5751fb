"""The one tree of errors that a user or a plugin author can cause; each says what, which, and what to do."""

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
    """Something that was asked cannot be done; the message is one line for the person who asked.

    Attributes
    ----------
    message : str
        What happened, which thing, what to do.
    owner : str
        Whose value is wrong, such as "detector 'ocvae'"; empty where no one owns it. It stands before the message.
    """

    def __init__(self, message: str = "", *, owner: str = "") -> None:
        super().__init__(message)
        self.message, self.owner = message, owner

    def __str__(self) -> str:
        return f"{self.owner}: {self.message}" if self.owner else self.message


class UnknownName(BenchError):
    """A detector, dataset, metric, preset, class, key or trial that does not exist."""


class InvalidParameter(BenchError):
    """A parameter of the wrong type or out of its bounds."""


class InvalidRequest(BenchError):
    """A run that contradicts itself, or a study file that cannot be read."""


class MissingRequirement(BenchError):
    """A detector needs a package that is not installed."""


class PluginConflict(BenchError):
    """Two plugins offer the same name."""


class BadSpec(BenchError):
    """What a plugin offers is not what a spec must be."""


class BadData(BenchError):
    """Files or arrays of a dataset that are damaged, or not the ones they claim to be."""


class DataNotFound(BenchError):
    """No place that was looked at holds the dataset."""


class StoreError(BenchError):
    """A store that is missing, foreign, newer, damaged, or cannot be written."""


class LedgerError(BenchError):
    """A file of published numbers that is missing, or a line of it that is no entry."""


class ContractBroken(BenchError):
    """A detector returned something else than its spec promises."""


class NotFitted(BenchError):
    """`score` was called before `fit`."""


class TrainingCollapsed(BenchError):
    """A training that cannot give a meaningful detector: a final, `degenerate` outcome."""


class OneSidedLabels(BenchError):
    """A metric needs normal and anomalous images, and only one kind is there."""


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
