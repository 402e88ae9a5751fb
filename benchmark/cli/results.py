"""`bench results`: works on stored outcomes, without training."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmark.cli.options import store_option

if TYPE_CHECKING:
    from benchmark.interfaces.outcome import Outcome
    from benchmark.running.rescore import Change, Rescored

MOST_REASONS = 3


@click.group("results")
def command() -> None:
    """Work on stored outcomes. Nothing is trained and no image is loaded."""


@command.command("rescore")
@click.option(
    "--dataset", "datasets", multiple=True, metavar="NAME", help="Only outcomes on this dataset. May be repeated."
)
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    metavar="NAME",
    help="Compute this metric, also where it exists.  [default: every installed metric, where it is missing or of"
    " another version]",
)
@click.option("--quiet", is_flag=True, help="No progress.")
@store_option
@click.pass_context
def rescore(
    ctx: click.Context, datasets: tuple[str, ...], metrics: tuple[str, ...], quiet: bool, store_path: Path
) -> None:
    """Compute metrics from the stored scores, for instance after installing a metric, and store the values.

    Every rule that passed the audit is measured, of every outcome that is ok. With --metric, a new value that differs
    by more than 1e-12 replaces the stored one, and both are printed. A metric that fails leaves the stored value.

    Each outcome is stored as soon as it is done. Exits with 1 if the scores of an outcome are missing or damaged.
    """
    from benchmark.registry import registry
    from benchmark.results import Store
    from benchmark.running import rescore as rescoring
    from benchmark.running.progress import with_progress

    known = registry()
    for name in metrics:
        known.metrics.require(name)
    count = _Count()
    try:
        with Store(store_path) as store:
            for name in sorted({*datasets} - {*store.datasets()}):
                known.datasets.require(name)
            outcomes = rescoring.rescorable(store, datasets)
            steps = rescoring.rescore(store, outcomes, known, metrics)
            for step in with_progress(steps, of=len(outcomes), what="outcomes", quiet=quiet):
                count.take(step)
    except KeyboardInterrupt:
        click.echo(f"{count} Finished outcomes are stored in {store_path}.")
        raise
    click.echo(count)
    if count.lost:
        ctx.exit(1)


class _Count:
    """Counts of a rescoring, for its last line; changes and missing scores are printed at once."""

    def __init__(self) -> None:
        self.outcomes = self.added = self.changed = self.lost = 0
        self.unable: Counter[str] = Counter()

    def take(self, step: Rescored) -> None:
        self.outcomes += 1
        self.added += step.added
        self.changed += len(step.changed)
        self.unable.update(step.unable)
        for change in step.changed:
            click.echo(f"{_named(step.outcome)}: {_described(change)}", err=True)
        if step.lost:
            self.lost += 1
            click.echo(f"bench: {_named(step.outcome)}: no scores to measure: {step.lost}", err=True)

    def __str__(self) -> str:
        from benchmark.reports.text import plural

        parts = [f"{plural(self.added, 'value')} added", f"{self.changed} changed"]
        if self.unable:
            reasons = [
                reason if count == 1 else f"{reason} ({count} times)"
                for reason, count in self.unable.most_common(MOST_REASONS)
            ]
            if len(self.unable) > MOST_REASONS:
                reasons.append(plural(len(self.unable) - MOST_REASONS, "other reason"))
            parts.append(f"{self.unable.total()} could not be computed: {'; '.join(reasons)}")
        if self.lost:
            parts.append(f"{plural(self.lost, 'outcome')} without scores")
        one_line = " ".join(", ".join(parts).split())
        return f"{plural(self.outcomes, 'outcome')} measured: {one_line}."


def _named(outcome: Outcome) -> str:
    return f"{outcome.trial} [{outcome.trial.id[:10]}]"


def _described(change: Change) -> str:
    texts = [f"{change.rule} {change.metric}: {change.before.value:.12g} -> {change.after.value:.12g}"]
    for name in ("standard_error", "class_error"):
        errors = (getattr(change.before, name), getattr(change.after, name))
        if errors[0] != errors[1]:
            written = " -> ".join("none" if error is None else f"{error:.6g}" for error in errors)
            texts.append(f"{name.replace('_', ' ')} {written}")
    if change.before.version != change.after.version:
        texts.append(f"version {change.before.version} -> {change.after.version}")
    return ", ".join(texts)
