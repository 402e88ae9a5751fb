"""The tables for a paper: nothing that LaTeX would take for a command comes from a text, and it compiles."""

import re
import shutil
import subprocess

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from texts import board_text

from benchmark.reports.document import Cell, Column, Report, Span, Table, note
from benchmark.reports.render import latex
from benchmark.reports.render.latex import escape

COMMANDS = {
    "textbackslash", "textasciicircum", "textasciitilde", "textless", "textgreater", "textbar", "textquotedblright",
    "ldots", "char", "ensuremath", "pm", "times", "ss", "ae", "AE", "o", "O", "oe", "OE", "l", "L", "i", "j",
    *"{}$&#%_`'^~\"=.urHvc",
}  # fmt: skip
HOSTILE = (
    r"\input{/etc/passwd} \write18{id} \end{tabular} \\[9cm] $x_1^2$ 50% #1 a&b {{{ ~ ^^41 %",
    "`` '' -- --- ,, << >> \" | [a] * ?` !`",
    "naïve Łódź façade Ruiz–Čapek ß ø ± \u00d7 … 中文 \U0001f600 \u202e\x1b[31m\n\n\\par",
)


def checked(text):
    """Return a text after checking that it has nothing but allowed commands and plain characters."""
    assert text.isascii()
    commands = re.findall(r"\\([A-Za-z]+|.)", text)
    assert set(commands) <= COMMANDS, commands
    bare = re.sub(r"\\([A-Za-z]+|.)", "", text)
    depth = 0
    for character in bare:
        depth += (character == "{") - (character == "}")
        assert depth >= 0
    assert depth == 0
    assert not set(bare) & set('\\$&#%_^~<>|"\n\r\t')
    assert not re.search(r"(?<!\{)[\[\]*]|[\[\]*](?!\})", bare)
    return text


@given(st.text(max_size=60))
@example(HOSTILE[0])
@example(HOSTILE[1])
@example(HOSTILE[2])
def test_any_text_is_balanced_ascii_without_a_command_of_its_own(text):
    checked(escape(text))


@given(st.text(max_size=30), st.booleans())
def test_a_table_has_as_many_ampersands_as_its_columns_need_and_a_line_a_row(text, bold):
    notes = (note(Span(text), item=True), note(Span(text)))
    table = Table("", (Column(text), Column("b")), ((Cell(text, bold=bold), Cell("1")),) * 3, notes)
    written = latex.render(Report(text, (table,)))
    rows = [line for line in written.splitlines() if line.endswith(r" \\")]
    assert [len(re.findall(r"(?<!\\)&", row)) for row in rows] == [1] * 4
    begun, ended = (re.findall(rf"\\{which}{{(\w+)}}", written) for which in ("begin", "end"))
    assert sorted(begun) == sorted(ended) == ["itemize", "table", "tabular"]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("50 % of yoto_ocvae & co", r"50 \% of yoto\_ocvae \& co"),
        ("Łukasz Čapek, naïve, 北", r"\L{}ukasz \v{C}apek, na\"{\i}ve, {[}U+5317{]}"),
        ("97.2 ± 0.1", r"97.2 \ensuremath{\pm} 0.1"),
        ("a--b", "a-{}-b"),
    ],
)
def test_what_papers_need_is_written_as_papers_do(text, meant):
    assert escape(text) == meant


def test_the_best_of_a_column_is_bold_and_the_preamble_is_named(board, outcomes):
    text = board_text(board([*outcomes([0.9, 0.8]), *outcomes([0.7, 0.85], detector="b")]), "latex")
    assert text.startswith(r"% Needs in the preamble: \usepackage{booktabs,graphicx}")
    assert r"1 (1-2) & toy & \textbf{85.0} & -- & \textbf{90.0} & 80.0 & 1 & 2.0 & 0.5 \\" in text
    assert r"2 (1-2) & b & 77.5 & -7.5 (-100.0 to +100.0) & 70.0 & \textbf{85.0} & 1 & 2.0 & 0.5 \\" in text
    assert text.count(r"\toprule") == text.count(r"\midrule") == text.count(r"\bottomrule") == 1


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed here")
def test_a_wide_board_of_hostile_texts_compiles_to_a_page_it_fits_on(board, outcomes, tmp_path):
    tasks = (*HOSTILE, *map(str, range(12)))
    rows = [
        *outcomes(
            [0.9] * 15, tasks=tasks, detector=HOSTILE[0], footnote=HOSTILE[1], notes=HOSTILE, baselines={"a_b": 0.5}
        ),
        *outcomes([0.8] * 15, tasks=tasks, detector=HOSTILE[2]),
    ]
    body = board_text(board(rows, non_default=lambda outcome: {"mode": HOSTILE[1]}), "latex")
    document = "\\documentclass{article}\n\\usepackage{booktabs,graphicx}\n\\begin{document}\n%s\\end{document}\n"
    (tmp_path / "board.tex").write_text(document % body)
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "board.tex"],
        cwd=tmp_path, capture_output=True, text=True, errors="replace", timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]
    assert (tmp_path / "board.pdf").stat().st_size > 10_000
    assert "Missing character" not in (tmp_path / "board.log").read_text(errors="replace")
    wide = [float(points) for points in re.findall(r"Overfull \\hbox \(([\d.]+)pt", done.stdout)]
    assert max(wide, default=0) < 20
