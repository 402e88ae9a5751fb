"""The examining process: its verdicts come back, be it that it dies; and the command that starts it."""

import json

import pytest
from click.testing import CliRunner

from benchmark.cli.check import command
from benchmark.interfaces.errors import InvalidParameter, InvalidRequest, MissingRequirement, UnknownName
from benchmark.testing import checks_of, kind_of
from benchmark.testing.child import Answers, Question, verdicts

pytestmark = pytest.mark.slow


def check(*arguments):
    return CliRunner().invoke(command, arguments)


def test_a_good_detector_keeps_the_contract(found):
    said = check("good")
    assert said.exit_code == 0, said.output
    assert f"good keeps the contract: {len(checks_of('detector'))} ok." in said.output


def test_a_bad_one_is_told_what_was_expected_what_came_and_how_to_mend(found):
    said = check("bad_batch_size")
    assert said.exit_code == 1
    assert "\nbatch_size           FAILED\n" in said.output
    assert "  expected:    An image's score does not depend on how many are scored with it.\n" in said.output
    assert "  came:        rule 'distance': scoring in parts" in said.output
    assert "  how to mend: take no mean" in said.output
    assert "bad_batch_size breaks the contract: " in said.output


def test_as_json(found):
    said = check("good_metric", "--format", "json")
    told = json.loads(said.stdout)
    assert told["keeps"] is True
    assert [one["check"] for one in told["checks"]] == [one.name for one in checks_of("metric")]


def test_parameters_and_a_preset_can_be_given(found):
    assert check("good", "--set", "epochs=1").exit_code == 0
    assert isinstance(check("good", "--set", "epochs=0").exception, InvalidParameter)
    assert isinstance(check("good", "--preset", "nothing").exception, UnknownName)
    assert isinstance(check("good", "--set", "epochs=1,2").exception, InvalidRequest)


def test_an_invalid_preset_is_a_failed_check(found):
    answers = Answers(found, Question(name="bad_presets_valid"))
    assert answers["config_documented"].status == "ok"
    assert "'paper'" in answers["presets_valid"].came


def test_a_process_that_cannot_fit_is_not_started_again(found):
    told = {verdict.check: verdict for verdict in verdicts(found, Question(name="dies"))}
    assert list(told) == [one.name for one in checks_of("detector")]
    assert "exit code 3; its last lines: last words" in told["fits"].came
    assert told["light_import"].status == "ok"
    assert (told["deterministic"].status, told["deterministic"].came) == ("skipped", "`fits` failed")


def test_a_process_that_dies_later_fails_one_check_and_the_rest_is_done(found):
    told = {verdict.check: verdict for verdict in verdicts(found, Question(name="dies_of_one"))}
    assert "SIGKILL" in told["rules_and_shapes"].came
    assert told["deterministic"].status == "ok"
    assert list(told) == [one.name for one in checks_of("detector")]


def test_a_check_that_takes_too_long_is_stopped(found):
    told = Answers(found, Question(name="sleeps"), seconds=3)["fits"]
    assert told.came == "it was stopped after 3 seconds"


def test_a_name_may_be_ambiguous_or_unknown(found):
    assert kind_of(found, "digits") == "dataset"
    with pytest.raises(InvalidRequest, match="--kind detector"):
        kind_of(found, "bad_light_import")
    assert kind_of(found, "bad_light_import", "metric") == "metric"
    with pytest.raises(UnknownName, match=r"no detector, dataset or metric is called 'god'\. Did you mean 'good'"):
        kind_of(found, "god")


def test_without_its_framework_a_detector_cannot_be_examined(toys):
    assert isinstance(check("toy_without").exception, MissingRequirement)
    answers = Answers(toys, Question(name="toy_without"))
    for name in ("config_documented", "fits"):
        with pytest.raises(MissingRequirement, match="no_such_package"):
            answers[name]
