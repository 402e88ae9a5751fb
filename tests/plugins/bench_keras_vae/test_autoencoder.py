import numpy as np
import pytest

pytestmark = pytest.mark.keras


def test_the_kl_divergence_is_what_samples_say(keras):
    """KL(N(m, S) || N(c, I)) by its definition."""
    from bench_keras_vae.autoencoder import kl_divergence

    random = np.random.RandomState(0)
    mean, log_variance, centre = random.normal(size=(4, 3)), random.normal(size=(4, 3)), random.normal(size=3)
    deviation = np.exp(log_variance / 2)
    z = mean + deviation * random.normal(size=(200_000, 4, 3))
    log_ratio = 0.5 * ((z - centre) ** 2 - ((z - mean) / deviation) ** 2 - log_variance).sum(axis=-1)
    told = kl_divergence(mean.astype(np.float32), log_variance.astype(np.float32), centre.astype(np.float32))
    assert np.asarray(told) == pytest.approx(log_ratio.mean(axis=0), rel=0.02)


def test_the_kl_divergence_is_zero_at_the_prior_alone(keras):
    from bench_keras_vae.autoencoder import kl_divergence

    zero, one = np.zeros((1, 3), np.float32), np.ones((1, 3), np.float32)
    assert float(kl_divergence(zero, zero)[0]) == 0
    assert min(float(kl_divergence(*pair)[0]) for pair in [(one, zero), (zero, one), (zero, -one)]) > 0.5


def test_a_spatial_codes_divergence_is_a_sum_over_its_superpixels(keras, images):
    from bench_keras_vae.autoencoder import kl_divergence

    mean, log_variance = images(5, (2, 4, 3)), images(5, (2, 4, 3), seed=1)
    one_by_one = kl_divergence(mean.reshape(-1, 3), log_variance.reshape(-1, 3))
    assert np.asarray(kl_divergence(mean, log_variance)) == pytest.approx(
        np.asarray(one_by_one).reshape(5, 8).sum(axis=1)
    )


def test_drawn_codes_have_the_mean_and_the_deviation_asked_for(new_model):
    drawn = np.asarray(new_model("vae").drawn(np.full((20_000, 2), 5, np.float32), np.float32([0.5, 2])))
    assert drawn.mean(axis=0) == pytest.approx([5, 5], abs=0.05)
    assert drawn.std(axis=0) == pytest.approx([0.5, 2], rel=0.03)


def test_a_wild_log_variance_is_bounded(keras):
    from bench_keras_vae.autoencoder import bounded

    assert np.asarray(bounded(np.float32([-1e9, -3, 3, 1e9]))) == pytest.approx([-10, -3, 3, 10])


def test_training_corrupts_what_goes_in_and_asks_for_the_clean_image(keras, new_model, images, rewound):
    model, x = new_model("ocvae", shaken=True, corruption="gaussian"), images(20)
    model.corrupt = lambda images: keras.ops.zeros_like(images)
    model.compile(optimizer=keras.optimizers.SGD(1e-9), run_eagerly=True)
    with rewound(model):
        logs = model.train_step(keras.ops.convert_to_tensor(x))
    codes = np.asarray(model.encoder(np.zeros_like(x))["mean"])
    rebuilt = np.asarray(model.decoder(model.drawn(codes)))
    assert float(logs["reconstruction"]) == pytest.approx(((x - rebuilt) ** 2).sum(axis=(1, 2, 3)).mean(), rel=1e-4)


@pytest.mark.parametrize("corruption", ["gaussian", "mask", "salt_pepper", "affine"])
def test_a_corruption_reaches_the_training(new_model, images, corruption):
    model, x = new_model("ocvae", corruption=corruption, corruption_strength=0.5), images(4)
    assert not np.allclose(np.asarray(model.corrupt(x)), x)


def test_scores_are_those_of_the_clean_image(new_model, images):
    model, x = new_model("ocvae", shaken=True, corruption="gaussian", corruption_strength=1.0), images(5)
    error = ((x - np.asarray(model.decoder(model.encoder(x)["mean"]))) ** 2).sum(axis=(1, 2, 3))
    assert model.scores(x)["reconstruction"] == pytest.approx(error, rel=1e-5)
