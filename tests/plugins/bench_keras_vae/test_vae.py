import numpy as np
import pytest

pytestmark = pytest.mark.keras


def divergence(heads):
    """Return KL(N(m, S) || N(0, I)) in closed form, with numpy."""
    mean, log_variance = (np.asarray(heads[name], np.float64) for name in ("mean", "log_variance"))
    return 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance).reshape(len(mean), -1).sum(axis=1)


def test_its_terms_are_the_squared_error_of_a_drawn_code_and_the_divergence(keras, new_model, images, rewound):
    model, x = new_model("vae", shaken=True), images(6)
    heads = model.encoder(x)
    with rewound(model):
        terms = {name: np.asarray(term) for name, term in model.loss_terms(x, heads, None).items()}
    noise = np.asarray(keras.random.normal((6, 3), seed=model.noise))
    codes = np.asarray(heads["mean"]) + np.exp(np.asarray(heads["log_variance"]) / 2) * noise
    rebuilt = np.asarray(model.decoder(codes))
    assert terms["reconstruction"] == pytest.approx(((x - rebuilt) ** 2).sum(axis=(1, 2, 3)), rel=1e-5)
    assert terms["kl"] == pytest.approx(divergence(heads), rel=1e-4)


@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
def test_the_loss_is_their_convex_combination(new_model, weight):
    assert new_model("vae", weight=weight).term_weights(None) == pytest.approx(
        {"reconstruction": 1 - weight, "kl": weight}
    )


@pytest.mark.parametrize("latent", ["vector", "spatial"])
def test_the_elbo_is_the_loss_at_the_mean_code(new_model, images, latent):
    model, x = new_model("vae", shaken=True, weight=0.3, latent=latent), images(6)
    heads, scores = model.encoder(x), model.scores(x)
    error = ((x - np.asarray(model.decoder(heads["mean"]))) ** 2).sum(axis=(1, 2, 3))
    assert scores["reconstruction"] == pytest.approx(error, rel=1e-5)
    assert scores["kl"] == pytest.approx(divergence(heads), rel=1e-4)
    assert scores["elbo"] == pytest.approx(0.7 * error + 0.3 * divergence(heads), rel=1e-4)


def test_the_loss_knows_no_centre(new_model, images, rewound):
    model, x = new_model("vae", shaken=True), images(6)
    found = []
    for centre in (0.0, 5.0):
        model.centre.assign(np.full(3, centre))
        with rewound(model):
            found.append(
                {name: np.asarray(term).tolist() for name, term in model.loss_terms(x, model.encoder(x), None).items()}
            )
    assert found[0] == found[1]


def test_its_centre_is_the_barycentre_of_the_final_codes(fitted, images):
    model = fitted("vae").model
    assert np.asarray(model.centre) == pytest.approx(model.codes(images()).mean(axis=(0, 1)), abs=1e-6)
