"""Rows of an older protocol version: in the archive, with boards of their own, and never beside the present ones."""

import dataclasses
from pathlib import Path

import pytest
from published_rows import EMPTY, TOYS, complete, outcome

from benchmark.interfaces.errors import InvalidRequest
from benchmark.publishing.check_folder import check_folder
from benchmark.publishing.folder import folder_texts, misplaced_files, read_folder
from benchmark.publishing.paths import README
from benchmark.publishing.rows import make_row, parse_row
from benchmark.publishing.summary import archive_note
from benchmark.reports.document import Span
from benchmark.reports.published.ledger import Ledger
from benchmark.running.plan import SEMANTICS

OLD = SEMANTICS - 1
ARCHIVED = ("archive/data/shapes.jsonl", "archive/shapes.md", "archive/README.md")
PRESENT = ("data/shapes.jsonl", "shapes.md", "README.md")


def rows_of(*outcomes):
    return [make_row(each, TOYS) for each in outcomes]


def files_of(rows, others=()):
    return {path: text.encode() for path, text in folder_texts({"shapes": rows}, Ledger.read, others).items()}


@pytest.fixture
def mixed():
    """Rows of the present version with 0.8, and older ones with 0.9 of a second seed."""
    return rows_of(*complete(0.8), *complete(0.9, seed=1, semantics=OLD, uid="old"))


def check(files):
    return {fault.path: (fault.message, fault.arguments) for fault in check_folder(files, Ledger.read)}


def test_old_rows_have_files_and_a_board_of_their_own_that_are_written_first(mixed):
    files = files_of(mixed)
    assert tuple(files) == (*ARCHIVED, *PRESENT)
    present, archived = files["shapes.md"].decode(), files["archive/shapes.md"].decode()
    assert "80.0" in present
    assert "90.0" not in present
    assert "90.0" in archived
    assert "80.0" not in archived
    assert check(files) == {}


def test_the_archived_pages_say_what_they_are_and_the_summary_links_to_them(mixed):
    files = {path: content.decode() for path, content in files_of(mixed).items()}
    assert files["archive/shapes.md"].startswith(
        f"# shapes: ROC-AUC in %, higher is better (archived, protocol version {OLD})\n"
    )
    assert f"Archived: these rows were made under protocol version {OLD}" in files["archive/shapes.md"]
    assert "[the present boards](../README.md)" in files["archive/shapes.md"]
    assert f"# Archived boards, protocol version {OLD}\n" in files["archive/README.md"]
    assert f"Archived boards, protocol version {OLD}: [archive/README.md](archive/README.md)" in files[README]
    assert "rchived" not in files["shapes.md"]


def test_version_1_is_explained():
    text = "".join(span.text for span in archive_note(1).spans)
    assert "protocol version 1, in which all tasks of a seed started from the same random numbers" in text
    assert Span("p", code=True) in archive_note(1).spans


def test_old_rows_among_the_present_ones_are_reported_and_moved(mixed):
    files = files_of(mixed)
    together = {"data/shapes.jsonl": files["archive/data/shapes.jsonl"] + files["data/shapes.jsonl"]}
    faults = check({**together, **{path: files[path] for path in PRESENT[1:]}})
    assert faults["data/shapes.jsonl"][1] == ("--from-rows",)
    assert set(faults) == {"data/shapes.jsonl", *ARCHIVED}
    assert files_of(read_folder(together, Path("folder"))["shapes"]) == files


