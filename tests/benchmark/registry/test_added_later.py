"""Parameters that are added after a detector has been used: the ids of earlier trials stay the same."""

import dataclasses
from collections.abc import Mapping
from types import ModuleType
from typing import Annotated, Any

import pytest

from benchmark import AddedLater, DetectorSpec, hookimpl
from benchmark.registry import Registry


@dataclasses.dataclass(frozen=True)
class First:
    filters: tuple[int, ...] = (8, 16)


@dataclasses.dataclass(frozen=True)
class Second:
    filters: tuple[int, ...] = (8, 16)
    slope: Annotated[float, AddedLater(earlier=0.0)] = 0.1
    sizes: Annotated[tuple[int, ...], AddedLater(earlier=(1, 2))] = (1, 2)


@dataclasses.dataclass(frozen=True)
class Hybrid:
    encoder: str = "vae"
    encoder_parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)


def with_config(config):
    def bench_detectors():
        shared = {"summary": "A toy.", "version": "1", "rules": ("error",)}
        built_on = ("encoder", "encoder_parameters")
        return [
            DetectorSpec(name="vae", config=config, build=config, **shared),
            DetectorSpec(name="hybrid", config=Hybrid, build=Hybrid, built_on=built_on, **shared),
        ]

    module = ModuleType("bench_plugin")
    module.bench_detectors = hookimpl(bench_detectors)
    registry = Registry()
    registry.add("plugin", module, distribution="plugin")
    return registry


BEFORE, AFTER = with_config(First), with_config(Second)


@pytest.mark.parametrize("name", ["vae", "hybrid"])
def test_at_the_earlier_value_a_trial_has_the_parameters_that_it_had_before(name):
    earlier = {"slope": 0.0} if name == "vae" else {"encoder_parameters": {"slope": 0}}
    assert AFTER.resolve(name, earlier).params == BEFORE.resolve(name, {}).params


@pytest.mark.parametrize("name", ["vae", "hybrid"])
def test_a_trial_from_before_runs_with_the_earlier_value_and_not_with_the_default(name):
    resolved = AFTER.resolve_params(name, BEFORE.resolve(name, {}).params)
    vae = resolved.config if name == "vae" else resolved.layers[1].config
    assert (vae.slope, vae.sizes) == (0.0, (1, 2))
    if name == "hybrid":
        assert resolved.config.encoder_parameters["slope"] == 0.0, "the encoder is built from the table"


@pytest.mark.parametrize("name", ["vae", "hybrid"])
def test_the_default_is_part_of_the_id_if_it_is_another_value(name):
    params = AFTER.resolve(name, {}).params
    vae = params if name == "vae" else params["encoder_parameters"]
    assert vae == {"filters": [8, 16], "slope": 0.1}
    assert AFTER.resolve_params(name, params) == AFTER.resolve(name, {})


def test_a_trial_from_before_is_not_one_of_the_defaults():
    assert AFTER.changed("vae", BEFORE.resolve("vae", {}).params) == {"slope": 0.0}
    assert AFTER.changed("hybrid", BEFORE.resolve("hybrid", {}).params) == {"encoder_parameters": {"slope": 0.0}}
    assert AFTER.changed("vae", AFTER.resolve("vae", {}).params) == {}
