import sys
from dataclasses import dataclass
from types import ModuleType

import pytest

import benchmark
from benchmark.interfaces.detector import Detector
from benchmark.interfaces.errors import (
    BadSpec,
    InvalidParameter,
    MissingRequirement,
    PluginConflict,
    UnknownName,
)
from benchmark.interfaces.hooks import hookimpl
from benchmark.interfaces.specs import CommandSpec, DetectorSpec, ObserverSpec, Preset
from benchmark.registry import PluginRow, Registry


@dataclass(frozen=True)
class Config:
    epochs: int = 20
    nu: float = 0.5


class Toy(Detector):
    def __init__(self, config):
        self.config = config

    def fit(self, images, context):
        pass

    def score(self, images):
        return {}


def detector(name, **changes):
    values = {"summary": "A toy.", "version": "1", "config": Config, "build": Toy, "rules": ("error",)}
    return DetectorSpec(name=name, **{**values, **changes})


def plugin(offer, *, hook="bench_detectors"):
    """A module whose hook is `offer`."""
    module = ModuleType("bench_somebody", "Somebody's detectors.\n\nMore about them.")
    offer.__name__ = hook
    setattr(module, hook, hookimpl(offer))
    return module


def with_detectors(*specs):
    registry = Registry()
    registry.add("good", plugin(lambda: list(specs)), distribution="somebodys-plugin")
    return registry


def raises():
    raise RuntimeError("no licence\nfound")


def exits():
    sys.exit("no licence")


BROKEN = {
    "raises": (plugin(raises), "RuntimeError: no licence found"),
    "exits": (plugin(exits), "SystemExit: no licence"),
    "returns a number": (plugin(lambda: 3), "bench_detectors must return a list of DetectorSpec; it returned int"),
    "returns nothing": (plugin(lambda: None), "must return a list of DetectorSpec; it returned NoneType"),
    "returns a spec": (plugin(lambda: detector("toy")), "it returned DetectorSpec"),
    "returns names": (plugin(lambda: ["toy"]), "must return a list of DetectorSpec; it holds a str"),
    "returns another's spec": (
        plugin(lambda: [ObserverSpec(name="ear", summary="An ear.", build=str)]), "it holds a ObserverSpec",
    ),
    "makes a bad spec": (plugin(lambda: [detector("Toy")]), "BadSpec: detector 'Toy': a name is"),
    "takes an argument": (plugin(lambda registry: []), "registry"),
    "has an unknown hook": (plugin(lambda: [detector("toy")], hook="bench_detector"), "bench_detector"),
}  # fmt: skip


@pytest.mark.parametrize(("module", "error"), BROKEN.values(), ids=BROKEN)
def test_a_broken_plugin_is_a_row_with_its_error_and_the_others_still_work(module, error):
    registry = with_detectors(detector("toy"))
    registry.add("broken", module, distribution="brokens-plugin")
    registry.add("late", plugin(lambda: [detector("late")]))
    rows = {row.name: row for row in registry.plugins}
    assert rows["broken"].status == "broken"
    assert error in rows["broken"].error
    assert "\n" not in rows["broken"].error
    assert rows["broken"].distribution == "brokens-plugin"
    assert registry.detectors.names() == ["late", "toy"]


def test_a_plugin_that_breaks_in_one_hook_offers_nothing_at_all():
    module = plugin(lambda: [detector("toy")])
    module.bench_metrics = plugin(raises, hook="bench_metrics").bench_metrics
    registry = Registry()
    registry.add("half", module)
    assert "toy" not in registry.detectors


def test_a_plugin_that_works_is_a_row_with_the_first_line_of_its_docstring():
    assert with_detectors(detector("toy")).plugins == [
        PluginRow(name="good", summary="Somebody's detectors.", distribution="somebodys-plugin", status="ok")
    ]


def test_two_plugins_with_one_name_conflict_on_use_and_leave_the_rest_usable():
    registry = with_detectors(detector("toy"), detector("other"))
    registry.add("second", plugin(lambda: [detector("toy")]))
    with pytest.raises(PluginConflict, match="the detector 'toy' is offered twice, by 'good' and 'second'"):
        registry.detectors["toy"]
    assert registry.detectors["other"].name == "other"
    assert [offer.plugin for offer in registry.detectors.all() if offer.spec.name == "toy"] == ["good", "second"]


def test_an_unknown_detector_is_answered_with_the_closest_one():
    with pytest.raises(UnknownName, match=r"no detector is called 'toi'\. Did you mean 'toy'\? Known: other, toy"):
        with_detectors(detector("toy"), detector("other")).detectors["toi"]


