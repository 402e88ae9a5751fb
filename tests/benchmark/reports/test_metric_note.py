"""The sentences below a board that say what its metric is."""

import dataclasses

import pytest
from texts import board_text

from benchmark.interfaces.outcome import Measure


@pytest.mark.parametrize(
    ("metric", "sentence"),
    [
        ("roc_auc", "a tie counts half. Chance: 50.0."),
        ("average_precision_at_10", "so that 10 % are anomalous. Chance: 10.0."),
        ("average_precision", "chance is the share of anomalous images."),
    ],
)
def test_a_board_says_what_its_metric_is_and_what_chance_reaches(board, outcomes, metric, sentence):
    assert sentence in board_text(board(outcomes([0.9, 0.8]), metric=metric), "markdown")


def test_values_of_another_version_of_the_metric_are_counted(board, outcomes):
    both = outcomes([0.9, 0.8])
    assert "another version" not in board_text(board(both), "markdown")
    older = dataclasses.replace(both[0], metrics={"distance": {"roc_auc": Measure(0.9, 0.01, version="0")}})
    text = board_text(board([older, both[1]]), "markdown")
    assert "1 value of another version of the metric (here 1); compute them again with: bench results rescore" in text
