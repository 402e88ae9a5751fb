import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from benchmark.interfaces.dataset import Dataset, LabelledImages, OnePartDataset
from benchmark.interfaces.errors import InvalidParameter, InvalidRequest, MissingRequirement, UnknownName
from benchmark.interfaces.hooks import hookimpl
from benchmark.interfaces.specs import DatasetSpec, DetectorSpec, Preset
from benchmark.registry import Registry
from benchmark.running.plan import SEMANTICS, plan, tasks
from benchmark.running.request import DatasetChoice, DetectorChoice, Request

CLASSES = ("bag", "coat", "dress", "shirt")


def labelled(*sizes, classes=CLASSES, normal_class=None):
    """`sizes[k]` training images of class k, in a shuffled order."""
    labels = np.random.RandomState(0).permutation(np.repeat(np.arange(len(sizes)), sizes))
    train, test = np.zeros((len(labels), 1, 1, 1), np.uint8), np.zeros((1, 1, 1, 1), np.uint8)
    return LabelledImages(
        train=train, test=test, train_labels=labels, test_labels=np.zeros(1, int), classes=classes,
        normal_class=normal_class,
    )  # fmt: skip


@dataclass(frozen=True)
class Options:
    each: int = 3


@dataclass(frozen=True)
class Config:
    power: float = 2.0
    encoder: str = "dense"


@dataclass(frozen=True)
class Built:
    encoder: str = "first"
    encoder_parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)


class Parts(Dataset):
    """Two parts: one a task of its own, one with a task for each class."""

    fingerprint, variant, parts = "0" * 64, "cropped", ("bottle", "cable")

    def part(self, name):
        return labelled(3, 3, classes=("good", "broken"), normal_class=0 if name == "bottle" else None)


def detector(name, **changes):
    return DetectorSpec(
        name=name, summary="A toy.", version="7", config=Config, build=Config,
        rules=lambda config: (f"{config.encoder}_error", "distance"), framework=lambda config: config.encoder,
        presets={"paper": Preset({"power": 3.0}, validation=0.0), "other": Preset({"power": 4.0}, validation=0.3)},
        **changes,
    )  # fmt: skip


@pytest.fixture
def registry():
    module = ModuleType("bench_toys")
    module.__file__ = __file__
    module.bench_detectors = hookimpl(named("bench_detectors", [
        detector("first"), detector("second"), detector("absent", requires=("no_such_package",)),
        DetectorSpec(name="built", summary="A toy.", version="1", config=Built, build=Built, rules=("distance",),
                     built_on=("encoder", "encoder_parameters")),
    ]))  # fmt: skip
    module.bench_datasets = hookimpl(named("bench_datasets", [
        DatasetSpec(name="clothes", summary="Clothes.", version="1", config=Options,
                    load=lambda options: OnePartDataset(labelled(*[options.each] * 4))),
        DatasetSpec(name="parts", summary="Parts.", version="1", load=lambda options: Parts()),
    ]))  # fmt: skip
    registry = Registry()
    registry.add("toys", module)
    return registry


def named(name, specs):
    def hook():
        return specs

    hook.__name__ = name
    return hook


def request(**changes):
    values = {"detectors": (DetectorChoice(name="first"),), "datasets": (DatasetChoice(name="clothes"),)}
    return Request(**{**values, **changes})


def test_each_class_is_the_normal_class_of_one_task():
    found = tasks(OnePartDataset(labelled(1, 1, 1, 1)), {"each": 1})
    assert [(name, facts.part, facts.normal_class) for name, facts in found.items()] == [
        (name, "all", index) for index, name in enumerate(CLASSES)
    ]
    assert {facts.tasks for facts in found.values()} == {CLASSES}
    assert {facts.classes for facts in found.values()} == {CLASSES}
    assert found[CLASSES[0]].options == {"each": 1}


def test_a_part_with_a_normal_class_is_one_task_and_others_carry_their_part_in_their_names():
    found = tasks(Parts())
    assert [(name, facts.part, facts.normal_class) for name, facts in found.items()] == [
        ("bottle", "bottle", 0), ("cable/good", "cable", 0), ("cable/broken", "cable", 1),
    ]  # fmt: skip
    assert {facts.variant for facts in found.values()} == {"cropped"}


def test_a_plan_runs_by_dataset_then_detector_then_seed_then_class(registry):
    wanted = request(
        detectors=(DetectorChoice(name="second"), DetectorChoice(name="first")),
        datasets=(DatasetChoice(name="parts"), DatasetChoice(name="clothes")),
        seeds=(3, 1),
    )
    order = [(t.dataset, t.detector, t.seed, t.task) for t in (job.trial for job in plan(wanted, registry))]
    assert order == [
        (dataset, name, seed, task)
        for dataset, names in (("parts", tuple(tasks(Parts()))), ("clothes", CLASSES))
        for name in ("second", "first")
        for seed in (3, 1)
        for task in names
    ]


def test_a_trial_is_planned_once_however_it_was_asked_for(registry):
    detectors = (
        DetectorChoice(name="first", preset="paper"),
        DetectorChoice(name="first", values={"power": 3}),
        DetectorChoice(name="first", values={"power": 3.0, "encoder": "dense"}),
    )
    planned = plan(request(detectors=detectors, seeds=(0, 0), classes="0,bag", validation=0.1), registry)
    assert len(planned) == 1


