"""The commands of `bench`: its own, and those that plugins add. A command's module is imported when it is used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import click

from benchmark.interfaces.errors import BadSpec, PluginConflict, did_you_mean

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from benchmark.interfaces.specs import CommandSpec
    from benchmark.registry import Offer, Registry

COMMANDS = {
    "run": "Train and test detectors, and print the board.",
    "list": "List what is installed: detectors, datasets, metrics, plugins.",
    "show": "Show everything about a detector or a trial.",
    "leaderboard": "Rank the stored outcomes on a dataset.",
    "reproduce": "Run a published recipe and compare with its numbers.",
    "compare": "Compare two detectors class by class and image by image.",
    "publish": "Write boards, and the rows that they are made from.",
    "data": "List, fetch, verify or remove the files of datasets.",
    "verify": "Check stored trials with models that are fitted again.",
    "results": "Apply new metrics to stored outcomes.",
    "new": "Write a new plugin to start from.",
    "check": "Test a detector, a dataset or a metric against its contract.",
    "doctor": "Check this installation.",
}
"""Name -> its line in `bench --help`, in the order in which a new user needs them."""


class CommandGroup(click.Group):
    """The group `bench`: finds a command in `COMMANDS`, then among those of plugins."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of the commands of `bench`, then of those of plugins."""
        return [*COMMANDS, *(name for name in discover_commands().commands.names() if name not in COMMANDS)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command; plugins are searched only for a name that is not one of `bench`'s own commands.

        Raises
        ------
        BadSpec
            If a plugin's command cannot be imported.
        PluginConflict
            If two plugins offer it.
        """
        if cmd_name in COMMANDS:
            return own_command(cmd_name)
        commands = discover_commands().commands
        return plugin_command(commands.offer(cmd_name)) if cmd_name in commands else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command and what follows its name; an unknown name is a usage error with the closest one."""
        name, *rest = args
        command = self.get_command(ctx, name)
        if command is None and not ctx.resilient_parsing:
            broken = _broken(discover_commands())
            hint = f". Broken plugins: {', '.join(broken)}; see: bench list plugins" if broken else ""
            raise click.UsageError(f"{did_you_mean('command', name, self.list_commands(ctx))}{hint}", ctx)
        return name, command, rest

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the summaries; no command is imported."""
        with formatter.section("Commands"):
            formatter.write_dl([*COMMANDS.items()])
        known = discover_commands()
        summaries = {offer.spec.name: offer.spec.summary for offer in known.commands.all()}
        if summaries:
            with formatter.section("Commands of plugins"):
                formatter.write_dl([(name, conflict(name, known) or text) for name, text in summaries.items()])
        if broken := _broken(known):
            with formatter.section("Broken plugins"):
                formatter.write_text(f"{', '.join(broken)}; see: bench list plugins")

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the names that begin with `incomplete`; no command is imported."""
        from click.shell_completion import CompletionItem

        names = [CompletionItem(name) for name in self.list_commands(ctx) if name.startswith(incomplete)]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]


def own_command(name: str) -> click.Command:
    """Import a command of `bench` itself; each file holds one that is called `command`."""
    command: click.Command = importlib.import_module(f"benchmark.cli.{name}").command
    return command


def discover_commands() -> Registry:
    """Return the commands that plugins offer, and which plugins are broken; their other offers are not loaded."""
    from benchmark.registry import Registry

    return Registry.discover(only_commands=True)


def plugin_command(offer: Offer[CommandSpec]) -> click.Command:
    """Import a command of a plugin.

    Raises
    ------
    BadSpec
        If its module cannot be imported, or has no click command of that name.
    """
    name, place = offer.spec.name, offer.spec.command
    module, _, attribute = place.partition(":")
    whose = f"the command {name!r} of the plugin {offer.plugin!r} cannot be used"
    advice = (
        f"correct {place!r} in its spec, or its code, or reinstall or uninstall {offer.distribution or offer.plugin}"
    )
    try:
        command = getattr(importlib.import_module(module), attribute)
    except (Exception, SystemExit) as error:
        raise BadSpec(f"{whose}: {type(error).__name__}: {error}; {advice}") from error
    if not isinstance(command, click.Command):
        raise BadSpec(f"{whose}: {place} is a {type(command).__name__}, not a click command; {advice}")
    return command


def conflict(name: str, known: Registry) -> str:
    """Return why no plugin's command of this name can be used, and what to do; empty if one can."""
    if name in COMMANDS:
        plugins = " and ".join(repr(offer.plugin) for offer in known.commands.all() if offer.spec.name == name)
        return f"`bench {name}` is a command of bench itself; rename that of {plugins}"
    try:
        known.commands.require(name)
    except PluginConflict as error:
        return str(error)
    return ""


def _broken(known: Registry) -> list[str]:
    return [plugin.name for plugin in known.plugins if plugin.status == "broken"]
