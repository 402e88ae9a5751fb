import numpy as np
import pytest

pytestmark = pytest.mark.keras


def drawn_terms(keras, model, x, rewound):
    """Return the terms of a training step, and the codes that it drew, recomputed."""
    heads = model.encoder(x)
    with rewound(model):
        terms = {name: np.asarray(term) for name, term in model.loss_terms(x, heads, None).items()}
    mean = np.asarray(heads["mean"])
    deviation = np.exp(np.asarray(heads["log_variance"]) / 2) if "log_variance" in heads else 1
    return terms, mean + deviation * np.asarray(keras.random.normal(mean.shape, seed=model.noise))


@pytest.mark.parametrize("latent", ["vector", "spatial"])
@pytest.mark.parametrize("posterior", ["unit", "learned"])
def test_the_reconstruction_is_the_squared_error_of_a_drawn_code(keras, new_model, images, rewound, posterior, latent):
    model, x = new_model("ocvae", shaken=True, posterior=posterior, latent=latent), images(6)
    terms, codes = drawn_terms(keras, model, x, rewound)
    error = ((x - np.asarray(model.decoder(codes))) ** 2).sum(axis=(1, 2, 3))
    assert terms["reconstruction"] == pytest.approx(error, rel=1e-5)


@pytest.mark.parametrize("latent", ["vector", "spatial"])
def test_the_distance_is_that_of_the_mean_code_to_the_centre(keras, new_model, images, rewound, latent):
    model, x = new_model("ocvae", shaken=True, latent=latent), images(6)
    terms, _ = drawn_terms(keras, model, x, rewound)
    offset = np.asarray(model.encoder(x)["mean"]) - np.asarray(model.centre)
    assert terms["centre_distance"] == pytest.approx((offset**2).reshape(6, -1).sum(axis=1), rel=1e-4)


def test_the_divergence_of_the_learned_posterior_is_that_distance_and_a_spread(new_model, images):
    """So that both posteriors draw to the centre with the same weight."""
    model, x = new_model("ocvae", shaken=True, posterior="learned", weight=0.3), images(6)
    heads = {name: np.asarray(head, np.float64) for name, head in model.encoder(x).items()}
    spread = (np.exp(heads["log_variance"]) - 1 - heads["log_variance"]).sum(axis=1)
    distance = ((heads["mean"] - np.asarray(model.centre)) ** 2).sum(axis=1)
    terms = model.loss_terms(x, model.encoder(x), None)
    assert np.asarray(terms["divergence"]) == pytest.approx(distance + spread, rel=1e-4)
    assert model.term_weights(None) == pytest.approx({"reconstruction": 0.7, "divergence": 0.3})


@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
def test_the_loss_is_a_convex_combination(new_model, weight):
    weights = new_model("ocvae", weight=weight).term_weights(None)
    assert weights == pytest.approx({"reconstruction": 1 - weight, "centre_distance": weight})


@pytest.mark.parametrize(("weight", "rule"), [(0.0, "reconstruction"), (1.0, "centre_distance")])
def test_at_its_ends_the_weight_scores_with_one_part_alone(new_model, images, weight, rule):
    scores = new_model("ocvae", shaken=True, weight=weight).scores(images(5))
    assert scores["combined"] == pytest.approx(scores[rule], rel=1e-5)


def test_the_learned_posterior_scores_with_the_divergence(new_model, images):
    model, x = new_model("ocvae", shaken=True, posterior="learned", weight=0.3), images(5)
    scores = model.scores(x)
    divergence = np.asarray(model.loss_terms(x, model.encoder(x), None)["divergence"], np.float64)
    assert scores["combined"] == pytest.approx(0.7 * scores["reconstruction"] + 0.3 * divergence, rel=1e-5)


def test_the_unit_posterior_learns_no_variance(new_model, images):
    assert set(new_model("ocvae").encoder(images(2))) == {"mean"}
    assert set(new_model("ocvae", posterior="learned").encoder(images(2))) == {"mean", "log_variance"}


def centres(fit, **params):
    """Return the centre after each epoch, and the fitted model."""
    seen = []
    detector = fit("ocvae", listen=lambda _, model, __: seen.append(np.asarray(model.centre).copy()), **params)
    return seen, detector.model


def test_a_fixed_centre_is_the_barycentre_of_the_untrained_encoder_and_does_not_move(fit, new_model, images):
    seen, model = centres(fit, centre="fixed", learning_rate=0.02)
    start = new_model("ocvae", centre="fixed", learning_rate=0.02).codes(images()).mean(axis=(0, 1))
    assert np.abs(start - model.codes(images()).mean(axis=(0, 1))).max() > 0.01  # the training moved the codes
    assert seen[0] == pytest.approx(start, abs=1e-6)
    assert np.array_equal(seen[0], seen[1])


@pytest.mark.parametrize("latent", ["vector", "spatial"])
def test_a_centre_that_follows_is_the_barycentre_of_the_codes_after_every_epoch(fit, images, latent):
    seen, model = centres(fit, centre="epoch", learning_rate=0.02, latent=latent)
    assert not np.allclose(seen[0], seen[1], atol=1e-3)
    assert seen[1] == pytest.approx(model.codes(images()).mean(axis=(0, 1)), abs=1e-6)


def test_a_training_on_the_distance_moves_the_codes_towards_the_centre(keras, new_model, new_trainer, images):
    model, x = new_model("ocvae", weight=1.0), images(16)
    model.centre.assign([2.0, -2.0, 1.0])
    trainer = new_trainer(model, 0.05)
    before = model.scores(x)["centre_distance"].mean()
    for _ in range(3):
        trainer.train_step(keras.ops.convert_to_tensor(x))
    assert model.scores(x)["centre_distance"].mean() < before
