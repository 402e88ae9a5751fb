"""`bench doctor`: what is installed, what this machine has, what is found and what is not, and the cure."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmark.cli.options import store_option
from benchmark.interfaces.errors import BenchError, PluginConflict, StoreError

if TYPE_CHECKING:
    from benchmark.registry import Registry

__all__ = ["Finding", "Package", "command", "gpus", "versions"]

NVIDIA_SMI_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the examination.

    Attributes
    ----------
    status : str
        `ok`; `missing`: may be left so; `broken`: has to be mended.
    note : str
        What is to be known beside the value; of what is missing or broken, why, and the cure.
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


PACKAGES = (
    Package("oneclass-bench", ("oneclass-bench",)),
    Package("numpy", ("numpy",)),
    Package("scikit-learn", ("scikit-learn",)),
    Package("tensorflow", ("tensorflow", "tensorflow-cpu"), extra="keras"),
    Package("keras", ("keras",), extra="keras"),
    Package("torch", ("torch",), extra="torch"),
    Package("xgboost", ("xgboost", "xgboost-cpu"), extra="hybrid"),
)


@click.command("doctor")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@store_option
@click.pass_context
def command(ctx: click.Context, form: str, store_path: Path) -> None:
    """Examine this installation: versions, machine, data, store, plugins; say what is missing and the cure.

    Exits with 1 if something is broken. An optional framework or a dataset that is missing is no failure.
    """
    from benchmark.registry import registry

    known = registry()
    findings = [
        *versions(PACKAGES),
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
    """Tell the version of Python and of each package, without importing it."""
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
                status, cure = "missing", f"optional; run: pip install 'oneclass-bench[{package.extra}]'"
            else:
                status, cure = "broken", "needed; run: pip install oneclass-bench"
            yield Finding("versions", package.name, None, status, cure)


def gpus() -> Finding:
    """Tell which GPUs NVIDIA's driver knows, as `nvidia-smi` lists them; no framework is asked."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return Finding("machine", "GPU", "none found")
    query = [program, "--query-gpu=name,memory.total", "--format=csv,noheader"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=NVIDIA_SMI_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding("machine", "GPU", "none found", note=f"(nvidia-smi: {error})")
    if done.returncode != 0:
        return Finding("machine", "GPU", "none found", note=f"(nvidia-smi: {(done.stderr or done.stdout).strip()})")
    return Finding("machine", "GPU", "; ".join(done.stdout.split("\n")).strip("; ") or "none found")


def _machine() -> Iterator[Finding]:
    import psutil

    yield Finding("machine", "platform", platform.platform())
    cores = os.cpu_count()
    # A container or a batch system may allow fewer than there are; macOS cannot say.
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else cores
    yield Finding("machine", "cores", cores, note="" if usable == cores else f"({usable} of them may be used here)")
    memory = psutil.virtual_memory()
    available = f"({memory.available / 2**30:.1f} of them available now)"
    yield Finding("machine", "memory, GiB", round(memory.total / 2**30, 1), note=available)
    yield gpus()


def _data(known: Registry) -> Iterator[Finding]:
    from benchmark.cli.data import data_row

    root = os.environ.get("BENCH_DATA")
    if root and not Path(root).is_dir():
        yield Finding(
            "data", "BENCH_DATA", None, "missing", f"there is no folder {root}; what it should hold is fetched"
        )
    elif root:
        yield Finding("data", "BENCH_DATA", root)
    else:
        cure = "not set; to use data of your own: export BENCH_DATA=/path/to/data"
        yield Finding("data", "BENCH_DATA", None, "missing", cure)
    for plugin, spec in known.datasets.all():
        row = data_row(plugin, spec)
        if row["found"] == "missing":
            cure = f"fetched when a run needs it, or now by: bench data fetch {spec.name}"
            yield Finding("data", spec.name, None, "missing", cure)
        else:
            known_as = f" ({row['label']})" if row["label"] else ""
            yield Finding("data", spec.name, f"{row['found']}{known_as}")


def _store(path: Path) -> Finding:
    from benchmark.store import Store

    try:
        if not path.exists():
            return Finding("store", "outcomes", 0, note=f"(no store at {path} yet; `bench run` makes one)")
        with Store(path) as store:
            return Finding("store", "outcomes", len(store.outcomes()), note=f"in {path}")
    except StoreError as error:
        return Finding("store", "outcomes", None, "broken", str(error))
    except OSError as error:
        return Finding("store", "outcomes", None, "broken", f"{path} cannot be read: {error.strerror}")


def _plugins(known: Registry) -> Iterator[Finding]:
    for row in known.plugins:
        yield Finding("plugins", row.name, row.distribution, row.status, row.error)
    for offers in (known.detectors, known.datasets, known.metrics, known.observers):
        for name in offers.names():
            try:
                offers[name]
            except PluginConflict as error:
                yield Finding("plugins", name, None, "broken", str(error))


def _detectors(known: Registry) -> Iterator[Finding]:
    missing, ready, names = [], 0, known.detectors.names()
    for name in names:
        try:
            known.require(name, known.detectors[name].config())
        except PluginConflict:  # told among the plugins
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
                said = str(finding.value) if finding.status == "ok" else f"{finding.status}:"
                lines.append(" ".join(f"  {finding.name:<{width}}  {said} {finding.note}".rstrip().splitlines()))
        lines.append("")
    broken = [finding.name for finding in findings if finding.status == "broken"]
    if broken:
        lines.append(f"Not well: {', '.join(broken)}.")
    elif any(finding.status == "missing" for finding in findings):
        lines.append("All is well; what is missing is optional.")
    else:
        lines.append("All is well.")
    return "\n".join(lines)