def test_a_dataset_with_old_rows_only_is_moved_with_its_board():
    old = rows_of(*complete(0.9, semantics=OLD))
    archived = files_of(old)
    assert set(archived) == {*ARCHIVED, README}
    assert "There is no board yet" in archived[README].decode()
    before = {"data/shapes.jsonl": archived[ARCHIVED[0]], "shapes.md": b"# shapes: as it was", README: archived[README]}
    faults = check(before)
    assert faults["data/shapes.jsonl"] == (
        "is of an older protocol version; move it to archive/ with",
        ("--from-rows",),
    )
    texts = folder_texts({"shapes": old}, Ledger.read, before)
    assert misplaced_files(before, {"shapes": old}, texts) == ["data/shapes.jsonl", "shapes.md"]
    assert misplaced_files({**before, "shapes.md": b"# My page"}, {"shapes": old}, texts) == ["data/shapes.jsonl"]


def test_present_rows_in_the_archive_are_reported():
    files = files_of(rows_of(*complete(0.9)))
    moved = {"archive/data/shapes.jsonl": files["data/shapes.jsonl"]}
    message, arguments = check(moved)["archive/data/shapes.jsonl"]
    assert message == "is of the present protocol version; move it out of archive/ with"
    assert arguments == ("--from-rows",)


@pytest.mark.parametrize("damage", ["missing", "damaged"])
def test_archived_rows_that_are_lost_can_only_be_restored(mixed, damage):
    files = files_of(mixed)
    if damage == "missing":
        del files[ARCHIVED[0]]
    else:
        files[ARCHIVED[0]] = b"{}\n"
    message, arguments = check(files)[ARCHIVED[0]]
    assert message.startswith(f"is {damage}")
    assert message.endswith("; restore it, then run")
    assert arguments == ("--from-rows",)
    if damage == "damaged":
        with pytest.raises(InvalidRequest, match=r"archive/data/shapes.jsonl, line 1: .*; restore the file$"):
            read_folder(files, Path("folder"))


def test_tradeoffs_of_the_archive_are_linked_from_its_summary_only(mixed):
    files = files_of(mixed, ["archive/mnist_tradeoff.md", "shapes_tradeoff.md", "published.csv"])
    assert b"[mnist_tradeoff.md](mnist_tradeoff.md)" in files["archive/README.md"]
    assert b"mnist_tradeoff" not in files[README]
    assert b"[shapes_tradeoff.md](shapes_tradeoff.md)" in files[README]
    assert b"shapes_tradeoff" not in files["archive/README.md"]


def test_a_row_of_a_newer_protocol_version_is_refused():
    text = make_row(outcome(), TOYS).text
    newer = outcome(semantics=SEMANTICS + 1)
    line = text.replace(f'"semantics":{SEMANTICS}', f'"semantics":{SEMANTICS + 1}')
    line = line.replace(outcome().trial.id, newer.trial.id)
    with pytest.raises(ValueError, match=rf"^protocol version {SEMANTICS + 1} is newer than this One-Class Bench"):
        parse_row(line)


def test_a_line_from_before_a_field_was_added_is_still_canonical(monkeypatch):
    from benchmark.publishing import row_schema

    line = make_row(outcome(), TOYS).text.replace('"peak_memory_mib":null,', "")
    with pytest.raises(ValueError, match="not canonical JSON"):
        parse_row(line)
    first = tuple(name for name in row_schema.FIRST_FIELDS["cost"] if name != "peak_memory_mib")
    monkeypatch.setattr(row_schema, "FIRST_FIELDS", {**row_schema.FIRST_FIELDS, "cost": first})
    assert parse_row(line).text == make_row(outcome(), TOYS).text == line
    measured = dataclasses.replace(outcome(), cost=dataclasses.replace(outcome().cost, peak_memory_mib=5.0))
    assert '"peak_memory_mib":5.0' in make_row(measured, TOYS).text


def test_the_recipe_of_a_row_is_left_out_of_the_line_if_there_is_none():
    assert '"recipe"' not in make_row(outcome(), TOYS).text
    row = make_row(outcome(params={"power": 3.0}, validation=0.0), TOYS)
    assert row.recipe == "paper"
    assert parse_row(row.text) == row
    assert make_row(outcome(params={"power": 3.0}, validation=0.0), EMPTY).recipe == ""
