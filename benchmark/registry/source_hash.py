"""The source of a detector: a hash of the code that computes its outcomes.

The source covers

- the package or module that the entry point of the plugin names, with its data files;
- every module that this code imports, directly or indirectly, if it belongs to the same distribution, to
  `bench_toolkit` or to `benchmark.preprocessing`. Modules of these packages that are not imported do not count.

The files are parsed, not imported. So an import of a module that is named by a string is not found:
`importlib.import_module("...")`, or a `*` that follows `__all__`.
"""

from __future__ import annotations

import ast
import fnmatch
import functools
import hashlib
import importlib.metadata
import importlib.resources
import importlib.util
import json
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec, PathFinder
from importlib.resources.abc import Traversable
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmark.registry.canonical_ast import canonical

# The rules for computing a source. Raise the number when they change: sources of different schemes are not compared.
SCHEME = "ast1"

CORE = "benchmark"
SHARED = ("bench_toolkit", "benchmark.preprocessing")

# Names of files and folders in a package that do not count, in lower case.
_NOT_COUNTED = (
    ".*",
    "__pycache__",
    "*.pyc",
    "*.pyo",
    "*~",
    "#*#",
    "*.sw[a-p]",
    "*.tmp",
    "*.bak",
    "*.orig",
    "*.rej",
    "docs",
    "test",
    "tests",
)
_DOCUMENTATION = ("*.md", "*.rst", "readme*", "licen[cs]e*", "changelog*", "notice*", "authors*", "py.typed", "*.pyi")


def scheme_of(source: str) -> str:
    """Return the scheme of a source; empty if it is older than the schemes."""
    return source.rpartition(":")[0]


@functools.cache
def source_of(module: ModuleType, distribution: str = "") -> str:
    """Return the source of a plugin, such as "ast1:9f86d0...".

    Parameters
    ----------
    module : module
        The module that the entry point of the plugin names; it has a `__file__`.
    distribution : str
        Name of the distribution with the entry point; empty if it is not known.
    """
    digest = hashlib.sha256()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # warnings of the parser about the code, such as an invalid escape
        files = _Source(_outermost(module), distribution).files()
    for path, content in sorted(files.items()):
        digest.update(f"{path}\0{content}\n".encode(errors="surrogateescape"))
    return f"{SCHEME}:{digest.hexdigest()}"


def _outermost(module: ModuleType) -> ModuleType:
    """Return the outermost package of a module, or the module; a namespace package may have other owners too."""
    parts = module.__name__.split(".")
    for depth in range(1, len(parts) + 1):
        outer = sys.modules.get(".".join(parts[:depth]), module)
        if hasattr(outer, "__path__") and outer.__file__ is not None:
            return outer
    return module


@dataclass
class _Source:
    """Collects the files that count, with a hash of each."""

    plugin: ModuleType
    distribution: str
    _hashes: dict[str, str] = field(default_factory=dict)
    _waiting: list[str] = field(default_factory=list)

    def files(self) -> dict[str, str]:
        """Return path -> hash of the content. The paths are relative to the folder that contains the package."""
        name = self.plugin.__name__
        if hasattr(self.plugin, "__path__"):
            for path, file in _files_in(importlib.resources.files(self.plugin)):
                package = ".".join([name, *path.split("/")[:-1]])
                self._add(f"{name.replace('.', '/')}/{path}", file.read_bytes(), package=package)
        else:
            file_name = str(self.plugin.__file__)
            content = _read(getattr(self.plugin, "__loader__", None), file_name)
            self._add(_path_of(name, file_name), content, package=name.rpartition(".")[0])
        # The list grows during the loop: the modules that are found import others.
        for imported in self._waiting:
            for spec in self._counted(imported):
                path = _path_of(spec.name, str(spec.origin))
                if path not in self._hashes:
                    self._add(path, _read(spec.loader, str(spec.origin)), package=_package_of(spec))
        return self._hashes

    def _add(self, path: str, content: bytes, *, package: str) -> None:
        """Add a file; the modules that it imports, if it is Python code, are added to the list of modules to find."""
        try:
            tree = ast.parse(content) if path.endswith(".py") else None
        except (SyntaxError, ValueError):  # ValueError: null bytes
            tree = None
        if tree is None:
            self._hashes[path] = f"bytes {hashlib.sha256(content).hexdigest()}"
            return
        self._hashes[path] = f"ast {hashlib.sha256(canonical(tree).encode()).hexdigest()}"
        known = set(self._waiting)
        self._waiting += [name for name in dict.fromkeys(_imported_by(tree, package)) if name not in known]

    def _counted(self, name: str) -> Iterator[ModuleSpec]:
        """Yield the modules that an import of this name loads and that count, packages first."""
        top = name.partition(".")[0]
        if _is_inside(name, self.plugin.__name__):
            # All of it is counted already, except modules in a folder that is not counted, such as `tests`.
            yield from _on_the_way(name, self.plugin.__spec__)
            return
        if any(_is_inside(name, shared) for shared in SHARED):
            for spec in _on_the_way(name, importlib.util.find_spec(top)):
                if any(_is_inside(spec.name, shared) for shared in SHARED):
                    yield spec
        elif top != CORE:
            for spec in _on_the_way(name, PathFinder.find_spec(top, [self._root])):
                if self._installed.holds(str(spec.origin)):
                    yield spec

    @functools.cached_property
    def _root(self) -> str:
        """The folder, or the zip file, that the plugin's outermost package or module is in."""
        path = Path(str(self.plugin.__file__))
        if hasattr(self.plugin, "__path__"):
            path = path.parent
        return str(path.parents[self.plugin.__name__.count(".")])

    @functools.cached_property
    def _installed(self) -> _Installed:
        return _Installed.of(self.distribution)