def test_values_win_over_the_preset_and_the_preset_over_the_defaults():
    registry = with_detectors(detector("toy", presets={"paper": Preset({"epochs": 350, "nu": 0.1})}))
    assert registry.resolve("toy", {}).config == Config()
    assert registry.resolve("toy", {"nu": 0.2}, preset="paper").config == Config(epochs=350, nu=0.2)


def test_an_unknown_preset_is_answered_with_the_closest_one():
    registry = with_detectors(detector("toy", presets={"paper": Preset()}))
    with pytest.raises(UnknownName, match=r"preset of detector 'toy' is called 'papr'\. Did you mean 'paper'\?"):
        registry.resolve("toy", {}, preset="papr")


def test_a_preset_is_checked_like_anything_else():
    with pytest.raises(InvalidParameter, match="detector 'toy': epochs"):
        with_detectors(detector("toy", presets={"paper": Preset({"epochs": "many"})})).resolve(
            "toy", {}, preset="paper"
        )


@pytest.mark.parametrize("package", ["no_such_package", "no_such_package.part"])
def test_a_missing_package_is_a_sentence_with_its_cure(package):
    registry = with_detectors(detector("toy", requires=("numpy", package), install="oneclass-bench[keras]"))
    with pytest.raises(MissingRequirement) as caught:
        registry.resolve("toy", {}).build()
    assert str(caught.value) == (
        f"detector 'toy' needs {package}, which is not installed here; run: pip install 'oneclass-bench[keras]'"
    )


def test_a_detector_is_built_from_its_config():
    registry = with_detectors(detector("toy", requires=("numpy",)))
    assert registry.resolve("toy", {"epochs": 3}).build().config == Config(epochs=3)


def test_what_is_built_must_be_a_detector():
    with pytest.raises(BadSpec, match="`build` returned Config, which is not a Detector"):
        with_detectors(detector("toy", build=lambda config: config)).resolve("toy", {}).build()


COMMAND = CommandSpec(name="table", summary="A table.", command="bench_somebody.table:command")


def test_commands_can_be_asked_for_alone():
    module = plugin(lambda: [COMMAND], hook="bench_commands")
    module.bench_datasets = plugin(raises, hook="bench_datasets").bench_datasets
    registry = Registry()
    registry.add("good", module, only_commands=True)
    assert registry.commands["table"] is COMMAND
    assert [row.status for row in registry.plugins] == ["ok"]


def test_a_plugin_with_a_wrong_command_is_broken():
    registry = Registry()
    registry.add("wrong", plugin(lambda: [detector("toy")], hook="bench_commands"), only_commands=True)
    assert "bench_commands must return a list of CommandSpec; it holds a DetectorSpec" in registry.plugins[0].error


def test_looking_for_commands_loads_no_plugin_of_the_core():
    names = {row.name for row in Registry.discover(only_commands=True).plugins}
    assert "datasets" in names
    assert not {"metrics", "observers"} & names


PROBE = """
from dataclasses import dataclass
from benchmark import DetectorSpec, hookimpl

@dataclass(frozen=True)
class Config:
    epochs: int = 20

@hookimpl
def bench_detectors():
    return [DetectorSpec(name="{0}", summary="A toy.", version="1", config=Config, build=Config, rules=("error",))]
"""


@pytest.mark.parametrize("code", ["import no_such_package", "raise SystemExit(3)", "1 +"])
def test_a_plugin_that_cannot_be_imported_is_a_row_and_the_others_are_found(installed, code):
    installed("bench_broken", code)
    installed("bench_fine", PROBE.format("fine"))
    registry = Registry.discover()
    rows = {row.name: row for row in registry.plugins}
    assert (rows["bench_broken"].status, rows["bench_broken"].distribution) == ("broken", "bench_broken")
    assert (rows["datasets"].status, rows["bench_fine"].status) == ("ok", "ok")
    assert "fine" in registry.detectors
    assert {"digits", "mnist", "fashion_mnist"} <= set(registry.datasets.names())


def test_a_script_builds_a_detector_by_name(installed):
    installed("bench_fine", PROBE.format("fine").replace("build=Config", "build=lambda config: config"))
    with pytest.raises(BadSpec, match="returned Config"):
        benchmark.build_detector("fine", {"epochs": 3})
    with pytest.raises(InvalidParameter, match="detector 'fine': epochs"):
        benchmark.build_detector("fine", {"epochs": "3"})
