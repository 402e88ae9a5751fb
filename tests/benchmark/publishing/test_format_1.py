"""Rows of format 1: the files that version 0.1 published are read with their ids, numbers and settings."""

import gzip
import json
from pathlib import Path

import pytest

from benchmark.publishing.check_folder import check_folder
from benchmark.publishing.folder import folder_texts
from benchmark.publishing.rows import parse_row, parse_rows, rows_text
from benchmark.registry import registry
from benchmark.reports.published.ledger import Ledger
from benchmark.reports.settings import assignments

FILES = {file.name.partition(".")[0]: file for file in (Path(__file__).parent / "format_1").glob("*.jsonl.gz")}


@pytest.mark.parametrize(
    ("dataset", "count"), [("cifar10", 60), ("digits", 100), ("fashion_mnist", 140), ("mnist", 210)]
)
def test_every_published_row_is_read_with_its_id_numbers_and_settings(dataset, count):
    content = gzip.decompress(FILES[dataset].read_bytes())
    before, rows = [json.loads(line) for line in content.splitlines()], parse_rows(content, dataset)
    assert len(rows) == count
    for old, row in zip(before, rows, strict=True):
        assert row.id == row.trial.id == old["id"]
        assert {
            rule: {metric: [measure.value, measure.standard_error] for metric, measure in measures.items()}
            for rule, measures in row.metrics.items()
        } == old["metrics"]
        assert (row.baselines, row.source, row.uid) == (old["canaries"], old["source"], old["uid"])
        assert row.task.classes[row.task.normal_class] == old["task"]["kinds"][old["task"]["normal"]]
        if row.trial.detector in registry().detectors:
            assert assignments(row.non_default) == old["settings"]
        assert parse_row(row.text) == row


def test_notes_have_their_current_wording():
    rows = parse_rows(gzip.decompress(FILES["digits"].read_bytes()), "digits")
    notes = [note for row in rows for note in row.notes]
    assert "worse than chance (ROC-AUC 0.345): check the sign of the scores" in notes
    assert not any("inverted?" in note for note in notes)


def test_rows_of_format_1_give_the_boards_of_format_2_and_are_to_be_rewritten():
    content = gzip.decompress(FILES["digits"].read_bytes())
    rows = parse_rows(rows_text(parse_rows(content, "digits")).encode(), "digits")
    files = {path: text.encode() for path, text in folder_texts({"digits": rows}, Ledger.read).items()}
    (fault,) = check_folder({**files, "data/digits.jsonl": content}, Ledger.read)
    assert (fault.path, fault.arguments) == ("data/digits.jsonl", ("--from-rows",))


@pytest.mark.parametrize(
    "line", ['{"format":1}', '{"format":1,"task":3}', '{"format":1,"metrics":{"a":{"b":1}},"task":{}}']
)
def test_a_damaged_row_of_format_1_is_refused(line):
    with pytest.raises(ValueError, match="a field of format 1 is missing or invalid"):
        parse_row(line)
