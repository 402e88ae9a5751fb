from types import SimpleNamespace

import numpy as np
import pytest

pytestmark = pytest.mark.keras


@pytest.fixture
def corrupted(keras):
    from bench_keras_vae.corruption import Corruption

    def corrupted(images, how, strength):
        keras.utils.set_random_seed(0)
        return np.asarray(Corruption(SimpleNamespace(corruption=how, corruption_strength=strength))(images))

    return corrupted


@pytest.fixture
def affine(keras, monkeypatch):
    """A function that turns and shifts by what would be drawn: shares of -1 to 1."""
    from bench_keras_vae import corruption

    def affine(images, *, turn=0.0, down=0.0, right=0.0):
        drawn = np.tile(np.float32([turn, down, right]), (len(images), 1))
        monkeypatch.setattr(keras.random, "uniform", lambda *_, **__: keras.ops.convert_to_tensor(drawn))
        return np.asarray(corruption.CORRUPTIONS["affine"](images, 1.0, None))

    return affine


GREY = np.full((400, 9, 7, 2), 0.5, np.float32)


def test_none_changes_nothing(corrupted, images):
    assert np.array_equal(corrupted(images(), "none", 0.5), images())


@pytest.mark.parametrize("how", ["gaussian", "mask", "salt_pepper", "affine"])
def test_an_image_keeps_shape_type_and_range(corrupted, images, how):
    x = images(20, (9, 7, 2))
    made = corrupted(x, how, 0.6)
    assert (made.shape, made.dtype) == (x.shape, x.dtype)
    assert made.min() >= 0
    assert made.max() <= 1 + 1e-6
    assert not np.array_equal(made, x)


@pytest.mark.parametrize("how", ["gaussian", "mask", "salt_pepper", "affine"])
def test_equal_images_are_corrupted_in_different_ways(corrupted, images, how):
    made = corrupted(np.repeat(images(1), 20, axis=0), how, 0.5)
    assert len(np.unique(made, axis=0)) > 5


@pytest.mark.parametrize("how", ["gaussian", "mask", "salt_pepper", "affine"])
def test_every_call_corrupts_anew(keras, images, how):
    from bench_keras_vae.corruption import Corruption

    corruption = Corruption(SimpleNamespace(corruption=how, corruption_strength=0.5))
    assert not np.array_equal(np.asarray(corruption(images())), np.asarray(corruption(images())))


def test_gaussian_noise_has_the_deviation_asked_for(corrupted):
    noise = corrupted(GREY, "gaussian", 0.1) - GREY
    assert noise.std() == pytest.approx(0.1, rel=0.03)
    assert noise.mean() == pytest.approx(0, abs=0.005)


@pytest.mark.parametrize(("strength", "height", "width"), [(0.3, 3, 2), (0.5, 4, 4), (1.0, 9, 7), (0.01, 1, 1)])
def test_the_mask_is_one_black_rectangle_inside_the_image(corrupted, strength, height, width):
    for image in corrupted(GREY, "mask", strength):
        rows, columns, _ = np.nonzero(image == 0)
        assert (np.ptp(rows) + 1, np.ptp(columns) + 1, len(rows)) == (height, width, 2 * height * width)


def test_the_mask_reaches_every_pixel(corrupted):
    assert (corrupted(GREY, "mask", 0.3) == 0).any(axis=0).all()


def test_salt_and_pepper_hit_the_share_of_pixels_asked_for_half_of_each(corrupted):
    made = corrupted(GREY, "salt_pepper", 0.4)
    assert (made == 0).mean() == pytest.approx(0.2, abs=0.01)
    assert (made == 1).mean() == pytest.approx(0.2, abs=0.01)


def test_salt_and_pepper_hit_all_channels_of_a_pixel(corrupted):
    made = corrupted(GREY, "salt_pepper", 0.4)
    assert np.array_equal(made[..., 0], made[..., 1])


def test_without_a_turn_or_a_shift_an_image_stays(affine, images):
    x = images(3, (9, 7, 2))
    assert affine(x) == pytest.approx(x, abs=1e-5)


@pytest.mark.parametrize(("turn", "quarters"), [(1.0, 1), (-1.0, 3)])
def test_a_whole_turn_is_a_right_angle_about_the_middle(affine, images, turn, quarters):
    x = images(3)
    turned = affine(x, turn=turn)
    either = [np.rot90(x, k, axes=(1, 2)) for k in (quarters, 4 - quarters)]
    inner = np.s_[:, 1:-1, 1:-1]  # the rim lies on the edge of what is filled
    assert any(np.allclose(turned[inner], one[inner], atol=1e-4) for one in either)


def test_opposite_turns_differ(affine, images):
    assert not np.allclose(affine(images(3), turn=1.0), affine(images(3), turn=-1.0), atol=0.1)


@pytest.mark.parametrize("shares", [{"down": 1.0}, {"right": 1.0}, {"down": -1.0}, {"right": -0.5}], ids=str)
def test_a_whole_shift_is_a_quarter_of_the_side(affine, images, shares):
    x = images(3, (8, 16, 1))
    moved = np.zeros_like(x)
    ((where, share),) = shares.items()
    axis, by = (1, int(share * 2)) if where == "down" else (2, int(share * 4))
    kept, taken = ([slice(None)] * 4 for _ in range(2))
    kept[axis], taken[axis] = (slice(None, -by), slice(by, None)) if by > 0 else (slice(-by, None), slice(None, by))
    moved[tuple(kept)] = x[tuple(taken)]
    assert affine(x, **shares) == pytest.approx(moved, abs=1e-4)


def test_the_strength_limits_how_far_it_turns_and_shifts(corrupted, images):
    x = np.repeat(images(1), 50, axis=0)
    changes = [np.abs(corrupted(x, "affine", strength) - x).mean() for strength in (0.01, 0.1, 1.0)]
    assert changes == sorted(changes)
    assert changes[0] < 0.05
