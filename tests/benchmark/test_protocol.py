import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.hookspecs import hookimpl
from benchmark.interfaces.dataset import Dataset, LabelledImages, OnePartDataset
from benchmark.interfaces.errors import BadData, InvalidParameter, InvalidRequest, MissingRequirement, UnknownName
from benchmark.interfaces.specs import DatasetSpec, DetectorSpec
from benchmark.protocol import (
    SEMANTICS,
    DatasetChoice,
    DetectorChoice,
    Request,
    as_images,
    plan,
    split,
    tasks,
)
from benchmark.registry import Registry

KINDS = ("bag", "coat", "dress", "shirt")


def labelled(*sizes, kinds=KINDS, normal=None):
    """`sizes[k]` training images of kind k, in a shuffled order."""
    kind = np.random.RandomState(0).permutation(np.repeat(np.arange(len(sizes)), sizes))
    train, test = np.zeros((len(kind), 1, 1, 1), np.uint8), np.zeros((1, 1, 1, 1), np.uint8)
    return LabelledImages(
        train=train, test=test, train_kind=kind, test_kind=np.zeros(1, int), kinds=kinds, normal=normal
    )


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
    """Two parts: one a task of its own, one with a task for each kind."""

    fingerprint, label, parts = "0" * 64, "cropped", ("bottle", "cable")

    def part(self, name):
        return labelled(3, 3, kinds=("good", "broken"), normal=0 if name == "bottle" else None)


def detector(name, **changes):
    return DetectorSpec(
        name=name, summary="A toy.", version="7", config=Config, build=Config,
        rules=lambda config: (f"{config.encoder}_error", "distance"), framework=lambda config: config.encoder,
        presets={"paper": {"power": 3.0}, "paper_other": {"power": 4.0}}, **changes,
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


def test_each_kind_is_the_normal_class_of_one_task():
    found = tasks(OnePartDataset(labelled(1, 1, 1, 1)), {"each": 1})
    assert [(name, facts.part, facts.normal) for name, facts in found.items()] == [
        (name, "all", index) for index, name in enumerate(KINDS)
    ]
    assert {facts.tasks for facts in found.values()} == {KINDS}
    assert {facts.kinds for facts in found.values()} == {KINDS}
    assert found[KINDS[0]].options == {"each": 1}


def test_a_part_with_a_normal_kind_is_one_task_and_others_carry_their_part_in_their_names():
    found = tasks(Parts())
    assert [(name, facts.part, facts.normal) for name, facts in found.items()] == [
        ("bottle", "bottle", 0), ("cable/good", "cable", 0), ("cable/broken", "cable", 1),
    ]  # fmt: skip
    assert {facts.label for facts in found.values()} == {"cropped"}


def test_a_plan_runs_by_dataset_then_detector_then_seed_then_class(registry):
    wanted = request(
        detectors=(DetectorChoice(name="second"), DetectorChoice(name="first")),
        datasets=(DatasetChoice(name="parts"), DatasetChoice(name="clothes")),
        seeds=(3, 1),
    )
    order = [(t.dataset, t.detector, t.seed, t.task) for t in (job.trial for job in plan(wanted, registry))]
    assert order == [
        (dataset, name, seed, task)
        for dataset, names in (("parts", tuple(tasks(Parts()))), ("clothes", KINDS))
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
    assert found == [KINDS[int(index)] for index in chosen]


@pytest.mark.parametrize("classes", ["4", "-1", "3-1", "0-4", "dres", "0,", ",", "0-", "1.0", "0–2"])
def test_a_class_that_does_not_exist_is_refused_with_what_there_is(registry, classes):
    with pytest.raises(UnknownName, match=r"index from 0 to 3\).*Known: bag, coat, dress, shirt"):
        plan(request(classes=classes), registry)


def test_a_class_whose_name_is_a_digit_is_meant_by_its_name(registry):
    module = ModuleType("bench_even")
    module.__file__ = __file__
    images = labelled(3, 3, 3, kinds=("0", "2", "1"))
    spec = DatasetSpec(name="even", summary="Digits.", version="1", load=lambda options: OnePartDataset(images))
    module.bench_datasets = hookimpl(named("bench_datasets", [spec]))
    registry.add("even", module)
    (trial,) = (job.trial for job in plan(request(datasets=(DatasetChoice(name="even"),), classes="2"), registry))
    assert trial.task == "2"


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"seeds": (-1,)}, InvalidRequest, "a seed is a whole number"),
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
    [("fast", None, 0.1), ("paper", None, 0.0), ("paper_other", None, 0.0), ("paper", 0.2, 0.2), ("fast", 0, 0.0)],
)
def test_a_tenth_is_held_out_and_nothing_in_paper_unless_asked(registry, preset, asked, share):
    wanted = request(detectors=(DetectorChoice(name="first", preset=preset),), validation=asked, classes="0")
    (trial,) = (job.trial for job in plan(wanted, registry))
    assert trial.validation == share
    assert isinstance(trial.validation, float), "0 and 0.0 would be two trials"


