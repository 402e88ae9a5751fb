"""What every command that shows a report has in common: the format, the file, and the exit code."""

import contextlib
import csv
import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from benchmark.cli.report_command import format_of, report_command
from benchmark.interfaces.errors import InvalidRequest
from benchmark.reports.document import Cell, Column, Report, Table
from benchmark.reports.render import FORMATS, render

REPORT = Report(
    "Fruit",
    (Table("", (Column("name", numeric=False), Column("n")), ((Cell("pear"), Cell("3", bold=True)),)),),
    data=[{"name": "pear", "n": 3}],
    lines=(("name", "n"), ("pear", 3)),
)
SUFFIXES = [(suffix, name) for name, each in FORMATS.items() for suffix in each.suffixes]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def fruit():
    """A function that runs a command with these arguments; `calls` are the options of its function."""
    calls = []

    def run(*arguments, returned=REPORT, **options):
        @click.command("fruit")
        @report_command(**options)
        def command(**values):
            calls.append(values)
            return returned

        return CliRunner().invoke(command, arguments)

    run.calls = calls
    return run


def test_the_function_gets_the_path_of_the_store_and_a_metric_if_asked_for(fruit):
    assert fruit("--store", "a.db").exit_code == 0
    assert fruit("--metric", "roc_auc").exit_code == 2, "this command has no --metric"
    assert fruit(metric=True).exit_code == 0
    assert fruit("--metric", "fpr_at_95_tpr", metric=True).exit_code == 0
    assert fruit.calls == [
        {"store_path": Path("a.db")},
        {"store_path": Path("results/bench.db"), "metric": "roc_auc"},
        {"store_path": Path("results/bench.db"), "metric": "fpr_at_95_tpr"},
    ]


def test_redirected_output_is_markdown(fruit):
    assert fruit().output == render(REPORT, "markdown")


@pytest.mark.parametrize("form", FORMATS)
def test_a_format_that_is_asked_for_is_printed(fruit, form):
    # Where stdout is no terminal, click leaves out the codes for bold text.
    assert fruit("--format", form).output == click.unstyle(render(REPORT, form))


def test_an_unknown_format_is_a_usage_error_that_names_the_known_ones(fruit):
    result = fruit("--format", "xlsx")
    assert (result.exit_code, fruit.calls) == (2, [])
    assert all(form in result.output for form in FORMATS)


@pytest.mark.parametrize(("suffix", "form"), [*SUFFIXES, (".JSON", "json"), (".Html", "html")])
def test_the_suffix_of_the_file_chooses_the_format(fruit, suffix, form):
    result = fruit("--output", f"fruit{suffix}")
    assert (result.exit_code, result.output) == (0, "")
    assert Path(f"fruit{suffix}").read_text() == render(REPORT, form)


def test_no_suffix_has_two_formats_and_the_terminal_has_none():
    assert len({suffix for suffix, _ in SUFFIXES}) == len(SUFFIXES)
    assert FORMATS["terminal"].suffixes == ()


def test_an_unknown_suffix_is_a_usage_error_before_any_work(fruit):
    result = fruit("--output", "fruit.xlsx")
    assert (result.exit_code, fruit.calls) == (2, [])
    assert "'.xlsx' is the suffix of no format (known: .md, " in result.output
    assert "choose one with --format" in result.output
    assert not Path("fruit.xlsx").exists()


def test_a_format_that_is_asked_for_goes_before_the_suffix(fruit):
    assert fruit("--output", "fruit.csv", "--format", "json").exit_code == 0
    assert json.loads(Path("fruit.csv").read_text()) == [{"name": "pear", "n": 3}]
    assert fruit("--output", "fruit.xlsx", "--format", "csv").exit_code == 0
    assert list(csv.reader(io.StringIO(Path("fruit.xlsx").read_text()))) == [["name", "n"], ["pear", "3"]]


def test_a_file_of_the_terminal_s_format_has_no_codes(fruit):
    assert fruit("--output", "fruit.txt", "--format", "terminal").exit_code == 0
    text = Path("fruit.txt").read_text()
    assert "\x1b" not in text
    assert "pear  3" in text
    assert "\x1b" in render(REPORT, "terminal")


