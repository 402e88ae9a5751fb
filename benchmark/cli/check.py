"""`bench check`: tests a detector, a dataset or a metric against its contract."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from benchmark.conformance import Verdict

WIDTH = 110


@click.command("check")
@click.argument("name")
@click.option(
    "--kind",
    type=click.Choice(["detector", "dataset", "metric"]),
    default=None,
    help="Needed only if a detector, a dataset or a metric share the name.",
)
@click.option("--preset", default="", help="A detector's preset.  [default: smoke if it has one, else fast]")
@click.option(
    "--set", "settings", multiple=True, metavar="KEY=VALUE", help="A parameter or an option. May be repeated."
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=1),
    default=120.0,
    show_default=True,
    metavar="SECONDS",
    help="Time limit of one check.",
)
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> None:
    """Test a detector, a dataset or a metric against its contract; for each failed check, say how to fix it.

    The checks run in their own process. Exits with 1 if a check fails.
    """
    from benchmark.cli.values import parse_settings
    from benchmark.conformance.questions import Question, verdicts
    from benchmark.interfaces.errors import InvalidRequest
    from benchmark.registry import registry

    name, is_table = options["name"], options["form"] == "table"
    settings = parse_settings(options["settings"])
    if swept := [key for key, values in settings.items() if len(values) > 1]:
        raise InvalidRequest(f"give one value of {swept[0]}; a check takes no sweep")
    question = Question(
        name=name,
        kind=options["kind"] or "",
        values={key: values[0] for key, values in settings.items()},
        preset=options["preset"],
    )
    results: list[Verdict] = []
    for verdict in verdicts(registry(), question, seconds=options["timeout"]):
        results.append(verdict)
        if is_table:
            click.echo(_line(verdict))
    keeps = all(verdict.status != "failed" for verdict in results)
    if is_table:
        click.echo(_failures(results))
        click.echo(f"{name} {'keeps' if keeps else 'breaks'} the contract: {_counts(results)}.")
    else:
        document = {"name": name, "keeps": keeps, "checks": [asdict(verdict) for verdict in results]}
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
    if not keeps:
        ctx.exit(1)


def _line(verdict: Verdict) -> str:
    """Return one line of the table; it is printed as soon as it is known."""
    status = "FAILED" if verdict.status == "failed" else verdict.status
    line = f"{verdict.check:<20} {status}"
    if verdict.status == "skipped":
        line += f" because {' '.join(verdict.got.split())}"
    return textwrap.shorten(line, WIDTH, placeholder=" ...") if len(line) > WIDTH else line


def _failures(results: Sequence[Verdict]) -> str:
    """Return, for each check that failed, what was expected, what it got, and how to fix it."""
    lines = []
    for verdict in results:
        if verdict.status == "failed":
            lines += ["", verdict.check]
            for title, text in (("expected", verdict.expected), ("got", verdict.got), ("how to fix", verdict.fix)):
                lines += textwrap.wrap(text, WIDTH, initial_indent=f"  {title + ':':<12}", subsequent_indent=" " * 14)
    return "\n".join([*lines, ""])


def _counts(results: Sequence[Verdict]) -> str:
    counts = {status: sum(verdict.status == status for verdict in results) for status in ("ok", "failed", "skipped")}
    return ", ".join(f"{count} {status}" for status, count in counts.items() if count)
