"""A detector that is built on another one: how parameters, version and framework of both combine."""

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

from benchmark.interfaces.errors import (
    BadSpec,
    BenchError,
    InvalidParameter,
    InvalidRequest,
    MissingRequirement,
    PluginConflict,
    UnknownName,
)
from benchmark.interfaces.hooks import hookimpl
from benchmark.interfaces.specs import DetectorSpec, Preset
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
class Heavy(Hybrid):
    """It sets a parameter of the other detector, whichever that is."""

    def __post_init__(self):
        object.__setattr__(self, "encoder_parameters", {"weight": 1.0, **self.encoder_parameters})


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


def smoke(**table):
    """Presets with one that sets the encoder's parameters."""
    return {"smoke": Preset({"encoder_parameters": table})}


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
    config = registry.resolve("hybrid", {}).config
    assert config.encoder_parameters == {"latent_dim": 16, "weight": 0.5, "filters": [8, 16]}
    assert registry.resolve("hybrid", {"encoder": "vae", "encoder_parameters": {"latent_dim": 16}}).config == config
    params = registry.resolve("hybrid", {"encoder_parameters": {"weight": 1}}).params
    assert json.dumps(params["encoder_parameters"]["weight"]) == "1.0", "checked as the other's own"


def test_the_plain_form_gives_the_config_back(registry):
    resolved = registry.resolve("hybrid", {"encoder": "pca", "encoder_parameters": {"latent_dim": 8}})
    assert registry.resolve("hybrid", json.loads(json.dumps(resolved.params))) == resolved


def test_a_preset_may_set_the_table_and_a_value_replaces_it_whole():
    registry = with_detectors(hybrid(presets=smoke(latent_dim=4, weight=0.1)), VAE)
    assert registry.resolve("hybrid", {}, preset="smoke").config.encoder_parameters["latent_dim"] == 4
    values = {"encoder_parameters": {"latent_dim": 8}}
    table = registry.resolve("hybrid", values, preset="smoke").config.encoder_parameters
    assert (table["latent_dim"], table["weight"]) == (8, 0.5)


def test_where_the_table_of_a_preset_is_not_for_the_encoder_that_is_set_the_preset_is_named():
    other = detector("other", Hybrid)
    registry = with_detectors(hybrid(presets=smoke(latent_dim=4)), VAE, other)
    hint = "encoder_parameters is that of the preset 'smoke': with another encoder, set it too"
    with pytest.raises(UnknownName, match=f"^detector 'hybrid', encoder 'other': .*; {hint}$"):
        registry.resolve("hybrid", {"encoder": "other"}, preset="smoke")
    assert registry.resolve("hybrid", {"encoder": "other", "encoder_parameters": {}}, preset="smoke")
    for own in (
        {"encoder": "gone"},
        {"encoder": "other", "head": 3},
        {"encoder": "vae", "encoder_parameters": {"a": 1}},
    ):
        with pytest.raises(BenchError) as caught:
            registry.resolve("hybrid", own, preset="smoke")
        assert "smoke" not in str(caught.value), "what is wrong is not the preset's"


