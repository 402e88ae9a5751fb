"""Runs a trial in this process: the engine's side and the worker's side without a channel between them."""

import os

from benchmark.running.judge import Judge
from benchmark.running.task_data import TaskData
from benchmark.running.worker.trial_run import run_trial


class Here:
    """The channel of a trial that runs in this process; it keeps what the two sides tell each other.

    Attributes
    ----------
    outcome : Outcome
        The result.
    reports : list of EpochReport
        With the measurements.
    requests : list
        What the worker was told.
    """

    def __init__(self, judge):
        self.judge, self.reports, self.requests = judge, [], []

    def started(self, message):
        self.judge.started(message)

    def epoch(self, report, arrays):
        self.reports.append(self.judge.epoch(report, arrays))

    def fit_ended(self):
        pass

    def fitted(self, message, arrays):
        self.judge.fitted(message, arrays)
        return self.sent(self.judge.score_request())

    def scored(self, message, arrays):
        self.outcome = self.judge.scored(message, arrays)

    def failed(self, message):
        self.outcome = self.judge.failed(message)

    def sent(self, prepared):
        request, images = prepared
        self.requests.append(request)
        descriptor = os.dup(images.descriptor)
        return request, descriptor


def run_here(registry, job, data=None):
    """Run a job; return the outcome."""
    return talk(registry, job, data).outcome


def talk(registry, job, data=None):
    """Run a job; return the channel, with all that passed through it."""
    here = Here(Judge(job, data or TaskData(registry)))
    run_trial(registry, *here.sent(here.judge.fit_request()), here)
    return here
