"""`bench check`: tells whether a detector, a dataset or a metric keeps its contract."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from benchmark.testing.check import Verdict

__all__ = ["command"]

WIDTH = 110


@click.command("check")
@click.argument("name")
@click.option(
    "--kind",
    type=click.Choice(["detector", "dataset", "metric"]),
    default=None,
    help="What is meant, where several things share the name.",
)
@click.option("--preset", default="", help="A detector's preset; `smoke` where it has one, else `fast`.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="A parameter or an option. Repeatable.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=1),
    default=120.0,
    show_default=True,
    metavar="SECONDS",
    help="What one check may take.",
)
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> None:
    """Examine a detector, a dataset or a metric: each clause of its contract, what came, and how to mend it.

    Runs in a process of its own. Exits with 1 if a check fails.
    """
    from benchmark.cli.values import parse_settings
    from benchmark.interfaces.errors import InvalidRequest
    from benchmark.registry import registry
    from benchmark.testing.child import Question, verdicts

    name, is_table = options["name"], options["form"] == "table"
    settings = parse_settings(options["settings"])
    if swept := [key for key, values in settings.items() if len(values) > 1]:
        raise InvalidRequest(f"one thing is checked at a time; {swept[0]} has several values")
    question = Question(
        name=name,
        kind=options["kind"] or "",
        values={key: values[0] for key, values in settings.items()},
        preset=options["preset"],
    )
    found: list[Verdict] = []
    for verdict in verdicts(registry(), question, seconds=options["timeout"]):
        found.append(verdict)
        if is_table:
            click.echo(_line(verdict))
    if is_table:
        click.echo(_summary(name, found))
    else:
        checks = [verdict.to_plain() for verdict in found]
        click.echo(json.dumps({"name": name, "keeps": _keeps(found), "checks": checks}, indent=2, ensure_ascii=False))
    if not _keeps(found):
        ctx.exit(1)


def _keeps(found: Sequence[Verdict]) -> bool:
    return all(verdict.status != "failed" for verdict in found)


def _line(verdict: Verdict) -> str:
    """Return one line of the table; it is printed as soon as it is known."""
    because = f" because {' '.join(verdict.came.split())}" if verdict.status == "skipped" else ""
    line = f"{verdict.check:<20} {'FAILED' if verdict.status == 'failed' else verdict.status}{because}"
    return textwrap.shorten(line, WIDTH, placeholder=" ...") if len(line) > WIDTH else line


def _summary(name: str, found: Sequence[Verdict]) -> str:
    """Return what failed, at length, and the counts."""
    lines = []
    for verdict in found:
        if verdict.status == "failed":
            lines += ["", verdict.check]
            for title, text in (("expected", verdict.expected), ("came", verdict.came), ("how to mend", verdict.cure)):
                lines += textwrap.wrap(text, WIDTH, initial_indent=f"  {title + ':':<13}", subsequent_indent=" " * 15)
    counts = {status: sum(verdict.status == status for verdict in found) for status in ("ok", "failed", "skipped")}
    told = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
    return "\n".join([*lines, "", f"{name} {'keeps' if _keeps(found) else 'breaks'} the contract: {told}."])
