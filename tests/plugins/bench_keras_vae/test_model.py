import numpy as np
import pytest

pytestmark = pytest.mark.keras

CASES = [
    ("vae", {}),
    ("ocvae", {}),
    ("ocvae", {"posterior": "learned"}),
    ("ocvae", {"posterior": "learned", "weight_decay": 0.1}),
    ("ocvae", {"latent": "spatial", "attention": "add", "weight_decay": 0.1}),
    ("ocvae", {"balance": "value", "weight": 0.4}),
    ("vae", {"balance": "gradient", "weight": 0.4}),
    ("yoto_ocvae", {"balance": "gradient"}),
    ("yoto_ocvae", {"weight_decay": 0.1}),
    ("ocnn", {"weight_decay": 0.1}),
    ("ocnn", {"weight_decay": 0.0, "block": "strided"}),
]


def norm(gradients):
    return np.sqrt(sum(float((np.asarray(g, np.float64) ** 2).sum()) for g in gradients))


class Step:
    """One training step, and the same loss by one plain tape."""

    def __init__(self, keras, model, images, rewound):
        import tensorflow as tf

        self.model = model
        model.compile(optimizer=keras.optimizers.SGD(1.0), run_eagerly=True)
        pairs = []
        model.optimizer.apply_gradients = pairs.extend
        images = tf.constant(images)
        with rewound(model):
            logs = model.train_step(images)
        self.logs = {name: float(value) for name, value in logs.items()}
        self.applied = {variable.path: np.asarray(gradient) for gradient, variable in pairs}
        self.factors = {name: float(factor) for name, factor in model.balance.factors().items()}

        ops = keras.ops
        with tf.GradientTape(persistent=True) as tape:
            condition = model.draw(len(images))
            heads = model.encoder([images, *condition] if condition else images, training=True)
            terms, weights = model.terms(images, heads, condition), model.term_weights(condition)
            weighed = {n: self.factors[n] * ops.mean(weights[n] * term) for n, term in terms.items()}
            kernels = [v for v in model.trained if v.name == "kernel"]
            decay = model.settings.weight_decay / 2 * sum(ops.sum(ops.square(v)) for v in kernels)
            whole = sum(weighed.values()) + decay
        self.plain = {
            v.path: np.asarray(g) for g, v in zip(tape.gradient(whole, model.trained), model.trained, strict=True)
        }
        last = [model.encoder.get_layer(name).kernel for name in heads]
        self.pulls = {name: norm(tape.gradient(value, last)) for name, value in weighed.items()}
        self.loss = sum(float(ops.mean(weights[name] * term)) for name, term in terms.items())
        self.means = {name: float(ops.mean(term)) for name, term in terms.items()}
        self.shares = {name: float(ops.mean(weight)) for name, weight in weights.items()}


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case[0]} {case[1]}")
def step(request, keras, new_model, images, rewound):
    name, params = request.param
    return Step(keras, new_model(name, shaken=True, **params), images(20), rewound)


def test_a_step_follows_the_gradient_of_the_whole_loss(step):
    assert step.applied.keys() == step.plain.keys()
    for path, gradient in step.plain.items():
        assert step.applied[path] == pytest.approx(gradient, rel=1e-3, abs=1e-5 * float(abs(gradient).max()) + 1e-7), (
            path
        )


def test_every_trained_variable_is_moved(step):
    assert [path for path, gradient in step.applied.items() if not np.any(gradient)] == []
    assert len(step.applied) == len(step.model.trained) == len(step.model.trainable_variables)


def test_the_reported_gradient_norms_are_those_of_the_weighed_terms_at_the_encoders_last_layer(step):
    reported = {name: step.logs[f"gradient_norm.{name}"] for name in step.pulls}
    assert reported == pytest.approx(step.pulls, rel=1e-3)


def test_the_reported_loss_is_weighed_and_not_balanced(step):
    assert step.logs["loss"] == pytest.approx(step.loss, rel=1e-4)


def test_the_reported_terms_are_neither_weighed_nor_balanced(step):
    assert {name: step.logs[name] for name in step.means} == pytest.approx(step.means, rel=1e-4)


def test_the_balance_makes_the_terms_equal_before_they_are_weighed(step):
    how = step.model.balance.how
    if how == "fixed":
        assert set(step.factors.values()) == {1.0}
    else:
        by_value = {name: step.factors[name] * mean for name, mean in step.means.items()}
        by_gradient = {name: pull / step.shares[name] for name, pull in step.pulls.items()}
        first, second = (by_value if how == "value" else by_gradient).values()
        assert first == pytest.approx(second, rel=1e-3)


@pytest.mark.parametrize("name", ["vae", "ocvae", "yoto_ocvae", "ocnn"])
def test_a_training_lowers_the_loss(fit, images, name):
    losses = []
    fit(
        name,
        train=images() / 5 + np.float32(0.8) * (np.arange(48) % 2)[:, None, None, None].astype(np.float32),
        listen=lambda report, *_: losses.append(report.losses["loss"]),
        epochs=5,
        learning_rate=0.02,
        schedule="constant",
    )
    assert losses[-1] < 0.95 * losses[0]


def test_reported_losses_are_means_over_the_images_of_the_epoch(fit, images):
    """By a learning rate that changes nothing, and batches of 16, 16 and 1."""
    reports, x = [], images(33)
    params = {"epochs": 1, "learning_rate": 1e-12, "weight": 1.0}
    model = fit("ocvae", train=x, listen=lambda report, *_: reports.append(report), **params).model
    codes = model.codes(x)[:, 0]
    assert reports[0].losses["centre_distance"] == pytest.approx(
        ((codes - codes.mean(axis=0)) ** 2).sum(axis=1).mean(), rel=1e-4
    )


def test_the_centre_is_no_trained_variable(new_model):
    model = new_model("ocvae")
    assert all(variable is not model.centre for variable in [*model.trained, *model.trainable_variables])


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
