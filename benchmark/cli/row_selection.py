"""`NAME@RULE:KEY=VALUE,...`: how a row of a board is named on the command line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from benchmark.cli.values import parse_setting
from benchmark.interfaces.errors import InvalidRequest

if TYPE_CHECKING:
    from benchmark.registry import Registry
    from benchmark.reports.select_row import Pick
    from benchmark.results import Store

PICKED = (
    "NAME, or NAME@RULE for another rule than the primary one. NAME:KEY=VALUE,KEY=VALUE (or NAME@RULE:KEY=VALUE)"
    " chooses one of several settings: parameters, options of the dataset, validation, threads, device, data. Settings"
    " that are not named are at their defaults, if the store has such a row."
)
"""How to name a row; shown in the help of several verbs."""


def parse_pick(text: str) -> Pick:
    """Return what a text picks.

    Examples
    --------
    >>> pick = parse_pick("ocvae@reconstruction:weight=.1,filters=[32,64]")
    >>> pick.detector, pick.rule, pick.settings
    ('ocvae', 'reconstruction', {'weight': 0.1, 'filters': [32, 64]})
    >>> parse_pick("yoto_ocvae@weight=0.05").rule
    'weight=0.05'
    """
    from benchmark.reports.select_row import Pick

    head, colon, tail = text.partition(":")
    name, at, rule = head.partition("@")
    if not name or bool(at) != bool(rule) or bool(colon) != bool(tail):
        raise InvalidRequest(f"a detector is picked as NAME, NAME@RULE or NAME@RULE:KEY=VALUE,...; not {text!r}")
    return Pick(name, rule, _settings(tail) if tail else {})


def _settings(text: str) -> dict[str, Any]:
    key, (value, *more) = parse_setting(text)
    settings = {key: value}
    for item in more:
        # What follows a bare comma is a setting here, where `--set` has another value of the first one.
        if not isinstance(item, str) or "=" not in item:
            raise InvalidRequest(f"give one value of {key}; not {text!r}")
        for name, value in _settings(item).items():
            if name in settings:
                raise InvalidRequest(f"{name} is given twice in {text!r}")
            settings[name] = value
    return settings


def dataset_of_all(store: Store, known: Registry, picks: Iterable[Pick]) -> str:
    """Return the only dataset on which the store has test outcomes of all picked detectors.

    Raises
    ------
    UnknownName
        If a detector is neither in the store nor installed.
    InvalidRequest
        If there is no such dataset, or more than one.
    """
    datasets: dict[str, set[str]] = {}
    for outcome in store.outcomes():
        if not outcome.trial.validation_only:
            datasets.setdefault(outcome.trial.detector, set()).add(outcome.trial.dataset)
    names = list(dict.fromkeys(pick.detector for pick in picks))
    check_known(names, datasets, known)
    shared = sorted(set.intersection(*(datasets.get(name, set()) for name in names)))
    if not shared:
        each = "; ".join(f"{name} on {', '.join(sorted(datasets.get(name, ()))) or 'none'}" for name in names)
        raise InvalidRequest(f"{store.path} has no dataset with outcomes of {' and '.join(names)}: {each}")
    if len(shared) > 1:
        raise InvalidRequest(
            f"{' and '.join(names)} both have outcomes on {', '.join(shared)}; choose one with --dataset"
        )
    return shared[0]


def check_known(names: Iterable[str], stored: Iterable[str], known: Registry) -> None:
    """Raise UnknownName, with a suggestion, for a detector that is neither stored nor installed."""
    from benchmark.interfaces.errors import did_you_mean

    stored = set(stored)
    for name in names:
        if name not in stored and name not in known.detectors:
            raise did_you_mean("detector", name, {*stored, *known.detectors.names()})
