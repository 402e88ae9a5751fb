"""Checks of what a spec says before anything is built: config, presets, a light import, a missing framework."""

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
"""What a plugin may load when it is used, and not when it is found."""

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
    expected="Every field of the config has a line of documentation, and every number a bound.",
    fix='write it as: epochs: Annotated[int, Ge(1), "One line of documentation."] = 20',
)
def config_documented(subject: DetectorSubject) -> None:
    """Read the config's annotations."""
    if problems := list(undocumented(subject.spec.config)):
        raise Failed("; ".join(problems))


@check(
    expected="The defaults and every preset are valid: types, bounds, rules and framework.",
    fix="give each preset values that the config's own annotations accept.",
)
def presets_valid(subject: DetectorSubject) -> None:
    """Resolve each preset; the defaults too, which a dataclass does not check by itself."""
    spec = subject.spec
    for preset in ("fast", *spec.presets):
        try:
            resolved = subject.registry.resolve(subject.name, {}, preset=preset)
            parameters.resolve(spec.config, resolved.params, owner=f"preset {preset!r}")
        except BenchError as error:
            raise Failed(f"preset {preset!r}: {error}") from None
        rules, framework = resolved.rules, resolved.framework
        if not isinstance(rules, tuple) or not rules or not all(isinstance(rule, str) for rule in rules):
            raise Failed(f"preset {preset!r} gives the rules {rules!r}")
        if not isinstance(framework, str) or not framework:
            raise Failed(f"preset {preset!r} gives the framework {framework!r}")


@check(
    expected="Importing the plugin's module loads no framework.",
    fix="import the framework in a module behind the plugin's `__init__`, and that module in `build`.",
)
def light_import(subject: DetectorSubject) -> None:
    """Import the module alone in a process of its own."""
    refuse_heavy_import(subject.registry.detectors.offer(subject.name).module)


@check(
    expected="Without its framework the detector is refused with a sentence that says what to install.",
    fix="name the import names in the spec's `requires`, and in `install` what `pip install` takes.",
)
def missing_framework(subject: DetectorSubject) -> None:
    """Pretend that nothing it requires is installed."""
    requires = subject.resolved.requirements
    if not requires:
        if subject.framework in HEAVY:
            raise Failed(f"it runs on {subject.framework}, and `requires` is empty")
        raise Skipped("it requires nothing")
    for package in requires:
        real = importlib.util.find_spec

        def find(name: str, *rest: Any, hidden: str = package, real: Any = real) -> Any:
            return None if name == hidden else real(name, *rest)

        try:
            with mock.patch.object(importlib.util, "find_spec", find):
                subject.resolved.check_installed()
        except MissingRequirement as error:
            # One that is not here at all may be named first.
            if "pip install" not in str(error):
                raise Failed(f"{error}: it does not say how to install it") from None
        else:
            raise Failed(f"it is not refused without {package}")


def undocumented(config: type) -> Iterator[str]:
    """Yield what the fields of a config leave unsaid."""
    hints = typing.get_type_hints(config, include_extras=True)
    docs = {parameter.name: parameter.doc for parameter in parameters.describe(config)}
    for field in dataclasses.fields(config):
        if not docs[field.name].strip():
            yield f"{field.name} has no documentation"
        if _is_unbounded(hints[field.name]):
            yield f"{field.name} has no bound"


def _is_unbounded(hint: Any, *, bounded: bool = False) -> bool:
    """Return whether a type has a number in it without a bound on it; a list's bounds are not its items'."""
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
    """Raise Failed if importing a plugin's module alone loads something of the heavy list."""
    if module is None or getattr(module, "__file__", None) is None:
        raise Skipped("its module has no file")
    done = subprocess.run(
        [sys.executable, "-P", "-c", IMPORT, json.dumps(sys.path), module.__name__],
        capture_output=True,
        text=True,
        timeout=IMPORT_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise Failed(f"it cannot be imported alone: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
    loaded = set(json.loads(done.stdout.rpartition("LOADED ")[2]))
    if heavy := [name for name in HEAVY if name in loaded]:
        raise Failed(f"it loads {', '.join(heavy)}")


CHECKS = (config_documented, presets_valid, light_import, missing_framework)
