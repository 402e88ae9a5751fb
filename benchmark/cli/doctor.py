"""`bench doctor`: checks the installation and says what is missing or broken, and what to do."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmark.cli.options import store_option
from benchmark.interfaces.errors import BenchError, PluginConflict, StoreError

if TYPE_CHECKING:
    from benchmark.registry import Registry


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    Attributes
    ----------
    status : str
        `ok`; `missing`: optional; `broken`: must be fixed.
    note : str
        More about the value; if missing or broken, the reason and what to do.
    """

    section: str
    name: str
    value: str | float | None
    status: str = "ok"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Package:
    """A package that results depend on, the distributions it may come from, and the extra that installs it."""

    name: str
    distributions: tuple[str, ...]
    extra: str = ""


def packages() -> list[Package]:
    """Return the packages to check: those of every trial, of each framework, and of the project's plugins."""
    from benchmark.running.frameworks import framework, known_frameworks

    of_frameworks = [
        Package(name, distributions, extra=each.extra)
        for each in map(framework, known_frameworks())
        for name, distributions in each.packages.items()
    ]
    always = [Package(name, (name,)) for name in ("oneclass-bench", "numpy", "scikit-learn")]
    return [*always, *of_frameworks, Package("xgboost", ("xgboost", "xgboost-cpu"), extra="hybrid")]


@click.command("doctor")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@store_option
@click.pass_context
def command(ctx: click.Context, form: str, store_path: Path) -> None:
    """Check this installation: versions, machine, data, store, plugins; say what is missing and what to do.

    Exits with 1 if something is broken. A missing optional framework or dataset is not an error.
    """
    from benchmark.registry import registry

    known = registry()
    findings = [
        *versions(packages()),
        *_machine(),
        *_data(known),
        _store(store_path),
        *_plugins(known),
        *_detectors(known),
    ]
    well = all(finding.status != "broken" for finding in findings)
    if form == "json":
        plain = {"well": well, "findings": [asdict(finding) for finding in findings]}
        click.echo(json.dumps(plain, indent=2, ensure_ascii=False))
    else:
        click.echo(_table(findings))
    if not well:
        ctx.exit(1)


def versions(packages: Sequence[Package]) -> Iterator[Finding]:
    """Yield the version of Python and of each package, without importing it."""
    yield Finding("versions", "python", platform.python_version())
    for package in packages:
        for distribution in package.distributions:
            try:
                version = importlib.metadata.version(distribution)
            except importlib.metadata.PackageNotFoundError:
                continue
            note = "" if distribution == package.name else f"({distribution})"
            yield Finding("versions", package.name, version, note=note)
            break
        else:
            if package.extra:
                status, fix = "missing", f"optional; run: pip install 'oneclass-bench[{package.extra}]'"
            else:
                status, fix = "broken", "needed; run: pip install oneclass-bench"
            yield Finding("versions", package.name, None, status, fix)


def _machine() -> Iterator[Finding]:
    import psutil

    from benchmark.running.device import list_gpus

    yield Finding("machine", "platform", platform.platform())
    cores = os.cpu_count()
    # A container or a batch system may allow fewer than there are; macOS cannot say.
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else cores
    yield Finding("machine", "cores", cores, note="" if usable == cores else f"({usable} of them may be used here)")
    memory = psutil.virtual_memory()
    available = f"({memory.available / 2**30:.1f} of them available now)"
    yield Finding("machine", "memory, GiB", round(memory.total / 2**30, 1), note=available)
    gpus, problem = list_gpus()
    note = f"({' '.join(problem.split())})" if problem else ""
    yield Finding("machine", "GPU", "; ".join(gpus) or "none found", note=note)


def _data(known: Registry) -> Iterator[Finding]:
    from benchmark.cli.data import locate

    root = os.environ.get("BENCH_DATA")
    if not root:
        fix = "not set; if you have the datasets already: export BENCH_DATA=/path/to/data"
        yield Finding("data", "BENCH_DATA", None, "missing", fix)
    elif not Path(root).is_dir():
        yield Finding(
            "data", "BENCH_DATA", None, "missing", f"there is no folder {root}; datasets are downloaded instead"
        )
    else:
        yield Finding("data", "BENCH_DATA", root)
    for offer in known.datasets.all():
        location = locate(offer.spec)
        if location.found == "missing":
            fix = f"downloaded by the first run; or now: bench data fetch {offer.spec.name}"
            yield Finding("data", offer.spec.name, None, "missing", fix)
        else:
            variant = f" ({location.variant})" if location.variant else ""
            yield Finding("data", offer.spec.name, f"{location.found}{variant}")


def _store(path: Path) -> Finding:
    from benchmark.results import Store

    try:
        if not path.exists():
            return Finding("store", "outcomes", 0, note=f"(no store at {path} yet; `bench run` creates it)")
        with Store(path) as store:
            return Finding("store", "outcomes", len(store.outcomes()), note=f"in {path}")
    except StoreError as error:
        return Finding("store", "outcomes", None, "broken", str(error))
    except OSError as error:
        return Finding("store", "outcomes", None, "broken", f"{path} cannot be read: {error.strerror}")


def _plugins(known: Registry) -> Iterator[Finding]:
    for row in known.plugins:
        yield Finding("plugins", row.name, row.distribution, row.status, row.error)
    for catalogue in (known.detectors, known.datasets, known.metrics, known.observers):
        for name in catalogue.names():
            try:
                catalogue.require(name)
            except PluginConflict as error:
                yield Finding("plugins", name, None, "broken", str(error))


def _detectors(known: Registry) -> Iterator[Finding]:
    missing, ready, names = [], 0, known.detectors.names()
    for name in names:
        try:
            known.resolve(name, {}).check_installed()
        except PluginConflict:  # listed among the plugins
            continue
        except BenchError as error:  # a package, or what it is built on
            missing.append(Finding("detectors", name, None, "missing", str(error)))
        else:
            ready += 1
    yield Finding("detectors", "ready to run", ready, note=f"of {len(names)}")
    yield from missing


def _table(findings: Sequence[Finding]) -> str:
    width = max(len(finding.name) for finding in findings)
    lines = []
    for section in dict.fromkeys(finding.section for finding in findings):
        lines.append(section)
        for finding in findings:
            if finding.section == section:
                value = str(finding.value) if finding.status == "ok" else f"{finding.status}:"
                lines.append(" ".join(f"  {finding.name:<{width}}  {value} {finding.note}".rstrip().splitlines()))
        lines.append("")
    broken = [finding.name for finding in findings if finding.status == "broken"]
    if broken:
        lines.append(f"Broken: {', '.join(broken)}.")
    elif any(finding.status == "missing" for finding in findings):
        lines.append("Nothing is broken; what is missing is optional.")
    else:
        lines.append("Nothing is missing or broken.")
    return "\n".join(lines)
