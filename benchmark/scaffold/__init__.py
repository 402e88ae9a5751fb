"""Writes a new plugin: a small distribution with a working detector, dataset or metric."""

from __future__ import annotations

import importlib.util
import keyword
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

import benchmark
from benchmark.interfaces.errors import InvalidRequest

if TYPE_CHECKING:
    from benchmark.registry import Catalogue, Registry

KINDS = ("detector", "dataset", "metric")

TEMPLATES = Path(__file__).parent / "templates"
FRAMEWORKS = tuple(sorted(folder.name for folder in (TEMPLATES / "detector").iterdir()))
SUFFIX = ".txt"  # linters must not read a template as Python


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaffold:
    """A new plugin, and the texts of its files.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    name : str
        The name on the command line. The distribution is called `bench-NAME`, its package `bench_NAME`.
    framework : str
        For a detector, one of `FRAMEWORKS`; a dataset and a metric need numpy only.
    """

    kind: str
    name: str
    framework: str = "numpy"

    def __post_init__(self) -> None:
        if not re.fullmatch("[a-z][a-z0-9_]*", self.name):
            close = re.sub("[^a-z0-9]+", "_", self.name.lower()).strip("_0123456789")
            hint = f". Did you mean {close!r}?" if close else ""
            raise InvalidRequest(
                "a name has lower-case letters, digits and underscores, and begins with a letter;"
                f" got {self.name!r}{hint}"
            )
        if any(map(keyword.iskeyword, (self.name, self.class_name))) or self.class_name in benchmark.__all__:
            raise InvalidRequest(f"{self.name!r} is already a name in Python or in One-Class Bench; choose another")

    @property
    def distribution(self) -> str:
        """The name of the distribution, as pip uses it."""
        return f"bench-{self.name}"

    @property
    def package(self) -> str:
        """The name of the package, as Python imports it."""
        return f"bench_{self.name}"

    @property
    def class_name(self) -> str:
        """`my_idea` as a class: `MyIdea`."""
        return "".join(part.capitalize() for part in self.name.split("_"))

    def check_free(self, registry: Registry) -> None:
        """Raise InvalidRequest if an installed detector, dataset, metric, plugin or package has this name."""
        # A dataset must not have the name of a detector either: `bench check NAME` would be ambiguous.
        catalogues: tuple[Catalogue[Any], ...] = (registry.detectors, registry.datasets, registry.metrics)
        for catalogue in catalogues:
            # `all` includes a name that two plugins offer; a lookup by name would not find it.
            for offer in catalogue.all():
                if offer.spec.name == self.name:
                    raise InvalidRequest(
                        f"the {catalogue.kind} {self.name!r} is already offered by plugin {offer.plugin!r};"
                        " choose another name"
                    )
        if self.name in {row.name for row in registry.plugins}:
            raise InvalidRequest(f"a plugin called {self.name!r} is already installed; choose another name")
        if importlib.util.find_spec(self.package) is not None:
            raise InvalidRequest(f"a package called {self.package!r} is already installed; choose another name")

    def files(self) -> Iterator[tuple[Path, str]]:
        """Yield the relative path and the text of each file."""
        values = {
            "name": self.name,
            "Name": self.class_name,
            "kind": self.kind,
            "distribution": self.distribution,
            "package": self.package,
            "dependencies": ", ".join(f'"{dependency}"' for dependency in self._dependencies()),
        }
        of_kind = TEMPLATES / self.kind / (self.framework if self.kind == "detector" else "")
        for root in (TEMPLATES / "every", of_kind):
            for path in sorted(root.rglob(f"*{SUFFIX}")):
                parts = path.relative_to(root).with_suffix("").parts
                target = Path(*(self.package if part == "package" else part for part in parts))
                yield target, Template(path.read_text(encoding="utf-8")).substitute(values)

    def _dependencies(self) -> Iterator[str]:
        if self.kind == "detector":
            yield "annotated-types"
        yield "numpy"
        yield "oneclass-bench" + ("" if self.framework == "numpy" else f"[{self.framework}]")

    def write(self, folder: Path) -> list[Path]:
        """Write all files into a new folder and return their paths; after an error, nothing is left.

        Raises
        ------
        InvalidRequest
            If the folder exists or cannot be created.
        """
        if folder.exists() or folder.is_symlink():
            raise InvalidRequest(f"{folder} already exists; choose another folder with --to")
        written = []
        try:
            # The files are written on the same disk, so that one `rename` moves them. They are in a folder within the
            # temporary one, because only its owner may read a temporary folder.
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as temporary:
                unfinished = Path(temporary) / folder.name
                for target, text in self.files():
                    path = unfinished / target
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(text, encoding="utf-8")
                    written.append(folder / target)
                unfinished.rename(folder)
        except OSError as error:
            raise InvalidRequest(f"{folder} cannot be written: {error.strerror}") from None
        return written
