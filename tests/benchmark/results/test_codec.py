import dataclasses
import io
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from benchmark.interfaces.detector import EpochReport
from benchmark.interfaces.outcome import Cost, Measure, Outcome, ScoredSet, TaskFacts
from benchmark.interfaces.trial import Trial
from benchmark.results.codec import measures_to_plain, outcome_from_plain, outcome_to_plain, pack_arrays, unpack_arrays

TRIAL = Trial(
    detector="toy", detector_version="1", framework="numpy", params={"nu": 0.5, "filters": [32, 64]},
    rules=("error", "distance"), dataset="shapes", fingerprint="f" * 64, task="round",
    seed=0, validation=0.1, validation_only=False, threads=1, device="cpu", semantics=1,
)  # fmt: skip

often = settings(max_examples=30, deadline=None)


def scored(scores, rules=TRIAL.rules):
    n = scores.shape[1]
    return ScoredSet(y=np.arange(n) % 2 == 0, labels=np.arange(n, dtype=np.int64), rules=rules, scores=scores)


def full(test, train):
    return Outcome(
        trial=TRIAL, status="ok", source="abc", error_type="E", message="m", last_lines="a\nb", notes=("below hash",),
        metrics={
            "error": {"roc_auc": Measure(0.9, 0.01), "fpr_at_95_tpr": Measure(0.2, 0.1, 0.3, 9, "2")},
            "distance": {},
        },
        curves=(EpochReport(number=1, of=2, losses={"loss": 0.5}),), facts={"parameters": 36.0, "encoder": "dense"},
        cost=Cost(load_seconds=0.1, fit_seconds=2.0),
        task=TaskFacts(
            options={"noise": 20}, variant="official", tasks=("round",), classes=("round", "tall"), normal_class=1
        ),
        provenance={"versions": {"numpy": "2"}}, finished_at="2025-01-01T00:00:00+00:00",
        sets={"test": scored(test), "train": scored(train)},
    )  # fmt: skip


SCORES = arrays(np.float64, st.tuples(st.just(2), st.integers(0, 6)), elements=st.floats())


def sent(outcome):
    """The outcome after a journey over the wire or through the store."""
    values, named = outcome_to_plain(outcome)
    return outcome_from_plain(json.loads(json.dumps(values)), unpack_arrays(pack_arrays(named)))


@often
@given(test=SCORES, train=SCORES)
def test_an_outcome_survives_the_wire_with_every_score(test, train):
    outcome = full(test, train)
    back = sent(outcome)
    assert dataclasses.replace(back, sets={}) == dataclasses.replace(outcome, sets={})
    assert back.sets.keys() == outcome.sets.keys()
    for name, before in outcome.sets.items():
        assert back.sets[name].rules == before.rules
        for field in ("y", "labels", "scores"):
            np.testing.assert_array_equal(getattr(back.sets[name], field), getattr(before, field), strict=True)


def test_an_outcome_without_scores_survives_the_wire():
    outcome = Outcome(trial=TRIAL, status="timeout", source="abc")
    assert sent(outcome) == outcome


def test_an_outcome_from_before_wall_time_was_measured_is_read():
    values, _ = outcome_to_plain(full(np.ones((2, 3)), np.ones((2, 3))))
    del values["cost"]["wall_seconds"]
    assert outcome_from_plain(values, {}).cost == Cost(load_seconds=0.1, fit_seconds=2.0)


def test_fields_of_a_measure_that_came_later_are_left_out_at_their_defaults():
    plain = measures_to_plain({"error": {"old": Measure(0.9, None), "new": Measure(0.9, 0.1, 0.2, 9, "2")}})
    assert plain["error"]["old"] == {"value": 0.9, "standard_error": None}
    later = {"class_error": 0.2, "classes": 9, "version": "2"}
    assert plain["error"]["new"] == {"value": 0.9, "standard_error": 0.1, **later}


def test_an_outcome_can_be_read_without_its_scores():
    values, _ = outcome_to_plain(full(np.ones((2, 3)), np.ones((2, 3))))
    assert outcome_from_plain(values, {}).sets == {}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"status": 3}, r"Expected `str`, got `int` - at `\$.status`"),
        ({"status": "fine"}, "not 'fine'"),
        ({"trial": {}}, "missing required field `detector`"),
        ({"metrics": {"error": {"roc_auc": {"value": "high"}}}}, r"Expected `float`, got `str`"),
    ],
)
def test_what_is_no_outcome_is_refused_with_the_place(change, says):
    values, _ = outcome_to_plain(full(np.ones((2, 3)), np.ones((2, 3))))
    with pytest.raises(ValueError, match=says):
        outcome_from_plain({**values, **change}, {})


def test_a_set_whose_arrays_do_not_fit_each_other_is_refused():
    values, named = outcome_to_plain(full(np.ones((2, 3)), np.ones((2, 3))))
    with pytest.raises(ValueError, match="2 labels, 3 values of y"):
        outcome_from_plain(values, {**named, "test.labels": np.zeros(2, int)})


def test_a_status_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="not 'fine'"):
        Outcome(trial=TRIAL, status="fine", source="")


def test_the_scores_of_a_rule_are_found_by_its_name():
    assert scored(np.array([[1.0, 2.0], [3.0, 4.0]])).of("distance").tolist() == [3.0, 4.0]


def test_arrays_come_back_under_the_names_they_were_packed_with():
    packed = {"test.y": np.array([True, False]), "test.labels": np.array([1, 2], np.int64)}
    back = unpack_arrays(pack_arrays(packed))
    assert {name: array.tolist() for name, array in back.items()} == {"test.y": [True, False], "test.labels": [1, 2]}


def test_no_arrays_are_no_bytes():
    assert pack_arrays({}) == b""
    assert unpack_arrays(b"") == {}


def test_what_would_need_pickle_is_neither_packed_nor_unpacked():
    objects = np.array([{}, ()], dtype=object)
    with pytest.raises(ValueError, match="would be pickled"):
        pack_arrays({"a": objects})
    buffer = io.BytesIO()
    np.savez(buffer, a=objects)
    with pytest.raises(ValueError, match="allow_pickle"):
        unpack_arrays(buffer.getvalue())
