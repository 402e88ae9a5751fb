"""The file of a trial's scores: lossless, the same bytes each time, and what of it is refused."""

import dataclasses

import numpy as np
import pytest
from published_rows import TOYS, outcome

from benchmark.interfaces.outcome import Measure, ScoredSet
from benchmark.metrics.builtin import SPECS
from benchmark.publishing.paths import scores_file
from benchmark.publishing.rows import make_row
from benchmark.publishing.scores import is_same, pack_scores, score_problems, unpack_scores
from benchmark.results.codec import pack_arrays, unpack_arrays


def scored(*, seed=0, dtype=np.float64, rules=("distance",)):
    random = np.random.RandomState(seed)
    labels = random.randint(2, size=200)
    scores = (random.normal(size=(len(rules), 200)) + labels).astype(dtype).astype(np.float64)
    return ScoredSet(y=labels != 0, labels=labels, rules=rules, scores=scores)


def row_of(of, **changes):
    measures = {
        rule: {spec.name: Measure(spec.compute(of.y, of.of(rule)), spec.standard_error(of.y, of.of(rule)))
               for spec in SPECS}
        for rule in of.rules
    }  # fmt: skip
    return make_row(outcome(metrics=measures, rules=of.rules, **changes), TOYS)


def problems(row, content):
    return list(score_problems([row], [(scores_file(row.id), content)]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_scores_come_back_bit_for_bit_and_those_of_single_precision_take_less_space(dtype):
    of = scored(dtype=dtype)
    content = pack_scores("u", of)
    assert content == pack_scores("u", of)
    back = unpack_scores(content)
    assert back.uid == "u"
    assert back.scored.rules == of.rules
    assert back.scored.scores.dtype == np.float64
    for name in ("y", "labels", "scores"):
        assert np.array_equal(getattr(back.scored, name), getattr(of, name))
    assert unpack_arrays(content)["scores"].dtype == dtype


def test_scores_that_give_the_metrics_of_their_row_are_no_problem():
    of = scored(rules=("distance", "brightness"))
    assert problems(row_of(of), pack_scores("u", of)) == []


def test_a_metric_of_a_plugin_is_not_computed_again():
    of, spec = scored(), SPECS[0]
    measures = {spec.name: Measure(spec.compute(of.y, of.of("distance"))), "of_a_plugin": Measure(0.5)}
    measures[spec.name] = Measure(measures[spec.name].value, spec.standard_error(of.y, of.of("distance")))
    row = make_row(outcome(metrics={"distance": measures}), TOYS)
    assert problems(row, pack_scores("u", of)) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda of: dataclasses.replace(of, scores=of.scores[:, ::-1]), "its scores give other metrics than the row"),
        (lambda of: dataclasses.replace(of, y=~of.y), "its y contradicts its labels"),
        (lambda of: dataclasses.replace(of, rules=("other",)), "it has no scores of the rule 'distance'"),
        (lambda of: dataclasses.replace(of, scores=np.full_like(of.scores, np.nan)), "its scores give other metrics"),
    ],
    ids=["reordered", "flipped", "of another rule", "not finite"],
)
def test_scores_that_contradict_their_row_are_a_problem(change, reason):
    of = scored()
    ((path, dataset, problem),) = problems(row_of(of), pack_scores("u", change(of)))
    assert path.endswith(".npz")
    assert dataset == "shapes"
    assert reason in problem


def test_scores_of_another_attempt_belong_to_no_row():
    of = scored()
    ((_, dataset, problem),) = problems(row_of(of), pack_scores("another", of))
    assert (dataset, problem) == ("", "belongs to no row, or to another attempt than the row")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"labels": None}, "its arrays must be labels, rules, scores, uid, y"),
        ({"scores": np.zeros((2, 200))}, "the same numbers of images and rules"),
        ({"y": np.zeros(200)}, "has a wrong type"),
        ({"scores": np.zeros(200)}, "the same numbers of images and rules"),
    ],
)
def test_a_file_that_does_not_have_the_arrays_is_refused(change, reason):
    arrays = {**unpack_arrays(pack_scores("u", scored())), **change}
    content = pack_arrays({name: array for name, array in arrays.items() if array is not None})
    with pytest.raises(ValueError, match=reason):
        unpack_scores(content)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a zip", pack_scores("u", scored())[:-40]])
def test_a_file_that_is_no_npz_is_refused(content):
    with pytest.raises(ValueError, match=r"its arrays must be|it is not an npz file"):
        unpack_scores(content)


def test_files_with_the_same_scores_are_the_same_however_they_are_compressed():
    of = scored()
    packed = pack_scores("u", of)
    loose = pack_arrays(unpack_arrays(packed), compressed=False)
    assert packed != loose
    assert is_same(packed, loose)
    assert not is_same(packed, pack_scores("v", of))
    assert not is_same(packed, pack_scores("u", scored(seed=1)))
