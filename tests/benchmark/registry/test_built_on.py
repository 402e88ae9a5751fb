"""A detector that is built on another: whose parameters are checked against what, and what follows whom."""

import importlib
import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Annotated, Any

import pytest
from annotated_types import Ge

from benchmark.hookspecs import hookimpl
from benchmark.interfaces.errors import (
    BadSpec,
    BenchError,
    InvalidParameter,
    MissingRequirement,
    PluginConflict,
    UnknownName,
)
from benchmark.interfaces.specs import DetectorSpec
from benchmark.parameters import plain
from benchmark.registry import Registry


@dataclass(frozen=True)
class Encoder:
    latent_dim: Annotated[int, Ge(1)] = 16
    weight: float = 0.5
    filters: tuple[int, ...] = (8, 16)


@dataclass(frozen=True, slots=True)
class Hybrid:
    encoder: str = "vae"
    encoder_parameters: Mapping[str, Any] = field(default_factory=dict)
    head: str = "kde"


@dataclass(frozen=True)
class OnItself(Hybrid):
    encoder: str = "hybrid"


@dataclass(frozen=True)
class OnBack(Hybrid):
    encoder: str = "back"


@dataclass(frozen=True)
class Narrow(Hybrid):
    def __post_init__(self):
        if self.encoder_parameters.get("latent_dim", 0) > 8:
            raise ValueError("codes of more than 8 coordinates are too much")


@dataclass(frozen=True)
class Numbered(Hybrid):
    encoder: int = 3


@dataclass(frozen=True)
class NotEmpty(Hybrid):
    encoder_parameters: Mapping[str, Any] = field(default_factory=lambda: {"latent_dim": 8})


@dataclass(frozen=True)
class Listed(Hybrid):
    encoder_parameters: tuple[str, ...] = ()


def detector(name, config=Encoder, **changes):
    values = {"summary": "A toy.", "version": "1", "config": config, "build": config, "rules": ("error",)}
    return DetectorSpec(name=name, **{**values, **changes})


def hybrid(config=Hybrid, **changes):
    return detector("hybrid", config, **{"built_on": ("encoder", "encoder_parameters"), **changes})


VAE = detector("vae", version="2", framework="keras", requires=("no_such_keras",), install="bench[keras]")
PCA = detector("pca", version="5", framework=lambda config: "sklearn" if config.latent_dim > 8 else "numpy")


def with_detectors(*specs, registry=None, plugin="plugin", module=None):
    def bench_detectors():
        return list(specs)

    module = module or ModuleType(f"bench_{plugin}")
    module.bench_detectors = hookimpl(bench_detectors)
    registry = registry or Registry()
    registry.add(plugin, module, distribution=f"{plugin}-distribution")
    return registry


@pytest.fixture
def registry():
    return with_detectors(hybrid(), VAE, PCA)


def test_the_table_holds_all_of_the_others_parameters_whatever_was_spelt_out(registry):
    config = registry.config("hybrid", {})
    assert config.encoder_parameters == {"latent_dim": 16, "weight": 0.5, "filters": [8, 16]}
    assert registry.config("hybrid", {"encoder": "vae", "encoder_parameters": {"latent_dim": 16}}) == config
    changed = registry.config("hybrid", {"encoder_parameters": {"weight": 1}})
    assert json.dumps(changed.encoder_parameters["weight"]) == "1.0", "checked as the other's own"


def test_the_plain_form_gives_the_config_back(registry):
    config = registry.config("hybrid", {"encoder": "pca", "encoder_parameters": {"latent_dim": 8}})
    assert registry.config("hybrid", json.loads(json.dumps(plain(config)))) == config


def test_a_preset_may_set_the_table_and_a_value_replaces_it_whole():
    registry = with_detectors(hybrid(presets={"smoke": {"encoder_parameters": {"latent_dim": 4, "weight": 0.1}}}), VAE)
    assert registry.config("hybrid", {}, preset="smoke").encoder_parameters["latent_dim"] == 4
    table = registry.config("hybrid", {"encoder_parameters": {"latent_dim": 8}}, preset="smoke").encoder_parameters
    assert (table["latent_dim"], table["weight"]) == (8, 0.5)


def test_where_the_table_of_a_preset_is_not_for_the_encoder_that_is_set_the_preset_is_named():
    other = detector("other", Hybrid)
    registry = with_detectors(hybrid(presets={"smoke": {"encoder_parameters": {"latent_dim": 4}}}), VAE, other)
    says = "encoder_parameters is that of the preset 'smoke': with another encoder, set it too"
    with pytest.raises(UnknownName, match=f"^detector 'hybrid', encoder 'other': .*; {says}$"):
        registry.config("hybrid", {"encoder": "other"}, preset="smoke")
    assert registry.config("hybrid", {"encoder": "other", "encoder_parameters": {}}, preset="smoke")
    for own in (
        {"encoder": "gone"},
        {"encoder": "other", "head": 3},
        {"encoder": "vae", "encoder_parameters": {"a": 1}},
    ):
        with pytest.raises(BenchError) as caught:
            registry.config("hybrid", own, preset="smoke")
        assert "smoke" not in str(caught.value), "what is wrong is not the preset's"


