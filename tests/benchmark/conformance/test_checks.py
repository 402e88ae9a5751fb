"""Each check catches a plugin made to break it, and passes one that keeps the contract."""

import pytest

from benchmark.conformance import KINDS, Check, Failed, Skipped, checks_of, examine, subject_of

GOOD = {"detector": "good", "dataset": "good_set", "metric": "good_metric"}

FURTHER = {
    "detector": (
        "config_documented_2",
        "missing_framework_2",
        "rules_and_shapes_2",
        "rules_and_shapes_3",
        "inputs_unchanged_2",
        "seed_decides_2",
        "seeds_nothing_2",
        "training_matters_2",
        "unseen_test_images_2",
    ),
    "dataset": ("labels_2",),
    "metric": ("direction_2",),
}
BAD = [(kind, name) for kind in KINDS for name in (*(check.name for check in checks_of(kind)), *FURTHER[kind])]


def verdicts(registry, name, kind, only=()):
    return {verdict.check: verdict for verdict in examine(subject_of(name, kind=kind, among=registry), only=only)}


@pytest.mark.parametrize("kind", KINDS)
def test_a_good_one_passes_every_check(known, kind):
    results = verdicts(known, GOOD[kind], kind)
    assert {name: verdict.got for name, verdict in results.items() if verdict.status != "ok"} == {}
    assert list(results) == [check.name for check in checks_of(kind)]


@pytest.mark.parametrize(("kind", "name"), BAD)
def test_a_bad_one_is_caught_by_its_check(known, kind, name):
    check = name.rstrip("_0123456789")
    verdict = verdicts(known, f"bad_{name}", kind, only=(check,))[check]
    assert verdict.status == "failed", verdict.got
    assert verdict.got
    assert verdict.fix


@pytest.mark.parametrize(
    "name", ["seed_decides", "epoch_changes_nothing", "seeds_nothing", "save_and_load", "two_images"]
)
def test_a_bad_one_fails_nothing_else(known, name):
    """Of those that break one clause alone."""
    results = verdicts(known, f"bad_{name}", "detector")
    failed = {check for check, verdict in results.items() if verdict.status == "failed"}
    assert name in failed
    assert failed <= {name, "earlier_fit", "epoch_changes_nothing"}


def test_a_refusal_with_a_sentence_is_no_failure(known):
    results = verdicts(known, "refuses", "detector")
    assert not [verdict for verdict in results.values() if verdict.status == "failed"]
    assert results["odd_sizes"].status == "skipped"
    assert "32 x 32 images in colour" in results["odd_sizes"].got


def test_what_cannot_be_fitted_fails_once_and_the_rest_is_skipped(known):
    results = verdicts(known, "bad_fits", "detector")
    assert "the fit went wrong" in results["fits"].got
    assert results["deterministic"].status == "skipped"
    assert results["deterministic"].got == "it cannot be fitted"


def test_every_check_says_what_it_expects_and_how_to_fix_it():
    for kind in KINDS:
        names = [check.name for check in checks_of(kind)]
        assert len(set(names)) == len(names)
        for check in checks_of(kind):
            assert check.expected.endswith(".")
            assert check.fix.endswith((".", "= 20", "= 32")), check.name


@pytest.mark.parametrize(
    ("raised", "status", "got"),
    [
        (Failed("the score is 3"), "failed", "the score is 3"),
        (Skipped("nothing here"), "skipped", "nothing here"),
        (SystemExit("out"), "failed", "SystemExit: out (test_checks.py:"),
        (ValueError("a\nb"), "failed", "ValueError: a b (test_checks.py:"),
    ],
)
def test_whatever_a_check_raises_is_a_verdict(raised, status, got):
    def run(subject):
        raise raised

    verdict = Check("one", "All is well.", "Fix it.", run).verdict(None)
    assert verdict.status == status
    assert verdict.got.startswith(got)
    assert verdict.fix == ("Fix it." if status == "failed" else "")
