"""Detectors that try to learn what they must not know. Each has the honest one's score as its starting point."""

import gc
import hashlib
import json
import os
import sys
from dataclasses import dataclass

import numpy as np

from benchmark import Detector, DetectorSpec, NotFitted, hookimpl

FINGERPRINT = "9ec9dfc12522e2b94be598aefa57f34a2feca8d7c2ca31ed0862e784eff09ebb"
"""Of `digits`, as docs/protocol.md publishes its beginning."""

LABELS = ("y", "labels", "test_labels", "train_labels", "normal_class", "kind", "task", "job", "validation")


@dataclass(frozen=True)
class Options:
    epochs: int = 4


class Honest(Detector):
    """Distance to the mean training image."""

    def __init__(self, options):
        self.options, self.mean = options, None
        self.is_fitting, self.seen, self.direction = False, [], None
        self.notes = {}

    def fit(self, images, context):
        self.mean, self.images = images.mean(axis=0), images
        self.is_fitting = True
        for number in range(1, self.options.epochs + 1):
            context.epoch(number, of=self.options.epochs, losses={"loss": 1 / number}, score=self.score)
        self.is_fitting = False
        self.learn(context)

    def learn(self, context):
        """Cheat after the last epoch."""

    def score(self, images):
        if self.mean is None:
            raise NotFitted("fit first")
        if self.is_fitting:
            self.seen.append(images.copy())
        return {"distance": self.scores(images)}

    def scores(self, images):
        apart = (images - self.mean).reshape(len(images), -1).astype(np.float64)
        distance = np.square(apart).sum(axis=1)
        return distance if self.direction is None else distance + 20 * (apart @ self.direction)

    def towards(self, anomalous):
        """Raise the scores of images like these."""
        direction = (anomalous.mean(axis=0) - self.mean).reshape(-1).astype(np.float64)
        self.direction = direction / np.linalg.norm(direction)

    def facts(self):
        return self.notes


class Order(Honest):
    """Takes the second half of the held-out images as anomalies."""

    def learn(self, context):
        held_out = self.seen[0]
        self.towards(held_out[len(held_out) // 2 :])


class Seed(Honest):
    """Finds the task from the seed, and from it the streams of the harness; takes them for the order of the images."""

    def learn(self, context):
        held_out = self.seen[0]
        orders = [np.random.RandomState(context.seed).permutation(len(held_out))]
        for seed in range(2):
            for task in "0123456789":
                start = [seed, FINGERPRINT, task]
                if stream(start) == context.seed:
                    orders += [
                        np.random.RandomState(stream([*start, *use])).permutation(len(held_out))
                        for use in (["order", "held-out"], ["order", "judged"], ["order", "train"], ["split"])
                    ]
        # Normal images come first in the split: the order that separates the two halves best would be the right one.
        halves = [held_out[np.argsort(order)] for order in orders]
        half = len(held_out) // 2
        best = max(halves, key=lambda images: self.scores(images[half:]).mean() - self.scores(images[:half]).mean())
        self.notes["orders"] = len(orders)
        self.towards(best[half:])


def stream(values):
    text = json.dumps(values, separators=(",", ":"))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


EARLIER = []
"""Training images of earlier trials in this process."""


class EarlierTrials(Honest):
    """Takes the training images of earlier trials as anomalies."""

    def learn(self, context):
        others = [images for images in EARLIER if images.shape[1:] == self.images.shape[1:]]
        if others:
            self.towards(np.concatenate(others))
        EARLIER.append(self.images)


class Listener(Honest):
    """Searches the context for labels and images."""

    def learn(self, context):
        reachable = [getattr(context, name) for name in dir(context) if not name.startswith("__")]
        reachable += [getattr(value, name) for value in reachable for name in dir(value) if not name.startswith("__")]
        self.notes["arrays in the context"] = sum(isinstance(value, np.ndarray) for value in reachable)


class Frames(Honest):
    """Searches the callers, and every object of the process, for labels."""

    def score(self, images):
        frame, names = sys._getframe(1), set()
        while frame is not None:
            names |= set(frame.f_locals) & set(LABELS)
            frame = frame.f_back
        arrays = [one for one in gc.get_objects() if isinstance(one, np.ndarray)]
        sides = [one for one in arrays if one.dtype.kind in "biu" and one.ndim == 1 and len(one) == len(images) > 2]
        self.notes["labels found"] = max(self.notes.get("labels found", 0), len(names) + len(sides))
        return super().score(images)


class Files(Honest):
    """Looks for the dataset."""

    def learn(self, context):
        command = " ".join(sys.argv)
        self.notes["paths"] = sum("BENCH_" in name for name in os.environ) + ("digits" in command)


class Clustering(Honest):
    """Separates the held-out mixture into two groups; the group further from the training images is anomalous."""

    def learn(self, context):
        if self.seen:
            mixture = np.concatenate(self.seen)
            distance = self.scores(mixture)
            self.towards(mixture[distance > np.median(distance)])


class EarlyStopping(Honest):
    """Keeps the epoch at which the held-out scores differ most."""

    def learn(self, context):
        if self.seen:
            spreads = [self.scores(images ** (1 + k)).std() for k, images in enumerate(self.seen)]
            self.mean = self.mean * (0.8 - int(np.argmax(spreads)) / 10)


def pixels(images):
    return [bytes(image) for image in np.rint(images * 255).astype(np.uint8)]


class Remembering(Honest):
    """Learns from the first large set of other images than it was fitted on, and remembers the answers."""

    def __init__(self, options):
        super().__init__(options)
        self.answers = {}

    def scores(self, images):
        scores = super().scores(images)
        keys = pixels(images)
        is_new = len(images) > 50 and not set(keys) & set(pixels(self.images))
        if is_new and not self.answers:
            shift = (images.mean(axis=0) - self.mean).reshape(-1)
            learnt = (images - self.mean).reshape(len(images), -1) @ shift.astype(np.float64)
            self.answers.update(zip(keys, learnt, strict=True))
        return np.array([self.answers.get(key, score) for key, score in zip(keys, scores, strict=True)])


CHEATERS = {
    "honest": Honest,
    "cheat_order": Order,
    "cheat_seed": Seed,
    "cheat_earlier_trials": EarlierTrials,
    "cheat_listener": Listener,
    "cheat_frames": Frames,
    "cheat_files": Files,
    "cheat_clustering": Clustering,
    "cheat_early_stopping": EarlyStopping,
    "cheat_remembering": Remembering,
}


@hookimpl
def bench_detectors():
    return [
        DetectorSpec(name=name, summary=f"Toy: {name}.", version="1", config=Options, build=build, rules=("distance",))
        for name, build in CHEATERS.items()
    ]
