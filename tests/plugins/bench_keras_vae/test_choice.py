import numpy as np
import pytest

from bench_keras_vae.choice import rotated_copies, separation_auc
from benchmark.metrics.builtin import roc_auc


@pytest.mark.parametrize("decimals", [8, 1])
def test_it_is_the_roc_auc_of_the_others_as_anomalies(decimals):
    random = np.random.RandomState(0)
    normal, other = random.normal(size=30).round(decimals), random.normal(0.5, size=50).round(decimals)
    y = np.repeat([False, True], [30, 50])
    assert separation_auc(normal, other) == pytest.approx(roc_auc(y, np.concatenate([normal, other])))


@pytest.mark.parametrize(("score", "expected"), [(2.0, 1.0), (1.0, 0.5), (0.0, 0.0)])
def test_another_image_counts_one_a_half_or_nothing(score, expected):
    assert separation_auc(np.ones(3), np.full(4, score)) == expected


def test_square_images_are_turned_by_one_two_and_three_quarters(images):
    x = images(4, (8, 8, 2))
    by_one = x[:, :, ::-1].transpose(0, 2, 1, 3)
    by_two = x[:, ::-1, ::-1]
    by_three = x.transpose(0, 2, 1, 3)[:, :, ::-1]
    assert np.array_equal(rotated_copies(x), np.concatenate([by_one, by_two, by_three]))


def test_other_images_are_put_upside_down_and_keep_their_shape(images):
    x = images(4, (9, 7, 2))
    assert np.array_equal(rotated_copies(x), x[:, ::-1, ::-1])


def test_the_images_themselves_stay_as_they_are(images):
    x = images(8)
    rotated_copies(x)
    assert np.array_equal(x, images(8))
