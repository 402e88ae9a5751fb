"""A stranger's plugin for the tests: one good detector, many bad ones, and a small dataset."""

import contextlib
import dataclasses
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
from annotated_types import Ge

from benchmark import (
    Dataset,
    DatasetSpec,
    Detector,
    DetectorSpec,
    LabelledImages,
    NotFitted,
    Observer,
    ObserverSpec,
    OnePartDataset,
    Preset,
    TrainingCollapsed,
    fingerprint,
    hookimpl,
)

CLASSES = ("round", "square", "tall")


@dataclass(frozen=True)
class Options:
    power: Annotated[float, Ge(1), "Power of the difference."] = 2.0
    epochs: Annotated[int, Ge(1), "Epochs to report."] = 3


class Distance(Detector):
    """Distance to the mean training image."""

    def __init__(self, options: Options) -> None:
        self.options, self.mean = options, None

    def fit(self, images, context):
        self.mean = images.mean(axis=0)
        for number in range(1, self.options.epochs + 1):
            curves = {"losses": {"loss": 1 / number}, "measures": {"learning_rate": 0.5 / number}}
            context.epoch(number, of=self.options.epochs, score=self.score, **curves)

    def score(self, images):
        if self.mean is None:
            raise NotFitted("'toy' must be fitted before it can score")
        apart = (np.abs(images.astype(np.float64) - self.mean) ** self.options.power).sum(axis=(1, 2, 3))
        return {"distance": apart, "brightness": images.astype(np.float64).mean(axis=(1, 2, 3))}

    def facts(self):
        return {"parameters": self.mean.size}


class Random(Distance):
    """Depends on the global generator, which the harness seeds."""

    def fit(self, images, context):
        super().fit(images, context)
        self.mean = self.mean + np.random.normal(size=self.mean.shape)


class OneRow(Distance):
    """Compares one row of the images: far from perfect, and the same for every seed."""

    def fit(self, images, context):
        super().fit(images[:, :1], context)

    def score(self, images):
        return super().score(images[:, :1])


def bad(name: str, *, fit: Callable | None = None, score: Callable | None = None) -> DetectorSpec:
    class Bad(Distance):
        def fit(self, images, context):
            super().fit(images, context)
            if fit is not None:
                fit(images, context)

        def score(self, images):
            scores = super().score(images)
            return scores if score is None else score(scores)

    return spec(name, Bad)


def spec(name: str, detector: type[Distance], **more: Any) -> DetectorSpec:
    return DetectorSpec(
        name=name,
        summary=f"Toy: {name}.",
        version="1",
        config=Options,
        build=detector,
        rules=("distance", "brightness"),
        presets={"smoke": Preset({"epochs": 1})},
        **more,
    )


def published(offered: DetectorSpec) -> DetectorSpec:
    """Let a detector have been published, with its recipe."""
    presets = {
        **offered.presets,
        "paper": Preset({"power": 3.0}, validation=0.0),
        "paper_digits": Preset({"power": 4.0}, validation=0.0, dataset="digits"),
    }
    return dataclasses.replace(offered, reference="toy_2018", presets=presets)


def fail(*_: Any) -> None:
    raise RuntimeError("the fit went wrong\nin two lines")


def collapse(*_: Any) -> None:
    raise TrainingCollapsed("every code equals the centre")


def shout_and_die(*_: Any) -> None:
    print("last words")
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)


def fork_and_die(*_: Any) -> None:
    if os.fork() == 0:
        time.sleep(60)
        os._exit(0)
    os.kill(os.getpid(), signal.SIGKILL)


def hog(*_: Any) -> None:
    held = []
    while True:
        held.append(np.ones(1 << 22))
        time.sleep(0.05)


def segfault(*_: Any) -> None:
    import ctypes

    ctypes.string_at(0)


def flood(*_: Any) -> None:
    for _ in range(2000):
        print("o" * 10_000)
        print("e" * 10_000, file=sys.stderr)
    raise RuntimeError("x" * 10_000_000)


def hang_up(*_: Any) -> None:
    """Close whatever sockets there are, and go on."""
    for number in range(3, 64):
        with contextlib.suppress(OSError):
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                os.close(number)
    time.sleep(60)


def loop(*_: Any) -> None:
    while True:
        pass


def report_too_late(images: Any, context: Any) -> None:
    def later() -> None:
        time.sleep(0.2)
        for number in range(1, 4):
            context.epoch(number, of=3, losses={})

    threading.Thread(target=later, daemon=True).start()


def report_from_threads(images: Any, context: Any) -> None:
    def report() -> None:
        for number in range(1, 101):
            context.epoch(number, of=100, losses={"loss": 0.5}, measures={f"m{k}": 1.0 for k in range(200)})

    threads = [threading.Thread(target=report) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def fork_and_go_on(*_: Any) -> None:
    os.fork()  # both come back from the fit, and both want to tell


def leave_a_process(*_: Any) -> None:
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)", "left-by-a-toy"])
    time.sleep(60)