def test_a_file_that_cannot_be_written_raises_what_bench_prints_in_one_line(fruit):
    result = fruit("--output", "absent/fruit.md")
    assert isinstance(result.exception, InvalidRequest)
    assert str(result.exception).startswith("absent/fruit.md cannot be written: there is no folder ")
    assert not Path("absent").exists()
    assert fruit("--output", ".").exit_code == 2, "a folder is no file"


def test_a_file_is_replaced_whole_or_not_at_all(fruit):
    Path("fruit.md").write_text("before")
    Path("fruit.json").write_text("before")
    unwritable = Report("Fruit", (), data=object())
    assert isinstance(fruit("--output", "fruit.json", returned=unwritable).exception, TypeError)
    assert Path("fruit.json").read_text() == "before"
    assert fruit("--output", "fruit.md").exit_code == 0
    assert Path("fruit.md").read_text() == render(REPORT, "markdown")
    assert {path.name for path in Path().iterdir()} == {"fruit.md", "fruit.json"}


@pytest.mark.parametrize(("returned", "code"), [(REPORT, 0), ((REPORT, 0), 0), ((REPORT, 1), 1)])
def test_a_function_returns_a_report_or_a_report_and_the_exit_code(returned, code):
    @click.command("fruit")
    @report_command()
    def command(store_path):
        return returned

    assert command.main(["--output", "fruit.md"], standalone_mode=False) == code
    assert Path("fruit.md").read_text() == render(REPORT, "markdown"), "it is written whatever the code"


def test_the_screen_is_a_table_on_a_terminal_and_markdown_elsewhere(monkeypatch):
    for is_terminal, form in ((True, "terminal"), (False, "markdown")):
        monkeypatch.setattr(sys.stdout, "isatty", lambda answer=is_terminal: answer)
        assert format_of() == form
        assert format_of(Path("a.tex")) == "latex", "a file is a file"


BENCH = [sys.executable, "-m", "benchmark"]
SHOW = [*BENCH, "show", "pca"]


def on_a_terminal(command, columns="60"):
    """Return what a command prints to a pseudo-terminal."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=theirs, env={**os.environ, "COLUMNS": columns, "TERM": "xterm"}
    ) as process:
        os.close(theirs)
        chunks = []
        with contextlib.suppress(OSError):  # how Linux reports that the other side is closed
            while chunk := os.read(ours, 4096):
                chunks.append(chunk)
    os.close(ours)
    assert process.returncode == 0
    return b"".join(chunks).decode().replace("\r\n", "\n")


@pytest.mark.slow
def test_on_a_terminal_a_table_of_its_width_is_printed_and_elsewhere_markdown():
    text = on_a_terminal(SHOW)
    assert text.startswith("\x1b[1mDetector pca\x1b[0m\n")
    assert "|" not in text
    assert max(map(len, click.unstyle(text).splitlines())) <= 60
    assert max(map(len, click.unstyle(on_a_terminal(SHOW, "120")).splitlines())) > 60
    redirected = subprocess.run(SHOW, capture_output=True, text=True, check=True).stdout
    assert redirected.startswith("# Detector pca\n\n| detector ")
    assert on_a_terminal([*SHOW, "--format", "csv"]).startswith("name,type,default,bounds,doc\n")


@pytest.mark.slow
def test_every_command_that_shows_a_report_has_the_same_options(bench):
    for name in ("show", "leaderboard", "compare", "reproduce", "tradeoff"):
        text = " ".join(bench(name, "--help").out.split())
        assert f"--format [{'|'.join(FORMATS)}]" in text, name
        assert "--output FILE Write to FILE instead of the screen" in text, name
        assert "--store FILE" in text, name


@pytest.mark.slow
def test_a_file_that_cannot_be_written_is_one_line_and_exit_code_1(bench):
    result = bench("show", "pca", "--output", "absent/pca.md")
    assert (result.code, result.out, result.err.count("\n")) == (1, "", 1)
    assert result.err.startswith("bench: ")
    assert "absent/pca.md cannot be written: there is no folder " in result.err
