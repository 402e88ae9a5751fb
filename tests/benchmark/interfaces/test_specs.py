import re
from dataclasses import dataclass

import pytest

from benchmark.interfaces.errors import BadSpec
from benchmark.interfaces.observer import Observer
from benchmark.interfaces.specs import (
    CommandSpec,
    DatasetSpec,
    DetectorSpec,
    MetricSpec,
    NoOptions,
    ObserverSpec,
    Preset,
)


@dataclass(frozen=True)
class Config:
    epochs: int = 20
    encoder: str = "dense"


@dataclass(frozen=True)
class Required:
    folder: str


@dataclass
class Thawed:
    epochs: int = 20


class Plain:
    epochs = 20


OFFER = {"name": "toy", "summary": "A toy."}
KINDS = {
    DetectorSpec: {**OFFER, "version": "1", "config": Config, "build": Config, "rules": ("error", "distance")},
    DatasetSpec: {**OFFER, "version": "1", "load": NoOptions},
    MetricSpec: {
        **OFFER, "title": "Toy", "range": (0.0, 1.0), "higher_is_better": True, "compute": lambda y, scores: 0.5,
    },
    ObserverSpec: {**OFFER, "build": lambda argument: Observer()},
}  # fmt: skip


def detector(**changes):
    return DetectorSpec(**{**KINDS[DetectorSpec], **changes})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "wrong",
    [*({"name": name} for name in ("", "Toy", "deep-svdd", "2d", "_toy", "toy\n", "tö")), {"summary": ""},
     {"summary": "Two\nlines."}],
)  # fmt: skip
def test_a_name_is_a_slug_and_a_summary_is_one_line(kind, wrong):
    with pytest.raises(BadSpec, match=r"name|summary"):
        kind(**{**KINDS[kind], **wrong})


@pytest.mark.parametrize("kind", [DetectorSpec, DatasetSpec])
@pytest.mark.parametrize(("config", "says"), [(Thawed, "frozen dataclass"), (Plain, "frozen dataclass")])
def test_a_config_is_a_frozen_dataclass(kind, config, says):
    with pytest.raises(BadSpec, match=says):
        kind(**{**KINDS[kind], "config": config})


@pytest.mark.parametrize("kind", [DetectorSpec, DatasetSpec])
def test_a_version_is_not_empty(kind):
    with pytest.raises(BadSpec, match="version"):
        kind(**{**KINDS[kind], "version": ""})


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"rules": ()}, "at least one rule"),
        ({"rules": ("error", "error")}, "no rule twice"),
        ({"rules": "kde"}, "rules"),
        ({"requires": "torch"}, "requires"),
        ({"presets": {"fast": Preset()}}, "`fast` is the defaults"),
        ({"presets": {"paper": {"epochs": 1}}}, "preset 'paper' is a dict; write Preset({...})"),
        ({"presets": {"paper": Preset({"epoch": 1, "layers": 2})}}, "preset 'paper' sets epoch, layers, which config"),
        (
            {"presets": {"paper": Preset(dataset="mnist"), "long": Preset({"epochs": 350}, dataset="mnist")}},
            "the presets 'paper' and 'long' are both for the dataset 'mnist'",
        ),
        ({"built_on": ("encoder", "encoder_parameters")}, "`built_on` must name two fields of config"),
        ({"built_on": ("encoder",)}, "`built_on` must name two fields of config"),
        (
            {"built_on": "encoder"},
            "`built_on` must name two fields of config, such as ('encoder', 'encoder_parameters')",
        ),
        ({"config": Required}, "every field of `config` needs a default; folder has none"),
    ],
)
def test_a_detector_that_contradicts_itself_is_refused(changes, says):
    with pytest.raises(BadSpec, match=re.escape(says)):
        detector(**changes)


def test_a_dataset_may_require_an_option():
    assert DatasetSpec(**KINDS[DatasetSpec], config=Required).config is Required


