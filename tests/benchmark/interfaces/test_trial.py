import dataclasses
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.interfaces.trial import Trial, canonical_json

TRIAL = Trial(
    detector="toy", detector_version="1", framework="numpy", params={"nu": 0.5, "filters": [32, 64]},
    rules=("error", "distance"), dataset="shapes", fingerprint="f" * 64, task="round",
    seed=0, validation=0.1, validation_only=False, threads=1, device="cpu", semantics=1,
)  # fmt: skip

OTHERWISE = {
    "detector": "other", "detector_version": "2", "framework": "torch", "params": {"nu": 0.5, "filters": [64, 32]},
    "rules": ("distance", "error"), "dataset": "mnist", "fingerprint": "e" * 64,
    "task": "square", "seed": 1, "validation": 0.2, "validation_only": True, "threads": 2, "device": "cuda",
    "semantics": 2,
}  # fmt: skip

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
PARAMS = st.dictionaries(st.text(max_size=5), PLAIN, max_size=5)
often = settings(max_examples=30, deadline=None)


@often
@given(params=PARAMS, random=st.randoms(use_true_random=False))
def test_the_order_of_keys_does_not_change_the_id(params, random):
    items = list(params.items())
    random.shuffle(items)
    fields = list(TRIAL.to_plain().items())
    random.shuffle(fields)
    again = Trial(**{**dict(fields), "params": dict(items)})
    assert again.id == dataclasses.replace(TRIAL, params=params).id


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Trial)])
def test_every_field_changes_the_id(name):
    assert dataclasses.replace(TRIAL, **{name: OTHERWISE[name]}).id != TRIAL.id


def test_the_id_of_a_known_trial_never_changes():
    assert TRIAL.id == "c9235c6b3cb5eecff0d41d6ac170383f24e6e45283e24be38e7ceafa22d0cd12", (
        "every stored outcome would be lost to its trial; raise protocol.SEMANTICS if it must"
    )


def test_a_field_that_is_added_later_leaves_the_ids_of_earlier_trials_as_they_are():
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Later(Trial):
        pollution: float = 0.0

    fields = TRIAL.to_plain()
    assert Later(**fields).id == TRIAL.id
    polluted = Later(**fields, pollution=0.1)
    assert polluted.id != TRIAL.id
    assert Later(**polluted.to_plain()) == polluted


@often
@given(params=PARAMS)
def test_a_trial_survives_the_wire(params):
    trial = dataclasses.replace(TRIAL, params=params)
    back = Trial(**json.loads(json.dumps(trial.to_plain())))
    assert back == trial
    assert back.id == trial.id


@pytest.mark.parametrize(("validation_only", "judged_on"), [(True, "validation"), (False, "test")])
def test_a_trial_is_judged_on_test_images_unless_they_stay_unseen(validation_only, judged_on):
    assert dataclasses.replace(TRIAL, validation_only=validation_only).judged_on == judged_on


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": [-float("inf")]}])
def test_canonical_json_has_no_number_that_is_none(value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json(value)


def test_canonical_json_sorts_keys_at_every_depth_and_leaves_no_space():
    assert canonical_json({"b": {"d": 1, "c": [1, 2.0]}, "a": None}) == '{"a":null,"b":{"c":[1,2.0],"d":1}}'
