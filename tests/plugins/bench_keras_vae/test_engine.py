import os
from dataclasses import replace

import numpy as np
import pytest

from bench_keras_vae import bench_detectors
from benchmark.registry import registry
from benchmark.running.engine import TrialFinished
from benchmark.running.plan import plan
from benchmark.running.processes import ProcessEngine
from benchmark.running.request import DatasetChoice, DetectorChoice, Request

pytestmark = [pytest.mark.keras, pytest.mark.slow]

NAMES = [spec.name for spec in bench_detectors()]


def run(jobs):
    engine = ProcessEngine(workers=1)
    return [event.outcome for event in engine.run(jobs) if isinstance(event, TrialFinished)]


def job_of(name, dataset="digits", preset="smoke", **values):
    choice = DetectorChoice(name=name, preset=preset, values=values)
    request = Request(detectors=(choice,), datasets=(DatasetChoice(name=dataset),), classes="0")
    (job,) = plan(request, registry())
    return job


@pytest.fixture(scope="module")
def used():
    """What a worker makes of each detector, after another model of other size and seed and after one another."""
    first = job_of("ocvae", posterior="learned", latent_dim=5)
    other = replace(first, trial=replace(first.trial, seed=7))
    outcomes = run([other, *(job_of(name) for name in NAMES)])
    assert [(outcome.status, outcome.message) for outcome in outcomes] == [("ok", "")] * 5
    return dict(zip(NAMES, outcomes[1:], strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_a_fresh_worker_and_one_that_has_run_others_give_identical_scores(used, name):
    (fresh,) = run([job_of(name)])
    for part, scored in fresh.sets.items():
        assert np.array_equal(scored.scores, used[name].sets[part].scores), part
    for kept in ("losses", "measures"):
        assert [getattr(report, kept) for report in fresh.curves] == [
            getattr(report, kept) for report in used[name].curves
        ]


def test_a_training_that_collapses_is_a_degenerate_outcome_that_says_why():
    wild = [job_of("ocvae", learning_rate=1e30), job_of("ocnn", learning_rate=1e30, pretrain_epochs=1)]
    one_code = job_of("ocvae", weight=1.0, learning_rate=1.0, epochs=20)
    *not_finite, same = run([*wild, one_code])
    assert [(o.status, o.error_type) for o in (*not_finite, same)] == [("degenerate", "TrainingCollapsed")] * 3
    assert "every image has the same code" in same.message
    assert all("not finite" in o.message for o in not_finite)


@pytest.mark.skipif("BENCH_DATA" not in os.environ, reason="needs MNIST: set BENCH_DATA")
def test_on_real_mnist_a_short_training_finds_most_anomalies():
    (outcome,) = run([job_of("ocvae", "mnist", "fast", epochs=6)])
    assert outcome.status == "ok"
    assert outcome.metrics["combined"]["roc_auc"].value > 0.95
    losses = [report.losses["loss"] for report in outcome.curves]
    assert losses == sorted(losses, reverse=True)
