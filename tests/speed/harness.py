"""What the harness itself costs: commands, the engine and the store around ten trials, two workers instead of one."""

import contextlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
BENCH = [sys.executable, "-c", "from benchmark.cli import main; main()"]


def measured() -> Iterator[tuple[str, float, str]]:
    """Yield what was measured, its value and its unit, with the detector of `bench_speed.py` installed for as long."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        site = Path(folder)
        (site / "bench_speed.py").write_text((HERE / "bench_speed.py").read_text())
        info = site / "bench_speed-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: bench_speed\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[bench]\nbench_speed = bench_speed\n")
        sys.path.insert(0, folder)
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [folder, os.environ.get("PYTHONPATH", "")]))
        yield "bench --help", commands("--help"), "s"
        yield "bench list detectors", commands("list", "detectors"), "s"
        load, harness, bare = overhead()
        yield "MNIST from the cache, after the imports", load, "s"
        yield "ten trials that average pixels: bare loop", bare, "s"
        yield "ten trials that average pixels: one worker, once it is up", harness, "s"
        yield "  that is", harness / bare, "times"
        one, two = (twenty(workers) for workers in (1, 2))
        yield "twenty equal trials of one second: one worker", one, "s"
        yield "twenty equal trials of one second: two workers", two, "s"
        yield "  that is", one / two, "times as fast"
        yield "largest process", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, "MiB"


def commands(*arguments: str, times: int = 5) -> float:
    """Return the median seconds of a command, the interpreter's start in it."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        subprocess.run([*BENCH, *arguments], check=True, capture_output=True)
        taken.append(time.perf_counter() - started)
    return float(np.median(taken))


def overhead() -> tuple[float, float, float]:
    """Return seconds of loading MNIST, of ten trials through engine and store, and of the same in a bare loop."""
    from benchmark.interfaces.specs import NoOptions
    from benchmark.metrics.builtin import SPECS
    from benchmark.registry import registry
    from benchmark.results import Store
    from benchmark.running.engine import TrialFinished
    from benchmark.running.plan import plan
    from benchmark.running.processes import ProcessEngine
    from benchmark.running.request import DatasetChoice, DetectorChoice, Request
    from benchmark.running.split import as_images, split

    known = registry()
    known.datasets["mnist"].load(NoOptions())  # fetched and cached, if it was not yet
    started = time.perf_counter()
    dataset = known.datasets["mnist"].load(NoOptions())
    load = time.perf_counter() - started
    request = Request(
        detectors=(DetectorChoice(name="average"),), datasets=(DatasetChoice(name="mnist"),), seeds=(0, 1)
    )
    jobs = plan(request, known)

    finished = []
    with Store(Path("overhead.db"), create=True) as store:
        for event in ProcessEngine(workers=1).run(jobs):
            if isinstance(event, TrialFinished):
                store.add(event.outcome)
                finished.append(time.perf_counter())
    harness = finished[-1] - finished[9]  # the second ten: the worker is up

    started = time.perf_counter()
    for job in jobs[10:]:
        part = dataset.part(job.task.part)
        halves = split(part, job.task.normal_class, share=job.trial.validation, seed=job.trial.seed)
        detector = known.resolve("average", {}).build()
        detector.fit(as_images(part.train[halves.train]), None)
        scores = detector.score(as_images(part.test))["distance"]
        y = np.asarray(part.test_labels) != job.task.normal_class
        for metric in SPECS:
            metric.compute(y, scores)
    return load, harness, time.perf_counter() - started


def twenty(workers: int) -> float:
    """Return the seconds of `bench run` over twenty equal trials, start and board included."""
    started = time.perf_counter()
    subprocess.run(
        [*BENCH, "run", "--detector", "average", "--dataset", "mnist", "--set", "seconds=1.0",
         "--seeds", "2", "--quiet", "--workers", str(workers), "--store", f"{workers}.db"],
        check=True, capture_output=True,
    )  # fmt: skip
    return time.perf_counter() - started