def sleep(*_: Any) -> None:
    time.sleep(60)


class Raising(Observer):
    def trial_finished(self, trial, outcome):
        raise RuntimeError("observer trouble")


@dataclass(frozen=True)
class ShapesOptions:
    noise: Annotated[int, Ge(0), "Grey levels of noise."] = 20


def load_shapes(options: ShapesOptions) -> OnePartDataset:
    random = np.random.RandomState(0)
    prototypes = np.zeros((3, 6, 6, 1))
    prototypes[0, 2:4, 2:4], prototypes[1, 1:5, 1:5], prototypes[2, :, 2:4] = 200, 150, 180

    def draw(each: int):
        labels = np.repeat(np.arange(3), each)
        noisy = prototypes[labels] + random.randint(0, options.noise + 1, (len(labels), 6, 6, 1))
        return noisy.astype(np.uint8), labels

    (train, train_labels), (test, test_labels) = draw(40), draw(20)
    return OnePartDataset(
        LabelledImages(train=train, test=test, train_labels=train_labels, test_labels=test_labels, classes=CLASSES)
    )


class Parts(Dataset):
    """Two categories of images of 16 bits, each one task, as folders of products are."""

    classes: ClassVar = {"bottle": ("good", "broken"), "cable": ("good", "bent", "cut")}

    def __init__(self, config):
        self.variant, self.parts = "official", tuple(self.classes)
        self.fingerprint = fingerprint(*map(self.part, self.parts))

    def part(self, name):
        classes = self.classes[name]
        test_labels = np.repeat(np.arange(len(classes)), 6)
        images = np.random.RandomState(len(classes)).randint(0, 9000, (12 + len(test_labels), 5, 4, 3))
        images[12:] += 20000 * (test_labels > 0)[:, None, None, None]
        images = images.astype(np.uint16)
        return LabelledImages(
            train=images[:12],
            test=images[12:],
            train_labels=np.zeros(12, dtype=np.int64),
            test_labels=test_labels,
            classes=classes,
            normal_class=0,
        )


@hookimpl
def bench_datasets():
    return [
        DatasetSpec(name="parts", summary="Two products.", version="1", load=Parts),
        DatasetSpec(name="shapes", summary="Three shapes.", version="1", load=load_shapes, config=ShapesOptions),
    ]


@hookimpl
def bench_observers():
    return [ObserverSpec(name="raising", summary="Always raises.", build=lambda argument: Raising())]


@hookimpl
def bench_detectors():
    return [
        spec("toy", Distance, requires=("numpy",)),
        spec("toy_random", Random),
        published(spec("toy_published", OneRow)),
        published(bad("toy_published_fails", fit=fail)),
        spec("toy_recipeless", Distance, reference="toy_2018"),
        spec("toy_without", Distance, requires=("no_such_package",), install="oneclass-bench[nothing]"),
        bad("toy_fails", fit=fail),
        bad("toy_collapses", fit=collapse),
        bad("toy_loses", fit=lambda images, context: context.epoch(1, of=1, losses={"loss": float("nan")})),
        bad("toy_greedy", fit=lambda images, context: np.empty(2**50)),
        bad("toy_dies", fit=shout_and_die),
        bad("toy_exits", fit=lambda *_: os._exit(3)),
        bad("toy_forks", fit=fork_and_die),
        bad("toy_late", fit=report_too_late, score=lambda scores: (time.sleep(0.4), scores)[1]),
        bad("toy_threads", fit=report_from_threads),
        bad("toy_goes_on_twice", fit=fork_and_go_on),
        bad("toy_leaves", fit=leave_a_process),
        bad("toy_hogs", fit=hog),
        bad("toy_segfaults", fit=segfault),
        bad("toy_floods", fit=flood),
        bad("toy_hangs_up", fit=hang_up),
        bad("toy_loops", fit=loop),
        bad("toy_score_fails", score=fail),
        bad("toy_infinite", score=lambda scores: {rule: s + float("inf") for rule, s in scores.items()}),
        spec("toy_build_fails", fail),
        bad("toy_naps", fit=lambda *_: time.sleep(1.5)),
        bad("toy_brief", fit=lambda *_: time.sleep(0.3)),
        bad("toy_sleeps", fit=sleep),
        bad("toy_writes", fit=lambda images, context: images.__setitem__(0, 0.0)),
        bad("toy_constant", score=lambda scores: {rule: s * 0 for rule, s in scores.items()}),
        bad("toy_nan", score=lambda scores: {rule: s * float("nan") for rule, s in scores.items()}),
        bad("toy_half", score=lambda scores: {**scores, "brightness": scores["brightness"] * 0}),
        bad("toy_rules", score=lambda scores: {"other": scores["distance"]}),
        bad("toy_length", score=lambda scores: {rule: s[:-1] for rule, s in scores.items()}),
        bad("toy_whole", score=lambda scores: {rule: s.astype(np.int64) for rule, s in scores.items()}),
    ]
