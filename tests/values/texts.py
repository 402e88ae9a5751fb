"""The texts of reports, for tests."""

import re
from itertools import groupby

from benchmark.reports.leaderboard import leaderboard_report
from benchmark.reports.render import render


def board_text(board, form):
    """Return a board as text in a format."""
    return render(leaderboard_report(board), form)


def markdown_tables(text):
    """Return the tables of a markdown text, each a list of rows of cells, the header first."""
    blocks = [list(lines) for is_table, lines in groupby(text.splitlines(), lambda line: line[:1] == "|") if is_table]
    return [[_cells(line) for index, line in enumerate(lines) if index != 1] for lines in blocks]


def _cells(line):
    cells = re.split(r"(?<!\\)\|", line)[1:-1]
    return [re.sub(r"\\(.)", r"\1", cell.strip()) for cell in cells]
