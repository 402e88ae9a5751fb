"""Writes the beginnings of a plugin: a small distribution that works at once."""

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
SUFFIX = ".txt"  # so that no tool takes a template for Python


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaffold:
    """What is to be written.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    name : str
        What the command line will call it; the distribution is `bench-NAME`, its package `bench_NAME`.
    framework : str
        Of a detector, one of `FRAMEWORKS`; the others need numpy alone.
    """

    kind: str
    name: str
    framework: str = "numpy"

    def __post_init__(self) -> None:
        if not re.fullmatch("[a-z][a-z0-9_]*", self.name):
            close = re.sub("[^a-z0-9]+", "_", self.name.lower()).strip("_0123456789")
            hint = f". Did you mean {close!r}?" if close else ""
            raise InvalidRequest(
                f"a name is lower-case letters, digits and underscores, a letter first; not {self.name!r}{hint}"
            )
        if any(map(keyword.iskeyword, (self.name, self.class_name))) or self.class_name in benchmark.__all__:
            raise InvalidRequest(f"{self.name!r} means something to Python or to the contract; choose another name")

    @property
    def distribution(self) -> str:
        """What pip calls it."""
        return f"bench-{self.name}"

    @property
    def package(self) -> str:
        """What Python imports."""
        return f"bench_{self.name}"

    @property
    def class_name(self) -> str:
        """`my_idea` as a class: `MyIdea`."""
        return "".join(part.capitalize() for part in self.name.split("_"))

    def check_free(self, known: Registry) -> None:
        """Raise InvalidRequest if something that is installed here has this name already."""
        # Of every kind: `bench check NAME` and a reader should know which is meant.
        catalogues: tuple[Catalogue[Any], ...] = (known.detectors, known.datasets, known.metrics)
        for catalogue in catalogues:
            # By the list, because a name that two plugins offer is taken too.
            for offer in catalogue.all():
                if offer.spec.name == self.name:
                    raise InvalidRequest(
                        f"the {catalogue.kind} {self.name!r} is already offered by plugin {offer.plugin!r};"
                        " choose another name"
                    )
        if self.name in {row.name for row in known.plugins}:
            raise InvalidRequest(f"a plugin called {self.name!r} is already installed; choose another name")
        if importlib.util.find_spec(self.package) is not None:
            raise InvalidRequest(f"a package called {self.package!r} is already installed; choose another name")

    def files(self) -> Iterator[tuple[Path, str]]:
        """Yield the relative path and the text of each file."""
        words = {
            "name": self.name,
            "Name": self.class_name,
            "kind": self.kind,
            "distribution": self.distribution,
            "package": self.package,
            "dependencies": ", ".join(f'"{dependency}"' for dependency in self._dependencies()),
        }
        own = TEMPLATES / self.kind / (self.framework if self.kind == "detector" else "")
        for root in (TEMPLATES / "every", own):
            for path in sorted(root.rglob(f"*{SUFFIX}")):
                parts = path.relative_to(root).with_suffix("").parts
                target = Path(*(self.package if part == "package" else part for part in parts))
                yield target, Template(path.read_text(encoding="utf-8")).substitute(words)

    def _dependencies(self) -> Iterator[str]:
        if self.kind == "detector":
            yield "annotated-types"
        yield "numpy"
        yield "oneclass-bench" + ("" if self.framework == "numpy" else f"[{self.framework}]")

    def write(self, folder: Path) -> list[Path]:
        """Write all files into a new folder, or nothing at all; return their paths.

        Raises
        ------
        InvalidRequest
            If the folder is already there or cannot be made.
        """
        if folder.exists() or folder.is_symlink():
            raise InvalidRequest(f"{folder} is already there and is left as it is; choose another folder with --to")
        written = []
        try:
            # Beside the folder, to be on the same disk; inside another one, to get the permissions of any new folder.
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as scratch:
                unfinished = Path(scratch) / folder.name
                for target, text in self.files():
                    path = unfinished / target
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(text, encoding="utf-8")
                    written.append(folder / target)
                unfinished.rename(folder)
        except OSError as error:
            raise InvalidRequest(f"{folder} cannot be written: {error.strerror}") from None
        return written
