"""`bench verify`: checks stored trials with models that have seen no test image."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmark.cli.report_command import report_command

if TYPE_CHECKING:
    from benchmark.reports.document import Report


@click.command("verify")
@click.option(
    "--models",
    type=click.IntRange(min=1),
    required=True,
    metavar="N",
    help="How many stored trials to check, chosen at random.",
)
@click.option("--dataset", "datasets", multiple=True, metavar="NAME", help="Only trials on this dataset; repeatable.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed chooses other trials.")
@report_command()
def command(*, models: int, datasets: tuple[str, ...], seed: int, store_path: Path) -> tuple[Report, int]:
    """Fit sampled trials again without test images, and score a few test images with the model, alone.

    A detector with `save` and `load` is saved and loaded in a fresh process, which gets these images only; another one
    scores them in the process that fitted it. The scores must be those that the trial stored; otherwise the detector
    has learnt from the test images, or an image's score depends on other images.

    A trial of other code than the installed one is not checked. Exits with 1 if a trial differs.
    """
    from benchmark.registry import registry
    from benchmark.reports.verification import verification_report
    from benchmark.results import Store
    from benchmark.running.progress import with_progress
    from benchmark.running.verify_models import DIFFERS, sample_trials, verify_models

    with Store(store_path) as store:
        outcomes = sample_trials(store, models, seed=seed, datasets=datasets)
        results = list(with_progress(verify_models(store, outcomes, registry()), of=len(outcomes), what="trials"))
    return verification_report(results), int(any(result.verdict == DIFFERS for result in results))