SIZES = st.tuples(*[st.integers(25, 120)] * 3)
SHARES = st.just(0.0) | st.floats(0.001, 0.9)
often = settings(max_examples=30, deadline=None)


@often
@given(SIZES, st.integers(0, 2), SHARES, st.integers(0, 2**32 - 1))
def test_only_normal_images_are_learnt_from_and_each_is_learnt_from_or_held_out(sizes, normal, share, seed):
    images = labelled(*sizes)
    found = split(images, normal, share=share, seed=seed)
    held_out = found.validation[~found.validation_y(images, normal)]
    together = np.concatenate([found.train, held_out])
    assert sorted(together) == np.flatnonzero(images.train_kind == normal).tolist()


@often
@given(SIZES, SHARES, st.integers(0, 2**32 - 1))
def test_as_many_others_are_held_out_as_normal_ones_and_none_twice(sizes, share, seed):
    images = labelled(*sizes)
    found = split(images, 0, share=share, seed=seed)
    y = found.validation_y(images, 0)
    assert y.sum() == min((~y).sum(), sizes[1] + sizes[2])
    assert len(np.unique(found.validation)) == len(found.validation)
    assert (~y).sum() == (max(1, round(share * sizes[0])) if share else 0)


@often
@given(SIZES, SHARES, st.integers(0, 2**32 - 1))
def test_the_same_seed_gives_the_same_split(sizes, share, seed):
    once, again = (split(labelled(*sizes), 1, share=share, seed=seed) for _ in range(2))
    for field in dataclasses.fields(once):
        np.testing.assert_array_equal(getattr(once, field.name), getattr(again, field.name), strict=True)


def test_another_seed_gives_another_split():
    images = labelled(200, 200)
    one, two = (split(images, 0, share=0.1, seed=seed) for seed in (0, 1))
    assert set(one.train) != set(two.train)
    assert set(one.validation[20:]) != set(two.validation[20:])


def test_a_split_is_frozen_for_good():
    found = split(labelled(6, 6), 0, share=0.4, seed=3)
    assert (found.train.tolist(), found.validation.tolist()) == ([2, 4, 6, 10], [9, 11, 7, 8])


@pytest.mark.parametrize(("size", "share", "held_out"), [(8000, 0.9, 500), (5000, 0.1, 500), (4990, 0.1, 499)])
def test_at_most_500_normal_images_are_held_out_and_as_many_others(size, share, held_out):
    images = labelled(size, 4000)
    y = split(images, 0, share=share, seed=0).validation_y(images, 0)
    assert ((~y).sum(), y.sum()) == (held_out, held_out)


@pytest.mark.parametrize(("size", "sampled"), [(1000, 1000), (1001, 1000), (3000, 1000), (50, 50)])
def test_the_sample_is_of_the_training_images_and_at_most_1000(size, sampled):
    found = split(labelled(size, 10), 0, share=0.0, seed=0)
    assert len(set(found.sample)) == len(found.sample) == sampled
    assert set(found.sample) <= set(found.train)


def test_the_sample_is_drawn_and_not_the_first_that_come():
    found = split(labelled(3000, 10), 0, share=0.0, seed=0)
    assert found.sample.tolist() != found.train[:1000].tolist()


@pytest.mark.parametrize(("sizes", "share"), [((0, 9), 0.0), ((1, 9), 0.1), ((3, 9), 0.9)])
def test_a_class_with_too_few_images_to_learn_from_is_named(sizes, share):
    with pytest.raises(BadData, match=r"class 'bag' leaves [01] training images"):
        split(labelled(*sizes), 0, share=share, seed=0)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_detector_sees_every_grey_level_between_0_and_1(dtype):
    highest = np.iinfo(dtype).max
    raw = np.arange(highest + 1, dtype=dtype).reshape(-1, 4, 4, 1)
    images = as_images(raw)
    assert (images.dtype, images.shape, images.min(), images.max()) == (np.float32, raw.shape, 0.0, 1.0)
    assert (np.rint(images.astype(float) * highest) == raw).all()


def test_what_a_detector_sees_is_read_only_and_a_copy():
    raw = np.zeros((2, 2, 2, 1), np.uint8)
    images = as_images(raw)
    with pytest.raises(ValueError, match="read-only"):
        images[0] = 1.0
    raw[:] = 255
    assert images.max() == 0.0
