"""The tables for a terminal: they fit its width, or say what is left out."""

import os
import re

import click
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from toy_reports import toy_reports

from benchmark.reports.document import Cell, Column, Report, Span, Table, note, text_table
from benchmark.reports.render import render as render_in
from benchmark.reports.render import terminal
from benchmark.reports.render.terminal import BOLD, PLAIN
from benchmark.reports.text import escape_control

WIDTHS = (40, 80, 120)


def lines_of(report, width):
    return click.unstyle(terminal.render(report, width)).splitlines()


def table_of(report, width):
    """Return the lines of the first table, without the line that names the columns left out."""
    title, table, *_ = click.unstyle(terminal.render(report, width)).split("\n\n")
    assert title
    return table.rstrip("\n").split("\n")


def board(names=("alpha", "beta"), columns=12):
    """Return a report like a leaderboard: a text, many numbers, the best of the first in bold."""
    header = ["detector", *(f"class_{chr(65 + number)}" for number in range(columns))]
    rows = [[name, *["90.0"] * columns] for name in names]
    return Report("A board", (text_table("", header, rows, text=["detector"]),))


@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_of_any_report_is_wider_than_the_terminal(width):
    for name, report in toy_reports().items():
        assert max(map(len, lines_of(report, width))) <= width, name


@pytest.mark.parametrize("width", WIDTHS)
def test_columns_that_do_not_fit_are_named_in_their_order(width):
    report = board()
    text = " ".join(click.unstyle(terminal.render(report, width)).split())
    shown = re.split(r" {2,}", table_of(report, width)[0])
    headings = [column.heading for column in report.tables[0].columns]
    assert shown == headings[: len(shown)]
    hidden = headings[len(shown) :]
    sentence = f"These columns do not fit into {width} characters: {', '.join(hidden)}. --output FILE writes them all."
    assert (sentence in text) == bool(hidden)
    assert ("do not fit" in text) == bool(hidden)
    # As many as fit: eight characters of the name, then nine for each class and the gap before it.
    assert len(shown) == min(13, 1 + (width - 8) // 9)


def test_everything_is_shown_where_it_fits():
    report = board(columns=12)
    assert len(re.split(r" {2,}", table_of(report, 116)[0])) == 13
    assert "do not fit" not in terminal.render(report, 116)
    assert "do not fit" in terminal.render(report, 115)


def test_headings_are_wrapped_between_words_before_a_column_is_left_out():
    report = Report("t", (text_table("", ["detector", *["false alarms"] * 4], [["a", *"1234"]], text=["detector"]),))
    assert table_of(report, 64)[0] == "detector" + "  false alarms" * 4
    assert [line.split() for line in table_of(report, 44)[:2]] == [["detector", *["false"] * 4], ["alarms"] * 4]
    assert "do not fit" not in terminal.render(report, 44)


def test_the_first_column_is_shown_even_where_it_does_not_fit():
    table = Table("", (Column("1" * 60), Column("b")), ((Cell("2"), Cell("3")),))
    text = click.unstyle(terminal.render(Report("t", (table,)), 40))
    assert "These columns do not fit into 40 characters: b." in " ".join(text.split())
    assert "2" in text


def test_long_texts_are_wrapped_within_their_column_before_a_number_is_left_out():
    header = ["detector", "settings", "mean"]
    settings = "latent_dim=8, weight=0.1, epochs=50, learning_rate=0.001"
    report = Report("t", (text_table("", header, [["ocvae", settings, "97.5"]], text=header[:2]),))
    heading, line, *rows = table_of(report, 40)
    assert re.split(r" {2,}", heading) == header
    assert line == "  ".join("-" * size for size in (8, len(heading) - 16, 4))
    assert rows[0].split()[0] == "ocvae"
    assert rows[0].endswith("97.5")
    assert " ".join([rows[0][10:-6], *(row[10:] for row in rows[1:])]).split() == settings.split()


def test_the_best_values_are_bold_and_nothing_else_of_the_table_is():
    columns = (Column("detector", numeric=False), Column("mean"), Column("round"))
    rows = ((Cell("a"), Cell("9.5", bold=True), Cell("8.0")), (Cell("b"), Cell("7.0"), Cell("8.5", bold=True)))
    text = terminal.render(Report("Title", (Table("Second", columns, rows),)), 80)
    assert [bold.strip() for bold in re.findall(r"\x1b\[1m(.*?)\x1b\[0m", text)] == ["Title", "Second", "9.5", "8.5"]
    assert text.count(BOLD) == text.count(PLAIN) == 4


def test_bold_does_not_move_a_column():
    columns = (Column("a", numeric=False), Column("mean"))
    rows = ((Cell("x"), Cell("1.0", bold=True)), (Cell("y"), Cell("10.0")))
    report = Report("t", (Table("", columns, rows),))
    assert table_of(report, 80) == ["a  mean", "-  ----", "x   1.0", "y  10.0"]


def test_numbers_are_aligned_to_the_right_and_texts_to_the_left():
    report = Report("t", (text_table("", ["name", "n"], [["a", "1"], ["bcdef", "100"]], text=["name"]),))
    assert table_of(report, 80) == ["name     n", "-----  ---", "a        1", "bcdef  100"]


def test_a_text_cannot_make_anything_bold():
    report = Report("t", (text_table("", ["a"], [["\x1b[1mloud\x1b[0m"]], text=["a"]),), (note(Span("\x1b[1mloud")),))
    text = terminal.render(report, 80)
    assert text.count(BOLD) == 1, "only the title"
    assert text.count(r"\x1b[1mloud") == 2


@pytest.mark.parametrize("width", WIDTHS)
def test_notes_are_wrapped_and_items_are_indented(width):
    words = [f"word{number}" for number in range(60)]
    notes = (note("First: ", Span(" ".join(words)), "."), note(Span(" ".join(words)), item=True))
    text = click.unstyle(terminal.render(Report("t", (), notes), width))
    _, paragraph, item = text.split("\n\n")
    assert " ".join(paragraph.split()) == f"First: {' '.join(words)}."
    assert max(map(len, text.splitlines())) <= min(width, 100), "a line of 100 characters is easy to read"
    first, *others = item.rstrip().split("\n")
    assert first.startswith("- word0 ")
    assert others
    assert all(line.startswith("  word") for line in others)


def test_the_width_is_that_of_the_terminal_and_80_where_it_is_unknown(monkeypatch):
    wide = board()
    for columns in (50, 90):
        monkeypatch.setenv("COLUMNS", str(columns))
        assert render_in(wide, "terminal") == terminal.render(wide, columns)
    monkeypatch.delenv("COLUMNS")
    monkeypatch.setattr(os, "get_terminal_size", lambda *_: (_ for _ in ()).throw(OSError("not a terminal")))
    assert terminal.render(wide) == terminal.render(wide, 80)


@pytest.mark.parametrize("columns", ["0", "1", "10", "many"])
def test_a_useless_width_is_replaced(monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr(os, "get_terminal_size", lambda *_: os.terminal_size((0, 0)))
    text = terminal.render(board())
    assert "alpha" in text
    assert max(map(len, click.unstyle(text).splitlines())) <= 80


def test_a_report_without_tables_or_rows_is_rendered():
    assert click.unstyle(terminal.render(Report("Nothing", ()), 80)) == "Nothing\n"
    report = Report("Nothing", (text_table("", ["a", "b"], [], text=["a"]),))
    assert table_of(report, 80) == ["a  b", "-  -"]


CELLS = st.text(max_size=50)


@st.composite
def tables(draw):
    count = draw(st.integers(1, 5))
    columns = tuple(Column(draw(CELLS), numeric=draw(st.booleans())) for _ in range(count))
    row = st.tuples(*[st.builds(Cell, CELLS, bold=st.booleans())] * count)
    return Table("", columns, tuple(draw(st.lists(row, max_size=3))))


@given(table=tables(), width=st.integers(40, 200))
@example(table=Table("", (Column("", numeric=False),), ((Cell(""),),)), width=40)
@example(table=Table("", (Column("a", numeric=False), Column("")), ((Cell("b"), Cell("")),)), width=40)
@example(table=Table("", (Column("a" * 90), Column("b", numeric=False)), ((Cell("c"), Cell("d" * 99)),)), width=40)
def test_no_line_of_any_table_is_wider_than_the_terminal_unless_its_first_column_alone_is(table, width):
    text = click.unstyle(terminal.render(Report("t", (table,)), width))
    first = max(len(escape_control(text)) for text in (table.columns[0].heading, *(row[0].text for row in table.rows)))
    assert all(len(line) <= max(width, first) for line in text.splitlines())
    assert all(character.isprintable() or character == "\n" for character in text)


@given(table=tables())
def test_in_a_wide_terminal_every_text_of_any_table_is_there(table):
    text = "".join(click.unstyle(terminal.render(Report("t", (table,)), 400)).split())
    for cell in (cell for row in table.rows for cell in row):
        for word in escape_control(cell.text).split(" "):
            assert word[:14] in text
