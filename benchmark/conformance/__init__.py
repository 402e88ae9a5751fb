"""The conformance kit: checks of the contract that a detector, a dataset and a metric must keep.

`bench check NAME` and `pytest --bench-check NAME` run the checks in a separate process, `python -m
benchmark.conformance`. A test can run them in its own process: `examine(subject_of(NAME))`.
"""

from __future__ import annotations

from benchmark.conformance.check import Check, Failed, Skipped, Verdict, check
from benchmark.conformance.examine import KINDS, checks_of, examine, kind_of, subject_of

__all__ = [
    "KINDS",
    "Check",
    "Failed",
    "Skipped",
    "Verdict",
    "check",
    "checks_of",
    "examine",
    "kind_of",
    "subject_of",
]
