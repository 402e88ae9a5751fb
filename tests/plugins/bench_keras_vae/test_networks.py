import numpy as np
import pytest

from benchmark.registry import registry

pytestmark = pytest.mark.keras

SIZES = [(5, 5, 1), (8, 8, 1), (9, 7, 2), (33, 20, 3)]


@pytest.fixture(scope="module")
def networks(keras):
    from bench_keras_vae import networks

    return networks


def config(name="ocvae", preset="fast", **values):
    return registry().resolve(name, values, preset=preset).config


def kinds(network):
    return [type(layer).__name__ for layer in network.layers]


def convolutions(network):
    return [layer for layer in network.layers if type(layer).__name__.startswith("Conv")]


@pytest.mark.parametrize("latent", ["vector", "spatial"])
@pytest.mark.parametrize("block", ["strided", "lenet"])
@pytest.mark.parametrize("shape", SIZES, ids=str)
def test_the_decoder_is_the_mirror_of_the_encoder(networks, images, shape, block, latent):
    settings = config(block=block, latent=latent, filters=[4, 8], latent_dim=16)
    codes = networks.encoder(shape, settings)(images(2, shape))["mean"]
    height, width, channels = networks.code_shape(shape, settings)
    assert codes.shape == ((2, 16) if latent == "vector" else (2, height, width, channels))
    rebuilt = np.asarray(networks.decoder(shape, settings)(codes))
    assert rebuilt.shape == (2, *shape)
    assert 0 < rebuilt.min() < rebuilt.max() < 1


@pytest.mark.parametrize(
    ("shape", "contractions", "expected"),
    [
        ((28, 28, 1), 2, ((0, 0), (0, 0))),
        ((28, 28, 1), 3, ((2, 2), (2, 2))),
        ((9, 7, 2), 2, ((1, 2), (0, 1))),
        ((5, 5, 1), 2, ((1, 2), (1, 2))),
    ],
    ids=str,
)
def test_padding_makes_the_sides_divisible(networks, shape, contractions, expected):
    settings = config(filters=[4] * contractions)
    assert networks.padding(shape, settings) == expected
    height, width, _ = networks.code_shape(shape, settings)
    assert (height * 2**contractions, width * 2**contractions) == tuple(
        side + sum(both) for side, both in zip(shape[:2], expected, strict=True)
    )


def test_what_is_padded_before_the_encoder_is_cropped_behind_the_decoder(networks):
    settings = config(filters=[4, 8])
    padding = networks.encoder((9, 7, 2), settings).layers[1].padding
    assert networks.decoder((9, 7, 2), settings).layers[-1].cropping == padding == ((1, 2), (0, 1))


def test_a_strided_contraction_is_3_x_3_with_stride_2(networks):
    first, second, head = networks.encoder((8, 8, 1), config(filters=[4, 8], latent="spatial")).layers[2::2][:3]
    assert [(c.kernel_size, c.strides, c.filters) for c in (first, second)] == [
        ((3, 3), (2, 2), 4),
        ((3, 3), (2, 2), 8),
    ]
    assert head.kernel_size == (1, 1)


def test_the_paper_preset_is_the_network_of_ruff_et_al(networks):
    network = networks.encoder((28, 28, 1), config("ocnn", "paper"), bias=False)
    assert [(c.kernel_size, c.filters) for c in convolutions(network)] == [((5, 5), 8), ((5, 5), 4)]
    assert network.get_layer("mean").kernel.shape == (7 * 7 * 4, 32)
    assert sum(int(np.prod(v.shape)) for v in network.trainable_variables) == 7272
    assert kinds(network).count("MaxPooling2D") == 2
    slopes = [layer.negative_slope for layer in network.layers if type(layer).__name__ == "LeakyReLU"]
    assert slopes == pytest.approx([0.01] * 2)


def test_the_cifar10_preset_is_the_network_of_ruff_et_al(networks):
    network = networks.encoder((32, 32, 3), config("ocnn", "paper_cifar10"), bias=False)
    assert [c.filters for c in convolutions(network)] == [32, 64, 128]
    assert network.get_layer("mean").kernel.shape == (4 * 4 * 128, 128)


