"""Checks of a spec, for which no detector is built: config, presets, light import, required packages."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import subprocess
import sys
import types
import typing
from collections.abc import Iterator
from types import ModuleType
from typing import Any
from unittest import mock

import annotated_types

from benchmark.conformance.check import Failed, Skipped, check
from benchmark.conformance.subject import DetectorSubject
from benchmark.interfaces.errors import BenchError, MissingRequirement
from benchmark.registry import parameters
from benchmark.running.frameworks import framework, known_frameworks

HEAVY = (
    *(package for name in known_frameworks() for package in framework(name).packages),
    *("scipy", "pandas", "matplotlib", "plotly", "dask", "xgboost", "PIL"),
)
"""Packages that a plugin must not import before it is used."""

IMPORT = (
    "import importlib, json, sys; sys.path[:] = json.loads(sys.argv[1]); importlib.import_module(sys.argv[2]);"
    "print('LOADED', json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
)
IMPORT_SECONDS = 120

BOUNDS = (
    annotated_types.Ge,
    annotated_types.Gt,
    annotated_types.Le,
    annotated_types.Lt,
    annotated_types.Interval,
    annotated_types.MultipleOf,
)


@check(
    expected="Every field of the config has a line of documentation, and every number has a bound.",
    fix='write it as: epochs: Annotated[int, Ge(1), "One line of documentation."] = 20',
)
def config_documented(subject: DetectorSubject) -> None:
    """Read the config's annotations."""
    if problems := list(undocumented(subject.spec.config)):
        raise Failed("; ".join(problems))


@check(
    expected="The defaults and every preset are valid: types, bounds, rules and framework.",
    fix="give each preset values that the annotations of the config accept.",
)
def presets_valid(subject: DetectorSubject) -> None:
    """Resolve each preset, and the defaults, which a dataclass does not check."""
    spec = subject.spec
    for preset in ("fast", *spec.presets):
        try:
            resolved = subject.registry.resolve(subject.name, {}, preset=preset)
            parameters.resolve(spec.config, resolved.params, owner=f"preset {preset!r}")
        except BenchError as error:
            raise Failed(f"preset {preset!r}: {error}") from None
        rules, framework = resolved.rules, resolved.framework
        if not isinstance(rules, tuple) or not rules or not all(isinstance(rule, str) for rule in rules):
            raise Failed(f"preset {preset!r} has the rules {rules!r}")
        if not isinstance(framework, str) or not framework:
            raise Failed(f"preset {preset!r} has the framework {framework!r}")


@check(
    expected="Importing the plugin's module loads no framework.",
    fix="import the framework in another module than the plugin's `__init__`, and import that module inside `build`.",
)
def light_import(subject: DetectorSubject) -> None:
    """Import the module in a separate process."""
    refuse_heavy_import(subject.registry.detectors.offer(subject.name).module)


@check(
    expected="If a required package is missing, the detector is refused, and the message says what to install.",
    fix="list the import names in the spec's `requires`; set `install` to the argument of `pip install`.",
)
def missing_framework(subject: DetectorSubject) -> None:
    """Hide each required package in turn."""
    requires = subject.resolved.requirements
    if not requires:
        if subject.framework in HEAVY:
            raise Failed(f"it runs on {subject.framework}, but `requires` is empty")
        raise Skipped("it requires no package")
    for package in requires:
        real = importlib.util.find_spec

        def find(name: str, *rest: Any, hidden: str = package, real: Any = real) -> Any:
            return None if name == hidden else real(name, *rest)

        try:
            with mock.patch.object(importlib.util, "find_spec", find):
                subject.resolved.check_installed()
        except MissingRequirement as error:
            # The message may name another package, which is really missing.
            if "pip install" not in str(error):
                raise Failed(f"the message does not say how to install it: {error}") from None
        else:
            raise Failed(f"it is not refused without {package}")


def undocumented(config: type) -> Iterator[str]:
    """Yield a message for each field of a config without documentation, and for each without a bound."""
    hints = typing.get_type_hints(config, include_extras=True)
    docs = {parameter.name: parameter.doc for parameter in parameters.describe(config)}
    for field in dataclasses.fields(config):
        if not docs[field.name].strip():
            yield f"{field.name} has no documentation"
        if _is_unbounded(hints[field.name]):
            yield f"{field.name} has no bound"


def _is_unbounded(hint: Any, *, bounded: bool = False) -> bool:
    """Return whether a type contains a number without a bound; a bound of a list does not apply to its items."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return _is_unbounded(inner[0], bounded=bounded or any(isinstance(note, BOUNDS) for note in inner[1:]))
    if origin is typing.Union or isinstance(hint, types.UnionType):
        return any(_is_unbounded(part, bounded=bounded) for part in inner)
    if origin is typing.Literal:
        return False
    if origin is not None:
        return any(_is_unbounded(part) for part in inner)
    return hint in (int, float) and not bounded


def refuse_heavy_import(module: ModuleType | None) -> None:
    """Raise Failed if the import of a plugin's module loads a package of `HEAVY`."""
    if module is None or getattr(module, "__file__", None) is None:
        raise Skipped("its module has no file")
    process = subprocess.run(
        [sys.executable, "-P", "-c", IMPORT, json.dumps(sys.path), module.__name__],
        capture_output=True,
        text=True,
        timeout=IMPORT_SECONDS,
        check=False,
    )
    if process.returncode != 0:
        raise Failed(f"it cannot be imported: {(process.stderr.strip().splitlines() or ['no message'])[-1]}")
    loaded = set(json.loads(process.stdout.rpartition("LOADED ")[2]))
    if heavy := [name for name in HEAVY if name in loaded]:
        raise Failed(f"the import loads {', '.join(heavy)}")


CHECKS = (config_documented, presets_valid, light_import, missing_framework)
