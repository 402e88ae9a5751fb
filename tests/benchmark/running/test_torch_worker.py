import numpy as np
import pytest

from benchmark.registry import registry
from benchmark.running.engine import TrialFinished
from benchmark.running.plan import plan
from benchmark.running.processes import ProcessEngine
from benchmark.running.request import DatasetChoice, DetectorChoice, Request
from benchmark.running.streams import fit_stream

pytestmark = pytest.mark.torch

PLUGIN = '''
"""Draws from PyTorch's global generator, and reports its threads and seed as facts."""

import bench_toys
import torch
from benchmark import hookimpl


class Torch(bench_toys.Distance):
    def fit(self, images, context):
        super().fit(images, context)
        self.mean = self.mean + torch.rand(self.mean.shape).numpy()

    def facts(self):
        return {
            "threads": torch.get_num_threads(),
            "seed": torch.initial_seed(),
            "deterministic": str(torch.are_deterministic_algorithms_enabled()),
        }


@hookimpl
def bench_detectors():
    return [bench_toys.spec("torch_toy", Torch, framework="torch", requires=("torch",))]
'''


@pytest.fixture
def outcomes(toys, installed):
    installed("bench_torch_toy", PLUGIN)
    request = Request(
        detectors=(DetectorChoice(name="torch_toy"),), datasets=(DatasetChoice(name="shapes"),), classes="0,1",
        seeds=(5, 6), threads=2,
    )  # fmt: skip
    jobs = plan(request, registry())
    engine = ProcessEngine(workers=1)

    def run(chosen):
        return [event.outcome for event in engine.run(chosen) if isinstance(event, TrialFinished)]

    return run(jobs), run([jobs[-1]])


def test_a_worker_seeds_torch_gives_it_its_threads_and_makes_it_deterministic(outcomes):
    used, (fresh,) = outcomes
    assert [outcome.status for outcome in used] == ["ok"] * 4
    assert [outcome.facts["seed"] for outcome in used] == [fit_stream(outcome.trial) for outcome in used]
    assert len({outcome.facts["seed"] for outcome in used}) == 4
    assert {outcome.facts["threads"] for outcome in used} == {2}
    assert {outcome.facts["deterministic"] for outcome in used} == {"True"}
    assert "torch" in used[0].provenance["versions"]
    assert np.array_equal(used[-1].sets["test"].scores, fresh.sets["test"].scores), "whatever ran before"
