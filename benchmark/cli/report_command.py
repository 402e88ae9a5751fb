"""What every verb that shows a report has in common: `--store`, `--metric`, `--format`, `--output`."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from benchmark.cli.options import check_folder_of, store_option, write_text
from benchmark.reports.render import FORMATS, render

if TYPE_CHECKING:
    from benchmark.reports.document import Report

    Shown: TypeAlias = Report | tuple[Report, int]

SCREEN, REDIRECTED = "terminal", "markdown"

_FORMAT = click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    help="[default: that of the suffix of --output; without --output terminal, or markdown if redirected]",
)
_OUTPUT = click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write to FILE instead of the screen; .md, .tex, .csv, .json and .html choose the format.",
)
_METRIC = click.option(
    "--metric",
    default="roc_auc",
    show_default=True,
    metavar="NAME",
    help="The metric to use; `bench list metrics` names all.",
)


def report_command(*, metric: bool = False) -> Callable[[Callable[..., Shown]], Callable[..., int]]:
    """Make a function that returns a `Report` a command that prints it, or writes it to a file, in any format.

    The function gets `store_path` (a Path) and, if asked for, `metric` (a name), besides its own parameters. It returns
    the report, or the report and the exit code.

    Parameters
    ----------
    metric : bool
        Whether the verb has `--metric`.

    Examples
    --------
    >>> @click.command("seeds")
    ... @click.argument("dataset")
    ... @report_command()
    ... def command(*, dataset: str, store_path: Path) -> Report:
    ...     return Report(title=f"Seeds on {dataset}", tables=())
    >>> [option.name for option in command.params]
    ['dataset', 'form', 'output', 'store_path']
    """

    def decorate(function: Callable[..., Shown]) -> Callable[..., int]:
        @functools.wraps(function)
        def show(*arguments: Any, form: str | None, output: Path | None, **options: Any) -> int:
            # A wrong suffix or folder is refused before any work.
            name = form or format_of(output)
            if output is not None:
                check_folder_of(output)
            shown = function(*arguments, **options)
            report, code = shown if isinstance(shown, tuple) else (shown, 0)
            write_report(report, name, output)
            return code

        decorated: Any = show
        for option in (store_option, _OUTPUT, _FORMAT, *((_METRIC,) if metric else ())):
            decorated = option(decorated)
        return decorated  # type: ignore[no-any-return]

    return decorate


def write_report(report: Report, form: str, output: Path | None = None) -> None:
    """Write a report to a file, or to the screen."""
    text = render(report, form)
    if output is None:
        click.echo(text, nl=False)
    else:
        write_text(output, click.unstyle(text) if form == SCREEN else text)


def format_of(output: Path | None = None) -> str:
    """Return the format that the suffix of a file, or the screen, calls for.

    Raises
    ------
    click.UsageError
        If no format has the suffix.
    """
    if output is None:
        return SCREEN if sys.stdout.isatty() else REDIRECTED
    suffix = output.suffix.lower()
    by_suffix = {known: name for name, each in FORMATS.items() for known in each.suffixes}
    if suffix not in by_suffix:
        listed = ", ".join(filter(None, by_suffix))
        raise click.UsageError(f"{suffix!r} is the suffix of no format (known: {listed}); choose one with --format")
    return by_suffix[suffix]
