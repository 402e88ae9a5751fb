import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.interfaces.dataset import LabelledImages
from benchmark.interfaces.errors import BadData
from benchmark.running.split import as_images, split


def labelled(*sizes):
    """`sizes[k]` training images of class k, in a shuffled order."""
    labels = np.random.RandomState(0).permutation(np.repeat(np.arange(len(sizes)), sizes))
    train, test = np.zeros((len(labels), 1, 1, 1), np.uint8), np.zeros((1, 1, 1, 1), np.uint8)
    return LabelledImages(
        train=train, test=test, train_labels=labels, test_labels=np.zeros(1, int), classes=("bag", "coat", "dress")
    )


SIZES = st.tuples(*[st.integers(25, 120)] * 3)
SHARES = st.just(0.0) | st.floats(0.001, 0.9)
often = settings(max_examples=30, deadline=None)


@often
@given(SIZES, st.integers(0, 2), SHARES, st.integers(0, 2**32 - 1))
def test_only_normal_images_are_learnt_from_and_each_is_learnt_from_or_held_out(sizes, normal, share, seed):
    images = labelled(*sizes)
    found = split(images, normal, share=share, seed=seed)
    held_out = found.validation[~found.validation_y(images, normal)]
    together = np.concatenate([found.train, held_out])
    assert sorted(together) == np.flatnonzero(images.train_labels == normal).tolist()


@often
@given(SIZES, SHARES, st.integers(0, 2**32 - 1))
def test_as_many_others_are_held_out_as_normal_ones_and_none_twice(sizes, share, seed):
    images = labelled(*sizes)
    found = split(images, 0, share=share, seed=seed)
    y = found.validation_y(images, 0)
    assert y.sum() == min((~y).sum(), sizes[1] + sizes[2])
    assert len(np.unique(found.validation)) == len(found.validation)
    assert (~y).sum() == (max(1, round(share * sizes[0])) if share else 0)


@often
@given(SIZES, SHARES, st.integers(0, 2**32 - 1))
def test_the_same_seed_gives_the_same_split(sizes, share, seed):
    once, again = (split(labelled(*sizes), 1, share=share, seed=seed) for _ in range(2))
    for field in dataclasses.fields(once):
        np.testing.assert_array_equal(getattr(once, field.name), getattr(again, field.name), strict=True)


def test_another_seed_gives_another_split():
    images = labelled(200, 200)
    one, two = (split(images, 0, share=0.1, seed=seed) for seed in (0, 1))
    assert set(one.train) != set(two.train)
    assert set(one.validation[20:]) != set(two.validation[20:])


def test_a_split_is_frozen_for_good():
    found = split(labelled(6, 6), 0, share=0.4, seed=3)
    assert (found.train.tolist(), found.validation.tolist()) == ([2, 4, 6, 10], [9, 11, 7, 8])


@pytest.mark.parametrize(("size", "share", "held_out"), [(8000, 0.9, 500), (5000, 0.1, 500), (4990, 0.1, 499)])
def test_at_most_500_normal_images_are_held_out_and_as_many_others(size, share, held_out):
    images = labelled(size, 4000)
    y = split(images, 0, share=share, seed=0).validation_y(images, 0)
    assert ((~y).sum(), y.sum()) == (held_out, held_out)


@pytest.mark.parametrize(("size", "sampled"), [(1000, 1000), (1001, 1000), (3000, 1000), (50, 50)])
def test_the_sample_is_of_the_training_images_and_at_most_1000(size, sampled):
    found = split(labelled(size, 10), 0, share=0.0, seed=0)
    assert len(set(found.sample)) == len(found.sample) == sampled
    assert set(found.sample) <= set(found.train)


def test_the_sample_is_drawn_and_not_the_first_that_come():
    found = split(labelled(3000, 10), 0, share=0.0, seed=0)
    assert found.sample.tolist() != found.train[:1000].tolist()


@pytest.mark.parametrize(("sizes", "share"), [((0, 9), 0.0), ((1, 9), 0.1), ((3, 9), 0.9)])
def test_a_class_with_too_few_images_to_learn_from_is_named(sizes, share):
    with pytest.raises(BadData, match=r"class 'bag' leaves [01] training images"):
        split(labelled(*sizes), 0, share=share, seed=0)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_detector_sees_every_grey_level_between_0_and_1(dtype):
    highest = np.iinfo(dtype).max
    raw = np.arange(highest + 1, dtype=dtype).reshape(-1, 4, 4, 1)
    images = as_images(raw)
    assert (images.dtype, images.shape, images.min(), images.max()) == (np.float32, raw.shape, 0.0, 1.0)
    assert (np.rint(images.astype(float) * highest) == raw).all()


def test_what_a_detector_sees_is_read_only_and_a_copy():
    raw = np.zeros((2, 2, 2, 1), np.uint8)
    images = as_images(raw)
    with pytest.raises(ValueError, match="read-only"):
        images[0] = 1.0
    raw[:] = 255
    assert images.max() == 0.0