@pytest.mark.parametrize(
    ("values", "error", "says"),
    [
        ({"encoder": "vea"}, UnknownName,
         "detector 'hybrid', encoder: no detector is called 'vea'. Did you mean 'vae'?"),
        ({"encoder_parameters": {"latent": 8}}, UnknownName,
         "detector 'hybrid', encoder 'vae': no parameter is called 'latent'. Did you mean 'latent_dim'?"),
        ({"encoder_parameters": {"latent_dim": 0}}, InvalidParameter,
         "detector 'hybrid', encoder 'vae': latent_dim = 0 is refused: input should be greater than or equal to 1"),
        ({"encoder_parameters": {"latent_dim": "8"}}, InvalidParameter,
         "detector 'hybrid', encoder 'vae': latent_dim = \"8\" is refused"),
        ({"encoder": "hybrid", "encoder_parameters": {"encoder_parameters": {"latent": 8}}}, UnknownName,
         "detector 'hybrid', encoder 'hybrid', encoder 'vae': no parameter is called 'latent'."),
        ({"encoder_parameters": 8}, InvalidParameter, "detector 'hybrid': encoder_parameters = 8 is refused"),
        ({"encoder_parameters": 8}, InvalidParameter, "encoder_parameters takes table"),
        ({"encoder_parameters": {"weight": float("nan")}}, InvalidParameter, "a number must be finite"),
        ({"encoders": "vae"}, UnknownName, "detector 'hybrid': no parameter is called 'encoders'"),
    ],
)  # fmt: skip
def test_what_is_refused_is_said_in_one_line_with_whose_it_is(registry, values, error, says):
    with pytest.raises(error, match=re.escape(says)) as caught:
        registry.config("hybrid", values)
    assert "\n" not in str(caught.value)


def test_the_config_may_object_to_what_is_the_others_default():
    registry = with_detectors(hybrid(Narrow), VAE)
    with pytest.raises(InvalidParameter, match=r"^detector 'hybrid': codes of more than 8 coordinates are too much$"):
        registry.config("hybrid", {})
    assert registry.config("hybrid", {"encoder_parameters": {"latent_dim": 8}}).encoder_parameters["weight"] == 0.5


def test_another_that_is_offered_twice_is_a_conflict_on_use(registry):
    with_detectors(VAE, registry=registry, plugin="second")
    with pytest.raises(PluginConflict, match=r"^detector 'hybrid', encoder: the detector 'vae' is offered twice"):
        registry.config("hybrid", {})


@pytest.mark.parametrize("values", [{}, {"head": "forest"}, {"encoder_parameters": {"head": "forest"}}])
def test_defaults_that_go_round_are_one_line(values):
    registry = with_detectors(hybrid(OnItself), VAE)
    says = "encoder 'hybrid': it is built on itself without end; set encoder to another detector"
    for asked in (registry.config, lambda name, values: registry.framework_of(name, OnItself(**values))):
        with pytest.raises(BadSpec, match=re.escape(says)):
            asked("hybrid", values)
    assert registry.config("hybrid", {"encoder": "vae"}).encoder_parameters["latent_dim"] == 16


def test_defaults_that_go_round_by_way_of_another_are_one_line():
    back = detector("back", OnItself, built_on=("encoder", "encoder_parameters"))
    registry = with_detectors(hybrid(OnBack), back)
    with pytest.raises(BadSpec, match=r"^detector 'back', encoder 'hybrid', encoder 'back'.* without end"):
        registry.config("back", {})


def test_one_may_be_built_on_its_own_kind_as_deep_as_a_table_says(registry):
    values = {"encoder": "hybrid", "encoder_parameters": {"encoder": "pca", "encoder_parameters": {"latent_dim": 8}}}
    config = registry.config("hybrid", values)
    assert registry.version_of("hybrid", plain(config)) == "1 on hybrid 1 on pca 5"
    assert registry.framework_of("hybrid", config) == "numpy"


def test_the_framework_is_the_others_under_its_own_parameters():
    registry = with_detectors(hybrid(framework="torch"), VAE, PCA)
    frameworks = {
        (encoder, latent_dim): registry.framework_of(
            "hybrid", registry.config("hybrid", {"encoder": encoder, "encoder_parameters": {"latent_dim": latent_dim}})
        )
        for encoder, latent_dim in (("vae", 16), ("pca", 16), ("pca", 8))
    }
    assert frameworks == {("vae", 16): "keras", ("pca", 16): "sklearn", ("pca", 8): "numpy"}


