"""What a large store costs to read: a board from 10,000 outcomes, made up but kept as a run keeps its own."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmark.interfaces.detector import EpochReport
from benchmark.interfaces.outcome import Cost, Measure, Outcome, ScoredSet, TaskFacts
from benchmark.interfaces.trial import Trial
from benchmark.results import Store

DETECTORS, SEEDS = 50, 20
TASKS = tuple("0123456789")
IMAGES = 1_000
EPOCHS = 20
RULES = ("combined", "reconstruction", "centre_distance")
METRICS = ("roc_auc", "average_precision", "fpr_at_95_tpr")
BOARD = [sys.executable, "-c", "from benchmark.cli import main; main()", "leaderboard", "digits", "--store"]


def measured() -> Iterator[tuple[str, float, str]]:
    """Yield what was measured, its value and its unit."""
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "bench.db"
        fill(store)
        yield "a store of 10,000 outcomes: its file", store.stat().st_size / 2**20, "MiB"
        seconds, mebibytes = zip(*(board(store) for _ in range(5)), strict=True)
        yield "a board from 10,000 outcomes, the interpreter's start in it", float(np.median(seconds)), "s"
        yield "  its process at most", max(mebibytes), "MiB"


def board(store: Path) -> tuple[float, float]:
    """Return the seconds of `bench leaderboard`, and the most memory that its process held."""
    started = time.perf_counter()
    process = subprocess.Popen([*BOARD, str(store)], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise ChildProcessError(f"bench leaderboard ended with exit code {process.returncode}")
    return seconds, usage.ru_maxrss / 1024


def fill(path: Path) -> None:
    """Make the store: every detector on every task with every seed."""
    random = np.random.RandomState(0)
    with Store(path, create=True) as store:
        for detector in range(DETECTORS):
            for task in range(len(TASKS)):
                for seed in range(SEEDS):
                    store.add(outcome(detector, task, seed, random))


def outcome(detector: int, task: int, seed: int, random: np.random.RandomState) -> Outcome:
    """Return an outcome of the size that a network of 20 epochs and three rules leaves behind."""
    labels = random.randint(0, len(TASKS), IMAGES)
    return Outcome(
        trial=Trial(
            detector=f"detector_{detector:02}", detector_version="1", framework="keras",
            params={"filters": [32, 64], "latent_dim": 16, "epochs": EPOCHS, "batch_size": 128, "learning_rate": 0.001,
                    "schedule": "constant", "balance": "fixed", "weight": 0.05, "posterior": "unit"},
            rules=RULES, dataset="digits", fingerprint="f" * 64, task=TASKS[task], seed=seed, validation=0.1,
            validation_only=False, threads=1, device="cpu", semantics=1,
        ),
        status="ok",
        source=f"{detector:064}",
        baselines={"mean pixel": random.random_sample(), "hash": 0.5},
        metrics={rule: {name: Measure(random.random_sample(), 0.004) for name in METRICS} for rule in RULES},
        curves=tuple(epoch(number, random) for number in range(1, EPOCHS + 1)),
        facts={"parameters": 141_073.0},
        cost=Cost(load_seconds=0.5, fit_seconds=51.3, score_seconds=1.0, wall_seconds=56.8, peak_memory_mib=847.5,
                  train_images=5_400, scored_images=IMAGES),
        task=TaskFacts(variant="official", tasks=TASKS, part="all", classes=TASKS, normal_class=task),
        provenance={"command": "bench run --config study.toml", "revision": "0" * 40, "clean": True,
                    "host": "laptop", "platform": "Linux-6.1-x86_64", "cpu": "a processor", "cores": 8,
                    "versions": {"python": "3.11.7", "numpy": "2.4.6", "keras": "3.15.1"}},
        sets={"test": ScoredSet(y=labels != task, labels=labels, rules=RULES,
                                scores=random.normal(size=(len(RULES), IMAGES)).astype("f4").astype("f8"))},
    )  # fmt: skip


def epoch(number: int, random: np.random.RandomState) -> EpochReport:
    """Return what one epoch reported, and what was measured after it."""
    loss, *worth = random.random_sample(1 + 4 * len(RULES)).tolist()
    names = ("roc_auc", "mean_normal_score", "sensitivity", "precision")
    return EpochReport(
        number=number,
        of=EPOCHS,
        losses={"loss": loss, "reconstruction": loss, "centre_distance": loss},
        measures={"gradient_norm.reconstruction": loss, "gradient_norm.centre_distance": loss},
        validation={
            rule: dict(zip(names, worth[4 * index : 4 * index + 4], strict=True)) for index, rule in enumerate(RULES)
        },
    )
