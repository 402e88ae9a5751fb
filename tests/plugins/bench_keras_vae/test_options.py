"""Every value of every option runs: the values come from the configs, so that a new one is tested at once."""

import itertools
import typing

import pytest

from bench_keras_vae import bench_detectors
from benchmark.registry import registry
from benchmark.running.plan import plan
from benchmark.running.request import DatasetChoice, DetectorChoice, Request

pytestmark = [pytest.mark.keras, pytest.mark.slow]


def choices_of(config):
    """Return the options of a config that are a choice, and the values of each."""
    found = {}
    for name, hint in typing.get_type_hints(config, include_extras=True).items():
        kind = typing.get_args(hint)[0] if typing.get_origin(hint) is typing.Annotated else hint
        if typing.get_origin(kind) is typing.Literal:
            found[name] = typing.get_args(kind)
    return found


def rows_of(config):
    """Return settings that hold every value of every option: in the k-th, each has its k-th, or begins again."""
    options = choices_of(config)
    endless = {name: itertools.cycle(values) for name, values in options.items()}
    return [{n: next(values) for n, values in endless.items()} for _ in range(max(map(len, options.values())))]


ROWS = [
    pytest.param(spec.name, row, id=f"{spec.name}-{'-'.join(row.values())}")
    for spec in bench_detectors()
    for row in rows_of(spec.config)
]


@pytest.mark.parametrize("spec", bench_detectors(), ids=lambda spec: spec.name)
def test_the_settings_below_hold_every_value(spec):
    options = choices_of(spec.config)
    assert {"block", "activation", "attention", "latent", "schedule"} <= set(options)
    rows = [param.values[1] for param in ROWS if param.values[0] == spec.name]
    assert {name: {row[name] for row in rows} for name in options} == {n: set(values) for n, values in options.items()}


@pytest.mark.parametrize(("name", "values"), ROWS)
def test_every_value_runs_on_digits(keras, name, values):
    from run_here import run_here

    choice = DetectorChoice(name=name, preset="smoke", values={**values, "filters": [4, 4]})
    request = Request(detectors=(choice,), datasets=(DatasetChoice(name="digits"),), classes="0")
    (job,) = plan(request, registry())
    outcome = run_here(registry(), job)
    assert outcome.status == "ok", f"{outcome.message}\n{outcome.last_lines}"
    assert outcome.trial.params.items() >= values.items()
    assert set(outcome.metrics) == set(job.trial.rules)