def test_batch_norm_neither_scales_nor_shifts_and_has_their_epsilon(networks):
    network = networks.encoder((28, 28, 1), config("ocnn", "paper"), bias=False)
    norms = [layer for layer in network.layers if type(layer).__name__ == "BatchNormalization"]
    assert [(n.epsilon, n.momentum, n.scale, n.center) for n in norms] == [(1e-4, 0.9, False, False)] * 2


@pytest.mark.parametrize("block", ["strided", "lenet"])
def test_without_biases_no_layer_of_either_network_has_one(networks, block):
    settings = config("ocnn", block=block, attention="add")
    both = networks.encoder((8, 8, 1), settings, bias=False), networks.decoder((8, 8, 1), settings, bias=False)
    assert [v.path for network in both for v in network.variables if "bias" in v.path] == []


@pytest.mark.parametrize("block", ["strided", "lenet"])
def test_an_encoder_without_biases_makes_nothing_of_nothing(networks, block):
    network = networks.encoder((9, 7, 2), config("ocnn", block=block), bias=False)
    assert np.all(np.asarray(network(np.zeros((2, 9, 7, 2), np.float32))["mean"]) == 0)


@pytest.mark.parametrize("block", ["strided", "lenet"])
def test_no_two_layers_of_the_same_shape_start_alike(networks, block):
    network = networks.encoder((16, 16, 1), config(block=block, filters=[4, 4, 4]), heads=("mean", "log_variance"))
    second, third = (np.asarray(c.kernel) for c in convolutions(network)[1:3])
    assert not np.allclose(second, third)
    mean, log_variance = (np.asarray(network.get_layer(name).kernel) for name in ("mean", "log_variance"))
    assert not np.allclose(mean, log_variance)


@pytest.mark.parametrize(
    ("side", "filters", "place"),
    [(8, [4, 8], 1), (16, [4, 8], 0), (14, [4, 8], 0), (13, [4, 8], 1), (1, [4, 8], 1), (4, [4, 8, 16], 2)],
)
def test_attention_stands_where_the_map_has_become_small_enough(networks, side, filters, place):
    network = networks.encoder((28, 28, 1), config(attention="concat", attention_side=side, filters=filters))
    attention = next(layer for layer in network.layers if type(layer).__name__ == "SelfAttention")
    assert kinds(network).count("SelfAttention") == 1
    assert attention.output.shape[-1] == 2 * filters[place]


def test_without_attention_there_is_none(networks):
    assert "SelfAttention" not in kinds(networks.encoder((8, 8, 1), config(filters=[4])))


@pytest.mark.parametrize("activation", ["relu", "elu", "gelu", "swish"])
def test_every_convolution_has_the_activation_asked_for(networks, keras, activation):
    network = networks.encoder((8, 8, 1), config(activation=activation, filters=[4, 8]))
    found = [layer.activation for layer in network.layers if type(layer).__name__ == "Activation"]
    assert found == [keras.activations.get(activation)] * 2


@pytest.mark.parametrize("block", ["strided", "lenet"])
def test_a_condition_reaches_every_contraction_and_every_expansion(networks, block):
    settings = config("yoto_ocvae", block=block, filters=[4, 8])
    encoder, decoder = (make((8, 8, 1), settings, film_units=5) for make in (networks.encoder, networks.decoder))
    assert kinds(encoder).count("FiLM") == 2
    assert kinds(decoder).count("FiLM") == (1 if block == "strided" else 2)
    assert [network.inputs[1].shape for network in (encoder, decoder)] == [(None, 1)] * 2


def test_a_spatial_code_looks_only_around_its_place(networks, images):
    network = networks.encoder((32, 32, 1), config(filters=[4, 8], latent="spatial"))
    x = images(1, (32, 32, 1))
    other = x.copy()
    other[0, :4, :4] += 1
    changed = np.any(np.asarray(network(x)["mean"]) != np.asarray(network(other)["mean"]), axis=-1)[0]
    assert changed[0, 0]
    assert not changed[2:].any()
    assert not changed[:, 2:].any()
