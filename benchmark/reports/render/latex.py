"""A report in LaTeX, as tables with booktabs."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import groupby

from benchmark.reports.document import Cell, Note, Report, Span, Table
from benchmark.reports.text import escape_control

PREAMBLE = """\
% Needs in the preamble: \\usepackage{booktabs,graphicx}
% Plain ASCII: any engine and any encoding of the document will do. A table that is too wide is scaled to the line.
"""

_COMMANDS = {
    "\\": "\\textbackslash{}", "^": "\\textasciicircum{}", "~": "\\textasciitilde{}", "<": "\\textless{}",
    ">": "\\textgreater{}", "|": "\\textbar{}", "`": "\\`{}", '"': "\\textquotedblright{}",
    **{special: f"\\{special}" for special in "{}&#%_"},
    "$": "{\\char36}",  # of the font at hand; LaTeX itself takes it from one that a small installation lacks
    # After the end of a row, or an \item, these would be taken for an option.
    **{option: f"{{{option}}}" for option in "[]*"},
    "–": "--", "—": "---", "…": "\\ldots{}", "±": "\\ensuremath{\\pm}", "\u00d7": "\\ensuremath{\\times}",
    "\u2018": "`", "\u2019": "'", "\u201c": "``", "\u201d": "''",
    "ß": "\\ss{}", "æ": "\\ae{}", "Æ": "\\AE{}", "ø": "\\o{}", "Ø": "\\O{}", "œ": "\\oe{}", "Œ": "\\OE{}",
    "ł": "\\l{}", "Ł": "\\L{}", "\u0131": "\\i{}",
}  # fmt: skip
_ACCENTS = {
    "\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0304": "=", "\u0306": "u", "\u0307": ".",
    "\u0308": '"', "\u030a": "r", "\u030b": "H", "\u030c": "v", "\u0327": "c",
}  # fmt: skip
_LIGATURES = "-',"


def escape(text: str) -> str:
    """Return a text in ASCII that means itself; a letter that the usual fonts lack is named: `{[}U+4E2D{]}`."""
    escaped: list[str] = []
    previous = ""
    for character in escape_control(text):
        if character == previous and character in _LIGATURES:
            escaped.append("{}")  # two hyphens are two hyphens
        escaped.append(_character(character))
        previous = character
    return "".join(escaped)


def render(report: Report) -> str:
    """Return each table with its notes; the first lines name the packages that they need."""
    parts = [f"{_table(table, table.title or report.title)}\n{_notes(table.notes)}" for table in report.tables]
    return "\n".join([PREAMBLE, *parts, *([_notes(report.notes)] if report.notes else [])])


def _character(character: str) -> str:
    if character in _COMMANDS:
        return _COMMANDS[character]
    if character.isascii():
        return character
    parts = unicodedata.normalize("NFD", character)
    base, marks = parts[0], parts[1:]
    if marks in _ACCENTS and base.isascii() and base.isalpha():
        dotless = {"i": "\\i", "j": "\\j"} if marks != "\u0327" else {}
        return f"\\{_ACCENTS[marks]}{{{dotless.get(base, base)}}}"
    return f"{{[}}U+{ord(character):04X}{{]}}"


def _table(table: Table, caption: str) -> str:
    header = " & ".join(escape(column.heading) for column in table.columns)
    rows = [" & ".join(_cell(cell) for cell in row) for row in table.rows]
    lines = [
        r"\begin{table}[htbp]",
        r"\centering",
        rf"\caption{{{escape(caption)}}}",
        r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%",
        rf"\begin{{tabular}}{{{''.join('r' if column.numeric else 'l' for column in table.columns)}}}",
        r"\toprule",
        rf"{header} \\",
        r"\midrule",
        *(rf"{row} \\" for row in rows),
        r"\bottomrule",
        r"\end{tabular}}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _cell(cell: Cell) -> str:
    text = escape(cell.text)
    return rf"\textbf{{{text}}}" if cell.bold else text


def _notes(notes: Sequence[Note]) -> str:
    texts = []
    for item, group in groupby(notes, key=lambda note: note.item):
        lines = ["".join(map(_span, note.spans)) for note in group]
        if item:
            items = "\n".join(rf"\item[--] {line}" for line in lines)
            texts.append(f"\\begin{{itemize}}\n{items}\n\\end{{itemize}}")
        else:
            texts += [rf"\noindent {line}\par" for line in lines]
    return "\n".join([r"{\footnotesize\sloppy", *texts, "}", ""])


def _span(span: Span) -> str:
    return rf"\texttt{{{escape(span.text)}}}" if span.code else escape(span.text)
