import dataclasses
import hashlib

import pytest

from benchmark.interfaces.trial import Trial
from benchmark.running.streams import fit_stream, order_stream, split_stream

TRIAL = Trial(
    detector="toy", detector_version="1", framework="numpy", params={}, rules=("error",), dataset="shapes",
    fingerprint="f" * 64, task="round", seed=0, validation=0.1, validation_only=False, threads=1, device="cpu",
    semantics=2,
)  # fmt: skip

STREAMS = (fit_stream, split_stream, lambda trial: order_stream(trial, "judged"))


def test_the_stream_of_the_fit_is_a_hash_of_seed_data_and_task():
    digest = hashlib.sha256(f'[0,"{"f" * 64}","round"]'.encode()).hexdigest()
    assert fit_stream(TRIAL) == int(digest[:8], 16)
    assert fit_stream(TRIAL) < 2**32


@pytest.mark.parametrize("change", [{"seed": 1}, {"fingerprint": "e" * 64}, {"task": "square"}])
@pytest.mark.parametrize("stream", STREAMS)
def test_another_seed_other_data_and_another_task_have_other_streams(stream, change):
    assert stream(dataclasses.replace(TRIAL, **change)) != stream(TRIAL)


@pytest.mark.parametrize("change", [{"detector": "other"}, {"params": {"nu": 1}}, {"threads": 2}, {"validation": 0.2}])
@pytest.mark.parametrize("stream", STREAMS)
def test_nothing_of_the_detector_changes_a_stream(stream, change):
    assert stream(dataclasses.replace(TRIAL, **change)) == stream(TRIAL)


def test_the_uses_of_a_trial_have_different_streams():
    orders = [order_stream(TRIAL, use) for use in ("train", "held-out", "judged", "again")]
    assert len({fit_stream(TRIAL), split_stream(TRIAL), *orders}) == 6


def test_streams_never_change():
    assert (fit_stream(TRIAL), split_stream(TRIAL), order_stream(TRIAL, "judged")) == FROZEN, (
        "every published score would be lost; raise SEMANTICS in running/plan.py if it must"
    )


FROZEN = (701588257, 4187925035, 170764979)
