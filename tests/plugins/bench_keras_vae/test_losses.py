import numpy as np
import pytest

pytestmark = pytest.mark.keras


def test_the_kl_divergence_is_the_mean_log_ratio_of_samples(keras):
    """KL(N(m, S) || N(c, I)) by its definition."""
    from bench_keras_vae.losses import kl_divergence

    random = np.random.RandomState(0)
    mean, log_variance, centre = random.normal(size=(4, 3)), random.normal(size=(4, 3)), random.normal(size=3)
    deviation = np.exp(log_variance / 2)
    z = mean + deviation * random.normal(size=(200_000, 4, 3))
    log_ratio = 0.5 * ((z - centre) ** 2 - ((z - mean) / deviation) ** 2 - log_variance).sum(axis=-1)
    divergence = kl_divergence(mean.astype(np.float32), log_variance.astype(np.float32), centre.astype(np.float32))
    assert np.asarray(divergence) == pytest.approx(log_ratio.mean(axis=0), rel=0.02)


def test_the_kl_divergence_is_zero_at_the_prior_alone(keras):
    from bench_keras_vae.losses import kl_divergence

    zero, one = np.zeros((1, 3), np.float32), np.ones((1, 3), np.float32)
    assert float(kl_divergence(zero, zero)[0]) == 0
    assert min(float(kl_divergence(*pair)[0]) for pair in [(one, zero), (zero, one), (zero, -one)]) > 0.5


def test_a_spatial_codes_divergence_is_a_sum_over_its_superpixels(keras, images):
    from bench_keras_vae.losses import kl_divergence

    mean, log_variance = images(5, (2, 4, 3)), images(5, (2, 4, 3), seed=1)
    one_by_one = kl_divergence(mean.reshape(-1, 3), log_variance.reshape(-1, 3))
    assert np.asarray(kl_divergence(mean, log_variance)) == pytest.approx(
        np.asarray(one_by_one).reshape(5, 8).sum(axis=1)
    )


def test_an_extreme_log_variance_is_clipped(keras):
    from bench_keras_vae.losses import clip_log_variance

    assert np.asarray(clip_log_variance(np.float32([-1e9, -3, 3, 1e9]))) == pytest.approx([-10, -3, 3, 10])


def test_the_error_of_an_image_is_the_sum_of_its_map(images):
    from bench_keras_vae.losses import error_map, squared_error

    x, rebuilt = images(3, (4, 5, 2)), images(3, (4, 5, 2), seed=1)
    assert error_map(x, rebuilt).shape == (3, 4, 5)
    assert squared_error(x, rebuilt) == pytest.approx(((x - rebuilt) ** 2).sum(axis=(1, 2, 3)))
