"""The precision of a PyTorch network's arithmetic."""

from __future__ import annotations

import contextlib
from typing import Any, Literal

import torch


def precision(device: torch.device, name: Literal["float32", "bfloat16"]) -> Any:
    """Return a context manager under which a network computes in a precision; autocast for bfloat16."""
    if name == "float32":
        return contextlib.nullcontext()
    return torch.autocast(device.type, dtype=torch.bfloat16)
