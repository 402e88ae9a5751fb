import math

import numpy as np
import pytest

from bench_keras_vae.choice import rotated_copies, separation_auc
from benchmark import build_detector

pytestmark = pytest.mark.keras

WEIGHTS = {"weights": [0.01, 0.5], "epochs": 3, "learning_rate": 0.02, "filters": [4, 8]}


@pytest.fixture
def detector(fitted):
    return fitted("yoto_ocvae", **WEIGHTS)


def at(model, weight, count):
    """Return the condition of a weight."""
    ends = math.log(model.config.lowest_weight), math.log(model.config.highest_weight)
    share = (math.log(weight) - ends[0]) / (ends[1] - ends[0])
    return np.full((count, 1), 2 * share - 1, np.float32)


@pytest.mark.parametrize("weight", [0.005, 0.02, 0.05, 0.5])
def test_a_weights_condition_stands_for_that_weight(new_model, weight):
    model = new_model("yoto_ocvae", weights=[weight])
    condition = model.scoring_condition(2)
    assert condition == pytest.approx(at(model, weight, 2), abs=1e-6)
    weights = {name: np.asarray(share) for name, share in model.term_weights(condition).items()}
    assert weights["centre_distance"] == pytest.approx([weight] * 2, rel=1e-5)
    assert weights["reconstruction"] == pytest.approx([1 - weight] * 2, rel=1e-5)


def test_every_image_is_weighed_by_its_own_condition(new_model):
    weights = new_model("yoto_ocvae").term_weights(np.float32([[-1], [0], [1]]))
    assert np.asarray(weights["centre_distance"]) == pytest.approx([0.005, math.sqrt(0.005 * 0.5), 0.5], rel=1e-5)


def test_training_draws_conditions_evenly_over_the_whole_range(new_model):
    drawn = new_model("yoto_ocvae").draw_condition(2000)
    counts, _ = np.histogram(np.asarray(drawn), bins=4, range=(-1, 1))
    assert drawn.shape == (2000, 1)
    assert counts.sum() == 2000
    assert counts.min() > 400


def test_its_terms_are_the_squared_error_of_a_drawn_code_and_the_distance(keras, new_model, images, rewound):
    model, x = new_model("yoto_ocvae", shaken=True), images(6)
    condition = keras.ops.linspace(-1.0, 1.0, 6)[:, None]
    heads = model.encoder([keras.ops.convert_to_tensor(x), condition])
    with rewound(model):
        terms = {name: np.asarray(term) for name, term in model.loss_terms(x, heads, condition).items()}
    mean = np.asarray(heads["mean"])
    codes = mean + keras.random.normal((6, 3), seed=model.noise)
    rebuilt = np.asarray(model.decoder([codes, condition]))
    assert terms["reconstruction"] == pytest.approx(((x - rebuilt) ** 2).sum(axis=(1, 2, 3)), rel=1e-5)
    assert terms["centre_distance"] == pytest.approx(((mean - np.asarray(model.centre)) ** 2).sum(axis=1), rel=1e-4)


@pytest.mark.parametrize("balance", ["fixed", "value"])
def test_a_rule_is_the_loss_at_its_weight(new_model, images, balance):
    model, x = new_model("yoto_ocvae", shaken=True, weights=[0.01, 0.5], balance=balance), images(6)
    model.balance.update({"reconstruction": 5.0, "centre_distance": 0.2}, {})
    factors = (2 / 26, 50 / 26) if balance == "value" else (1, 1)
    scores = model.scores(x)
    for weight in (0.01, 0.5):
        condition = at(model, weight, 6)
        codes = np.asarray(model.encoder([x, condition])["mean"])
        error = ((x - np.asarray(model.decoder([codes, condition]))) ** 2).sum(axis=(1, 2, 3))
        distance = ((codes - np.asarray(model.centre)) ** 2).sum(axis=1)
        expected = (1 - weight) * factors[0] * error + weight * factors[1] * distance
        assert scores[f"weight={weight:g}"] == pytest.approx(expected, rel=1e-4)


