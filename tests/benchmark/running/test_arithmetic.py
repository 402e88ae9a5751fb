"""Instruction sets, variables and BLAS of a process."""

import numpy as np

from benchmark.running.arithmetic import blas, from_cpuinfo, from_sysctl, variables

X86 = "processor\t: 0\nmodel name\t: Toy CPU\nflags\t\t: fpu mmx fma avx avx2 avx512f avx512_bf16 hypervisor\n"
ARM = "processor\t: 0\nFeatures\t: fp asimd evtstrm aes asimddp sve i8mm\n"


def test_the_instruction_sets_of_linux_are_those_that_numerical_libraries_use():
    assert from_cpuinfo(X86) == ["avx", "avx2", "avx512_bf16", "avx512f", "fma"]
    assert from_cpuinfo(ARM) == ["asimd", "asimddp", "i8mm", "sve"]


def test_a_processor_that_lists_none_has_no_known_instruction_sets():
    assert from_cpuinfo("processor\t: 0\n") == []


def test_the_instruction_sets_of_macos_are_those_with_the_value_1():
    lines = ["hw.optional.arm.FEAT_BF16: 1", "hw.optional.arm.FEAT_SME: 0", "hw.optional.avx2_0: 1", "hw.optional.x: 1"]
    assert from_sysctl("\n".join(lines)) == ["avx2_0", "feat_bf16"]
    assert from_sysctl("") == []


def test_variables_that_steer_the_arithmetic_are_listed_and_others_are_not():
    environment = {
        "ONEDNN_MAX_CPU_ISA": "AVX2", "TF_ENABLE_ONEDNN_OPTS": "0", "ATEN_CPU_CAPABILITY": "avx2",
        "OMP_SCHEDULE": "static", "OPENBLAS_CORETYPE": "Haswell", "MKL_CBWR": "COMPATIBLE", "KMP_BLOCKTIME": "0",
        "HOME": "/home/ada", "OMP": "1", "TF_CPP_MIN_LOG_LEVEL": "2",
    }  # fmt: skip
    assert list(variables("keras", environment)) == [
        "ATEN_CPU_CAPABILITY", "KMP_BLOCKTIME", "MKL_CBWR", "OMP_SCHEDULE", "ONEDNN_MAX_CPU_ISA", "OPENBLAS_CORETYPE",
        "TF_ENABLE_ONEDNN_OPTS",
    ]  # fmt: skip
    assert variables("keras", environment)["ONEDNN_MAX_CPU_ISA"] == "AVX2"


def test_variables_that_the_harness_or_scikit_learn_sets_are_not_listed():
    assert variables("sklearn", {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "KMP_INIT_AT_FORK": "FALSE"}) == {}


def test_the_blas_of_numpy_is_listed_with_what_it_chose_and_without_its_path():
    np.dot(np.ones((2, 2)), np.ones((2, 2)))
    found = blas()
    for carrier, library in found.items():
        assert set(library) == {"name", "version", "architecture", "threads"}
        assert "/" not in carrier
    # A NumPy from PyPI brings its own; one of a Linux distribution uses that of the system, or none.
    if "numpy" in found:
        assert (found["numpy"]["name"], found["numpy"]["threads"] >= 1) == ("openblas", True)
