"""The markdown, read by a parser of markdown: every text is read as itself."""

import string
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from texts import board_text

from benchmark.reports.document import Cell, Column, Report, Span, Table, note
from benchmark.reports.leaderboard import leaderboard_report
from benchmark.reports.render import markdown
from benchmark.reports.text import escape_control

PRINTABLE = string.ascii_letters + string.digits + string.punctuation.replace("%", "") + " é"
PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def tables(text):
    """Return what each table shows: rows of cells, each of its text and whether it is bold."""
    seen, tokens = [], iter(PARSER.parse(text))
    for token in tokens:
        if token.type == "table_open":
            seen.append([])
        elif token.type == "tr_open":
            seen[-1].append([])
        elif token.type in ("th_open", "td_open"):
            inline = next(tokens)
            bold = [child.type for child in inline.children if child.type.startswith("strong")]
            seen[-1][-1].append((shown(inline), bold == ["strong_open", "strong_close"]))
    return seen


def rows_of(text):
    """Return the rows of all tables, each the number of its cells."""
    tokens = [token.type for token in PARSER.parse(text)]
    starts = [at for at, name in enumerate(tokens) if name == "tr_open"]
    return [[name for name in tokens[at : tokens.index("tr_close", at)] if name == "inline"] for at in starts]


def shown(inline):
    allowed = {"text", "text_special", "strong_open", "strong_close", "code_inline"}
    assert {child.type for child in inline.children} <= allowed, inline.content
    return "".join(child.content for child in inline.children)


def blocks_of(text):
    """Return the texts outside of tables, by the kind of block that they are in."""
    seen, blocks = [], []
    for token in PARSER.parse(text):
        if token.nesting == 1:
            blocks.append(token.type)
        elif token.nesting == -1:
            blocks.pop()
        elif token.type == "inline" and "table_open" not in blocks:
            seen.append((tuple(blocks), shown(token)))
        elif token.type != "inline":
            seen.append((token.type, token.content))
    return seen


def test_the_cells_of_a_board_are_the_cells_of_its_table(board, outcomes):
    ranking = board(
        [
            *outcomes([0.9, 0.8], [0.92, 0.84], detector="a", parameters=98_400.0, memory=512.4),
            *outcomes([0.7, 0.85], [0.7, 0.95], detector="b", memory=600.0),
        ]
    )
    (table,) = tables(board_text(ranking, "markdown"))
    columns = [
        "rank",
        "detector",
        "mean",
        "to leader",
        "round",
        "square",
        "seeds",
        "model size",
        "fit s",
        "score s",
        "peak MiB",
    ]
    assert [text for text, _ in table[0]] == columns
    assert [text for text, _ in table[1]][1:] == [
        "a", "86.5 ± 2.1", "–", "91.0", "82.0", "2", "98.4k", "2.0", "0.500"[:3], "512",
    ]  # fmt: skip
    assert [text for text, bold in table[1] if bold] == ["86.5 ± 2.1", "91.0"]
    assert [text for text, bold in table[2] if bold] == ["90.0"]


def test_every_table_of_a_report_is_written_with_its_cells(board, outcomes):
    baselines = {"mean pixel": 0.61, "hash": 0.5}
    ranking = board([*outcomes([0.9, 0.8], baselines=baselines), *outcomes([0.7, 0.7], detector="b")])
    report = leaderboard_report(ranking)
    seen = tables(markdown.render(report))
    assert len(seen) == len(report.tables) == 2
    for table, (head, *rows) in zip(report.tables, seen, strict=True):
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
    seen = blocks_of(markdown.render(Report(f"{text}: ROC-AUC", (table,))))
    meant = escape_control(text)
    assert seen[0] == (("heading_open",), f"{meant}: ROC-AUC".strip())
    assert seen[1] == (("paragraph_open",), f"Ours, then {meant}.")
    assert [" ".join(text.split()) for _, text in seen[2:]] == [
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


def links(text):
    """Return the (text, address) of each link of a page, as a browser has them."""
    pairs = []
    for token in PARSER.parse(text):
        for child in token.children or ():
            if child.type == "link_open":
                pairs.append(["", unquote(child.attrs["href"])])
            elif pairs and pairs[-1][0] is not None and child.type != "link_close":
                pairs[-1][0] += child.content
            elif child.type == "link_close":
                pairs.append([None, None])
    return [(text, address) for text, address in pairs if address is not None]


def linked(text, address):
    """Return a page with a link in a cell and in a note."""
    rows = ((Cell(text, link=address), Cell("1")),)
    table = Table("", (Column("name", numeric=False), Column("n")), rows, (note(Span(text, link=address)),))
    return markdown.render(Report("t", (table,)))


@pytest.mark.parametrize(
    ("text", "address", "written"),
    [
        ("mnist", "mnist.md", "[mnist](mnist.md)"),
        ("30", "data/mnist.jsonl", "[30](data/mnist.jsonl)"),
        ("a_b", "https://example.org/a_b#c", "[a_b](https://example.org/a_b#c)"),
    ],
)
def test_a_link_is_written_as_people_write_it(text, address, written):
    page = linked(text, address)
    assert page.count(written) == 2
    assert links(page) == [(text, address)] * 2


def test_a_bold_cell_with_a_link_is_both():
    table = Table("", (Column("n"),), ((Cell("1", bold=True, link="a.md"),),))
    assert "**[1](a.md)**" in markdown.render(Report("t", (table,)))


WORDS = st.text(min_size=1, max_size=30).filter(lambda text: text.strip() == text and text.isprintable())


@given(text=WORDS, address=st.text(PRINTABLE, min_size=1, max_size=30))
@example(text="a]", address="b.md")
@example(text="[a](b)", address="c.md")
@example(text="a", address="b c(d).md")
@example(text="a", address="b|c>d<e.md")
@example(text="a", address="b\\)c&amp;d.md")
def test_any_text_and_any_address_are_one_link_in_a_table_of_its_shape(text, address):
    page = linked(text, address)
    assert links(page) == [(text, address)] * 2
    assert [len(row) for row in rows_of(page)] == [2, 2]
