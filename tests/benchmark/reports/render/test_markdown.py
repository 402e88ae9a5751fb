"""What is written in markdown is read by a parser of markdown, and is what was meant."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from benchmark.reports.document import Cell, Column, Report, Span, Table, note
from benchmark.reports.leaderboard import board_text, leaderboard_report
from benchmark.reports.render import markdown
from benchmark.reports.text import escape_control

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def tables(text):
    """Return what each table shows: rows of cells, each of its text and whether it is bold."""
    found, tokens = [], iter(PARSER.parse(text))
    for token in tokens:
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type in ("th_open", "td_open"):
            inline = next(tokens)
            bold = [child.type for child in inline.children if child.type.startswith("strong")]
            found[-1][-1].append((shown(inline), bold == ["strong_open", "strong_close"]))
    return found


def shown(inline):
    allowed = {"text", "text_special", "strong_open", "strong_close", "code_inline"}
    assert {child.type for child in inline.children} <= allowed, inline.content
    return "".join(child.content for child in inline.children)


def said(text):
    """Return the texts outside of tables, by the kind of block that they are in."""
    found, blocks = [], []
    for token in PARSER.parse(text):
        if token.nesting == 1:
            blocks.append(token.type)
        elif token.nesting == -1:
            blocks.pop()
        elif token.type == "inline" and "table_open" not in blocks:
            found.append((tuple(blocks), shown(token)))
        elif token.type != "inline":
            found.append((token.type, token.content))
    return found


def test_the_cells_of_a_board_are_the_cells_of_its_table(board, outcomes):
    made = board(
        [
            *outcomes([0.9, 0.8], [0.92, 0.84], detector="a", parameters=98_400.0, memory=512.4),
            *outcomes([0.7, 0.85], [0.7, 0.95], detector="b", memory=600.0),
        ]
    )
    (table,) = tables(board_text(made, "markdown"))
    columns = ["rank", "detector", "mean", "round", "square", "seeds", "parameters", "fit s", "score s", "peak MiB"]
    assert [text for text, _ in table[0]] == columns
    assert [text for text, _ in table[1]][1:] == [
        "a", "86.5 ± 2.1", "91.0", "82.0", "2", "98.4k", "2.0", "0.500"[:3], "512",
    ]  # fmt: skip
    assert [text for text, bold in table[1] if bold] == ["86.5 ± 2.1", "91.0"]
    assert [text for text, bold in table[2] if bold] == ["90.0"]


def test_every_table_of_a_report_is_written_with_its_cells(board, outcomes):
    baselines = {"mean pixel": 0.61, "hash": 0.5}
    made = board([*outcomes([0.9, 0.8], baselines=baselines), *outcomes([0.7, 0.7], detector="b")])
    report = leaderboard_report(made)
    found = tables(markdown.render(report))
    assert len(found) == len(report.tables) == 2
    for table, (head, *rows) in zip(report.tables, found, strict=True):
        assert [text for text, _ in head] == [column.heading for column in table.columns]
        assert rows == [[(cell.text, cell.bold) for cell in row] for row in table.rows]


def test_numbers_stand_to_the_right_and_names_to_the_left():
    table = Table("", (Column("name", numeric=False), Column("value")), ((Cell("a"), Cell("1")),))
    html = PARSER.render(markdown.render(Report("t", (table,))))
    assert '<th style="text-align:left">name</th>' in html
    assert '<td style="text-align:right">1</td>' in html


@given(st.text(max_size=40))
@example("a|b\\|c\\\\|")
@example("`|` **x** __y__ _z_ ~~a~~ <b> &amp; $x$")
@example("[a](http://b) ![c](d) [e][f] <http://g>")
@example("\x1b[31m\u202e\r\n\t\x00\ud800")
def test_any_text_in_a_cell_is_read_as_itself(text):
    rows = ((Cell(text), Cell(text, bold=bool(text.strip()))),)
    table = Table("", (Column("x", numeric=False), Column(text)), rows)
    ((head, row),) = tables(markdown.render(Report("t", (table,))))
    meant = escape_control(text).strip()
    assert [head[1][0], row[0][0], row[1][0]] == [meant] * 3


@given(st.text(min_size=1, max_size=40))
@example("1. one")
@example("    code")
@example("# heading")
@example("[x]: http://y 'z'")
@example("- - -")
@example("=====")
@example("<script>alert(1)</script>")
def test_any_text_in_a_note_or_a_heading_is_read_as_itself(text):
    notes = (note("Ours, then ", Span(text), "."), note(Span(text), item=True), note("of `ours`", item=True))
    table = Table("", (Column("x"),), ((Cell("1"),),), notes)
    found = said(markdown.render(Report(f"{text}: ROC-AUC", (table,))))
    meant = escape_control(text)
    assert found[0] == (("heading_open",), f"{meant}: ROC-AUC".strip())
    assert found[1] == (("paragraph_open",), f"Ours, then {meant}.")
    assert [" ".join(text.split()) for _, text in found[2:]] == [
        " ".join(text.split()) for text in ([meant] if meant.strip() else []) + ["of ours"]
    ]


@given(st.text("`a |\\", min_size=1, max_size=12))
def test_any_text_in_code_is_read_as_itself(text):
    (token,) = [t for t in PARSER.parse(markdown._note(note("see ", Span(text, code=True), "."))) if t.children]
    code = [child.content for child in token.children if child.type == "code_inline"]
    assert code == [text]


@pytest.mark.parametrize("text", ["latent_dim=8", "filters=[32,64]", "rule centre_distance", "weight=0.5, mode=a-b"])
def test_what_is_typed_on_the_command_line_stays_as_it_is_typed(text):
    assert markdown.escape(text) == text
