import csv
import dataclasses
import io
import json

import pytest
from toy_tradeoffs import conditioned, separate, tradeoff

from bench_tradeoff.document import tradeoff_report
from benchmark.reports.render import FORMATS


def markdown(found):
    return FORMATS["markdown"].render(tradeoff_report(found))


def rows(text):
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]


def test_the_markdown_has_a_row_for_each_value_marks_oracles_and_shows_dashes():
    text = markdown(tradeoff([*conditioned(), *separate()]))
    assert text.startswith("# shapes: ROC-AUC in %, higher is better, by level\n")
    table = rows(text)
    assert ["0.1", "80.0", "–", "2 x 1", "87.0 (oracle)", "–", "2 x 1", "-7.0"] in table
    assert ["1", "84.0 (oracle)", "–", "2 x 1", "86.0", "–", "2 x 1", "-2.0"] in table
    assert ["10", "55.0", "–", "2 x 1", "–", "–", "–", "–"] in table
    assert ["once", "70.0", "84.0 at 1", "14.0", "85.0", "15.0"] in table
    assert ["square", "10", "50.0", "1", "80.0", "30.0", "–", "1", "82.0", "–"] in table
    assert "The conditioned detector is 3.0 worse." in text
    assert (
        "the fits of `once` took 1.50 times as long as those of `anew` at one value, and 0.75 times as long as those at"
        " all 2 values." in text
    )


def test_a_difference_has_a_sign_and_a_note_says_when_the_conditioned_detector_is_better():
    text = markdown(tradeoff([*conditioned(), *separate({1.0: (0.80, 0.82)})]))
    assert ["1", "84.0 (oracle)", "–", "2 x 1", "81.0 (oracle)", "–", "2 x 1", "+3.0"] in rows(text)
    assert "The conditioned detector is 3.0 better." in text


def test_texts_from_elsewhere_are_escaped():
    found = dataclasses.replace(tradeoff([*conditioned(), *separate()]), remarks=("a|b",), footnotes=("c|d",))
    assert "- a\\|b" in markdown(found)
    assert "- c\\|d" in markdown(found)


def test_the_json_has_fractions_and_the_tasks():
    plain = json.loads(FORMATS["json"].render(tradeoff_report(tradeoff([*conditioned(), *separate()]))))
    assert plain["conditioned"]["oracle"] == {"value": 1.0, "mean": pytest.approx(0.84)}
    assert plain["conditioned"]["points"][0]["tasks"] == {"round": 0.9, "square": 0.7}
    assert plain["conditioned"]["task_oracles"]["square"] == {"value": 1.0, "metric": 0.8}
    assert plain["conditioned"]["choice"]["regret"] == pytest.approx(0.14)
    assert plain["separate"]["cost"]["fit_seconds"] == pytest.approx(8.0)
    assert plain["chosen"] == {"round": [0.1], "square": [10.0]}
    assert plain["cost_to_all_separate_values"] == pytest.approx(0.75)


def test_the_csv_has_a_line_for_each_detector_and_value():
    text = FORMATS["csv"].render(tradeoff_report(tradeoff([*conditioned(), *separate()])))
    lines = list(csv.DictReader(io.StringIO(text)))
    assert [(line["detector"], line["trained"], line["value"], line["oracle"]) for line in lines] == [
        ("once", "once", "0.1", "false"),
        ("once", "once", "1.0", "true"),
        ("once", "once", "10.0", "false"),
        ("anew", "for each value", "0.1", "true"),
        ("anew", "for each value", "1.0", "false"),
    ]
    assert lines[0]["parameter"] == "level"
    assert float(lines[0]["mean"]) == pytest.approx(0.80)
    assert (float(lines[0]["task round"]), float(lines[0]["task square"])) == (0.9, 0.7)


def test_with_one_separate_value_the_cost_is_compared_once():
    text = markdown(tradeoff([*conditioned(), *separate({1.0: (0.80, 0.82)})]))
    assert "at one value.\n" in text


@pytest.mark.parametrize("name", FORMATS)
def test_the_report_can_be_written_in_every_format(name):
    assert "anew" in FORMATS[name].render(tradeoff_report(tradeoff([*conditioned(), *separate()])))
