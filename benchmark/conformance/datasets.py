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
"""Largest share of the test images that may also be training images."""

MIN_RANGE = 1 / 8
"""Smallest share of the range of the pixels' type that the training images must use."""


class DatasetSubject:
    """The dataset that the checks test; it is loaded once, with its options."""

    kind = "dataset"
    framework = "sklearn"

    def __init__(self, registry: Registry, name: str, values: Mapping[str, Any] | None = None) -> None:
        self.registry, self.name = registry, name
        self.spec = registry.datasets[name]
        self.config = parameters.resolve(self.spec.config, values or {}, owner=f"dataset {name!r}")

    @functools.cached_property
    def _loaded(self) -> Dataset | Exception:
        try:
            return self.spec.load(self.config)
        except Exception as error:  # noqa: BLE001 - `loads` reports it
            return error

    def load(self) -> Dataset:
        """Return the dataset, or raise the error that loading it raised."""
        if isinstance(self._loaded, DataNotFound):
            raise Skipped(f"its files are missing; get them with: bench data fetch {self.name}")
        if isinstance(self._loaded, Exception):
            raise self._loaded
        return self._loaded

    @property
    def dataset(self) -> Dataset:
        """The loaded dataset."""
        if isinstance(self._loaded, Exception):
            raise Skipped("it cannot be loaded")
        return self._loaded

    def parts(self) -> Iterator[tuple[str, LabelledImages]]:
        """Yield the parts by name."""
        for name in self.dataset.parts:
            yield name, self.dataset.part(name)


@check(
    expected="`load` returns a Dataset with at least one part; each part is LabelledImages with train and test images.",
    fix="return a Dataset whose `parts` lists the names that `part` accepts; see OnePartDataset.",
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
    expected="Class names use lower-case letters, digits, `_`, `.` and `-` only; there are at least two classes; every"
    " class has test images.",
    fix="write class names in lower case (t_shirt); list only classes with images; a label is an index into `classes`.",
)
def labels(subject: DatasetSubject) -> None:
    """Count the test images of each class."""
    for name, images in subject.parts():
        if bad := [name for name in images.classes if not re.fullmatch(r"[a-z0-9][a-z0-9_.-]*", name)]:
            raise Failed(f"part {name!r}: the class name {bad[0]!r} has other characters")
        counts = np.bincount(images.test_labels, minlength=len(images.classes))
        if empty := [name for name, count in zip(images.classes, counts, strict=True) if not count]:
            raise Failed(f"part {name!r}: the class {empty[0]!r} has no test image")
        if np.count_nonzero(counts) < 2:
            raise Failed(f"part {name!r}: all test images are of one class")


@check(
    expected="Every load returns the same images and the same SHA-256 fingerprint; a variant other than `official` has"
    " a footnote.",
    fix="use fingerprint(*parts); draw random images with np.random.RandomState(a fixed seed); set `variant` and"
    " `footnote`.",
)
def same_at_every_load(subject: DatasetSubject) -> None:
    """Load a second time and compare."""
    first, second = subject.dataset, subject.spec.load(subject.config)
    if not re.fullmatch("[0-9a-f]{64}", str(first.fingerprint)):
        raise Failed(f"the fingerprint is {first.fingerprint!r}")
    if first.fingerprint != second.fingerprint:
        raise Failed(f"the fingerprint was {first.fingerprint[:16]}, then {second.fingerprint[:16]}")
    for name, images in subject.parts():
        other = second.part(name)
        for array in ("train", "test", "train_labels", "test_labels"):
            if not np.array_equal(getattr(images, array), getattr(other, array)):
                raise Failed(f"part {name!r}: `{array}` differs between two loads, but the fingerprint is the same")
    if not first.variant or (first.variant != "official" and not first.footnote):
        raise Failed(f"the variant is {first.variant!r} and the footnote is {first.footnote!r}")


@check(
    expected="Every task has at least two normal images for `fit`, also if 10 % of them are held out for validation.",
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
    expected=f"At most {100 * MAX_SHARED:g} % of the test images are also training images.",
    fix="split the images before you copy or augment any; put each image into one of `train` and `test` only.",
)
def no_shared_images(subject: DatasetSubject) -> None:
    """Compare the bytes of every image."""
    for name, images in subject.parts():
        training = set(_bytes_of(images.train))
        shared = sum(image in training for image in _bytes_of(images.test))
        if shared > MAX_SHARED * len(images.test):
            raise Failed(f"part {name!r}: {shared} of {len(images.test)} test images are also training images")


@check(
    expected="Pixels use the range of their type: 0 is black, the type's maximum is white.",
    fix="rescale the grey levels: multiply 4-bit values by 17 for uint8, 12-bit values by 16 for uint16.",
)
def full_range(subject: DatasetSubject) -> None:
    """Find the darkest and the brightest pixel."""
    for name, images in subject.parts():
        low, high = int(images.train.min()), int(images.train.max())
        if high - low < MIN_RANGE * np.iinfo(images.train.dtype).max:
            raise Failed(f"part {name!r}: the {images.train.dtype} pixels are only between {low} and {high}")


@check(
    expected="Every option has a line of documentation, and every number has a bound.",
    fix='write it as: size: Annotated[int, Ge(1), "One line of documentation."] = 32',
)
def options_documented(subject: DatasetSubject) -> None:
    """Read the config's annotations."""
    if problems := list(undocumented(subject.spec.config)):
        raise Failed("; ".join(problems))


@check(
    expected="Importing the plugin's module loads no framework.",
    fix="import the decoder inside `load`, not at the top of the plugin's `__init__`.",
)
def light_import(subject: DatasetSubject) -> None:
    """Import the module in a separate process."""
    refuse_heavy_import(subject.registry.datasets.offer(subject.name).module)


def _bytes_of(images: RawImages) -> Iterator[bytes]:
    for image in images:
        yield image.tobytes()


CHECKS = (loads, labels, same_at_every_load, splits, no_shared_images, full_range, options_documented, light_import)
