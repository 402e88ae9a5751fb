"""The report of costs: what each detector takes, measured alone."""

import dataclasses

import pytest

from benchmark.reports.cost import cost_report

CPU = {"fit_cpu_seconds": 1.5, "score_cpu_seconds": 0.25, "scored_images": 500, "load_average": 0.9}
MACHINE = {"cpu": "Toy CPU", "cores": 4}


def cells(report):
    (table,) = report.tables
    return [[column.heading for column in table.columns], *[[cell.text for cell in row] for row in table.rows]]


def notes(report):
    return "\n".join("".join(span.text for span in each.spans) for each in report.tables[0].notes)


def test_each_detector_has_its_seconds_for_10_000_images_and_its_memory(board, outcomes):
    trials = outcomes([0.9, None], cost=CPU, memory=120.4, provenance=MACHINE)[:1]
    report = cost_report(board(trials))
    assert cells(report) == [
        ["detector", "trials", "model size", "fit cpu s", "fit s", "score cpu s per 10,000", "peak MiB"],
        ["toy", "1", "–", "1.5", "2.0", "5.0", "120"],
    ]
    assert report.data[0]["score_cpu_seconds_per_10000"] == pytest.approx(5.0)
    assert report.data[0]["score_seconds_per_10000"] == pytest.approx(10.0)
    assert dict(zip(*report.lines, strict=True)) == report.data[0]
    assert "Normal class: round; machine: Toy CPU, 4 cores; threads of a trial: 1; measured: 20" in notes(report)


def test_the_cheapest_fit_is_first_and_what_is_unknown_is_last(board, outcomes):
    trials = [
        *outcomes([0.9, 0.8], detector="slow", cost={**CPU, "fit_cpu_seconds": 9.0}),
        *outcomes([0.9, 0.8], detector="old"),
        *outcomes([0.9, 0.8], detector="quick", cost=CPU),
        *(
            dataclasses.replace(o, cost=type(o.cost)(), status="failed")
            for o in outcomes([0.1, 0.1], detector="broken")
        ),
    ]
    report = cost_report(board(trials))
    assert [row[0] for row in cells(report)[1:]] == ["quick", "old", "slow", "broken"]
    assert cells(report)[2][3:6] == ["–", "2.0", "–"]
    assert "broken: 2 failed" in notes(report)


def test_a_trial_that_started_under_load_is_named(board, outcomes):
    busy = outcomes([0.9, 0.8], detector="busy", cost={**CPU, "load_average": 3.0})
    report = cost_report(board([*busy, *outcomes([0.9, 0.8], detector="alone", cost=CPU)]))
    assert "at the start of a trial: 0.9 to 3.0." in notes(report)
    assert notes(report).partition("seconds are too high: ")[2].startswith("busy")
    assert "alone" not in notes(report).partition("seconds are too high: ")[2]


def test_an_unknown_load_is_said_to_be_unknown(board, outcomes):
    assert "load of the machine is not known" in notes(cost_report(board(outcomes([0.9, 0.8]))))


def test_settings_are_shown_where_a_row_is_not_at_the_defaults(board, outcomes):
    ranking = board(outcomes([0.9, 0.8], params={"power": 3}), non_default=lambda o: o.trial.params)
    assert cells(cost_report(ranking))[0][1] == "settings"
    assert cells(cost_report(ranking))[1][1] == "power=3"
