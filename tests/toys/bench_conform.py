"""A plugin for the tests of the kit: one good of each kind, and for each check one that breaks it.

The bad one for a check is called `bad_` and the check's name; a further one has `_2` behind.
"""

import contextlib
import os
import random
import signal
import stat
import struct
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from annotated_types import Ge

from benchmark import (
    BadData,
    DatasetSpec,
    Detector,
    DetectorSpec,
    LabelledImages,
    MetricSpec,
    NotFitted,
    OnePartDataset,
    OneSidedLabels,
    Preset,
    hookimpl,
)

PROCESS_WIDE = np.random.RandomState(0)


@dataclass(frozen=True)
class Options:
    epochs: Annotated[int, Ge(1), "Steps towards the mean."] = 3
    powers: Annotated[tuple[Annotated[float, Ge(1)], ...], "Powers of the difference, summed."] = (2.0,)
    name: Annotated[str | None, "Any name."] = None


@dataclass(frozen=True)
class Undocumented:
    epochs: Annotated[int, Ge(1)] = 3


@dataclass(frozen=True)
class Unbounded:
    epochs: Annotated[int, "Steps towards the mean."] = 3


class Good(Detector):
    """Distance to a noisy centre that moves half the way to the mean in each epoch."""

    def __init__(self, options):
        self.options, self.centre = options, None

    def fit(self, images, context):
        self.centre = np.zeros(images.shape[1:])
        for number in range(1, self.options.epochs + 1):
            noise = np.random.normal(size=self.centre.shape) + random.random()
            self.centre += (images.mean(axis=0) - self.centre) / 2 + 0.01 * noise
            context.epoch(number, of=self.options.epochs, losses={"loss": 1 / number}, score=self.score)

    def score(self, images):
        if self.centre is None:
            raise NotFitted("'good' must be fitted before it can score")
        return {"distance": np.square(images - self.centre).sum(axis=(1, 2, 3))}

    def embed(self, images):
        return images.reshape(len(images), -1)

    def reconstruct(self, images):
        return np.broadcast_to(self.centre, images.shape)

    def heatmap(self, images):
        return np.abs(images - self.centre).mean(axis=3)

    def facts(self):
        return {"parameters": self.centre.size, "centre": "mean"}

    def save(self, folder):
        np.save(folder / "centre.npy", self.centre)

    def load(self, folder):
        self.centre = np.load(folder / "centre.npy")


class Refuses(Good):
    """Good, though it takes nothing but many large colour images."""

    def fit(self, images, context):
        if images.shape[1:] != (32, 32, 3):
            raise BadData(f"this detector takes 32 x 32 images in colour, not {images.shape[1:]}")
        super().fit(images, context)


def scoring(change):
    """A detector whose scores are changed afterwards: change(self, images, scores) -> scores."""

    class Bad(Good):
        def score(self, images):
            return {rule: change(self, images, scores) for rule, scores in super().score(images).items()}

    return Bad


def fitting(before):
    """A detector that does something before it learns: before(self, images, context)."""

    class Bad(Good):
        def fit(self, images, context):
            before(self, images, context)
            super().fit(images, context)

    return Bad


def ruin(self, images, scores):
    if images.flags.writeable:
        images *= 0.5
    return scores


def seeds(self, images, scores):
    np.random.seed(0)
    return scores


def draws(self, images, scores):
    np.random.random()
    return scores


def fail(*_):
    raise RuntimeError("the fit went wrong")


def refuse(wrong):
    def check(self, images, context):
        if wrong(images):
            raise ValueError("shapes do not match")

    return fitting(check)


def overwrite(self, images, context):
    images.flags.writeable = True
    images += 0.01


def make_dataset(self, images, context):
    load_shapes(Options())


def read_data(self, images, context):
    Path(os.environ["BENCH_DATA"], "secret.npy").read_bytes()


class Unfitted(Good):
    def score(self, images):
        return {"distance": np.zeros(len(images))} if self.centre is None else super().score(images)


class Entropy(Good):
    def fit(self, images, context):
        super().fit(images, context)
        self.centre += np.random.default_rng().normal(size=self.centre.shape)


