"""Outcomes of several protocol versions: the newest is shown, the others are counted."""

import dataclasses

import pytest
from texts import board_text
from toy_reports import toy_outcome

from benchmark.reports.operating_points import operating_points_report
from benchmark.reports.oracle import oracle_rows
from benchmark.reports.protocol import is_older, newest_protocol
from benchmark.reports.render import markdown
from benchmark.running.plan import SEMANTICS


def made_under(outcomes, version):
    return [dataclasses.replace(o, trial=dataclasses.replace(o.trial, semantics=version)) for o in outcomes]


@pytest.fixture
def mixed(outcomes):
    """Two detectors of version 3; one of version 2, whose numbers are better; one seed of version 1."""
    return [
        *made_under(outcomes([0.99, 0.99], [0.99, 0.99]), 2),
        *made_under(outcomes([0.98, 0.98], detector="other")[:1], 1),
        *made_under(outcomes([0.9, 0.8]), 3),
        *made_under(outcomes([0.7, 0.6], detector="other"), 3),
    ]


def test_the_newest_protocol_version_is_kept_and_the_others_are_counted(mixed):
    shown, notes = newest_protocol(mixed)
    assert {outcome.trial.semantics for outcome in shown} == {3}
    assert notes == ("1 outcome of protocol version 1 not shown", "4 outcomes of protocol version 2 not shown")
    assert newest_protocol([]) == ([], ())
    assert newest_protocol(mixed[:4])[1] == (), "a store with old outcomes only shows them"


def test_a_board_never_ranks_or_averages_an_older_protocol_version(mixed, board):
    ranking = board(mixed)
    assert [(row.detector, row.mean, row.seeds) for row in ranking.rows] == [
        ("toy", pytest.approx(0.85), 1),
        ("other", pytest.approx(0.65), 1),
    ]
    assert "- 4 outcomes of protocol version 2 not shown" in board_text(ranking, "markdown")


def test_outcomes_of_another_board_do_not_decide_which_version_is_the_newest(mixed, board, outcomes):
    held_out = made_under(outcomes([0.5, 0.5], validation_only=True), 4)
    assert board([*mixed, *held_out]).rows == board(mixed).rows


def test_an_oracle_does_not_choose_among_outcomes_of_an_older_protocol_version(board, outcomes):
    old = made_under([*outcomes([0.9, 0.9], params={"power": 1}), *outcomes([0.8, 0.8], params={"power": 2})], 1)
    new = made_under(outcomes([0.7, 0.7], params={"power": 1}), 2)
    ranking = board([*old, *new])
    read = []
    assert oracle_rows(ranking, [*old, *new], read.append, non_default=lambda o: {}) == ()
    assert read == []


def test_a_trial_of_the_present_protocol_version_is_not_older(outcomes):
    (trial, *_) = [outcome.trial for outcome in outcomes([0.9, 0.9])]
    assert not is_older(dataclasses.replace(trial, semantics=SEMANTICS))
    assert is_older(dataclasses.replace(trial, semantics=SEMANTICS - 1))


def test_the_operating_points_of_an_older_trial_say_so():
    outcome = toy_outcome()
    old, new = (
        markdown.render(operating_points_report(dataclasses.replace(outcome, trial=trial)))
        for trial in (dataclasses.replace(outcome.trial, semantics=version) for version in (SEMANTICS - 1, SEMANTICS))
    )
    assert f"- The trial is of protocol version {SEMANTICS - 1} (older than the present {SEMANTICS}" in old
    assert "protocol version" not in new
