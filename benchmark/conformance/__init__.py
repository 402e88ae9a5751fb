"""The conformance kit: what a detector, a dataset and a metric must do, as checks with a sentence each.

`bench check NAME` runs them in a process of their own, and so does `pytest --bench-check NAME`;
`python -m benchmark.conformance` is that process. From a test of one's own: `examine(subject_of(NAME))`.
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
