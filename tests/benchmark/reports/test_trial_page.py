"""The page of a trial: both intervals of an area, chance, and the label-free threshold."""

import dataclasses

import numpy as np
from toy_reports import toy_outcome

from benchmark.interfaces.outcome import Measure, ScoredSet
from benchmark.metrics.intervals import logit_interval
from benchmark.registry import registry
from benchmark.reports.render import render
from benchmark.reports.trial_page import CLASS_INTERVAL, METRIC_LINE, trial_report


def page(outcome):
    report = trial_report(outcome, registry())
    return report, render(report, "markdown")


def with_measure(*values):
    outcome = toy_outcome()
    return dataclasses.replace(outcome, metrics={"distance": {"roc_auc": Measure(*values)}})


def test_an_area_has_the_interval_for_other_images_and_the_one_for_other_classes():
    report, text = page(with_measure(0.9, 0.01, 0.03, 9))
    line = dict(zip(METRIC_LINE, report.lines[1], strict=True))
    assert (line["low"], line["high"]) == logit_interval(0.9, 0.01)
    assert (line["class_low"], line["class_high"]) == logit_interval(0.9, 0.03, freedom=8)
    assert "0.9000 | 0.5000 | 0.8786 to 0.9180 | 0.8067 to 0.9510 |" in " ".join(text.split())
    assert CLASS_INTERVAL in text


def test_without_an_error_for_other_classes_there_is_one_interval_and_no_explanation():
    report, text = page(with_measure(0.9, 0.01))
    assert dict(zip(METRIC_LINE, report.lines[1], strict=True))["class_low"] is None
    assert CLASS_INTERVAL not in text


def test_the_threshold_is_that_of_the_primary_rule_with_the_false_alarms_that_it_leads_to():
    scores = np.arange(100.0)[None]
    held_out = ScoredSet(y=np.zeros(100, bool), labels=np.zeros(100, int), rules=("distance",), scores=scores)
    _, text = page(dataclasses.replace(toy_outcome(), sets={"validation": held_out}))
    assert "95, rank 96 of the scores of 100 held-out normal images, for a false-alarm rate of at most 5 %" in text
    _, text = page(dataclasses.replace(toy_outcome(), sets={}))
    assert "label-free threshold" not in text, "the scores were not read"