def test_the_version_names_that_of_the_other(registry):
    assert registry.version_of("hybrid", plain(registry.config("hybrid", {}))) == "1 on vae 2"
    assert registry.version_of("vae", {}) == "2"


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({}, "detector 'hybrid', encoder 'vae' needs no_such_keras, which is not installed here; run: pip install"
             " 'bench[keras]'"),
        ({"encoder": "pca", "head": "forest"},
         "detector 'hybrid' needs no_such_forest, which is not installed here; run: pip install 'bench[forest]'"),
    ],
)  # fmt: skip
def test_what_is_missing_is_told_with_the_cure_of_whoever_needs_it(values, says):
    needs = {"requires": lambda config: ("numpy", "no_such_forest") if config.head == "forest" else ("numpy",)}
    registry = with_detectors(hybrid(install="bench[forest]", **needs), VAE, PCA)
    for asked in (registry.require, registry.build_detector):
        with pytest.raises(MissingRequirement, match=f"^{re.escape(says)}$"):
            asked("hybrid", registry.config("hybrid", values))
    registry.require("hybrid", registry.config("hybrid", {"encoder": "pca"}))
    config = registry.config("hybrid", {"head": "forest"})
    assert registry.requirements("hybrid", config) == ("numpy", "no_such_forest", "no_such_keras")


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({}, {}),
        ({"encoder": "pca"}, {"encoder": "pca"}),
        ({"encoder_parameters": {"latent_dim": 16}}, {}),
        ({"encoder_parameters": {"latent_dim": 8, "weight": 0.5}}, {"encoder_parameters": {"latent_dim": 8}}),
        ({"encoder": "hybrid", "encoder_parameters": {"encoder_parameters": {"latent_dim": 8}}, "head": "forest"},
         {"encoder": "hybrid", "encoder_parameters": {"encoder_parameters": {"latent_dim": 8}}, "head": "forest"}),
    ],
)  # fmt: skip
def test_what_is_changed_is_told_by_the_others_own_defaults(registry, values, named):
    found = registry.changed("hybrid", plain(registry.config("hybrid", values)))
    assert (found, list(found)) == (named, list(named))


def test_of_another_that_is_not_here_all_parameters_are_changed(registry):
    values = {"encoder": "gone", "encoder_parameters": {"latent_dim": 16}, "head": "kde"}
    assert registry.changed("hybrid", values) == {"encoder": "gone", "encoder_parameters": {"latent_dim": 16}}
    assert registry.changed("hybrid", {"encoder_parameters": 3}) == {"encoder_parameters": 3}
    with pytest.raises(UnknownName):
        registry.changed("gone", {})


@pytest.mark.parametrize(
    ("offer", "says"),
    [
        (hybrid(Numbered), "the default of encoder must name a detector"),
        (hybrid(NotEmpty), "encoder_parameters must be a Mapping[str, Any], and its default empty"),
        (hybrid(Listed), "encoder_parameters must be a Mapping[str, Any], and its default empty"),
        (hybrid(requires=lambda config: "torch"), "`requires` must be, or give, a tuple of names, not 'torch'"),
    ],
)
def test_a_spec_that_could_not_work_is_refused_at_the_door(offer, says):
    (row,) = with_detectors(offer).plugins
    assert row.status == "broken"
    assert says in row.error


def test_it_does_not_matter_which_plugin_is_found_first():
    registry = with_detectors(hybrid())
    assert [row.status for row in registry.plugins] == ["ok"]
    with_detectors(VAE, registry=registry, plugin="late")
    config = registry.config("hybrid", {})
    assert config.encoder_parameters["latent_dim"] == 16
    assert registry.origin("hybrid", plain(config)) == "plugin-distribution, late-distribution"


@pytest.fixture
def two_files(tmp_path, monkeypatch):
    """A function (text of the one, text of the other) -> the source of a detector built on another plugin's."""
    monkeypatch.syspath_prepend(tmp_path)

    def source(one, other):
        registry = Registry()
        for name, text, specs in (("probe_one", one, [hybrid(), PCA]), ("probe_other", other, [VAE])):
            (tmp_path / f"{name}.py").write_text(text)
            sys.modules.pop(name, None)
            importlib.invalidate_caches()
            with_detectors(*specs, registry=registry, plugin=name, module=importlib.import_module(name))
        registry.forget_sources()
        return {
            encoder: registry.source("hybrid", plain(registry.config("hybrid", {"encoder": encoder})))
            for encoder in ("vae", "pca")
        } | {"alone": registry.source("pca", {})}

    yield source
    for name in ("probe_one", "probe_other"):
        sys.modules.pop(name, None)


def test_the_source_is_that_of_both_plugins_and_of_one_where_they_are_one(two_files):
    first, again = two_files("A = 1\n", "B = 1\n"), two_files("A = 1\n", "B = 1\n")
    mine, others = two_files("A = 2\n", "B = 1\n"), two_files("A = 1\n", "B = 2\n")
    assert again == first
    assert len({found["vae"] for found in (first, mine, others)}) == 3
    assert others["pca"] == first["pca"] == first["alone"]
    assert mine["pca"] != first["pca"]
