import re
from dataclasses import dataclass, field
from typing import Annotated, Literal

import pytest
from annotated_types import Ge, Gt, Interval, Le, Len, MinLen, MultipleOf
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.interfaces.errors import BadSpec, InvalidParameter, UnknownName
from benchmark.registry.parameters import changed, describe, plain, resolve


@dataclass(frozen=True)
class Config:
    epochs: Annotated[int, Ge(1), "Passes over the training images."] = 20
    nu: Annotated[float, Gt(0), Le(1)] = 0.5
    offset: float = 0.0
    filters: Annotated[tuple[int, ...], MinLen(1), "Of each layer."] = (32, 64)
    mode: Literal["soft", "hard"] = "soft"
    latent_dim: Annotated[int, MultipleOf(2)] | None = None
    centred: bool = True
    name: str = "toy"
    weights: Annotated[tuple[float, ...], Len(1, 3)] = field(default_factory=lambda: (1.0,))
    size: Annotated[int, Interval(ge=8, lt=64)] = 8


@dataclass(frozen=True)
class Ordered:
    low: int = 1
    high: int = 2

    def __post_init__(self):
        if self.low > self.high:
            raise ValueError(f"low = {self.low} lies above high = {self.high}")


@dataclass(frozen=True)
class Uncheckable:
    thing: object.__new__ = None


def resolved(**values):
    return resolve(Config, values, owner="detector 'toy'")


def test_nothing_set_gives_the_defaults():
    assert resolved() == Config()


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("epochs", 1, 1),
        ("nu", 1, 1.0),
        ("offset", -3, -3.0),
        ("offset", 1e300, 1e300),
        ("filters", [8, 16], (8, 16)),
        ("filters", (8,), (8,)),
        ("weights", [1, 2.5], (1.0, 2.5)),
        ("mode", "hard", "hard"),
        ("latent_dim", 16, 16),
        ("latent_dim", None, None),
        ("centred", False, False),
        ("name", "ä, 'b'", "ä, 'b'"),
    ],
)
def test_a_plain_value_of_the_right_type_is_taken(key, value, expected):
    taken = getattr(resolved(**{key: value}), key)
    assert (taken, type(taken)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("epochs", 0), ("epochs", "16"), ("epochs", 16.0), ("epochs", 2.5), ("epochs", True), ("epochs", [16]),
        ("epochs", None), ("nu", 0.0), ("nu", 1.01), ("nu", "0.5"), ("nu", True), ("nu", float("nan")),
        ("offset", False), ("offset", float("nan")), ("offset", float("inf")), ("offset", -float("inf")),
        ("filters", []), ("filters", 8), ("filters", [8, "16"]), ("filters", [8, True]), ("filters", "32"),
        ("weights", [1.0, 2.0, 3.0, 4.0]), ("weights", [float("nan")]),
        ("mode", "firm"), ("mode", None), ("latent_dim", 3), ("latent_dim", "none"),
        ("centred", 1), ("centred", "true"), ("name", 1), ("size", 7), ("size", 64),
    ],
)  # fmt: skip
def test_a_wrong_type_or_a_broken_bound_is_refused_by_name(key, value):
    with pytest.raises(InvalidParameter, match=rf"^detector 'toy': {key}.* is refused: .*\. {key} takes ") as caught:
        resolved(**{key: value})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("epochs", "16", 'epochs = "16" is refused: input should be a valid integer. epochs takes int, >= 1'),
        ("nu", 2, "nu takes float, > 0, <= 1"),
        ("filters", [8, "16"], 'filters[1] = "16" is refused'),
        ("mode", "firm", 'mode takes "soft" | "hard"'),
    ],
)
def test_a_refusal_shows_both_sides(key, value, says):
    with pytest.raises(InvalidParameter, match=re.escape(says)):
        resolved(**{key: value})


def test_an_unknown_key_is_answered_with_the_closest_one():
    with pytest.raises(UnknownName, match=r"detector 'toy': no parameter is called 'epoch'\. Did you mean 'epochs'\?"):
        resolved(epoch=3)


def test_values_that_contradict_each_other_are_refused_in_the_configs_own_words():
    with pytest.raises(InvalidParameter, match=r"^detector 'toy': low = 5 lies above high = 2$"):
        resolve(Ordered, {"low": 5}, owner="detector 'toy'")


def test_a_value_that_is_not_plain_is_refused():
    with pytest.raises(InvalidParameter, match="not plain"):
        resolved(name=object())


def test_a_config_that_cannot_be_checked_is_the_plugins_fault():
    with pytest.raises(BadSpec, match="its config cannot be checked"):
        resolve(Uncheckable, {}, owner="detector 'toy'")


@settings(max_examples=30, deadline=None)
@given(
    st.builds(
        Config,
        epochs=st.integers(1, 10**6),
        nu=st.floats(0, 1, exclude_min=True),
        offset=st.floats(allow_nan=False, allow_infinity=False),
        filters=st.lists(st.integers(), min_size=1, max_size=4).map(tuple),
        latent_dim=st.none() | st.integers(0, 99).map(lambda half: 2 * half),
        name=st.text(st.characters(exclude_categories=["Cs"])),
        size=st.integers(8, 63),
    )
)
def test_the_plain_form_of_a_config_gives_it_back(config):
    assert resolve(Config, plain(config), owner="detector 'toy'") == config


def test_the_plain_form_holds_every_field_and_lists_for_tuples():
    assert plain(Config())["filters"] == [32, 64]
    assert list(plain(Config())) == [parameter.name for parameter in describe(Config)]


@pytest.mark.parametrize(
    ("name", "type_text", "default", "bounds", "doc"),
    [
        ("epochs", "int", 20, ">= 1", "Passes over the training images."),
        ("nu", "float", 0.5, "> 0, <= 1", ""),
        ("filters", "list of int", [32, 64], "at least 1 value", "Of each layer."),
        ("mode", '"soft" | "hard"', "soft", "", ""),
        ("latent_dim", "int | none", None, "", ""),
        ("weights", "list of float", [1.0], "1 to 3 values", ""),
        ("size", "int", 8, ">= 8, < 64", ""),
    ],
)
def test_a_field_is_described_by_type_default_bounds_and_its_line(name, type_text, default, bounds, doc):
    (parameter,) = [each for each in describe(Config) if each.name == name]
    assert (parameter.type, parameter.default, parameter.bounds, parameter.doc) == (type_text, default, bounds, doc)


def test_changed_leaves_out_what_equals_the_default():
    assert changed(Config, {**plain(Config()), "epochs": 3, "filters": [32, 64]}) == {"epochs": 3}


def test_changed_keeps_apart_what_python_takes_for_equal():
    assert changed(Config, {"epochs": True}) == {"epochs": True}, "True == 1"
    assert changed(Config, {"size": 8.0}) == {"size": 8.0}


def test_changed_keeps_a_key_that_the_config_no_longer_has():
    assert changed(Config, {"epochs": 20, "momentum": 0.9}) == {"momentum": 0.9}
