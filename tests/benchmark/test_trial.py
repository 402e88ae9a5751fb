import dataclasses
import io
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from benchmark.trial import (
    STATUSES,
    Cost,
    Measure,
    Outcome,
    ScoredSet,
    TaskFacts,
    Trial,
    canonical_json,
    pack_arrays,
    unpack_arrays,
)

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


def scored(scores, rules=TRIAL.rules):
    n = scores.shape[1]
    return ScoredSet(y=np.arange(n) % 2 == 0, kinds=np.arange(n, dtype=np.int64), rules=rules, scores=scores)


def full(test, train):
    return Outcome(
        trial=TRIAL, status="ok", source="abc", error_type="E", message="m", last_lines="a\nb", notes=("inverted?",),
        metrics={"error": {"roc_auc": Measure(0.9, 0.01), "fpr_at_95_tpr": Measure(0.2)}, "distance": {}},
        curves=({"number": 1, "of": 2, "losses": {"loss": 0.5}},), facts={"parameters": 36.0, "encoder": "dense"},
        cost=Cost(load_seconds=0.1, fit_seconds=2.0),
        task=TaskFacts(options={"noise": 20}, label="official", tasks=("round",), kinds=("round", "tall"), normal=1),
        provenance={"versions": {"numpy": "2"}}, finished_at="2025-01-01T00:00:00+00:00",
        sets={"test": scored(test), "train": scored(train)},
    )  # fmt: skip


SCORES = arrays(np.float64, st.tuples(st.just(2), st.integers(0, 6)), elements=st.floats())


def sent(outcome):
    """The outcome after a journey over the wire or through the store."""
    values, named = outcome.to_plain()
    return Outcome.from_plain(json.loads(json.dumps(values)), unpack_arrays(pack_arrays(named)))


@often
@given(test=SCORES, train=SCORES)
def test_an_outcome_survives_the_wire_with_every_score(test, train):
    outcome = full(test, train)
    back = sent(outcome)
    assert dataclasses.replace(back, sets={}) == dataclasses.replace(outcome, sets={})
    assert back.sets.keys() == outcome.sets.keys()
    for name, before in outcome.sets.items():
        assert back.sets[name].rules == before.rules
        for field in ("y", "kinds", "scores"):
            np.testing.assert_array_equal(getattr(back.sets[name], field), getattr(before, field), strict=True)


def test_an_outcome_without_scores_survives_the_wire():
    outcome = Outcome(trial=TRIAL, status="timeout", source="abc")
    assert sent(outcome) == outcome


def test_an_outcome_from_before_wall_time_was_measured_is_read():
    values, _ = full(np.ones((2, 3)), np.ones((2, 3))).to_plain()
    del values["cost"]["wall_seconds"]
    assert Outcome.from_plain(values, {}).cost == Cost(load_seconds=0.1, fit_seconds=2.0)


def test_an_outcome_can_be_read_without_its_scores():
    values, _ = full(np.ones((2, 3)), np.ones((2, 3))).to_plain()
    assert Outcome.from_plain(values, {}).sets == {}


@pytest.mark.parametrize("status", STATUSES)
def test_only_ok_and_degenerate_are_final(status):
    assert Outcome(trial=TRIAL, status=status, source="").final == (status in ("ok", "degenerate"))


def test_a_status_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="not 'fine'"):
        Outcome(trial=TRIAL, status="fine", source="")


def test_the_scores_of_a_rule_are_found_by_its_name():
    assert scored(np.array([[1.0, 2.0], [3.0, 4.0]])).of("distance").tolist() == [3.0, 4.0]


def test_arrays_come_back_under_the_names_they_were_packed_with():
    packed = {"test.y": np.array([True, False]), "test.kinds": np.array([1, 2], np.int64)}
    back = unpack_arrays(pack_arrays(packed))
    assert {name: array.tolist() for name, array in back.items()} == {"test.y": [True, False], "test.kinds": [1, 2]}


def test_no_arrays_are_no_bytes():
    assert pack_arrays({}) == b""
    assert unpack_arrays(b"") == {}


def test_what_would_need_pickle_is_neither_packed_nor_unpacked():
    objects = np.array([{}, ()], dtype=object)
    with pytest.raises(ValueError, match="allow_pickle"):
        pack_arrays({"a": objects})
    buffer = io.BytesIO()
    np.savez(buffer, a=objects)
    with pytest.raises(ValueError, match="allow_pickle"):
        unpack_arrays(buffer.getvalue())
