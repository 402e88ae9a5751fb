"""How much faster the ten MNIST tasks of `deep_svdd`, preset `paper`, train here than in a conventional pipeline.

The same network, epochs and batches. Conventional: `conventional.py`, one task after another, all cores for each. Here:
`plugin.py`, two tasks side by side, one thread each. Both are extrapolated from a few epochs, measured in rounds of
first the one, then the other, so that a machine that slows down slows both.
"""

import importlib.util
import os
from collections.abc import Iterator
from contextlib import ExitStack

import numpy as np
from mnist import DIGITS, TASKS, images_of
from rounds import Child, Round

from benchmark import BenchError
from benchmark.registry import registry
from benchmark.running.process import child_environment

ROUNDS = 4


def measured() -> Iterator[tuple[str, float, str]]:
    """Yield what was measured, its value and its unit.

    Raises
    ------
    BenchError
        If PyTorch, Pillow or MNIST is not here.
    """
    detector = registry().resolve("deep_svdd", {}, preset="paper")
    detector.check_installed()
    config = detector.config
    if importlib.util.find_spec("PIL") is None:
        raise BenchError("the conventional pipeline needs pillow, which is not installed here")
    images_of(DIGITS[0])  # fetched and cached, if they were not yet
    epochs = np.array([1, config.pretrain_epochs, config.epochs])

    conventional, ours = (np.array(rounds) for rounds in zip(*alternated(), strict=True))  # (rounds, 3) seconds
    minutes = TASKS * conventional @ epochs / 60, TASKS / len(DIGITS) * ours @ epochs / 60
    ways = (("conventional, all cores", conventional), (f"{len(DIGITS)} side by side, a thread each", ours))
    for way, rounds in ways:
        _, autoencoder, deep_svdd = np.median(rounds, axis=0)
        yield f"MNIST, an epoch of the autoencoder: {way}", autoencoder, "s"
        yield f"MNIST, an epoch of Deep SVDD: {way}", deep_svdd, "s"
    for (way, _), of_each in zip(ways, minutes, strict=True):
        yield f"ten tasks of {' + '.join(map(str, epochs[1:]))} epochs: {way}", float(np.median(of_each)), "min"
    ratios = minutes[0] / minutes[1]
    between = f"{ratios.min():.2f} to {ratios.max():.2f} in {ROUNDS} rounds"
    yield f"  that is ({between})", float(np.median(ratios)), "times as fast"


def alternated() -> Iterator[tuple[tuple[float, ...], tuple[float, ...]]]:
    """Yield the seconds of each round, as `Round` orders them: of the conventional pipeline, and of ours."""
    with ExitStack() as running:
        conventional = [running.enter_context(Child("conventional.py", DIGITS[0], all_cores()))]
        alone = child_environment("torch", threads=1, gpu=None)
        ours = [running.enter_context(Child("plugin.py", digit, alone)) for digit in DIGITS]
        for number in range(1 + ROUNDS):
            seconds = slowest(conventional), slowest(ours)
            if number:  # the first warms up
                yield seconds


def slowest(children: list[Child]) -> tuple[float, ...]:
    """Return the seconds of a round in which these run side by side: of each part, the longest."""
    for child in children:
        child.go()
    rounds: list[Round] = [child.round() for child in children]
    return tuple(max(getattr(each, part) for each in rounds) for part in ("once", "autoencoder", "deep_svdd"))


def all_cores() -> dict[str, str]:
    """Return this process's environment, less what would keep PyTorch from its own choice of threads."""
    return {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
