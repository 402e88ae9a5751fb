"""The text that tells a row from others of the same detector, and picks it."""

import tomllib

import pytest

from benchmark.cli.row_selection import parse_pick
from benchmark.interfaces.errors import InvalidRequest
from benchmark.interfaces.outcome import Outcome, TaskFacts
from benchmark.interfaces.trial import Trial
from benchmark.registry import registry
from benchmark.reports.rows import make_board
from benchmark.reports.select_row import pick_row, row_label
from benchmark.reports.settings import assignments, non_default

TASK = TaskFacts(variant="official", tasks=("round",))


@pytest.fixture
def known(toys, built):
    return registry()


def trial(detector, params, **changes):
    values = {
        "detector": detector, "detector_version": "1", "framework": "numpy", "params": params, "rules": ("double",),
        "dataset": "shapes", "fingerprint": "f", "task": "round", "seed": 0, "validation": 0.1,
        "validation_only": False, "threads": 1, "device": "cpu", "semantics": 1,
    }  # fmt: skip
    return Trial(**{**values, **changes})


def text_of(known, values, detector="built"):
    return assignments(non_default(trial(detector, known.resolve(detector, values).params), TASK, known))


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({}, ""),
        ({"encoder_parameters": {"power": 2}}, ""),
        ({"encoder_parameters": {"power": 3, "epochs": 1}}, "encoder_parameters={epochs=1,power=3.0}"),
        ({"encoder": "pca"}, "encoder=pca"),
        ({"encoder": "pca", "encoder_parameters": {"explained_variance": 0.5}},
         "encoder=pca, encoder_parameters={explained_variance=0.5}"),
        ({"encoder": "built", "encoder_parameters": {"encoder_parameters": {"epochs": 1}}},
         "encoder=built, encoder_parameters={encoder_parameters={epochs=1}}"),
    ],
)  # fmt: skip
def test_of_a_detector_built_on_another_only_what_is_off_the_others_defaults_is_named(known, values, text):
    assert text_of(known, values) == text


def test_a_table_without_its_detector_is_named_whole(known):
    gone = trial("built", {"encoder": "gone", "encoder_parameters": {"size": 3}, "head": "double"}, threads=2)
    assert assignments(non_default(gone, TASK, known)) == "encoder=gone, encoder_parameters={size=3}, threads=2"


def test_without_the_detector_itself_everything_is_named(known):
    gone = trial("gone", {"encoder": "toy", "encoder_parameters": {"power": 2.0}}, dataset="gone")
    assert assignments(non_default(gone, TASK, known)) == "encoder=toy, encoder_parameters={power=2.0}"


def test_a_value_is_what_set_would_take():
    table = {"name": 'a "b"', "filters": [8, 16], "on": True, "inner": {"a b": 0.5}}
    text = assignments({"table": table})
    assert text == 'table={filters=[8,16],inner={"a b"=0.5},name="a \\"b\\"",on=true}'
    assert tomllib.loads(text)["table"] == table
    assert assignments({"mode": "soft", "filters": [8], "size": None}) == "mode=soft, filters=[8], size=null"


def test_the_text_of_a_row_picks_it(known):
    asked = ({}, {"power": 3}, {"power": 3, "epochs": 1})
    tables = [known.resolve("built", {"encoder_parameters": table}).params for table in asked]
    outcomes = [Outcome(trial=trial("built", params), status="failed", source="s", task=TASK) for params in tables]
    metric = known.metrics["roc_auc"]
    board = make_board("shapes", outcomes, metric, non_default=lambda o: non_default(o.trial, o.task, known))
    assert len(board.rows) == 3
    for row in board.rows:
        assert pick_row(board, parse_pick(row_label(row))) is row
    spelt_otherwise = {
        "{power=3,epochs=1}": {"encoder_parameters": {"power": 3.0, "epochs": 1}},
        "{power=3,epochs=3}": {"encoder_parameters": {"power": 3.0}},
        "{power=2}": {},
        "{}": {},
    }
    for table, values in spelt_otherwise.items():
        assert pick_row(board, parse_pick(f"built:encoder_parameters={table}")).non_default == values
    for table in ("{epochs=1}", "{power=4}", "{powr=2}"):
        with pytest.raises(InvalidRequest, match="no row of 'built'"):
            pick_row(board, parse_pick(f"built:encoder_parameters={table}"))