@dataclass(frozen=True, slots=True)
class _Installed:
    """The files of a distribution: all in its folder if it is editable, else those in its RECORD."""

    is_editable: bool
    files: frozenset[Path]

    @classmethod
    def of(cls, name: str) -> _Installed:
        """Find a distribution; if it is not installed, its other files are not known."""
        try:
            distribution = importlib.metadata.distribution(name)
        except (importlib.metadata.PackageNotFoundError, ValueError):
            return cls(False, frozenset())
        origin = json.loads(distribution.read_text("direct_url.json") or "{}")
        files = frozenset(Path(str(distribution.locate_file(file))).absolute() for file in distribution.files or [])
        return cls(bool(origin.get("dir_info", {}).get("editable")), files)

    def holds(self, file: str) -> bool:
        """Return whether a file in the folder of the package belongs to the distribution."""
        return self.is_editable or Path(file).absolute() in self.files


def _files_in(folder: Traversable, inside: str = "") -> Iterator[tuple[str, Traversable]]:
    """Yield the files of a package that count, with their paths in the package."""
    for entry in folder.iterdir():
        if not _counts(entry.name.lower()):
            continue
        if entry.is_dir():
            yield from _files_in(entry, f"{inside}{entry.name}/")
        elif entry.is_file():
            yield f"{inside}{entry.name}", entry


def _counts(name: str) -> bool:
    patterns = _NOT_COUNTED if name.endswith(".py") else _NOT_COUNTED + _DOCUMENTATION
    return not any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _imported_by(tree: ast.Module, package: str) -> Iterator[str]:
    """Yield the full names that a module of this package imports, also inside functions."""
    nodes: list[ast.AST] = [tree]
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            try:
                base = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            except ImportError:  # it goes above the outermost package, and would fail
                continue
            # Each name may be a module or not; the search decides.
            yield from (f"{base}.{alias.name}" for alias in node.names)
        for block in ("body", "orelse", "finalbody", "handlers", "cases"):
            nodes += getattr(node, block, ())


def _on_the_way(name: str, spec: ModuleSpec | None) -> Iterator[ModuleSpec]:
    """Yield the specs of all modules from the top-level one, whose spec is given, to the one of this name."""
    reached, *parts = name.split(".")
    while spec is not None:
        if spec.has_location:
            yield spec
        if not parts or spec.submodule_search_locations is None:
            return
        reached = f"{reached}.{parts.pop(0)}"
        spec = PathFinder.find_spec(reached, spec.submodule_search_locations)


def _package_of(spec: ModuleSpec) -> str:
    """Return the package that the relative imports of a module start from."""
    return spec.name if spec.submodule_search_locations is not None else spec.name.rpartition(".")[0]


def _path_of(name: str, file: str) -> str:
    """Return the path of a module, relative to the folder of its top-level package: "bench_toolkit/__init__.py"."""
    depth = len(name.split("."))
    if Path(file).name.startswith("__init__."):
        depth += 1
    return Path(*Path(file).parts[-depth:]).as_posix()


def _read(loader: Any, file: str) -> bytes:
    """Return a module's file, which may be in a zip file."""
    content: bytes = loader.get_data(file) if hasattr(loader, "get_data") else Path(file).read_bytes()
    return content


def _is_inside(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")
