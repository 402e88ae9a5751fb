import numpy as np
import pytest

from benchmark import NotFitted, build_detector
from benchmark.interfaces.errors import BenchError

pytestmark = pytest.mark.keras

NAMES = ["vae", "ocvae", "yoto_ocvae", "ocnn"]
DECODING = NAMES[:3]


@pytest.mark.parametrize("name", NAMES)
def test_it_must_be_fitted_first(keras, images, tmp_path, name):
    detector = build_detector(name)
    for asked in (
        lambda: detector.score(images(2)),
        lambda: detector.embed(images(2)),
        lambda: detector.save(tmp_path),
    ):
        with pytest.raises(NotFitted, match=f"'{name}' must be fitted"):
            asked()
    assert detector.facts() == {}
    assert issubclass(NotFitted, BenchError)


@pytest.mark.parametrize("name", DECODING)
def test_it_must_be_fitted_before_it_rebuilds(keras, images, name):
    for asked in ("reconstruct", "heatmap"):
        with pytest.raises(NotFitted):
            getattr(build_detector(name), asked)(images(2))


@pytest.mark.parametrize("block", ["strided", "lenet"])
@pytest.mark.parametrize("shape", [(5, 5, 1), (33, 20, 3)], ids=str)
def test_any_size_goes_in_and_comes_out(fitted, images, shape, block):
    detector, x = fitted("ocvae", shape, block=block, filters=[4, 8], epochs=1), images(2, shape)
    assert (
        detector.reconstruct(x).shape == detector.heatmap(x)[..., None].repeat(shape[2], axis=-1).shape == (2, *shape)
    )
    assert all(scores.shape == (2,) for scores in detector.score(x).values())


@pytest.mark.parametrize("name", NAMES)
def test_two_calls_agree_and_neighbours_do_not_matter(fitted, images, name):
    detector, x = fitted(name), images(20, seed=3)
    whole, again = detector.score(x), detector.score(x)
    parts = [detector.score(x[:7]), detector.score(x[7:])]
    for rule in whole:
        assert np.array_equal(whole[rule], again[rule])
        assert np.concatenate([p[rule] for p in parts]) == pytest.approx(whole[rule], rel=1e-4)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("latent", ["vector", "spatial"])
def test_it_scores_with_the_rules_it_promised(fitted, images, name, latent):
    from benchmark.registry import registry

    scores = fitted(name, **({"latent": latent} if latent == "spatial" else {})).score(images(3))
    assert set(scores) == set(registry().resolve(name, {"latent": latent}).rules)
    assert {values.dtype for values in scores.values()} == {np.dtype(np.float64)}


@pytest.mark.parametrize("name", DECODING)
def test_a_heatmap_is_the_error_of_each_pixel_and_sums_to_the_rule(fitted, images, name):
    detector, x = fitted(name), images(5, seed=1)
    heat, rebuilt = detector.heatmap(x), detector.reconstruct(x)
    assert heat.dtype == np.float64
    assert heat == pytest.approx(((x - rebuilt) ** 2).sum(axis=-1), rel=1e-4, abs=1e-9)
    if name != "yoto_ocvae":
        assert heat.sum(axis=(1, 2)) == pytest.approx(detector.score(x)["reconstruction"], rel=1e-6)


@pytest.mark.parametrize("name", DECODING)
def test_what_is_rebuilt_looks_like_an_image(fitted, images, name):
    rebuilt = fitted(name).reconstruct(images(5, seed=1))
    assert (rebuilt.shape, rebuilt.dtype) == ((5, 8, 8, 1), np.float32)
    assert 0 <= rebuilt.min() < rebuilt.max() <= 1


def test_channels_are_summed_in_a_heatmap(fitted, images):
    detector, x = fitted("ocvae", (33, 20, 3), block="strided", filters=[4, 8], epochs=1), images(2, (33, 20, 3))
    assert detector.heatmap(x).sum(axis=(1, 2)) == pytest.approx(detector.score(x)["reconstruction"], rel=1e-6)


def test_a_one_class_network_without_a_decoder_rebuilds_nothing(fitted):
    assert not hasattr(fitted("ocnn"), "reconstruct")
    assert not hasattr(fitted("ocnn"), "heatmap")


@pytest.mark.parametrize("name", NAMES)
def test_embedded_codes_are_a_row_an_image(fitted, images, name):
    codes = fitted(name).embed(images(5))
    assert (codes.shape, codes.dtype) == ((5, 3), np.float64)


