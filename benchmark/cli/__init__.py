"""The command `bench`: one file a verb. Importing it loads click and nothing heavier."""

from __future__ import annotations

import errno
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from benchmark.interfaces.errors import BenchError

COMMANDS = (
    "run",
    "list",
    "show",
    "leaderboard",
    "reproduce",
    "compare",
    "tradeoff",
    "publish",
    "data",
    "results",
    "new",
    "check",
    "doctor",
)


class LazyGroup(click.Group):
    """Imports a verb's file when the verb is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the verbs in the order a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the verb; each file holds a command called `command`."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"benchmark.cli.{cmd_name}").command
        return command


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="oneclass-bench", prog_name="bench")
def bench() -> None:
    """Compare detectors of anomalous images that learn from normal images alone.

    Each detector is trained on one class of a dataset and tested on all of them
    (the one-vs-rest protocol of Ruff et al. 2018).

    \b
        bench run --detector ocvae --dataset mnist
        bench leaderboard mnist
    """


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run `bench` and exit: 0 all is ok, 1 a trial was not or the input was refused, 2 usage, 130 Ctrl-C."""
    # A terminal that closes and a polite kill end a run as Ctrl-C does: workers are ended, what is done is kept.
    for name in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(name) is not signal.SIG_IGN:  # `nohup` has asked for that
            signal.signal(name, signal.default_int_handler)
    sys.exit(_exit_code(args))


def _exit_code(args: Sequence[str] | None) -> int:
    try:
        result = bench.main(args=args, prog_name="bench", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except BenchError as error:
        click.echo(f"bench: {' '.join(str(error).split())}", err=True)
        return 1
    except (KeyboardInterrupt, click.Abort):
        click.echo("bench: interrupted", err=True)
        return 130
    except BrokenPipeError:  # `bench list ... | head`: nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nor will the rest find room
        click.echo(f"bench: the output cannot be written: {error.strerror}", err=True)
        return 1
    return result if isinstance(result, int) else 0
