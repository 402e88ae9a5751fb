"""Removes paths, hosts and commands from an outcome before it is published."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from typing import Any

from benchmark.interfaces.outcome import Outcome
from benchmark.interfaces.trial import Trial, canonical_json

REDACTED = "[private]"
"""Replaces what is removed."""

PROVENANCE = (
    "python", "oneclass-bench", "plugin", "versions", "revision", "clean", "platform", "cpu", "cores",
    "instruction_sets", "variables", "blas", "device_name",
)  # fmt: skip
"""The fields of the provenance that are published; a new field is not published until it is listed here. The command is
not published: it may name files, and the trial has its parameters and options."""

CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""Characters that no published text has: line ends, other control characters, and surrogates."""

_PRIVATE = re.compile(
    r"""
      [a-z][a-z0-9+.-]*://[^\s'"]+                              # an address
    | (?P<quote>['"])(?:(?!(?P=quote)).)*[/\\](?:(?!(?P=quote)).)*(?P=quote)  # a quoted path, with blanks
    | (?<![\w./])(?:~[\w-]*|\.{1,2})?/+[\w.@~-][^\s'",;:)\]}>]*  # /home/x, ~x/y, ../y
    | (?<![\w/])[\w.-]+(?:/[\w.-]+)*/[\w-]+\.[a-z]\w{0,5}\b     # results/bench.db
    | (?<!\w)[a-z]:[\\/][^\s'",;)]+                             # C:\y
    | \\\\[\w.-]+\\[^\s'",;)]+                                  # \\server\y
    | [\w.+-]+@[\w.-]*\w                                        # name@host
    | (?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?(?![\w.])       # 10.0.0.1:8786
    """,
    re.VERBOSE | re.IGNORECASE,
)


def redact(outcome: Outcome) -> Outcome:
    """Return an outcome without scores, curves and last lines, whose texts name no path, address, host or person.

    The result depends on the outcome only, not on the machine that publishes it.
    """
    host = str(outcome.provenance.get("host", ""))

    def clean(text: str) -> str:
        return redact_text(text, host)

    def clean_option(text: str) -> str:
        return REDACTED if "/" in text or "\\" in text else clean(text)  # the folder of an image dataset

    published = {name: outcome.provenance[name] for name in PROVENANCE if name in outcome.provenance}
    if "variables" in published:
        published["variables"] = map_texts(published["variables"], clean_option)  # the value may be a file
    return dataclasses.replace(
        outcome,
        error_type=clean(outcome.error_type),
        message=clean(outcome.message),
        last_lines="",
        notes=tuple(map(clean, outcome.notes)),
        curves=(),
        facts=map_texts(outcome.facts, clean),
        task=dataclasses.replace(
            outcome.task,
            options=map_texts(outcome.task.options, clean_option),
            variant=clean(outcome.task.variant),
            footnote=clean(outcome.task.footnote),
        ),
        provenance=map_texts(published, lambda text: _without_host(text, host)),
        sets={},
    )


def first_private_parameter(trial: Trial) -> str:
    """Return the first parameter that names a path, an address or a person; empty if none does.

    A parameter cannot be redacted, because the trial's id is a hash of the parameters.
    """
    return next((name for name, value in trial.params.items() if _PRIVATE.search(canonical_json(value))), "")


def redact_text(text: str, host: str = "") -> str:
    r"""Return one line of text in which nothing names a path, an address, a person at a host, or `host`.

    Examples
    --------
    >>> redact_text("No such file or directory: '/home/ada/my data/x.npy'")
    'No such file or directory: [private]'
    >>> redact_text("task mnist/3: 8/10 epochs,\n half of them on node7", "node7.example")
    'task mnist/3: 8/10 epochs, half of them on [private]'
    """
    text = _PRIVATE.sub(REDACTED, CONTROLS.sub(" ", text))
    return " ".join(_without_host(text, host).split())


def map_texts(value: Any, function: Callable[[str], str]) -> Any:
    """Return a plain value with the function applied to every text in it, keys included."""
    if isinstance(value, str):
        return function(value)
    if isinstance(value, Mapping):
        return {function(name): map_texts(item, function) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map_texts(item, function) for item in value)
    return value


def _without_host(text: str, host: str) -> str:
    for name in filter(None, (host, host.partition(".")[0])):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", REDACTED, text, flags=re.IGNORECASE)
    return text
