"""The report of `bench verify`: whether models that have seen no test image give the stored scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from benchmark.reports.document import Report, note, text_table
from benchmark.reports.text import plural
from benchmark.running.verify_models import FEW_IMAGES, VerifiedModel


def verification_report(results: Sequence[VerifiedModel]) -> Report:
    """Return a line for each trial."""
    header = ["trial", "detector", "task", "seed", "result", "why"]
    lines = [
        (
            result.outcome.trial.id[:12],
            result.outcome.trial.detector,
            f"{result.outcome.trial.dataset}/{result.outcome.trial.task}",
            str(result.outcome.trial.seed),
            result.verdict,
            result.why,
        )
        for result in results
    ]
    counts = Counter(result.verdict for result in results)
    summary = ", ".join(f"{verdict}: {count}" for verdict, count in counts.items()) or "the store has no such trial"
    about = (
        f"{plural(len(results), 'trial')}; {summary}. Each was fitted again in a process that got its training images"
        f" only, saved and loaded in another process if it can be, and scored {FEW_IMAGES} images alone."
    )
    return Report(
        title="Models fitted again against stored scores",
        tables=(text_table("", header, lines, text=header),),
        notes=(note(about),),
        data=[dict(zip(header, line, strict=True)) for line in lines],
        lines=(tuple(header), *lines),
    )
