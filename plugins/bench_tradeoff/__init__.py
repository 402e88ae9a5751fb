"""A report: one training for all values of a parameter, compared with a separate training for each value."""

from __future__ import annotations

from benchmark import CommandSpec, hookimpl


@hookimpl
def bench_commands() -> list[CommandSpec]:
    """Offer `bench tradeoff`."""
    return [
        CommandSpec(
            name="tradeoff",
            summary="Compare one training for all values of a parameter with many.",
            command="bench_tradeoff.command:command",
        )
    ]
