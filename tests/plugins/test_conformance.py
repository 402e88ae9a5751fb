"""Whatever the project itself offers keeps the contract; found through the registry, so that nobody keeps a list."""

import functools

import pytest

from benchmark.interfaces.errors import MissingRequirement
from benchmark.registry import Registry
from benchmark.testing import KINDS, checks_of, subject_of
from benchmark.testing.child import Answers, Question

pytestmark = pytest.mark.slow

KNOWN = Registry.discover()
OWN = {row.name for row in KNOWN.plugins if row.distribution == "oneclass-bench"}


def marks_of(kind, name):
    framework = subject_of(KNOWN, name, kind=kind).framework
    return [getattr(pytest.mark, framework)] if framework in ("keras", "torch") else []


OFFERED = [
    pytest.param(kind, spec.name, check.name, marks=marks_of(kind, spec.name), id=f"{spec.name}-{check.name}")
    for kind, offers in zip(KINDS, (KNOWN.detectors, KNOWN.datasets, KNOWN.metrics), strict=True)
    for plugin, spec in offers.all()
    if plugin in OWN
    for check in checks_of(kind)
]


@functools.cache
def answers_of(kind, name):
    return Answers(KNOWN, Question(name=name, kind=kind))


@pytest.mark.parametrize(("kind", "name", "check"), OFFERED)
def test_it_keeps_the_contract(kind, name, check):
    try:
        verdict = answers_of(kind, name)[check]
    except MissingRequirement as missing:
        pytest.skip(str(missing))
    if verdict.status == "skipped":
        pytest.skip(verdict.came)
    assert verdict.status == "ok", f"{verdict.came}\nexpected: {verdict.expected}\nhow to mend: {verdict.cure}"
