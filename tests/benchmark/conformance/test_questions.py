"""The process that runs the checks: its verdicts arrive, even if it ends early; and the command that starts it."""

import json

import pytest
from click.testing import CliRunner

from benchmark.cli.check import command
from benchmark.conformance import checks_of, kind_of
from benchmark.conformance.questions import Answers, Question, verdicts
from benchmark.interfaces.errors import InvalidParameter, InvalidRequest, MissingRequirement, UnknownName

pytestmark = pytest.mark.slow


def check(*arguments):
    return CliRunner().invoke(command, arguments)


def test_a_good_detector_keeps_the_contract(kit):
    result = check("good")
    assert result.exit_code == 0, result.output
    assert f"good keeps the contract: {len(checks_of('detector'))} ok." in result.output


def test_for_a_bad_one_the_report_has_what_was_expected_what_it_got_and_how_to_fix_it(kit):
    result = check("bad_batch_size")
    assert result.exit_code == 1
    assert "\nbatch_size           FAILED\n" in result.output
    assert "  expected:   An image's score does not depend on which other images are scored with it.\n" in result.output
    assert "  got:        rule 'distance': scoring in parts" in result.output
    assert "  how to fix: take no mean" in result.output
    assert "bad_batch_size breaks the contract: " in result.output


def test_as_json(kit):
    result = check("good_metric", "--format", "json")
    results = json.loads(result.stdout)
    assert results["keeps"] is True
    assert [one["check"] for one in results["checks"]] == [one.name for one in checks_of("metric")]


def test_parameters_and_a_preset_can_be_given(kit):
    assert check("good", "--set", "epochs=1").exit_code == 0
    assert isinstance(check("good", "--set", "epochs=0").exception, InvalidParameter)
    assert isinstance(check("good", "--preset", "nothing").exception, UnknownName)
    assert isinstance(check("good", "--set", "epochs=1,2").exception, InvalidRequest)


def test_an_invalid_preset_is_a_failed_check(kit):
    answers = Answers(kit, Question(name="bad_presets_valid"))
    assert answers["config_documented"].status == "ok"
    assert "'paper'" in answers["presets_valid"].got


def test_a_process_that_cannot_fit_is_not_started_again(kit):
    results = {verdict.check: verdict for verdict in verdicts(kit, Question(name="dies"))}
    assert list(results) == [one.name for one in checks_of("detector")]
    assert "exit code 3; its last lines: last words" in results["fits"].got
    assert results["light_import"].status == "ok"
    assert (results["deterministic"].status, results["deterministic"].got) == ("skipped", "`fits` failed")


def test_a_process_that_dies_later_fails_one_check_and_the_rest_is_done(kit):
    results = {verdict.check: verdict for verdict in verdicts(kit, Question(name="dies_of_one"))}
    assert "SIGKILL" in results["rules_and_shapes"].got
    assert results["deterministic"].status == "ok"
    assert list(results) == [one.name for one in checks_of("detector")]


def test_a_check_that_takes_too_long_is_stopped(kit):
    results = Answers(kit, Question(name="sleeps"), seconds=8)["fits"]
    assert results.got == "it was stopped after 8 seconds"


def test_a_check_in_which_something_else_is_sent_has_failed(kit):
    results = Answers(kit, Question(name="writes_to_sockets"))["fits"]
    assert results.status == "failed"
    assert "it sent data that is not a verdict (JSONDecodeError: " in results.got


def test_a_name_may_be_ambiguous_or_unknown(kit):
    assert kind_of(kit, "digits") == "dataset"
    with pytest.raises(InvalidRequest, match="--kind detector"):
        kind_of(kit, "bad_light_import")
    assert kind_of(kit, "bad_light_import", "metric") == "metric"
    with pytest.raises(UnknownName, match=r"no detector, dataset or metric is called 'god'\. Did you mean 'good'"):
        kind_of(kit, "god")


def test_without_its_framework_a_detector_cannot_be_checked(toys):
    assert isinstance(check("toy_without").exception, MissingRequirement)
    answers = Answers(toys, Question(name="toy_without"))
    for name in ("config_documented", "fits"):
        with pytest.raises(MissingRequirement, match="no_such_package"):
            answers[name]
