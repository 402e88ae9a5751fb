import time

import pytest

from benchmark import FitContext
from benchmark.interfaces.errors import ContractBroken
from benchmark.running.worker.epochs import MAX_MEASUREMENTS, EpochReporter

SCORES = {"held_out": "scores of held-out images", "sample": "scores of training images"}


def score(images):
    raise AssertionError("the harness scores, not the context")


class Sent(list):
    def __call__(self, report, arrays):
        self.append((report, arrays))


def reporter(sent):
    return EpochReporter(lambda function: SCORES if function is score else {}, sent)


@pytest.mark.parametrize("epochs", [1, 5, 20, 21, 50, 150, 1000])
def test_at_most_20_epochs_are_measured_and_the_last_one_is(epochs):
    sent = Sent()
    context = FitContext(listener=reporter(sent).listener())
    for number in range(1, epochs + 1):
        context.epoch(number, of=epochs, losses={}, score=score)
    measured = [report.number for report, arrays in sent if arrays]
    assert len(measured) == min(epochs, MAX_MEASUREMENTS)
    assert measured[-1] == epochs
    assert len(sent) == epochs, "losses are kept for every epoch"


def test_without_a_score_function_nothing_is_measured():
    sent = Sent()
    FitContext(listener=reporter(sent).listener()).epoch(1, of=1, losses={"loss": 1.0})
    assert [arrays for _, arrays in sent] == [{}]


def test_its_time_is_counted_apart():
    reporting = reporter(lambda report, arrays: time.sleep(0.05))
    FitContext(listener=reporting.listener()).epoch(1, of=1, losses={})
    assert reporting.seconds >= 0.05


def test_a_report_after_the_fit_is_an_error():
    reporting = reporter(Sent())
    context = FitContext(listener=reporting.listener())
    reporting.closed = True
    with pytest.raises(ContractBroken, match="after `fit` had returned"):
        context.epoch(1, of=1, losses={})