class ProcessWide(Good):
    def fit(self, images, context):
        super().fit(images, context)
        self.centre += PROCESS_WIDE.normal(size=self.centre.shape)


class Remembers(Good):
    def __init__(self, options):
        super().__init__(options)
        self.known = []

    def fit(self, images, context):
        self.known.append(images)
        super().fit(np.concatenate(self.known), context)


class Stubborn(Good):
    def fit(self, images, context):
        super().fit(np.full_like(images, 0.5), context)


class Still(Good):
    def fit(self, images, context):
        self.centre = images.mean(axis=0, dtype=np.float64)
        for number in (1, 2):
            context.epoch(number, of=2, losses={}, score=self.score)


class Nested(Good):
    def facts(self):
        return {"sizes": [1, 2]}


class Flat(Good):
    def heatmap(self, images):
        return images.reshape(len(images), -1)


class Forgets(Good):
    def load(self, folder):
        self.centre = np.load(folder / "centre.npy").round(1)


class Transductive(Good):
    """Learns from a large set that it scores, and remembers the answers by the bytes of the images."""

    def __init__(self, options):
        super().__init__(options)
        self.answers = {}

    def score(self, images):
        scores = super().score(images)["distance"]
        if len(images) > 20:
            shift = images.mean(axis=0) - self.centre
            learnt = ((images - self.centre) * shift).sum(axis=(1, 2, 3))
            self.answers.update(zip(map(bytes, images), learnt, strict=True))
        return {"distance": np.array([self.answers.get(bytes(i), s) for i, s in zip(images, scores, strict=True)])}


class Dies(Good):
    def fit(self, images, context):
        print("last words", flush=True)
        os._exit(3)


class DiesOfOne(Good):
    def score(self, images):
        if len(images) == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().score(images)


class WritesToSockets(Good):
    def fit(self, images, context):
        for descriptor in range(3, 64):
            with contextlib.suppress(OSError):
                if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                    os.write(descriptor, struct.pack("!IQ", 5, 0) + b"noise")
        time.sleep(60)


class Sleeps(Good):
    def fit(self, images, context):
        time.sleep(60)


def detector(name, build, *, config=Options, rules=("distance",), **more):
    return DetectorSpec(
        name=name, summary=f"Toy: {name}.", version="1", config=config, build=build, rules=rules, **more
    )


@hookimpl
def bench_detectors():
    return [
        detector("good", Good, requires=("numpy",), install="numpy", presets={"smoke": Preset({"epochs": 2})}),
        detector("refuses", Refuses),
        detector("dies", Dies),
        detector("dies_of_one", DiesOfOne),
        detector("sleeps", Sleeps),
        detector("writes_to_sockets", WritesToSockets),
        detector("bad_config_documented", Good, config=Undocumented),
        detector("bad_config_documented_2", Good, config=Unbounded),
        detector("bad_presets_valid", Good, presets={"paper": Preset({"epochs": 0})}),
        detector("bad_missing_framework", Good, requires=("numpy",)),
        detector("bad_missing_framework_2", Good, framework="torch"),
        detector("bad_fits", fitting(fail)),
        detector("bad_not_fitted", Unfitted),
        detector("bad_rules_and_shapes", scoring(lambda self, images, s: s.astype(np.int64))),
        detector("bad_rules_and_shapes_2", scoring(lambda self, images, s: s + np.inf)),
        detector("bad_rules_and_shapes_3", Good, rules=("distance", "density")),
        detector("bad_deterministic", scoring(lambda self, images, s: s + np.random.normal(size=len(s)))),
        detector("bad_batch_size", scoring(lambda self, images, s: s - s.mean())),
        detector("bad_order_of_images", scoring(lambda self, images, s: s + np.arange(len(s)))),
        detector("bad_images_alone", Transductive),
        detector("bad_higher_is_anomalous", scoring(lambda self, images, s: -s)),
        detector("bad_inputs_unchanged", scoring(ruin)),
        detector("bad_inputs_unchanged_2", fitting(overwrite)),
        detector("bad_score_seeds_nothing", scoring(seeds)),
        detector("bad_seed_decides", Entropy),
        detector("bad_seed_decides_2", ProcessWide),
        detector("bad_seeds_nothing", fitting(lambda self, images, context: np.random.seed(context.seed))),
        detector("bad_seeds_nothing_2", fitting(lambda self, images, context: random.seed(7))),
        detector("bad_earlier_fit", Remembers),
        detector("bad_training_matters", Stubborn),
        detector("bad_training_matters_2", Still),
        detector("bad_epoch_changes_nothing", scoring(draws)),
        detector("bad_unseen_test_images", fitting(make_dataset)),
        detector("bad_unseen_test_images_2", fitting(read_data)),
        detector("bad_facts", Nested),
        detector("bad_optional_outputs", Flat),
        detector("bad_save_and_load", Forgets),
        detector("bad_one_channel", refuse(lambda images: images.shape[3] == 1)),
        detector("bad_three_channels", refuse(lambda images: images.shape[3] == 3)),
        detector("bad_odd_sizes", refuse(lambda images: images.shape[1] % 2)),
        detector("bad_two_images", refuse(lambda images: len(images) < 3)),
    ]