def test_before_the_training_the_networks_do_not_listen_to_the_weight(new_model, images):
    model, x = new_model("yoto_ocvae"), images(3)
    assert np.array_equal(model.codes(x, at(model, 0.01, 3)), model.codes(x, at(model, 0.5, 3)))


def test_the_training_makes_the_encoder_listen_to_the_weight(detector, images):
    model, x = detector.model, images(3)
    assert not np.allclose(model.codes(x, at(model, 0.01, 3)), model.codes(x, at(model, 0.5, 3)), rtol=0.01)


def test_the_training_makes_the_decoder_listen_to_the_weight(detector):
    model, codes = detector.model, np.zeros((1, 3), np.float32)
    low, high = (model.decode(codes, at(model, weight, 1)) for weight in (0.01, 0.5))
    assert np.abs(low - high).max() > 1e-3


def test_the_chosen_weight_tells_turned_training_images_best(detector, images):
    x, facts = images(), detector.facts()
    normal, other = detector.score(x), detector.score(rotated_copies(x))
    areas = {w: separation_auc(normal[f"weight={w:g}"], other[f"weight={w:g}"]) for w in (0.01, 0.5)}
    assert facts["weight"] == max(areas, key=areas.get)
    told = {w: facts[f"ROC-AUC of turned images at weight={w:g}"] for w in areas}
    assert told == pytest.approx(areas, abs=1e-3)


def test_the_first_rule_is_that_of_the_chosen_weight(detector, images):
    scores = detector.score(images(20, seed=1))
    assert np.array_equal(scores["chosen"], scores[f"weight={detector.facts()['weight']:g}"])
    assert scores["chosen"] is not scores[f"weight={detector.facts()['weight']:g}"]


def test_scores_at_two_weights_rank_by_different_losses(detector, images):
    scores = detector.score(images(20, seed=1))
    ratio = scores["weight=0.5"] / scores["weight=0.01"]
    assert ratio.std() > 1e-4


def test_neither_neighbours_nor_their_order_reach_an_images_code(detector, images):
    x = images(20, seed=3)
    order = np.random.RandomState(0).permutation(20)
    assert detector.embed(x[order[:7]]) == pytest.approx(detector.embed(x)[order[:7]], rel=1e-4, abs=1e-6)


def test_codes_are_those_at_the_chosen_weight(detector, images):
    model, x = detector.model, images(5)
    expected = model.codes(x, at(model, model.chosen, 5))[:, 0]
    assert detector.embed(x) == pytest.approx(expected, abs=1e-6)


# Keras itself copies a variable into a file in a way that numpy 2 will no longer have.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("weight", [0.01, 0.5])
def test_saved_and_loaded_it_keeps_the_chosen_weight(detector, images, tmp_path, monkeypatch, weight):
    monkeypatch.setattr(detector.model, "chosen", weight)
    detector.save(tmp_path)
    loaded = build_detector("yoto_ocvae", {"latent_dim": 3, **WEIGHTS})
    loaded.load(tmp_path)
    assert loaded.facts()["weight"] == weight
    assert loaded.score(images(5))["chosen"] == pytest.approx(detector.score(images(5))["chosen"], rel=1e-6)


@pytest.mark.parametrize(("block", "filters"), [("strided", [4, 8]), ("lenet", [4])])
def test_however_small_the_decoder_is_told_the_weight(new_model, block, filters):
    model = new_model("yoto_ocvae", shaken=True, block=block, filters=filters)
    low, high = (model.decode(np.zeros((1, 3), np.float32), at(model, weight, 1)) for weight in (0.01, 0.5))
    assert np.abs(low - high).max() > 1e-3


def test_its_centre_is_the_barycentre_of_codes_at_all_weights(detector, images):
    model, x = detector.model, images()
    condition = model.monitor_condition(len(x))
    assert np.sort(condition[:, 0]) == pytest.approx(np.linspace(-1, 1, 97)[1::2], abs=1e-6)
    assert np.asarray(model.centre) == pytest.approx(model.codes(x, condition).mean(axis=(0, 1)), abs=1e-5)
