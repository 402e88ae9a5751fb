import numpy as np
import pytest

pytestmark = pytest.mark.keras


def test_noisy_codes_have_the_given_mean_and_deviation(new_model):
    codes = np.asarray(new_model("vae").add_noise(np.full((20_000, 2), 5, np.float32), np.float32([0.5, 2])))
    assert codes.mean(axis=0) == pytest.approx([5, 5], abs=0.05)
    assert codes.std(axis=0) == pytest.approx([0.5, 2], rel=0.03)


def test_the_centre_is_no_trained_variable(new_model):
    model = new_model("ocvae")
    assert all(variable is not model.centre for variable in model.trained_variables)


def test_a_spatial_code_is_one_row_a_superpixel_in_reading_order(new_model):
    model = new_model("ocvae", latent="spatial")
    head = np.arange(2 * 3 * 4 * 3, dtype=np.float32).reshape(2, 3, 4, 3)
    codes = model.as_codes(head)
    assert codes.shape == (2, 12, 3)
    assert np.array_equal(codes[1, 1 * 4 + 2], head[1, 1, 2])


def test_more_images_than_a_batch_of_scoring_keep_their_order(new_model, images):
    model, x = new_model("ocvae"), images(1030)
    assert model.codes(x)[1020:] == pytest.approx(model.codes(x[1020:]), abs=1e-6)


@pytest.mark.parametrize("balance", ["fixed", "value", "gradient"])
@pytest.mark.parametrize("latent", ["vector", "spatial"])
def test_the_combined_score_weighs_and_balances_its_parts(new_model, images, balance, latent):
    model, x = new_model("ocvae", shaken=True, weight=0.3, balance=balance, latent=latent), images(5)
    running = {"reconstruction": 5.0, "centre_distance": 0.2}
    model.balance.update(running, {"reconstruction": 3.0, "centre_distance": 1.0})
    known = {"fixed": (1, 1), "value": (2 / 26, 50 / 26), "gradient": (0.5, 1.5)}[balance]
    scores, places = model.scores(x), model.codes(x).shape[1]  # the rule is a mean over the places, the loss a sum
    assert scores["combined"] == pytest.approx(
        known[0] * 0.7 * scores["reconstruction"] + known[1] * 0.3 * places * scores["centre_distance"], rel=1e-4
    )


@pytest.mark.parametrize("corruption", ["gaussian", "mask", "salt_pepper", "affine"])
def test_a_corruption_reaches_the_training(new_model, images, corruption):
    model, x = new_model("ocvae", corruption=corruption, corruption_strength=0.5), images(4)
    assert not np.allclose(np.asarray(model.corrupt(x)), x)


def test_scores_are_those_of_the_clean_image(new_model, images):
    model, x = new_model("ocvae", shaken=True, corruption="gaussian", corruption_strength=1.0), images(5)
    error = ((x - np.asarray(model.decoder(model.encoder(x)["mean"]))) ** 2).sum(axis=(1, 2, 3))
    assert model.scores(x)["reconstruction"] == pytest.approx(error, rel=1e-5)