def load_shapes(config, *, seed=0, classes=("round", "square"), levels=256, **changed):
    draw = np.random.RandomState(seed)
    arrays = {
        "train": draw.randint(0, levels, (20, 6, 6, 1)).astype(np.uint8),
        "test": draw.randint(0, levels, (10, 6, 6, 1)).astype(np.uint8),
        "train_labels": np.arange(20) % 2,
        "test_labels": np.arange(10) % 2,
    }
    arrays |= {name: change(arrays) for name, change in changed.items()}
    return OnePartDataset(LabelledImages(**arrays, classes=classes))


def dataset(name, load, *, config=Options):
    return DatasetSpec(name=name, summary=f"Toy: {name}.", version="1", load=load, config=config)


def no_dataset(config):
    return [1, 2]


@hookimpl
def bench_datasets():
    return [
        dataset("good_set", load_shapes),
        dataset("bad_loads", no_dataset),
        dataset("bad_labels", lambda c: load_shapes(c, test_labels=lambda a: np.zeros(10, dtype=int))),
        dataset("bad_labels_2", lambda c: load_shapes(c, classes=("T-shirt/top", "round"))),
        dataset("bad_same_at_every_load", lambda c: load_shapes(c, seed=None)),
        dataset("bad_splits", lambda c: load_shapes(c, train_labels=lambda a: np.eye(20, dtype=int)[0])),
        dataset("bad_no_shared_images", lambda c: load_shapes(c, test=lambda a: a["train"][:10])),
        dataset("bad_full_range", lambda c: load_shapes(c, levels=17)),
        dataset("bad_options_documented", load_shapes, config=Unbounded),
    ]


def area(y, scores):
    if y.all() or not y.any():
        raise OneSidedLabels("the area needs normal and anomalous images")
    difference = scores[y][:, None] - scores[~y]
    return float((np.sign(difference) / 2 + 0.5).mean())


def first_come(y, scores):
    """The area by plain ranks, equal scores in the order of the images."""
    return area(y, np.argsort(np.argsort(scores, kind="stable"), kind="stable"))


def metric(name, compute=area, *, higher_is_better=True, **more):
    return MetricSpec(
        name=name,
        title=name,
        summary=f"Toy: {name}.",
        range=(0.0, 1.0),
        higher_is_better=higher_is_better,
        compute=compute,
        **more,
    )


@hookimpl
def bench_metrics():
    return [
        metric("good_metric"),
        metric("bad_in_range", lambda y, s: 2 * area(y, s)),
        metric("bad_direction", higher_is_better=False),
        metric("bad_direction_2", lambda y, s: area(y, s) / 2),
        metric("bad_ties", first_come),
        metric("bad_one_sided", lambda y, s: area(y, s) if y.any() else float("nan")),
        metric("bad_standard_error", standard_error=lambda y, s: -1.0),
    ]