@pytest.mark.parametrize("name", NAMES)
def test_embedded_spatial_codes_are_a_row_an_image_too(fitted, images, name):
    detector = fitted(name, latent="spatial")
    superpixels = (8 >> len(detector.config.filters)) ** 2
    assert detector.embed(images(5)).shape == (5, superpixels * 3)


@pytest.mark.parametrize("name", NAMES)
def test_it_counts_the_parameters_that_are_trained(fitted, name):
    model = fitted(name).model
    networks = [network for network in (model.encoder, model.decoder) if network is not None]
    assert fitted(name).facts()["parameters"] == sum(
        v.shape.num_elements() for n in networks for v in n.trainable_variables
    )


# Keras itself copies a variable into a file in a way that numpy 2 will no longer have.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("vae", {"balance": "value"}),
        ("ocvae", {"latent": "spatial"}),
        ("ocvae", {"block": "lenet", "attention": "add", "posterior": "learned", "epochs": 1}),
        ("yoto_ocvae", {}),
        ("ocnn", {}),
    ],
    ids=str,
)
def test_what_was_saved_scores_alike(fitted, images, tmp_path, name, params):
    detector, x = fitted(name, **params), images(5, seed=1)
    detector.save(tmp_path)
    loaded = build_detector(name, {"filters": list(detector.config.filters), "latent_dim": 3, **params})
    loaded.load(tmp_path)
    found = loaded.score(x)
    for rule, scores in detector.score(x).items():
        assert found[rule] == pytest.approx(scores, rel=1e-5), rule
    assert loaded.embed(x) == pytest.approx(detector.embed(x), rel=1e-5, abs=1e-7)


# Spatial codes: 9 x 7 images are padded to 12 x 8, and have 3 x 2 superpixels of 4 x 4 pixels.
SPATIAL = {"latent": "spatial", "filters": [4, 8], "epochs": 1}


def told(monkeypatch, detector, codes):
    """Let the encoder answer with these codes."""
    import tensorflow as tf

    monkeypatch.setattr(detector.model, "encode", lambda *_: {"mean": tf.constant(codes, tf.float32)})
    return np.asarray(detector.model.centre, np.float64)


@pytest.mark.parametrize("name", ["ocvae", "ocnn"])
@pytest.mark.parametrize("place", [(0, 0), (1, 1), (2, 0)])
def test_a_heatmap_is_brightest_where_the_far_superpixel_is(fitted, images, monkeypatch, name, place):
    detector = fitted(name, (9, 7, 2), **SPATIAL)
    codes = np.tile(np.asarray(detector.model.centre), (1, 3, 2, 1))
    codes[0][place] += 2
    told(monkeypatch, detector, codes)
    heat = detector.heatmap(images(1, (9, 7, 2)))[0]
    assert heat.shape == (9, 7)
    row, column = np.unravel_index(heat.argmax(), heat.shape)
    assert ((row + 1) // 4, column // 4) == place  # one row of the padding is above, none at the left


def test_a_spatial_heatmap_is_the_interpolated_distance_cropped_like_the_image(fitted, images, monkeypatch):
    detector = fitted("ocvae", (9, 7, 2), **SPATIAL)
    codes = np.random.RandomState(0).normal(size=(2, 3, 2, 3))
    centre = told(monkeypatch, detector, codes)
    distance = ((codes - centre) ** 2).sum(axis=-1)
    rows, columns = (np.arange(12) + 0.5) / 4 - 0.5, (np.arange(8) + 0.5) / 4 - 0.5
    expected = np.empty((2, 12, 8))
    for image, squares in zip(expected, distance, strict=True):
        tall = np.stack([np.interp(rows, range(3), column) for column in squares.T], axis=1)
        image[:] = np.stack([np.interp(columns, range(2), row) for row in tall])
    assert detector.heatmap(images(2, (9, 7, 2))) == pytest.approx(expected[:, 1:10, :7], rel=1e-4)


def test_the_centre_of_spatial_codes_is_one_vector_of_channels(fitted):
    assert fitted("ocvae", (9, 7, 2), **SPATIAL).model.centre.shape == (3,)


def test_moving_superpixels_about_changes_no_distance(fitted, images, monkeypatch):
    detector = fitted("ocnn", (9, 7, 2), **SPATIAL)
    codes = np.random.RandomState(0).normal(size=(2, 3, 2, 3))
    told(monkeypatch, detector, codes)
    before = detector.score(images(2, (9, 7, 2)))
    told(monkeypatch, detector, codes[:, ::-1, ::-1])
    for rule, scores in detector.score(images(2, (9, 7, 2))).items():
        assert scores == pytest.approx(before[rule], rel=1e-5), rule
    assert np.all(before["centre_distance_max"] >= before["centre_distance"])
