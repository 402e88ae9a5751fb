import dataclasses
import time
from pathlib import Path

import numpy as np
import pytest
from run_here import run_here, talk

from benchmark.interfaces.errors import BadData
from benchmark.interfaces.specs import MetricSpec
from benchmark.metrics.builtin import SPECS
from benchmark.registry import Offer
from benchmark.running.plan import plan
from benchmark.running.request import DatasetChoice, DetectorChoice, Request
from benchmark.running.split import split
from benchmark.running.streams import split_stream
from benchmark.running.task_data import TaskData
from benchmark.running.worker import memory, scorer


def jobs(registry, detector="toy", **request):
    chosen = {"detectors": (DetectorChoice(name=detector),), "datasets": (DatasetChoice(name="shapes"),)}
    return plan(Request(**{**chosen, **request}), registry)


def scores(outcome):
    return outcome.sets[outcome.trial.judged_on].scores


def test_the_same_trial_gives_the_same_scores_whatever_ran_before(toys):
    first, second, third = jobs(toys, "toy_random")
    fresh = run_here(toys, third)
    data = TaskData(toys)
    for before in (first, second):
        run_here(toys, before, data)
    np.random.random(17)
    assert np.array_equal(scores(run_here(toys, third, data)), scores(fresh))


def test_another_seed_gives_other_scores(toys):
    one, other = (run_here(toys, jobs(toys, "toy_random", seeds=(seed,))[0]) for seed in (0, 1))
    assert not np.array_equal(scores(one), scores(other))


def test_scoring_in_parts_changes_nothing(toys, monkeypatch):
    job = jobs(toys)[0]
    whole = run_here(toys, job)
    monkeypatch.setattr(scorer, "PART_BYTES", 4 * 36 * 7)
    assert np.array_equal(scores(run_here(toys, job)), scores(whole))


def test_only_training_images_of_the_class_reach_the_fit_and_test_images_only_score(toys, monkeypatch):
    import bench_toys

    seen = []
    monkeypatch.setattr(
        bench_toys.Distance,
        "fit",
        lambda self, images, context: (seen.append(images), setattr(self, "mean", images[0])),
    )
    run_here(toys, jobs(toys)[0])
    (images,) = seen
    dataset = toys.datasets["shapes"].load(bench_toys.ShapesOptions()).part("all")
    normal = {image.tobytes() for image in (dataset.train[dataset.train_labels == 0] / np.float32(255)).astype("f4")}
    assert len(images) == 36, "10 % of 40 are held out"
    assert {image.tobytes() for image in images} <= normal
    assert images.dtype == np.float32
    assert not images.flags.writeable


def test_another_copy_of_the_data_is_refused(toys):
    job = jobs(toys)[0]
    with pytest.raises(BadData, match="the trial requires 0000000000000000"):
        run_here(toys, dataclasses.replace(job, trial=dataclasses.replace(job.trial, fingerprint="0" * 64)))


def test_wall_time_holds_the_detectors_work_and_what_the_harness_does_around_it(toys):
    started = time.perf_counter()
    cost = run_here(toys, jobs(toys)[0]).cost
    elapsed = time.perf_counter() - started
    assert 0 < cost.load_seconds + cost.fit_seconds + cost.score_seconds <= cost.wall_seconds <= elapsed


def test_what_was_known_before_a_fault_is_kept(toys):
    outcome = run_here(toys, jobs(toys, "toy_fails")[0])
    assert outcome.status == "failed"
    assert len(outcome.curves) == 3
    assert outcome.cost.fit_seconds is not None
    assert outcome.cost.score_seconds is None
    assert 'raise RuntimeError("the fit went wrong' in outcome.last_lines
    assert outcome.sets == {}


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_the_share_held_out_is_the_one_asked_for(toys, share):
    outcome = run_here(toys, jobs(toys, validation=share)[0])
    held_out = outcome.sets.get("validation")
    assert (0 if held_out is None else int((~held_out.y).sum())) == share * 40


def number(name, value):
    def compute(y, scores):
        if isinstance(value, Exception):
            raise value
        return value

    return MetricSpec(name=name, title="T", summary="T.", range=(0, 1), higher_is_better=True, compute=compute)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (ZeroDivisionError("no luck"), "ZeroDivisionError: no luck"),
        (float("nan"), "the value is nan"),
        (None, "TypeError"),
    ],
)
def test_a_metric_that_gives_no_number_costs_its_own_number_only(toys, value, says):
    toys.metrics.add(Offer(plugin="test", spec=number("trouble", value)))
    outcome = run_here(toys, jobs(toys)[0])
    assert outcome.status == "ok"
    assert set(outcome.metrics["distance"]) == {spec.name for spec in SPECS}
    assert says in outcome.notes[0]


def test_a_metric_that_two_plugins_offer_is_not_measured(toys):
    toys.metrics.add(Offer(plugin="outside", spec=number("roc_auc", 0.123)))
    outcome = run_here(toys, jobs(toys)[0])
    assert "roc_auc" not in outcome.metrics["distance"]
    assert "offered twice, by 'metrics' and 'outside'" in outcome.notes[0]


