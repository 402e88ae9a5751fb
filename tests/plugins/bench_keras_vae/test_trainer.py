import numpy as np
import pytest

from benchmark import TrainingCollapsed

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
    """One training step, and the gradient of the same loss by one backward pass."""

    def __init__(self, keras, trainer, images, rewound):
        import tensorflow as tf

        self.model = model = trainer.code_model
        pairs = []
        trainer.optimizer.apply_gradients = pairs.extend
        images = tf.constant(images)
        with rewound(model):
            logs = trainer.train_step(images)
        self.logs = {name: float(value) for name, value in logs.items()}
        self.applied = {variable.path: np.asarray(gradient) for gradient, variable in pairs}
        self.factors = {name: float(factor) for name, factor in model.balance.factors().items()}

        ops = keras.ops
        with tf.GradientTape(persistent=True) as tape:
            condition = model.draw_condition(len(images))
            heads = model.encoder(images if condition is None else [images, condition], training=True)
            terms, weights = model.loss_terms(images, heads, condition), model.term_weights(condition)
            weighted = {n: self.factors[n] * ops.mean(weights[n] * term) for n, term in terms.items()}
            kernels = [v for v in model.trained_variables if v.name == "kernel"]
            decay = model.config.weight_decay / 2 * sum(ops.sum(ops.square(v)) for v in kernels)
            loss = sum(weighted.values()) + decay
        gradients = tape.gradient(loss, model.trained_variables)
        self.plain = {v.path: np.asarray(g) for g, v in zip(gradients, model.trained_variables, strict=True)}
        last = [model.encoder.get_layer(name).kernel for name in heads]
        self.norms = {name: norm(tape.gradient(value, last)) for name, value in weighted.items()}
        self.loss = sum(float(ops.mean(weights[name] * term)) for name, term in terms.items())
        self.means = {name: float(ops.mean(term)) for name, term in terms.items()}
        self.shares = {name: float(ops.mean(weight)) for name, weight in weights.items()}


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case[0]} {case[1]}")
def step(request, keras, new_model, new_trainer, images, rewound):
    name, params = request.param
    return Step(keras, new_trainer(new_model(name, shaken=True, **params)), images(20), rewound)


def test_a_step_follows_the_gradient_of_the_whole_loss(step):
    assert step.applied.keys() == step.plain.keys()
    for path, gradient in step.plain.items():
        assert step.applied[path] == pytest.approx(gradient, rel=1e-3, abs=1e-5 * float(abs(gradient).max()) + 1e-7), (
            path
        )


def test_every_trained_variable_is_moved(step):
    assert [path for path, gradient in step.applied.items() if not np.any(gradient)] == []
    assert len(step.applied) == len(step.model.trained_variables)


def test_the_reported_gradient_norms_are_those_of_the_weighted_terms_at_the_encoders_last_layer(step):
    reported = {name: step.logs[f"gradient_norm.{name}"] for name in step.norms}
    assert reported == pytest.approx(step.norms, rel=1e-3)


def test_the_reported_loss_is_weighted_and_not_balanced(step):
    assert step.logs["loss"] == pytest.approx(step.loss, rel=1e-4)


def test_the_reported_terms_are_neither_weighted_nor_balanced(step):
    assert {name: step.logs[name] for name in step.means} == pytest.approx(step.means, rel=1e-4)


def test_the_balance_makes_the_terms_equal_before_they_are_weighted(step):
    how = step.model.balance.how
    if how == "fixed":
        assert set(step.factors.values()) == {1.0}
    else:
        by_value = {name: step.factors[name] * mean for name, mean in step.means.items()}
        by_gradient = {name: norm / step.shares[name] for name, norm in step.norms.items()}
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


def test_the_encoder_is_given_corrupted_images_and_the_error_is_that_of_the_clean_ones(
    keras, new_model, new_trainer, images, rewound
):
    model, x = new_model("ocvae", shaken=True, corruption="gaussian"), images(20)
    model.corrupt = lambda images: keras.ops.zeros_like(images)
    with rewound(model):
        logs = new_trainer(model, 1e-9).train_step(keras.ops.convert_to_tensor(x))
    codes = np.asarray(model.encoder(np.zeros_like(x))["mean"])
    rebuilt = np.asarray(model.decoder(model.add_noise(codes)))
    assert float(logs["reconstruction"]) == pytest.approx(((x - rebuilt) ** 2).sum(axis=(1, 2, 3)).mean(), rel=1e-4)


def test_a_step_counts_even_where_the_last_batch_is_not_full(keras, new_model, images):
    """33 images in batches of 16 are three steps an epoch."""
    from bench_keras_vae.trainer import train
    from benchmark import FitContext

    rates = []
    context = FitContext(listener=lambda report, _: rates.append(report.measures["learning_rate"]))
    model = new_model("ocnn", schedule="drop", drop_epoch=3, epochs=4, learning_rate=0.5)
    train(model, images(33), context, score=None)
    assert rates == pytest.approx([0.5, 0.5, 0.05, 0.05])


STILL = {"learning_rate": 1e-30, "weight_decay": 0.0, "schedule": "constant", "block": "strided", "batch_size": 64}


def epochs_of(fit, listen=None, **params):
    """Return how many epochs a training of a loss that cannot fall took."""
    reports = []

    def keep(report, model, score):
        reports.append(report)
        if listen is not None:
            listen(score)

    fit("ocnn", listen=keep, **STILL, **params)
    return len(reports)


def test_patience_ends_a_training_whose_loss_falls_no_further(fit):
    assert epochs_of(fit, epochs=20, patience=3) < 15


def test_without_patience_a_training_goes_on(fit):
    assert epochs_of(fit, epochs=20) == 20


def test_patience_bears_so_many_epochs_without_a_lower_loss(fit):
    assert epochs_of(fit, epochs=4, patience=4) == 4


def test_a_loss_that_falls_is_not_stopped(fit, images):
    reports = []
    params = {"epochs": 8, "patience": 1, "learning_rate": 1e-4, "batch_size": 64, "block": "strided"}
    fit("ocnn", train=images() / 5, listen=lambda report, *_: reports.append(report), **params)
    assert len(reports) == 8


def test_patience_looks_at_no_score(fit, images):
    """Scores told to nobody, and scores of what gets better and better: it stops in the same epoch."""
    told = epochs_of(fit, listen=lambda score: score(images(4)), epochs=20, patience=3)
    assert told == epochs_of(fit, epochs=20, patience=3)


@pytest.mark.parametrize("name", ["ocvae", "ocnn"])
def test_a_loss_that_is_no_number_is_a_collapsed_training(fit, name):
    with pytest.raises(TrainingCollapsed, match="not finite"):
        fit(name, learning_rate=1e30, schedule="constant", epochs=3)


def test_a_training_that_makes_all_codes_one_is_collapsed(fit, images):
    """For real: so large a step that every hidden unit dies."""
    with pytest.raises(TrainingCollapsed, match=r"after epoch \d+ every image has the same code: .* a spread of 0"):
        fit("ocvae", train=images(16), weight=1.0, learning_rate=1.0, epochs=20)
