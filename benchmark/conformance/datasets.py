"""Checks of a dataset: labels, fingerprint, splits, pixels."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmark.conformance.check import Failed, Skipped, check
from benchmark.conformance.detectors.spec import refuse_heavy_import, undocumented
from benchmark.interfaces.dataset import Dataset, LabelledImages
from benchmark.interfaces.errors import BenchError, DataNotFound
from benchmark.registry import Registry, parameters
from benchmark.running.plan import tasks
from benchmark.running.split import split

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import RawImages

MAX_SHARED = 0.01
MIN_RANGE = 1 / 8


class DatasetSubject:
    """A dataset by name, loaded once with its options."""

    kind = "dataset"
    framework = "sklearn"

    def __init__(self, registry: Registry, name: str, values: Mapping[str, Any] | None = None) -> None:
        self.registry, self.name = registry, name
        self.spec = registry.datasets[name]
        self.config = parameters.resolve(self.spec.config, values or {}, owner=f"dataset {name!r}")

    @functools.cached_property
    def _first(self) -> Dataset | Exception:
        try:
            return self.spec.load(self.config)
        except Exception as error:  # noqa: BLE001 - `loads` reports it
            return error

    def load(self) -> Dataset:
        """Return the dataset, or raise what loading it raised."""
        if isinstance(self._first, DataNotFound):
            raise Skipped(f"its files are not here; `bench data fetch {self.name}` gets them")
        if isinstance(self._first, Exception):
            raise self._first
        return self._first

    @property
    def dataset(self) -> Dataset:
        """The dataset."""
        if isinstance(self._first, Exception):
            raise Skipped("it could not be loaded")
        return self._first

    def parts(self) -> Iterator[tuple[str, LabelledImages]]:
        """Yield the parts by name."""
        for name in self.dataset.parts:
            yield name, self.dataset.part(name)


@check(
    expected="It loads: at least one part, each LabelledImages with different train and test arrays.",
    fix="return a Dataset whose `parts` are the names that `part` takes; see OnePartDataset.",
    vital=True,
)
def loads(subject: DatasetSubject) -> None:
    """Load every part."""
    dataset = subject.load()
    if not isinstance(dataset, Dataset):
        raise Failed(f"`load` returned {type(dataset).__name__}")
    if not isinstance(dataset.parts, tuple) or not dataset.parts or len(set(dataset.parts)) < len(dataset.parts):
        raise Failed(f"`parts` is {dataset.parts!r}")
    for name, images in subject.parts():
        if not isinstance(images, LabelledImages):
            raise Failed(f"part {name!r} is {type(images).__name__}")
        if not len(images.train) or not len(images.test):
            raise Failed(f"part {name!r} has {len(images.train)} training and {len(images.test)} test images")


@check(
    expected="Class names are slugs; each task has normal training images, and normal and anomalous test images.",
    fix="name classes in lower case (t_shirt); list only those that there are images of; labels are indices into them.",
)
def labels(subject: DatasetSubject) -> None:
    """Count the test images of each class."""
    for name, images in subject.parts():
        if bad := [label for label in images.classes if not re.fullmatch(r"[a-z0-9][a-z0-9_.-]*", label)]:
            raise Failed(f"part {name!r}: the class {bad[0]!r} is no slug")
        counts = np.bincount(images.test_labels, minlength=len(images.classes))
        if missing := [label for label, count in zip(images.classes, counts, strict=True) if not count]:
            raise Failed(f"part {name!r}: no test image is of class {missing[0]!r}")
        if np.count_nonzero(counts) < 2:
            raise Failed(f"part {name!r}: all test images are of one class")


@check(
    expected="The fingerprint is a SHA-256, the same at every load, as the images are; a variant has a footnote.",
    fix="use fingerprint(*parts); draw with np.random.RandomState(a fixed seed); set `variant` and `footnote`.",
)
def same_at_every_load(subject: DatasetSubject) -> None:
    """Load again and compare."""
    first, again = subject.dataset, subject.spec.load(subject.config)
    if not re.fullmatch("[0-9a-f]{64}", str(first.fingerprint)):
        raise Failed(f"the fingerprint is {first.fingerprint!r}")
    if first.fingerprint != again.fingerprint:
        raise Failed(f"the fingerprint was {first.fingerprint[:16]}, then {again.fingerprint[:16]}")
    for name, images in subject.parts():
        other = again.part(name)
        for array in ("train", "test", "train_labels", "test_labels"):
            if not np.array_equal(getattr(images, array), getattr(other, array)):
                raise Failed(f"part {name!r}: `{array}` differs between two loads, the fingerprint does not")
    if not first.variant or (first.variant != "official" and not first.footnote):
        raise Failed(f"the variant is {first.variant!r}, the footnote {first.footnote!r}")


@check(
    expected="Every task leaves at least two normal images to learn from, with a validation share of 10 % too.",
    fix="put enough images of each normal class into `train`.",
)
def splits(subject: DatasetSubject) -> None:
    """Split every task as the harness does."""
    for name, facts in tasks(subject.dataset).items():
        images = subject.dataset.part(facts.part)
        for share in (0.0, 0.1):
            try:
                split(images, facts.normal_class, share=share, seed=0)
            except BenchError as error:
                raise Failed(f"task {name!r}, validation share {share}: {error}") from None


@check(
    expected=f"At most {MAX_SHARED:.0%} of the test images are among the training images.",
    fix="split before anything is copied or augmented, and each image once.",
)
def halves_apart(subject: DatasetSubject) -> None:
    """Compare the bytes of every image."""
    for name, images in subject.parts():
        known = set(_bytes_of(images.train))
        shared = sum(one in known for one in _bytes_of(images.test))
        if shared > MAX_SHARED * len(images.test):
            raise Failed(f"part {name!r}: {shared} of {len(images.test)} test images are training images too")


@check(
    expected="Pixels use the range of their type: 0 is black, the type's maximum is white.",
    fix="stretch grey levels: 16 levels of 4 bits times 17, 12 bits in uint16 times 16.",
)
def full_range(subject: DatasetSubject) -> None:
    """Look for the brightest and the darkest pixel."""
    for name, images in subject.parts():
        low, high = int(images.train.min()), int(images.train.max())
        if high - low < MIN_RANGE * np.iinfo(images.train.dtype).max:
            raise Failed(f"part {name!r}: {images.train.dtype} from {low} to {high}")


@check(
    expected="Every option has a line of documentation, and every number a bound.",
    fix='write it as: size: Annotated[int, Ge(1), "One line of documentation."] = 32',
)
def options_documented(subject: DatasetSubject) -> None:
    """Read the config's annotations."""
    if problems := list(undocumented(subject.spec.config)):
        raise Failed("; ".join(problems))


@check(
    expected="Importing the plugin's module loads no framework.",
    fix="import what decodes in `load`, not at the head of the plugin's `__init__`.",
)
def light_import(subject: DatasetSubject) -> None:
    """Import the module alone in a process of its own."""
    refuse_heavy_import(subject.registry.datasets.offer(subject.name).module)


def _bytes_of(images: RawImages) -> Iterator[bytes]:
    for image in images:
        yield image.tobytes()


CHECKS = (loads, labels, same_at_every_load, splits, halves_apart, full_range, options_documented, light_import)