@pytest.mark.parametrize(
    ("values", "error", "message"),
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
def test_a_refusal_is_one_line_that_names_whose_parameter_it_is(registry, values, error, message):
    with pytest.raises(error, match=re.escape(message)) as caught:
        registry.resolve("hybrid", values)
    assert "\n" not in str(caught.value)


def test_the_config_may_object_to_what_is_the_others_default():
    registry = with_detectors(hybrid(Narrow), VAE)
    with pytest.raises(InvalidParameter, match=r"^detector 'hybrid': codes of more than 8 coordinates are too much$"):
        registry.resolve("hybrid", {})
    resolved = registry.resolve("hybrid", {"encoder_parameters": {"latent_dim": 8}})
    assert resolved.config.encoder_parameters["weight"] == 0.5


def test_another_that_is_offered_twice_is_a_conflict_on_use(registry):
    with_detectors(VAE, registry=registry, plugin="second")
    with pytest.raises(PluginConflict, match=r"^detector 'hybrid', encoder: the detector 'vae' is offered twice"):
        registry.resolve("hybrid", {})


@pytest.mark.parametrize("values", [{}, {"head": "forest"}, {"encoder_parameters": {"head": "forest"}}])
def test_a_detector_that_is_by_default_built_on_itself_is_refused(values):
    registry = with_detectors(hybrid(OnItself), VAE)
    message = "encoder 'hybrid': it is built on itself without end; set encoder to another detector"
    with pytest.raises(BadSpec, match=re.escape(message)):
        registry.resolve("hybrid", values)
    assert registry.resolve("hybrid", {"encoder": "vae"}).config.encoder_parameters["latent_dim"] == 16


def test_two_detectors_that_are_by_default_built_on_each_other_are_refused():
    back = detector("back", OnItself, built_on=("encoder", "encoder_parameters"))
    registry = with_detectors(hybrid(OnBack), back)
    with pytest.raises(BadSpec, match=r"^detector 'back', encoder 'hybrid', encoder 'back'.* without end"):
        registry.resolve("back", {})


def test_one_may_be_built_on_its_own_kind_as_deep_as_a_table_says(registry):
    values = {"encoder": "hybrid", "encoder_parameters": {"encoder": "pca", "encoder_parameters": {"latent_dim": 8}}}
    resolved = registry.resolve("hybrid", values)
    assert (resolved.version, resolved.framework) == ("1 on hybrid 1 on pca 5", "numpy")
    assert [layer.spec.name for layer in resolved.layers] == ["hybrid", "hybrid", "pca"]


@pytest.mark.parametrize(
    ("encoder", "latent_dim", "framework"), [("vae", 16, "keras"), ("pca", 16, "sklearn"), ("pca", 8, "numpy")]
)
def test_the_framework_is_the_others_under_its_own_parameters(encoder, latent_dim, framework):
    registry = with_detectors(hybrid(framework="torch"), VAE, PCA)
    values = {"encoder": encoder, "encoder_parameters": {"latent_dim": latent_dim}}
    assert registry.resolve("hybrid", values).framework == framework


def test_the_version_names_that_of_the_other(registry):
    assert registry.resolve("hybrid", {}).version == "1 on vae 2"
    assert registry.resolve("vae", {}).version == "2"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "detector 'hybrid', encoder 'vae' needs no_such_keras, which is not installed here; run: pip install"
             " 'bench[keras]'"),
        ({"encoder": "pca", "head": "forest"},
         "detector 'hybrid' needs no_such_forest, which is not installed here; run: pip install 'bench[forest]'"),
    ],
)  # fmt: skip
def test_a_missing_package_is_named_with_the_remedy_of_the_detector_that_needs_it(values, message):
    needs = {"requires": lambda config: ("numpy", "no_such_forest") if config.head == "forest" else ("numpy",)}
    registry = with_detectors(hybrid(install="bench[forest]", **needs), VAE, PCA)
    resolved = registry.resolve("hybrid", values)
    for call in (resolved.check_installed, resolved.build):
        with pytest.raises(MissingRequirement, match=f"^{re.escape(message)}$"):
            call()
    registry.resolve("hybrid", {"encoder": "pca"}).check_installed()
    requirements = registry.resolve("hybrid", {"head": "forest"}).requirements
    assert requirements == ("numpy", "no_such_forest", "no_such_keras")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, {}),
        ({"encoder": "pca"}, {"encoder": "pca"}),
        ({"encoder_parameters": {"latent_dim": 16}}, {}),
        ({"encoder_parameters": {"latent_dim": 8, "weight": 0.5}}, {"encoder_parameters": {"latent_dim": 8}}),
        ({"encoder": "hybrid", "encoder_parameters": {"encoder_parameters": {"latent_dim": 8}}, "head": "forest"},
         {"encoder": "hybrid", "encoder_parameters": {"encoder_parameters": {"latent_dim": 8}}, "head": "forest"}),
    ],
)  # fmt: skip
def test_what_differs_from_the_others_own_defaults_is_changed(registry, values, expected):
    changed = registry.changed("hybrid", registry.resolve("hybrid", values).params)
    assert (changed, list(changed)) == (expected, list(expected))


