"""The command `bench`: one file for each of its commands. Importing it loads click and nothing heavier."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from benchmark.cli.commands import CommandGroup
from benchmark.interfaces.errors import BenchError


@click.command(cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="oneclass-bench", prog_name="bench")
def bench() -> None:
    """Compare detectors of anomalous images that learn from normal images alone.

    A detector trains on the images of one class and is tested on all classes
    (the one-vs-rest protocol of Ruff et al. 2018).

    \b
        bench run --detector ocvae --dataset mnist
        bench leaderboard mnist
    """


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run `bench` and exit. Exit codes: 0 success, 1 a failed trial or a refused input, 2 wrong usage, 130 Ctrl-C."""
    # SIGTERM and a closed terminal end a run as Ctrl-C does: workers are stopped, and finished trials are kept.
    for name in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(name) is not signal.SIG_IGN:  # as set by `nohup`
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
    except BrokenPipeError:  # as in `bench list ... | head`: the reader has closed the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the rest would fail too
        click.echo(f"bench: the output cannot be written: {error.strerror}", err=True)
        return 1
    return result if isinstance(result, int) else 0
