"""The device: the CPU, or one of the GPUs that this process may use. No framework is loaded to find out."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

from benchmark.interfaces.errors import InvalidRequest

_NVIDIA_SMI_SECONDS = 20


def resolve_device(text: str) -> int | None:
    """Return the number of the GPU that `cuda`, `cuda:K` or `auto` selects; None for the CPU.

    Raises
    ------
    InvalidRequest
        If the text is invalid, or there is no such GPU.
    """
    if text == "cpu":
        return None
    named = re.fullmatch(r"cuda(?::(\d+))?", text)
    if text != "auto" and named is None:
        raise InvalidRequest(f"a device must be cpu, cuda, cuda:K or auto; not {text!r}")
    gpus = len(visible_gpus(len(list_gpus()[0])))
    if named is None:
        return 0 if gpus else None
    number = int(named[1] or 0)
    if number >= gpus:
        raise InvalidRequest(f"there is no {text}: {gpus} GPUs can be used; choose --device cpu or auto")
    return number


def visible_gpus(count: int) -> list[str]:
    """Return the names of the GPUs, of `count`, that CUDA_VISIBLE_DEVICES allows this process to use."""
    allowed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if allowed is None:
        return [str(number) for number in range(count)]
    return [name.strip() for name in allowed.split(",") if name.strip() not in ("", "-1")] if count else []


def list_gpus() -> tuple[list[str], str]:
    """Return a line for each GPU (name, memory) from nvidia-smi, and an error message if that failed."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return [], ""
    query = [program, "--query-gpu=name,memory.total", "--format=csv,noheader"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=_NVIDIA_SMI_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return [], f"nvidia-smi: {error}"
    if done.returncode != 0:
        return [], f"nvidia-smi: {(done.stderr or done.stdout).strip()}"
    return [line.strip() for line in done.stdout.splitlines() if line.strip()], ""