@pytest.mark.parametrize(
    ("table", "expected"),
    [({}, {}), ({"weight": 1.0}, {}), ({"weight": 0.5}, {"weight": 0.5}), ({"latent_dim": 8}, {"latent_dim": 8})],
)
def test_what_a_detector_sets_of_the_other_by_default_is_not_changed(table, expected):
    registry = with_detectors(hybrid(Heavy), VAE)
    params = registry.resolve("hybrid", {"encoder_parameters": table}).params
    assert params["encoder_parameters"]["weight"] == table.get("weight", 1.0)
    assert registry.changed("hybrid", params) == ({"encoder_parameters": expected} if expected else {})


def test_of_another_that_is_not_here_all_parameters_are_changed(registry):
    values = {"encoder": "gone", "encoder_parameters": {"latent_dim": 16}, "head": "kde"}
    assert registry.changed("hybrid", values) == {"encoder": "gone", "encoder_parameters": {"latent_dim": 16}}
    assert registry.changed("hybrid", {"encoder_parameters": 3}) == {"encoder_parameters": 3}
    with pytest.raises(UnknownName):
        registry.changed("gone", {})


@pytest.mark.parametrize(
    ("offer", "error"),
    [
        (hybrid(Numbered), "the default of encoder must name a detector"),
        (hybrid(NotEmpty), "encoder_parameters must be a Mapping[str, Any], and its default empty"),
        (hybrid(Listed), "encoder_parameters must be a Mapping[str, Any], and its default empty"),
        (hybrid(requires=lambda config: "torch"), "`requires` must be, or give, a tuple of names, not 'torch'"),
    ],
)
def test_a_spec_that_could_not_work_is_refused_at_the_door(offer, error):
    (row,) = with_detectors(offer).plugins
    assert row.status == "broken"
    assert error in row.error


def test_it_does_not_matter_which_plugin_is_found_first():
    registry = with_detectors(hybrid())
    assert [row.status for row in registry.plugins] == ["ok"]
    with_detectors(VAE, registry=registry, plugin="late")
    resolved = registry.resolve("hybrid", {})
    assert resolved.config.encoder_parameters["latent_dim"] == 16
    assert resolved.origin == "plugin-distribution, late-distribution"


@pytest.mark.parametrize(("preset", "validation"), [("fast", None), ("paper", 0.0)])
def test_the_preset_says_how_much_is_held_out(preset, validation):
    registry = with_detectors(detector("vae", presets={"paper": Preset({"weight": 1.0}, validation=0.0)}))
    assert registry.resolve("vae", {}, preset=preset).validation == validation


@pytest.fixture
def two_plugins(tmp_path, monkeypatch):
    """A function (code of the one, code of the other) -> encoder -> the source of a detector of the one built on it."""
    monkeypatch.syspath_prepend(tmp_path)

    def sources(one, other):
        registry = Registry()
        for name, code, specs in (("probe_one", one, [hybrid(), PCA]), ("probe_other", other, [VAE])):
            (tmp_path / f"{name}.py").write_text(code)
            monkeypatch.delitem(sys.modules, name, raising=False)
            importlib.invalidate_caches()
            with_detectors(*specs, registry=registry, plugin=name, module=importlib.import_module(name))
        registry.forget_sources()
        built = {name: registry.resolve("hybrid", {"encoder": name}).source for name in ("vae", "pca")}
        return {**built, "alone": registry.resolve("pca", {}).source}

    return sources


def test_the_source_is_that_of_both_plugins_and_of_one_where_they_are_one(two_plugins):
    first, again = two_plugins("A = 1", "B = 1"), two_plugins("A = 1", "B = 1")
    own, others = two_plugins("A = 2", "B = 1"), two_plugins("A = 1", "B = 2")
    assert again == first
    assert len({sources["vae"] for sources in (first, own, others)}) == 3
    assert others["pca"] == first["pca"] == first["alone"]
    assert own["pca"] != first["pca"]
    assert {source.partition(":")[0] for source in first.values()} == {"ast1"}


def test_a_plugin_without_a_file_has_no_source(registry):
    with pytest.raises(InvalidRequest, match="detector 'vae' has no source file"):
        _ = registry.resolve("vae", {}).source