@pytest.mark.parametrize("fact", [None, [1, 2]])
def test_a_fact_that_cannot_be_kept_costs_no_scores(toys, monkeypatch, fact):
    import bench_toys

    monkeypatch.setattr(bench_toys.Distance, "facts", lambda self: {"parameters": fact})
    outcome = run_here(toys, jobs(toys)[0])
    assert outcome.status == "ok"
    assert outcome.notes[0].startswith("facts: ")


def test_a_system_without_the_memory_files_costs_nothing(toys, monkeypatch):
    monkeypatch.setattr(memory, "Path", lambda path: Path("/nowhere") / path.lstrip("/"))
    outcome = run_here(toys, jobs(toys)[0])
    assert outcome.status == "ok"
    assert outcome.cost.peak_memory_mib > 10


def test_a_dataset_of_parts_and_of_two_bytes_a_pixel(toys):
    request = Request(detectors=(DetectorChoice(name="toy"),), datasets=(DatasetChoice(name="parts"),))
    bottle, cable = jobs(toys, datasets=request.datasets)
    assert (bottle.trial.task, cable.trial.task) == ("bottle", "cable")
    assert cable.task.classes == ("good", "bent", "cut")
    for job in (bottle, cable):
        outcome = run_here(toys, job)
        assert outcome.status == "ok", outcome.last_lines
        assert outcome.metrics["brightness"]["roc_auc"].value == 1.0
        names = [outcome.task.classes[kind] for kind in outcome.sets["test"].labels]
        assert [name != "good" for name in names] == outcome.sets["test"].y.tolist()
        assert not outcome.sets["validation"].y.any(), "of anomalous images there are none to train on"


def test_the_audit_sees_what_a_detector_cannot_hide(toys, monkeypatch):
    import bench_toys

    def moody(self, images, memory={}):  # noqa: B006 - remembers from call to call
        memory["calls"] = memory.get("calls", 0) + 1
        return {rule: scores + memory["calls"] for rule, scores in true_score(self, images).items()}

    true_score = bench_toys.Distance.score
    monkeypatch.setattr(bench_toys.Distance, "score", moody)
    outcome = run_here(toys, jobs(toys)[0])
    assert outcome.status == "degenerate"
    assert "scored again in other batches and another order, 60 of 60 images got another place" in outcome.message
    assert outcome.metrics == {}
    assert "test" in outcome.sets, "the scores are kept all the same"


def test_scores_that_depend_on_their_neighbours_are_degenerate(toys, monkeypatch):
    import bench_toys

    true_score = bench_toys.Distance.score
    monkeypatch.setattr(
        bench_toys.Distance,
        "score",
        lambda self, images: {rule: s - s.mean() for rule, s in true_score(self, images).items()},
    )
    outcome = run_here(toys, jobs(toys)[0])
    assert (outcome.status, outcome.error_type) == ("degenerate", "DegenerateScores")


def test_a_detector_of_the_wrong_sign_is_noted_and_not_flipped(toys, monkeypatch):
    import bench_toys

    true_score = bench_toys.Distance.score
    monkeypatch.setattr(
        bench_toys.Distance, "score", lambda self, images: {rule: -s for rule, s in true_score(self, images).items()}
    )
    outcome = run_here(toys, jobs(toys)[0])
    assert outcome.status == "ok"
    assert outcome.metrics["distance"]["roc_auc"].value < 0.1
    assert outcome.notes[0].startswith("worse than chance (ROC-AUC 0.")
    assert any(note.startswith("below mean pixel") for note in outcome.notes)


def test_the_baselines_are_those_of_the_definition(toys):
    from sklearn.metrics import roc_auc_score

    job, data = jobs(toys)[0], TaskData(toys)
    outcome = run_here(toys, job, data)
    part = data.part(job)
    learnt = split(part, 0, share=0.1, seed=split_stream(job.trial)).train
    apart = np.abs(part.test.mean(axis=(1, 2, 3)) - part.train[learnt].mean())
    assert outcome.baselines["mean pixel"] == pytest.approx(roc_auc_score(part.test_labels != 0, apart))
    assert 0 < outcome.baselines["hash"] < 1
    assert run_here(toys, job, data).baselines == outcome.baselines


def test_images_come_to_the_worker_in_random_order_and_their_scores_go_back_to_the_order_of_the_dataset(toys):
    job, data = jobs(toys)[0], TaskData(toys)
    part = data.part(job)
    outcome = run_here(toys, job, data)
    brightness = part.test.astype(np.float64).mean(axis=(1, 2, 3)) / 255
    np.testing.assert_allclose(outcome.sets["test"].of("brightness"), brightness, atol=1e-6)
    assert outcome.sets["test"].labels.tolist() == part.test_labels.tolist()
    held_out = split(part, 0, share=0.1, seed=split_stream(job.trial)).validation
    brightness = part.train[held_out].astype(np.float64).mean(axis=(1, 2, 3)) / 255
    np.testing.assert_allclose(outcome.sets["validation"].of("brightness"), brightness, atol=1e-6)


def test_a_worker_is_told_neither_class_nor_dataset_nor_path(toys):
    job = jobs(toys)[0]
    text = repr(talk(toys, job).requests)
    for word in ("shapes", job.trial.task, job.trial.fingerprint, job.trial.id, *job.task.classes):
        assert word not in text
