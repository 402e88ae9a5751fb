"""The datasets that come with the core: digits, MNIST and Fashion-MNIST."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.data.idx import read_idx
from benchmark.interfaces.dataset import Dataset, LabelledImages, OnePartDataset
from benchmark.interfaces.errors import BadData, DataNotFound
from benchmark.interfaces.specs import DatasetSpec, NoOptions

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import IntArray, RawImages

__all__ = ["SPECS", "load_digits", "load_idx_dataset"]

DIGITS = tuple("0123456789")
CLOTHES = ("t_shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle_boot")


@dataclass(frozen=True, slots=True)
class IdxSource:
    """A dataset kept as the four idx files that LeCun, Cortes and Burges published MNIST in.

    `official` is the fingerprint of the decoded official files, whose MD5 the references give.
    """

    name: str
    kinds: tuple[str, ...]
    official: str


MNIST = IdxSource(
    name="mnist",
    kinds=DIGITS,
    official="f6548896671f5130c5c5fe26272ec49f46934371980df544590990dc615a4f3d",
)
FASHION_MNIST = IdxSource(
    name="fashion_mnist",
    kinds=CLOTHES,
    official="0c3e5939e6617c0c167d4b48d968d4a598872b05875e01df7b0ba5d773e09d59",
)


def load_idx_dataset(source: IdxSource, config: NoOptions) -> Dataset:  # noqa: ARG001 - nothing to configure
    """Read the four files of `source` from `$BENCH_DATA/NAME`, plain or gzip, and check their fingerprint.

    Raises
    ------
    DataNotFound
        If `BENCH_DATA` is not set, or a file is not in its folder.
    BadData
        If a file is damaged, or the images are not the official ones.
    """
    folder = _folder(source.name)
    train, train_kind = _images(folder, "train"), _labels(folder, "train")
    test, test_kind = _images(folder, "t10k"), _labels(folder, "t10k")
    try:
        images = LabelledImages(train=train, test=test, train_kind=train_kind, test_kind=test_kind, kinds=source.kinds)
    except BadData as error:
        raise BadData(f"the four files in {folder} make no dataset: {error}") from None
    dataset = OnePartDataset(images)
    if dataset.fingerprint != source.official:
        raise BadData(
            f"the images in {folder} are not the official {source.name}: their fingerprint is"
            f" {dataset.fingerprint[:16]}, not {source.official[:16]}; fetch the official files again"
        )
    return dataset


def load_digits(config: NoOptions) -> Dataset:  # noqa: ARG001 - nothing to configure
    """Return scikit-learn's 1,797 digits of 8 x 8 pixels, split 70 to 30 within each class by a fixed seed."""
    import numpy as np
    from sklearn.datasets import load_digits as load_bundled

    bundle = load_bundled()
    # 17 grey levels, stretched over the whole range of a byte.
    images = np.rint(bundle.images[..., np.newaxis] * (255 / 16)).astype(np.uint8)
    kind = bundle.target.astype(np.int64)
    # RandomState: its stream is frozen for good, so the split is the same under every numpy.
    random = np.random.RandomState(0)
    in_train = np.zeros(len(kind), dtype=bool)
    for index in range(10):
        members = random.permutation(np.flatnonzero(kind == index))
        in_train[members[: round(0.7 * len(members))]] = True
    labelled = LabelledImages(
        train=images[in_train], test=images[~in_train],
        train_kind=kind[in_train], test_kind=kind[~in_train], kinds=DIGITS,
    )  # fmt: skip
    return OnePartDataset(labelled)


def _folder(name: str) -> Path:
    root = os.environ.get("BENCH_DATA")
    if not root:
        raise DataNotFound(
            f"dataset {name!r} was not found: BENCH_DATA is not set. Set it to a folder whose {name}/ holds"
            " the four idx files (train-images-idx3-ubyte and so on, plain or .gz)"
        )
    return Path(root) / name


def _find(folder: Path, name: str) -> Path:
    candidates = [folder / name, folder / f"{name}.gz"]
    for path in candidates:
        if path.is_file():
            return path
    tried = " and ".join(str(path) for path in candidates)
    raise DataNotFound(
        f"dataset {folder.name!r} was not found: tried {tried}. Put the four idx files there, or set BENCH_DATA"
        " to the folder that holds them"
    )


def _images(folder: Path, split: str) -> RawImages:
    array = read_idx(_find(folder, f"{split}-images-idx3-ubyte"))
    return array[..., None]


def _labels(folder: Path, split: str) -> IntArray:
    import numpy as np

    return read_idx(_find(folder, f"{split}-labels-idx1-ubyte")).astype(np.int64)


SPECS = (
    DatasetSpec(
        name="digits",
        summary="1,797 handwritten digits, 8 x 8, ten classes; comes with scikit-learn, needs no download.",
        version="1",
        load=load_digits,
        licence="CC BY 4.0",
        citation="Alpaydin and Kaynak (1998), Optical Recognition of Handwritten Digits, UCI",
    ),
    DatasetSpec(
        name="mnist",
        summary="70,000 handwritten digits, 28 x 28, ten classes.",
        version="1",
        load=partial(load_idx_dataset, MNIST),
        citation="LeCun, Bottou, Bengio and Haffner (1998), Proceedings of the IEEE 86(11)",
    ),
    DatasetSpec(
        name="fashion_mnist",
        summary="70,000 articles of clothing, 28 x 28, ten classes.",
        version="1",
        load=partial(load_idx_dataset, FASHION_MNIST),
        licence="MIT",
        citation="Xiao, Rasul and Vollgraf (2017), arXiv:1708.07747",
    ),
)
