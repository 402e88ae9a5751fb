"""Every report is rendered in every format, and what programs read of it is well-formed."""

import csv
import dataclasses
import html
import io
import json
import math

import click
import numpy as np
import pytest
from toy_reports import toy_outcome, toy_reports

from benchmark.reports.document import Cell, Column, Report, Span, Table, note
from benchmark.reports.operating_points import operating_points_report
from benchmark.reports.render import FORMATS, render
from benchmark.reports.trial_page import METRIC_LINE

# A text that each report must have in all formats: in its tables, its data and its lines.
CONTENTS = {
    "leaderboard": "toy",
    "cost": "toy",
    "compare": "round",
    "matrix": "square",
    "operating points": "label-free",
    "reproduction": "round",
    "publishing summary": "toy",
    "detector": "Share of the training images",
    "trial": "distance",
}
REPORTS = [*CONTENTS, "failed trial"]


@pytest.fixture(scope="module")
def reports():
    return toy_reports()


def words(text):
    """Return a text without escapes, codes for bold text and line ends."""
    return " ".join(html.unescape(click.unstyle(text)).replace("\\", "").split())


def test_all_reports_are_covered(reports):
    assert list(reports) == REPORTS


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_rendered_with_its_title_where_people_read_it(reports, name, form):
    text = render(reports[name], form)
    assert text.endswith("\n")
    assert not text.endswith("\n\n\n")
    assert reports[name].title in words(text) or form in ("csv", "json")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", CONTENTS)
def test_a_report_is_rendered_with_its_contents(reports, name, form):
    assert CONTENTS[name] in words(render(reports[name], form))


@pytest.mark.parametrize("name", REPORTS)
def test_every_cell_and_note_is_on_the_pages_that_people_read(reports, name):
    tables = reports[name].tables
    cells = [cell.text for table in tables for row in table.rows for cell in row]
    notes = [*(note for table in tables for note in table.notes), *reports[name].notes]
    page = words(render(reports[name], "html"))
    assert cells
    assert all(" ".join(text.split()) in page for text in cells)
    for each in notes:
        assert all(" ".join(span.text.split()) in page for span in each.spans)


@pytest.mark.parametrize("name", REPORTS)
def test_json_is_strict_and_has_the_data(reports, name):
    data = json.loads(render(reports[name], "json"), parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert data == json.loads(json.dumps(reports[name].data, allow_nan=False))
    assert data


@pytest.mark.parametrize("name", CONTENTS)
def test_csv_has_a_header_of_distinct_names_and_lines_of_its_length(reports, name):
    header, *lines = csv.reader(io.StringIO(render(reports[name], "csv")))
    assert all(header)
    assert len(set(header)) == len(header)
    assert lines
    assert {len(line) for line in lines} == {len(header)}
    assert len(lines) == len(reports[name].lines) - 1


def test_a_trial_without_a_number_has_a_header_and_no_line_in_csv_and_its_reason_in_json(reports):
    (header,) = csv.reader(io.StringIO(render(reports["failed trial"], "csv")))
    assert tuple(header) == METRIC_LINE
    data = json.loads(render(reports["failed trial"], "json"))
    assert (data["status"], data["error_type"], data["message"]) == ("failed", "ValueError", "a message")
    page = words(render(reports["failed trial"], "markdown"))
    assert "ValueError: a message" in page
    assert "Last lines of the worker" in page


def test_a_threshold_below_every_score_is_null_in_json_and_minus_infinity_elsewhere():
    outcome = toy_outcome()
    ties = dataclasses.replace(outcome.judged, scores=np.ones_like(outcome.judged.scores))
    report = operating_points_report(dataclasses.replace(outcome, sets={"test": ties}))
    data = json.loads(render(report, "json"), parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    last = data["points"][-1]
    assert (last["threshold"], last["sensitivity"], last["specificity"]) == (None, 1.0, 0.0)
    assert data["label_free_threshold"]["value"] is None
    assert "no scores of normal images" in data["label_free_threshold"]["why"]
    *_, line = csv.DictReader(io.StringIO(render(report, "csv")))
    assert float(line["threshold"]) == -math.inf
    assert "-inf" in render(report, "markdown")


def test_numbers_in_csv_are_not_rounded(reports):
    data = json.loads(render(reports["matrix"], "json"))
    lines = list(csv.DictReader(io.StringIO(render(reports["matrix"], "csv"))))
    assert [float(line["all"]) for line in lines] == [task["all"] for task in data["tasks"]]


@pytest.mark.parametrize("form", ["terminal", "latex"])
def test_a_format_without_links_has_the_text_of_a_link_and_not_its_address(form):
    cell, span = Cell("mnist", link="a/cell.md"), Span("the ledger", link="a/note.md")
    report = Report("t", (Table("", (Column("name", numeric=False),), ((cell,),), (note(span),)),))
    text = render(report, form)
    assert "mnist" in text
    assert "the ledger" in text
    assert ".md" not in text
    assert render(without_links(report), form) == text


def without_links(report):
    (table,) = report.tables
    rows = tuple(tuple(dataclasses.replace(cell, link="") for cell in row) for row in table.rows)
    notes = tuple(note(*(dataclasses.replace(span, link="") for span in each.spans)) for each in table.notes)
    return dataclasses.replace(report, tables=(dataclasses.replace(table, rows=rows, notes=notes),))


def test_the_summary_of_published_boards_links_to_boards_rows_and_other_pages(reports):
    text = render(reports["publishing summary"], "markdown")
    for link in (
        "[shapes](shapes.md)",
        "[5](data/shapes.jsonl)",
        "[published.csv](published.csv)",
        "[shapes_tradeoff.md](shapes_tradeoff.md)",
    ):
        assert link in text