def test_a_trial_holds_everything_that_could_change_its_numbers(registry):
    choice = DetectorChoice(name="first", preset="paper", values={"encoder": "conv"})
    clothes = DatasetChoice(name="clothes", values={"each": 4})
    wanted = request(detectors=(choice,), datasets=(clothes,), classes="1", seeds=(5,), threads=2, gpu=1)
    (trial,) = (job.trial for job in plan(wanted, registry))
    assert trial.to_plain() == {
        "detector": "first", "detector_version": "7", "framework": "conv",
        "params": {"power": 3.0, "encoder": "conv"}, "rules": ("conv_error", "distance"), "dataset": "clothes",
        "fingerprint": OnePartDataset(labelled(4, 4, 4, 4)).fingerprint,
        "task": "coat", "seed": 5, "validation": 0.0, "validation_only": False, "threads": 2, "device": "cuda",
        "semantics": SEMANTICS,
    }  # fmt: skip


def test_a_trial_of_a_detector_built_on_another_holds_all_that_is_the_others_too(registry):
    table = {"encoder": "conv"}
    choice = DetectorChoice(name="built", values={"encoder": "second", "encoder_parameters": table})
    (trial,) = (job.trial for job in plan(request(detectors=(choice,), classes="1"), registry))
    assert (trial.detector_version, trial.framework, trial.rules) == ("1 on second 7", "conv", ("distance",))
    assert trial.params == {"encoder": "second", "encoder_parameters": {"power": 2.0, "encoder": "conv"}}


def test_a_table_that_spells_out_defaults_makes_no_other_trial(registry):
    tables = ({}, {"power": 2}, {"encoder": "dense", "power": 2.0})
    detectors = tuple(DetectorChoice(name="built", values={"encoder_parameters": table}) for table in tables)
    assert len(plan(request(detectors=detectors, classes="1"), registry)) == 1


@pytest.mark.parametrize(
    ("classes", "chosen"),
    [
        ("", "0123"), ("  ", "0123"), ("0-3", "0123"), ("0-2,3", "0123"), ("1", "1"), ("2-2", "2"), ("3,0", "30"),
        (" 1 , 2 ", "12"), ("dress,bag", "20"), ("coat,1,0-1", "10"),
    ],
)  # fmt: skip
def test_classes_are_names_indices_and_ranges_in_the_order_given(registry, classes, chosen):
    found = [job.trial.task for job in plan(request(classes=classes), registry)]
    assert found == [CLASSES[int(index)] for index in chosen]


@pytest.mark.parametrize("classes", ["4", "-1", "3-1", "0-4", "dres", "0,", ",", "0-", "1.0", "0–2"])
def test_a_class_that_does_not_exist_is_refused_with_what_there_is(registry, classes):
    with pytest.raises(UnknownName, match=r"index from 0 to 3\).*Known: bag, coat, dress, shirt"):
        plan(request(classes=classes), registry)


def test_a_class_whose_name_is_a_digit_is_meant_by_its_name(registry):
    module = ModuleType("bench_even")
    module.__file__ = __file__
    images = labelled(3, 3, 3, classes=("0", "2", "1"))
    spec = DatasetSpec(name="even", summary="Digits.", version="1", load=lambda options: OnePartDataset(images))
    module.bench_datasets = hookimpl(named("bench_datasets", [spec]))
    registry.add("even", module)
    (trial,) = (job.trial for job in plan(request(datasets=(DatasetChoice(name="even"),), classes="2"), registry))
    assert trial.task == "2"


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"seeds": (-1,)}, InvalidRequest, "a seed must be a whole number"),
        ({"seeds": (0, 2**32)}, InvalidRequest, "not 4294967296"),
        ({"validation": -0.1}, InvalidRequest, "between 0 and 0.9"),
        ({"validation": 0.91}, InvalidRequest, "between 0 and 0.9"),
        ({"validation": float("nan")}, InvalidRequest, "between 0 and 0.9"),
        ({"threads": 0}, InvalidRequest, "at least one thread"),
        ({"validation": 0.0, "validation_only": True}, InvalidRequest, "add --validation 0.1"),
        ({"detectors": (DetectorChoice(name="frist"),)}, UnknownName, "Did you mean 'first'"),
        ({"detectors": (DetectorChoice(name="first", preset="papr"),)}, UnknownName, "Did you mean 'paper'"),
        ({"detectors": (DetectorChoice(name="first", values={"power": "3"}),)}, InvalidParameter, "power"),
        ({"detectors": (DetectorChoice(name="absent"),)}, MissingRequirement, "no_such_package"),
        ({"detectors": (DetectorChoice(name="built", values={"encoder": "absent"}),)},
         MissingRequirement, "detector 'built', encoder 'absent' needs no_such_package"),
        ({"datasets": (DatasetChoice(name="cloths"),)}, UnknownName, "Did you mean 'clothes'"),
        ({"datasets": (DatasetChoice(name="clothes", values={"eahc": 3}),)}, UnknownName, "dataset 'clothes'"),
    ],
)  # fmt: skip
def test_what_cannot_be_planned_is_refused_before_anything_runs(registry, changes, error, says):
    with pytest.raises(error, match=says):
        plan(request(**changes), registry)


@pytest.mark.parametrize(
    ("preset", "asked", "share"),
    [("fast", None, 0.1), ("paper", None, 0.0), ("other", None, 0.3), ("paper", 0.2, 0.2), ("fast", 0, 0.0)],
)
def test_a_tenth_is_held_out_or_what_the_preset_says_or_what_is_asked(registry, preset, asked, share):
    wanted = request(detectors=(DetectorChoice(name="first", preset=preset),), validation=asked, classes="0")
    (trial,) = (job.trial for job in plan(wanted, registry))
    assert trial.validation == share
    assert isinstance(trial.validation, float), "0 and 0.0 would be two trials"
