"""With no epoch the networks stay as the seed initialises them, and score."""

import numpy as np
import pytest

pytestmark = pytest.mark.keras

DETECTORS = ["vae", "ocvae", "yoto_ocvae", "ocnn"]


@pytest.mark.parametrize("name", DETECTORS)
def test_no_weight_changes_and_images_are_scored(fitted, reports_of, new_model, images, name):
    detector = fitted(name, epochs=0)
    assert reports_of(name, epochs=0) == []
    pairs = zip(detector.model.trained_variables, new_model(name, epochs=0).trained_variables, strict=True)
    assert all(np.array_equal(one, other) for one, other in pairs)
    assert detector.embed(images(9)).std() > 0
    for scores in detector.score(images(9, seed=1)).values():
        assert len(set(scores.tolist())) == 9


@pytest.mark.parametrize("name", DETECTORS)
def test_the_centre_and_the_statistics_are_those_of_the_training_codes(fitted, images, name):
    model = fitted(name, epochs=0).model
    images = model.prepare(images())
    codes = model.codes(images, model.monitor_condition(len(images)))[:, 0]
    assert model.statistics.mean == pytest.approx(codes.mean(axis=0), abs=1e-6)
    assert np.asarray(model.centre).any()


def test_batch_norm_has_the_statistics_of_the_training_images(fitted, keras, images):
    model = fitted("ocnn", epochs=0).model
    layers = model.encoder.layers
    norm = next(layer for layer in layers if isinstance(layer, keras.layers.BatchNormalization))
    convolution = next(layer for layer in layers if isinstance(layer, keras.layers.Conv2D))
    batches = np.split(model.prepare(images()), 3)  # 48 images in batches of 16
    means = [np.asarray(convolution(batch)).mean(axis=(0, 1, 2)) for batch in batches]
    variances = [np.asarray(convolution(batch)).var(axis=(0, 1, 2)) for batch in batches]
    assert np.asarray(norm.moving_mean) == pytest.approx(np.mean(means, axis=0), abs=1e-5)
    assert np.asarray(norm.moving_variance) == pytest.approx(np.mean(variances, axis=0), rel=1e-3)
    assert norm.momentum == 0.9


def test_a_decoder_with_batch_norm_gets_its_statistics_too(fitted, keras):
    model = fitted("vae", epochs=0, block="lenet").model
    norms = [layer for layer in model.decoder.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert norms
    assert all(np.asarray(norm.moving_mean).any() for norm in norms)


def test_a_pretrained_encoder_without_further_epochs_keeps_the_statistics_of_its_pretraining(fit, keras, images):
    detector = fit("ocnn", pretrain_epochs=1, epochs=0, learning_rate=1e-12, batch_size=48)
    layers = detector.model.encoder.layers
    norm = next(layer for layer in layers if isinstance(layer, keras.layers.BatchNormalization))
    convolution = next(layer for layer in layers if isinstance(layer, keras.layers.Conv2D))
    mean = np.asarray(convolution(detector.model.prepare(images()))).mean(axis=(0, 1, 2))
    assert np.asarray(norm.moving_mean) == pytest.approx(0.1 * mean, abs=1e-5)
