"""`bench show`: everything about one detector, or about one trial."""

from __future__ import annotations

import string
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmark.cli.report_command import report_command
from benchmark.interfaces.errors import UnknownName

if TYPE_CHECKING:
    from benchmark.reports.document import Report


@click.command("show")
@click.argument("what", metavar="DETECTOR|TRIAL")
@click.option(
    "--operating-points",
    is_flag=True,
    help="Of a trial: sensitivity and specificity at thresholds along the ROC curve and at the label-free threshold.",
)
@click.option("--rule", metavar="NAME", help="The rule of the operating points.  [default: the primary one]")
@report_command()
def command(*, what: str, operating_points: bool, rule: str | None, store_path: Path) -> Report:
    """Show a detector (rules, presets, parameters with defaults and bounds) or a trial.

    A trial is named by its id, or by the first characters of the id: `bench run --dry-run` lists them.
    """
    if rule is not None and not operating_points:
        raise click.UsageError("--rule needs --operating-points; without it all rules are shown")
    from benchmark.registry import registry
    from benchmark.reports.detector_page import detector_report
    from benchmark.reports.operating_points import operating_points_report
    from benchmark.reports.trial_page import trial_report
    from benchmark.results import Store

    known = registry()
    may_be_trial = what not in known.detectors and set(what.lower()) <= set(string.hexdigits)
    if not may_be_trial:
        if operating_points:
            raise click.UsageError(f"--operating-points needs the id of a trial; not {what!r}")
        return detector_report(known, known.detectors[what])
    if not store_path.is_file():
        raise UnknownName(f"no detector is called {what!r}, and there is no store at {store_path} with trials")
    with Store(store_path) as store:
        outcome = store.outcome(what.lower())
    return operating_points_report(outcome, rule) if operating_points else trial_report(outcome, known)