def test_rules_and_framework_may_follow_from_the_config():
    spec = detector(rules=lambda config: (config.encoder,), framework=lambda config: f"{config.encoder}_framework")
    assert spec.rules_of(Config(encoder="conv")) == ("conv",)
    assert spec.framework_of(Config(encoder="conv")) == "conv_framework"


def test_what_is_required_may_follow_from_the_config_or_be_fixed():
    spec = detector(requires=lambda config: (config.encoder,))
    assert spec.requires_of(Config(encoder="conv")) == ("conv",)
    assert detector(requires=("torch",)).requires_of(Config()) == ("torch",)
    assert detector().requires_of(Config()) == ()


def test_a_detector_may_be_built_on_another_that_two_fields_name():
    assert detector(built_on=("encoder", "epochs")).built_on == ("encoder", "epochs")


def test_rules_and_framework_may_be_fixed():
    assert detector().rules_of(Config()) == ("error", "distance")
    assert detector(framework="torch").framework_of(Config()) == "torch"


def test_a_preset_is_what_it_changes_and_fast_changes_nothing():
    paper = Preset({"epochs": 350}, validation=0.0, dataset="mnist")
    spec = detector(presets={"paper": paper})
    assert spec.preset("paper") is paper
    assert spec.preset("fast") == Preset(values={}, validation=None, dataset=None)
    assert spec.preset("slow") is None


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"values": ["epochs"]}, "`values` must be a mapping"),
        ({"values": None}, "`values` must be a mapping"),
        ({"validation": -0.1}, "`validation` must lie between 0 and 0.9, or be None; not -0.1"),
        ({"validation": 0.95}, "`validation` must lie between 0 and 0.9"),
        ({"validation": float("nan")}, "`validation` must lie between 0 and 0.9"),
        ({"validation": "0.1"}, "`validation` must lie between 0 and 0.9"),
        ({"dataset": ("mnist", "cifar10")}, "`dataset` must be the name of one dataset"),
    ],
)
def test_a_preset_that_cannot_be_used_is_refused(wrong, message):
    with pytest.raises(BadSpec, match=re.escape(message)):
        Preset(**wrong)


def test_presets_for_two_datasets_or_for_any_are_allowed():
    presets = {
        "paper": Preset(dataset="mnist"),
        "paper_cifar10": Preset(dataset="cifar10"),
        "a": Preset(),
        "b": Preset(),
    }
    assert detector(presets=presets).presets == presets


def test_a_metric_need_not_know_its_standard_error():
    metric = MetricSpec(**KINDS[MetricSpec])
    assert metric.standard_error([True, False], [1.0, 0.0]) is None
    assert metric.class_error([True, False], [1.0, 0.0], [1, 0]) is None
    assert (metric.chance, metric.version) == (None, "1")


def test_chance_lies_in_the_range_of_a_metric_and_its_version_is_not_empty():
    with pytest.raises(BadSpec, match="`chance` must lie within `range`"):
        MetricSpec(**KINDS[MetricSpec], chance=1.5)
    with pytest.raises(BadSpec, match="`version` must not be empty"):
        MetricSpec(**KINDS[MetricSpec], version="")


def test_the_name_of_a_command_may_have_hyphens():
    assert CommandSpec(name="class-table", summary="A table.", command="bench_mine.table:command").name == "class-table"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        *(({"name": name}, "a name is lower-case letters") for name in ("", "Table", "2d", "-table", "a b", "table\n")),
        ({"summary": ""}, "`summary` must be one line"),
        ({"summary": "Two\nlines."}, "`summary` must be one line"),
        *(
            ({"command": place}, "as 'module:attribute', such as 'bench_mine.command:command'")
            for place in ("", "bench_mine", "bench_mine:", ":command", "bench-mine:command", "bench_mine:a:b", "a.:b")
        ),
    ],
)
def test_a_command_that_cannot_be_found_or_listed_is_refused(wrong, says):
    right = {"name": "table", "summary": "A table.", "command": "bench_mine.table:command"}
    with pytest.raises(BadSpec, match=re.escape(says)):
        CommandSpec(**{**right, **wrong})
