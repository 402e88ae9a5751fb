import numpy as np
import pytest

from bench_toolkit.centre import away_from_zero
from benchmark.preprocessing import Contrast

pytestmark = pytest.mark.keras


def test_its_only_term_is_the_squared_distance_to_the_centre(new_model, images):
    model, x = new_model("ocnn", shaken=True), images(6)
    heads = model.encoder(x)
    terms = {name: np.asarray(term) for name, term in model.loss_terms(x, heads, None).items()}
    expected = ((np.asarray(heads["mean"]) - np.asarray(model.centre)) ** 2).sum(axis=1)
    assert terms == {"centre_distance": pytest.approx(expected, rel=1e-4)}
    assert model.term_weights(None) == {"centre_distance": 1.0}


def test_no_variable_is_a_bias(new_model):
    assert [v.path for v in new_model("ocnn").encoder.variables if "bias" in v.path or "beta" in v.path] == []


def test_a_black_image_has_the_code_zero(fitted):
    detector = fitted("ocnn", contrast="none", block="strided")
    assert np.all(detector.embed(np.zeros((2, 8, 8, 1), np.float32)) == 0)


def listened(fit, x, **params):
    """Return what was so at each epoch: (report, barycentre of the codes, centre, score); and the fitted detector."""
    seen = []

    def listen(report, model, score):
        codes = model.codes(model.prepare(x))
        seen.append((report, codes.mean(axis=(0, 1)), np.asarray(model.centre).copy(), score))

    return seen, fit("ocnn", train=x, listen=listen, **params)


@pytest.fixture(scope="module")
def pretrained(fit, images):
    return listened(fit, images(), pretrain_epochs=2)


def test_its_centre_is_the_barycentre_away_from_zero_of_the_untrained_encoder_and_does_not_move(fit, new_model, images):
    seen, _ = listened(fit, images())
    codes = new_model("ocnn").codes(Contrast.of(images()).applied(images()))
    assert seen[0][2] == pytest.approx(away_from_zero(codes.mean(axis=(0, 1))), abs=1e-6)
    assert np.array_equal(seen[0][2], seen[-1][2])


def test_the_one_class_training_starts_from_the_pretrained_encoder(pretrained):
    """The centre is an initial pass: that of the weights which the last epoch of pretraining left."""
    seen, detector = pretrained
    assert np.asarray(detector.model.centre) == pytest.approx(away_from_zero(seen[1][1]), abs=1e-6)


def test_pretraining_moves_the_encoder(pretrained):
    seen, _ = pretrained
    assert not np.allclose(seen[0][1], seen[1][1], atol=1e-3)


def test_epochs_are_numbered_over_both_trainings_and_the_first_offers_no_score(pretrained):
    seen, _ = pretrained
    assert [(report.number, report.of) for report, *_ in seen] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert [score is None for *_, score in seen] == [True, True, False, False]
    pretraining, training = {"pretrain.loss", "pretrain.reconstruction"}, {"loss", "centre_distance"}
    assert [set(report.losses) for report, *_ in seen] == [pretraining] * 2 + [training] * 2


def test_pretraining_has_parameters_of_its_own(fit, monkeypatch):
    from bench_keras_vae import ocnn

    configs = []
    monkeypatch.setattr(ocnn, "run_epochs", lambda model, images, config, report: configs.append(config))
    params = {"pretrain_weight_decay": 0.25, "pretrain_drop_epoch": 7, "weight_decay": 0.125, "drop_epoch": 3}
    fit("ocnn", pretrain_epochs=5, **params)
    assert [(c.epochs, c.weight_decay, c.drop_epoch) for c in configs] == [(5, 0.25, 7), (2, 0.125, 3)]


def test_pretraining_rebuilds_what_went_in(new_model, images):
    from bench_keras_vae.ocnn import PretrainingModel

    model, x = new_model("ocnn", shaken=True), images(6)
    pretraining = PretrainingModel((8, 8, 1), model.config, model.encoder)
    heads = model.encoder(x)
    rebuilt = np.asarray(pretraining.decoder(heads["mean"], training=True))
    terms = pretraining.loss_terms(x, heads, None)
    assert np.asarray(terms["reconstruction"]) == pytest.approx(((x - rebuilt) ** 2).sum(axis=(1, 2, 3)), rel=1e-4)
    assert pretraining.encoder is model.encoder
    assert [v.path for v in pretraining.trained_variables if "bias" in v.path] == []


def test_images_are_normalised_by_the_range_of_the_training_images(fitted, images):
    detector, x = fitted("ocnn"), images(5, seed=1)
    assert detector.model.prepare(x) == pytest.approx(Contrast.of(images()).applied(x))
    expected = detector.model.codes(Contrast.of(images()).applied(x))[:, 0]
    assert detector.embed(x) == pytest.approx(expected, abs=1e-6)


def test_brightness_and_contrast_of_an_image_do_not_matter(fitted, images):
    detector, x = fitted("ocnn"), images(5, seed=1)
    assert detector.score(0.3 + 0.5 * x)["centre_distance"] == pytest.approx(
        detector.score(x)["centre_distance"], rel=1e-2
    )


def test_without_contrast_normalisation_images_stay_as_they_are(new_model, images):
    assert np.array_equal(new_model("ocnn", contrast="none").prepare(images(3)), images(3))
