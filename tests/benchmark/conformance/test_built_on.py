"""The kit checks a detector that is built on another: the framework and packages of the other are needed too."""

from pathlib import Path

import pytest

from benchmark.conformance import checks_of, examine, subject_of
from benchmark.conformance.questions import Question, verdicts
from benchmark.interfaces.errors import MissingRequirement
from benchmark.registry import registry

TOYS = Path(__file__).parents[2] / "toys"


@pytest.fixture
def known(kit, installed):
    """The plugins of the kit, and a detector that is built on the good one."""
    installed("bench_built", (TOYS / "bench_built.py").read_text().replace('"toy"', '"good"'))
    return registry()


def test_one_that_is_built_on_a_good_one_fails_no_check(known):
    results = {verdict.check: verdict for verdict in examine(subject_of("built", among=known))}
    assert {name: verdict.got for name, verdict in results.items() if verdict.status == "failed"} == {}
    assert list(results) == [check.name for check in checks_of("detector")]
    assert {results[name].status for name in ("config_documented", "presets_valid", "fits", "earlier_fit")} == {"ok"}


@pytest.mark.parametrize(
    ("encoder", "status", "got"),
    [
        ("pca", "ok", ""),
        ("bad_missing_framework", "failed", "the message does not say how to install it: detector 'built'"),
        ("bad_missing_framework_2", "failed", "it runs on torch, but `requires` is empty"),
    ],
)
def test_the_packages_of_what_it_is_built_on_are_hidden_too(known, encoder, status, got):
    subject = subject_of("built", values={"encoder": encoder}, among=known)
    (verdict,) = examine(subject, only=("missing_framework",))
    assert (verdict.status, got in verdict.got) == (status, True), verdict.got


def test_the_framework_is_that_of_what_it_is_built_on(known):
    assert subject_of("built", values={"encoder": "pca"}, among=known).framework == "sklearn"


def test_a_package_that_is_missing_under_these_parameters_is_refused_before_anything_starts(known):
    with pytest.raises(MissingRequirement, match="detector 'built' needs no_such_package"):
        next(verdicts(known, Question(name="built", values={"head": "forest"})))


@pytest.mark.slow
def test_in_a_separate_process_with_other_parameters(known):
    question = Question(name="built", values={"encoder": "pca", "encoder_parameters": {"explained_variance": 0.5}})
    results = {verdict.check: verdict for verdict in verdicts(known, question)}
    assert {name: verdict.got for name, verdict in results.items() if verdict.status == "failed"} == {}
    assert results["missing_framework"].status == "ok"
