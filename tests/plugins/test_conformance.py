"""Whatever the project itself offers keeps the contract; found through the registry, so there is no list to keep."""

import functools

import pytest

from benchmark.conformance import KINDS, checks_of, subject_of
from benchmark.conformance.questions import Answers, Question
from benchmark.interfaces.errors import MissingRequirement
from benchmark.registry import Registry

pytestmark = pytest.mark.slow

KNOWN = Registry.discover()


def marks_of(kind, name):
    framework = subject_of(name, kind=kind, among=KNOWN).framework
    return [getattr(pytest.mark, framework)] if framework in ("keras", "torch") else []


OFFERED = [
    pytest.param(kind, offer.spec.name, check.name, marks=marks_of(kind, offer.spec.name))
    for kind, catalogue in zip(KINDS, (KNOWN.detectors, KNOWN.datasets, KNOWN.metrics), strict=True)
    for offer in catalogue.all()
    if offer.distribution == "oneclass-bench"
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
        pytest.skip(verdict.got)
    assert verdict.status == "ok", f"{verdict.got}\nexpected: {verdict.expected}\nhow to fix: {verdict.fix}"
