"""The commands of `bench`: its own, and those that plugins add."""

import importlib
import sys

import click
import pytest

from benchmark.cli.commands import COMMANDS

PLUGIN = """
import click
from benchmark import CommandSpec, hookimpl


@hookimpl
def bench_commands():
    return [CommandSpec(name={name!r}, summary="Greet a dataset.", command={command!r})]
"""

GREET = """
import click


@click.command("hello")
@click.argument("dataset")
def command(dataset):
    \"\"\"Greet a DATASET with a word.\"\"\"
    click.echo(f"hello {dataset}")
    return 3


TEXT = "hello"
"""


@pytest.fixture
def greets(installed, tmp_path):
    """A function that installs a plugin with a command; its code is in a module of its own, without an entry point."""

    def install(plugin="bench_greets", *, name="hello", command="greet_code:command"):
        installed(plugin, PLUGIN.format(name=name, command=command))

    (tmp_path / "site" / "greet_code.py").write_text(GREET)
    (tmp_path / "site" / "greet_broken.py").write_text("1 / 0")
    yield install
    sys.modules.pop("greet_code", None)


def section(text, heading):
    """The lines of a section of a help text: name -> summary."""
    lines = text.partition(f"\n{heading}:\n")[2].partition("\n\n")[0].splitlines()
    return {name: summary.strip() for name, _, summary in (line.strip().partition(" ") for line in lines)}


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_of_bench_has_a_file_and_a_summary_of_one_line(name):
    command = importlib.import_module(f"benchmark.cli.{name}").command
    assert isinstance(command, click.Command)
    assert command.name == name
    assert len(COMMANDS[name]) <= 80 - len("  leaderboard  ")


def test_help_lists_the_commands_of_bench_and_then_those_of_plugins(bench, greets):
    greets()
    said = bench("--help").out
    assert section(said, "Commands") == COMMANDS
    of_plugins = section(said, "Commands of plugins")
    assert of_plugins["hello"] == "Greet a dataset."
    assert "tradeoff" in of_plugins
    assert "greet_code" not in sys.modules, "help imported the command"


def test_without_arguments_the_help_is_shown(bench, greets):
    greets()
    said = bench()
    assert "hello" in section(said.out + said.err, "Commands of plugins")


def test_a_command_of_a_plugin_has_its_own_help_and_its_exit_code(bench, greets):
    greets()
    said = bench("hello", "--help")
    assert said.code == 0
    assert said.out.startswith("Usage: bench hello [OPTIONS] DATASET\n\n  Greet a DATASET with a word.\n")
    said = bench("hello", "mnist")
    assert (said.code, said.out) == (3, "hello mnist\n")


def test_the_commands_of_plugins_are_listed_with_their_plugin(bench, greets):
    greets()
    rows = {row["name"]: row for row in bench("list", "commands", "--format", "json").json}
    assert rows["hello"] == {
        "name": "hello",
        "summary": "Greet a dataset.",
        "plugin": "bench_greets",
        "error": "",
    }
    assert "Greet a dataset." in bench("list", "commands").out


def test_a_misspelt_command_is_answered_with_the_closest_one(bench, greets):
    greets()
    for misspelt, right in (("helo", "hello"), ("leaderbord", "leaderboard")):
        said = bench(misspelt)
        assert said.code == 2
        assert f"no command is called {misspelt!r}. Did you mean {right!r}?" in said.err


CANNOT_BE_USED = {
    "its module is missing": ("no_such_module:command", "ModuleNotFoundError: No module named 'no_such_module'"),
    "its module is broken": ("greet_broken:command", "ZeroDivisionError: division by zero"),
    "its attribute is missing": ("greet_code:run", "AttributeError: module 'greet_code' has no attribute 'run'"),
    "its attribute is no command": ("greet_code:TEXT", "greet_code:TEXT is a str, not a click command"),
}


@pytest.mark.parametrize(("place", "why"), CANNOT_BE_USED.values(), ids=CANNOT_BE_USED)
def test_a_command_that_cannot_be_imported_is_one_line_and_the_others_work(bench, greets, place, why):
    greets(command=place)
    greets("bench_second", name="second")
    said = bench("hello", "mnist")
    assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)
    assert said.err.startswith(f"bench: the command 'hello' of the plugin 'bench_greets' cannot be used: {why}; ")
    assert f"correct {place!r} in its spec, or its code, or reinstall or uninstall bench_greets" in said.err
    assert bench("second", "mnist").out == "hello mnist\n"
    assert bench("list", "plugins").code == bench("--help").code == 0


def test_a_name_of_two_plugins_is_one_line_that_names_both_and_the_others_work(bench, greets):
    greets()
    greets("bench_rival")
    greets("bench_second", name="second")
    message = "the command 'hello' is offered twice, by 'bench_greets' and 'bench_rival'; uninstall one of them"
    said = bench("hello", "mnist")
    assert (said.code, said.err) == (1, f"bench: {message}\n")
    assert bench("second", "mnist").out == "hello mnist\n"
    assert message in " ".join(bench("--help").out.split())
    errors = [row["error"] for row in bench("list", "commands", "--format", "json").json if row["name"] == "hello"]
    assert errors == [message, message]


def test_a_plugin_cannot_replace_a_command_of_bench(bench, greets):
    greets(name="show")
    assert bench("show", "pca").out.startswith("# Detector pca")
    message = "`bench show` is a command of bench itself; rename that of 'bench_greets'"
    assert message in " ".join(bench("--help").out.split())
    errors = [row["error"] for row in bench("list", "commands", "--format", "json").json if row["name"] == "show"]
    assert errors == [message]


def test_help_names_broken_plugins_and_so_does_an_unknown_command(bench, greets, installed):
    installed("bench_broken", "import no_such_package")
    greets(name="Bad Name")
    greets("bench_second", name="second")
    said = bench("--help")
    assert said.code == 0
    assert "second" in section(said.out, "Commands of plugins")
    assert "Broken plugins:\n  bench_broken, bench_greets; see: bench list plugins\n" in said.out
    unknown = bench("hello")
    assert unknown.code == 2
    assert "Broken plugins: bench_broken, bench_greets; see: bench list plugins" in unknown.err
    rows = {row["name"]: row for row in bench("list", "plugins", "--format", "json").json}
    assert "a name is lower-case letters" in rows["bench_greets"]["error"]


def test_completion_offers_the_names_without_importing_a_command(bench, greets, monkeypatch):
    greets()
    monkeypatch.setenv("_BENCH_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "bench h")
    monkeypatch.setenv("COMP_CWORD", "1")
    said = bench()
    assert said.out == "plain,hello\n"
    assert "greet_code" not in sys.modules
