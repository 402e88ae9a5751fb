import dataclasses

import numpy as np
import pytest

from benchmark.protocol import DatasetChoice, DetectorChoice, Request, plan
from benchmark.worker import execute
from benchmark.worker.execute import Executor


def trials(registry, detector="toy", **request):
    chosen = {"detectors": (DetectorChoice(name=detector),), "datasets": (DatasetChoice(name="shapes"),)}
    return plan(Request(**{**chosen, **request}), registry).trials


def run(registry, trial, executor=None):
    return (executor or Executor(registry)).run(trial, lambda report: None)


def scores(outcome):
    return outcome.sets[outcome.trial.judged_on].scores


def test_the_same_trial_gives_the_same_scores_whatever_ran_before(toys):
    first, second, third = trials(toys, "toy_random")
    fresh = run(toys, third)
    executor = Executor(toys)
    for before in (first, second):
        run(toys, before, executor)
    np.random.random(17)
    assert np.array_equal(scores(run(toys, third, executor)), scores(fresh))


def test_another_seed_gives_other_scores(toys):
    one, other = (run(toys, trials(toys, "toy_random", seeds=(seed,))[0]) for seed in (0, 1))
    assert not np.array_equal(scores(one), scores(other))


def test_scoring_in_parts_changes_nothing(toys, monkeypatch):
    trial = trials(toys)[0]
    whole = run(toys, trial)
    monkeypatch.setattr(execute, "PART_BYTES", 4 * 36 * 7)
    assert np.array_equal(scores(run(toys, trial)), scores(whole))


def test_only_training_images_of_the_class_reach_the_fit_and_test_images_only_score(toys, monkeypatch):
    import bench_toys

    seen = []
    monkeypatch.setattr(
        bench_toys.Distance,
        "fit",
        lambda self, images, context: (seen.append(images), setattr(self, "mean", images[0])),
    )
    run(toys, trials(toys)[0])
    (images,) = seen
    dataset = toys.datasets["shapes"].load(bench_toys.ShapesOptions()).part("all")
    normal = {image.tobytes() for image in (dataset.train[dataset.train_kind == 0] / np.float32(255)).astype("f4")}
    assert len(images) == 36, "10 % of 40 are held out"
    assert {image.tobytes() for image in images} <= normal
    assert images.dtype == np.float32
    assert not images.flags.writeable


def test_another_copy_of_the_data_is_refused(toys):
    trial = dataclasses.replace(trials(toys)[0], fingerprint="0" * 64)
    outcome = run(toys, trial)
    assert (outcome.status, outcome.error_type) == ("failed", "BadData")
    assert "was made for 0000000000000000" in outcome.message


def test_what_was_known_before_a_fault_is_kept(toys):
    outcome = run(toys, trials(toys, "toy_fails")[0])
    assert outcome.status == "failed"
    assert len(outcome.curves) == 3
    assert outcome.cost.fit_seconds is not None
    assert outcome.cost.score_seconds is None
    assert 'raise RuntimeError("the fit went wrong' in outcome.last_lines
    assert outcome.sets == {}


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_the_share_held_out_is_the_one_asked_for(toys, share):
    outcome = run(toys, trials(toys, validation=share)[0])
    held_out = outcome.sets.get("validation")
    assert (0 if held_out is None else int((~held_out.y).sum())) == share * 40


def test_a_metric_that_raises_costs_its_own_number(toys):
    from benchmark.interfaces.specs import MetricSpec

    def trouble(y, scores):
        raise ZeroDivisionError("no luck")

    toys.metrics.add(
        "test",
        MetricSpec(name="trouble", title="T", summary="T.", range=(0, 1), higher_is_better=True, compute=trouble),
    )
    outcome = run(toys, trials(toys)[0])
    assert outcome.status == "ok"
    assert "trouble" not in outcome.metrics["distance"]
    assert "metric 'trouble': ZeroDivisionError: no luck" in outcome.notes
