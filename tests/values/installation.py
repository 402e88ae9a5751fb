"""Installs a plugin for a test, as pip would."""

from pathlib import Path


def install(folder: Path, name: str, source: str) -> None:
    """Lay a distribution of one module into a folder, as pip would, with its entry point."""
    (folder / f"{name}.py").write_text(source)
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[bench]\n{name} = {name}\n")
