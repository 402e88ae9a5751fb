"""What of an outcome nobody else should read: paths, hosts and commands are taken out before it is published."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from typing import Any

from benchmark.trial import Outcome, Trial, canonical_json

__all__ = ["HIDDEN", "PROVENANCE", "discreet", "telltale", "without_places"]

HIDDEN = "[private]"
"""What stands where something was taken out."""

PROVENANCE = ("python", "oneclass-bench", "plugin", "versions", "revision", "clean", "platform", "cpu", "cores")
"""What is published of the provenance: listed, so that what is recorded later is not told by chance. No host; no
command, since it names files, and the trial says all that it asked for."""

_PLACES = re.compile(
    r"""
      [a-z][a-z0-9+.-]*://[^\s'"]+                              # an address
    | (?P<quote>['"])(?:(?!(?P=quote)).)*[/\\](?:(?!(?P=quote)).)*(?P=quote)  # a quoted path, blanks and all
    | (?<![\w./])(?:~[\w-]*|\.{1,2})?/+[\w.@~-][^\s'",;:)\]}>]*  # /home/x, ~x/y, ../y
    | (?<![\w/])[\w.-]+(?:/[\w.-]+)*/[\w-]+\.[a-z]\w{0,5}\b     # results/bench.db
    | (?<!\w)[a-z]:[\\/][^\s'",;)]+                             # C:\y
    | \\\\[\w.-]+\\[^\s'",;)]+                                  # \\server\y
    | [\w.+-]+@[\w.-]*\w                                        # name@host
    | (?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?(?![\w.])       # 10.0.0.1:8786
    """,
    re.VERBOSE | re.IGNORECASE,
)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def discreet(outcome: Outcome) -> Outcome:
    """Return an outcome as the public may see it: without scores, curves and last lines, and naming no place.

    It follows from the outcome alone, not from the machine that publishes it: whoever does, it is the same.
    """
    host = str(outcome.provenance.get("host", ""))

    def clean(text: str) -> str:
        return without_places(text, host)

    def clean_option(text: str) -> str:
        return HIDDEN if "/" in text or "\\" in text else clean(text)  # a folder of one's own

    return dataclasses.replace(
        outcome,
        error_type=clean(outcome.error_type),
        message=clean(outcome.message),
        last_lines="",
        notes=tuple(map(clean, outcome.notes)),
        curves=(),
        facts=_mapped(outcome.facts, clean),
        task=dataclasses.replace(
            outcome.task,
            options=_mapped(outcome.task.options, clean_option),
            label=clean(outcome.task.label),
            footnote=clean(outcome.task.footnote),
        ),
        provenance=_mapped(
            {name: outcome.provenance[name] for name in PROVENANCE if name in outcome.provenance},
            lambda text: _without_host(text, host),
        ),
        sets={},
    )


def telltale(trial: Trial) -> str:
    """Return the first parameter that names a place; empty if none does.

    It cannot be reworded, as other texts can: the trial's id hashes it.
    """
    return next((name for name, value in trial.params.items() if _PLACES.search(canonical_json(value))), "")


def without_places(text: str, host: str = "") -> str:
    r"""Return one line of text in which nothing names a file, an address, a person at a host, or `host`.

    Examples
    --------
    >>> without_places("No such file or directory: '/home/ada/my data/x.npy'")
    'No such file or directory: [private]'
    >>> without_places("task mnist/3: 8/10 epochs,\n half of them on node7", "node7.example")
    'task mnist/3: 8/10 epochs, half of them on [private]'
    """
    text = _PLACES.sub(HIDDEN, _CONTROLS.sub(" ", text))
    return " ".join(_without_host(text, host).split())


def _without_host(text: str, host: str) -> str:
    for name in filter(None, (host, host.partition(".")[0])):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", HIDDEN, text, flags=re.IGNORECASE)
    return text


def _mapped(value: Any, clean: Callable[[str], str]) -> Any:
    """Return a plain value with every text in it, keys included, cleaned."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {clean(name): _mapped(item, clean) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_mapped(item, clean) for item in value)
    return value
