"""`deep_svdd` as a worker runs it: a fit of two epochs of each kind, timed at `context.epoch`. For `Child`."""

import functools
import sys
import time

from mnist import images_of
from rounds import Round, serve

from benchmark import FitContext
from benchmark.registry import registry
from benchmark.running import frameworks
from benchmark.running.split import as_images


def measure(images) -> Round:
    """Fit anew. An epoch is measured by the second of its kind; the first may hold what is done once."""
    frameworks.seed_everything("torch", 0)
    detector = registry().resolve("deep_svdd", {"pretrain_epochs": 2, "epochs": 2}, preset="paper").build()
    ends = []
    started = time.perf_counter()
    detector.fit(images, FitContext(listener=lambda report, score: ends.append(time.perf_counter())))
    fit = time.perf_counter() - started
    autoencoder, deep_svdd = ends[1] - ends[0], ends[3] - ends[2]
    return Round(once=fit - 2 * (autoencoder + deep_svdd), autoencoder=autoencoder, deep_svdd=deep_svdd)


if __name__ == "__main__":
    frameworks.load("torch", threads=1)
    serve(functools.partial(measure, as_images(images_of(int(sys.argv[1])))))
