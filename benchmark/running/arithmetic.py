"""What decides, besides versions, how a worker computes: instruction sets, environment variables, BLAS.

The libraries choose their kernels by the instruction sets of the processor, and variables can change that choice. Other
kernels add in another order, so the numbers of the same trial differ slightly.
"""

from __future__ import annotations

import functools
import itertools
import os
import sys
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

from benchmark.running import frameworks
from benchmark.running.command_output import output_of

_INSTRUCTION_SETS = frozenset([
    # x86-64, as Linux names them
    "sse4_2", "avx", "avx2", "fma", "f16c", "avx_vnni", "avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512_vnni",
    "avx512_bf16", "avx512_fp16", "amx_tile", "amx_int8", "amx_bf16", "amx_fp16",
    # 64-bit ARM, as Linux names them
    "asimd", "asimddp", "asimdhp", "fphp", "bf16", "i8mm", "sve", "sve2", "svebf16", "svei8mm", "sme",
    # macOS
    "feat_bf16", "feat_dotprod", "feat_fp16", "feat_i8mm", "feat_sme", "feat_sme2", "avx1_0", "avx2_0",
])  # fmt: skip
"""Those by which oneDNN, ATen, OpenBLAS, MKL, Eigen and NumPy choose their kernels."""

_VARIABLES = (
    "ATEN_CPU_CAPABILITY", "NVIDIA_TF32_OVERRIDE", "TF_ENABLE_ONEDNN_OPTS", "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE",
)  # fmt: skip
_PREFIXES = (
    "BLIS_", "DNNL_", "GOMP_", "GOTO_", "KMP_", "MKL_", "NPY_DISABLE_CPU", "NPY_ENABLE_CPU", "OMP_", "ONEDNN_",
    "OPENBLAS_", "TF_ONEDNN_", "TF_XLA_", "VECLIB_", "XLA_",
)  # fmt: skip
"""Variables of oneDNN, ATen, TensorFlow, NumPy, of BLAS and of OpenMP."""

_OF_SCIKIT_LEARN = ("KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK")
"""scikit-learn sets these itself when it is imported; they do not change how anything is computed."""


@functools.cache
def instruction_sets() -> list[str]:
    """Return the instruction sets of this processor that numerical libraries use, sorted; empty if they are unknown."""
    if sys.platform == "darwin":
        return from_sysctl(output_of("sysctl", "hw.optional") or "")
    try:
        return from_cpuinfo(Path("/proc/cpuinfo").read_text())
    except OSError:
        return []


def from_cpuinfo(text: str) -> list[str]:
    r"""Return the instruction sets in the text of `/proc/cpuinfo`, of its first processor.

    Examples
    --------
    >>> from_cpuinfo("processor : 0\nflags : fpu avx2 sse4_2 mmx")
    ['avx2', 'sse4_2']
    """
    for line in text.splitlines():
        name, _, flags = line.partition(":")
        if name.strip() in ("flags", "Features"):
            return sorted(_INSTRUCTION_SETS & set(flags.split()))
    return []


def from_sysctl(text: str) -> list[str]:
    r"""Return the instruction sets in the output of `sysctl hw.optional`: those with the value 1.

    Examples
    --------
    >>> from_sysctl("hw.optional.arm.FEAT_BF16: 1\nhw.optional.arm.FEAT_SME: 0")
    ['feat_bf16']
    """
    values = (line.partition(":") for line in text.splitlines())
    present = {name.rpartition(".")[2].lower() for name, _, value in values if value.strip() == "1"}
    return sorted(_INSTRUCTION_SETS & present)


def variables(framework: str, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the variables of the user that change how libraries compute; not those that the harness itself sets."""
    ours = (*frameworks.environment(framework, threads=1), *_OF_SCIKIT_LEARN)
    return {
        name: value
        for name, value in sorted(environment.items())
        if name not in ours and (name in _VARIABLES or name.startswith(_PREFIXES))
    }


def blas() -> dict[str, dict[str, Any]]:
    """Return the BLAS libraries that this process has loaded.

    A copy within another library, such as that of PyTorch, is not seen; the version of the package determines it.

    Returns
    -------
    dict of str to dict
        The package that brought it (`numpy`, `scipy`), or the library's file name if it is part of the system ->
        `name`, `version`, `architecture` (the kernels that it chose) and `threads`; a value is None if it is unknown.
    """
    from threadpoolctl import threadpool_info

    return {
        _carrier(each["filepath"]): {
            "name": each["internal_api"],
            "version": each["version"],
            "architecture": each.get("architecture"),
            "threads": each["num_threads"],
        }
        for each in sorted(threadpool_info(), key=lambda each: str(each["filepath"]))
        if each["user_api"] == "blas"
    }


def _carrier(path: str) -> str:
    """Return the package that a library belongs to; nothing else of its path.

    Examples
    --------
    >>> _carrier("/x/site-packages/numpy.libs/libscipy_openblas64_-32a4b2a6.so")
    'numpy'
    >>> _carrier("/usr/lib/libopenblas.so.0")
    'libopenblas'
    """
    parts = PurePath(path).parts
    for folder, inside in itertools.pairwise(parts):
        if folder in ("site-packages", "dist-packages"):
            return inside.removesuffix(".libs")
    return parts[-1].partition(".")[0]
