"""The fast path and the plain layers of `networks.py` are one function of the same parameters."""

import copy

import pytest

pytestmark = pytest.mark.torch

SHAPES = [(28, 28, 1), (32, 32, 3)]
OTHER_SHAPES = [(1, 1, 1), (8, 8, 1), (9, 13, 1), (36, 20, 1), (36, 36, 3), (64, 64, 1)]

EXACT = {"rtol": 1e-9, "atol": 1e-9}
"""Tolerance in float64: only the order of summation differs."""


@pytest.fixture
def networks(torch):
    """A function that returns an encoder and an autoencoder trained on a batch, and images; all are float64."""
    from bench_deep_svdd.networks import Layout, autoencoder, encoder

    def make(shape, *, bias=False):
        torch.manual_seed(0)
        layout = Layout(shape, slope=0.1)
        both = [encoder(layout, bias=bias), autoencoder(encoder(layout, bias=bias), layout)]
        height, width, channels = shape
        images = torch.rand(16, channels, height, width, dtype=torch.float64)
        for network in both:
            network.double()(images + 0.1)  # the running statistics are then not the initial ones
        return both, images

    return make


def outcome(torch, network, images, forward):
    """What a forward and a backward pass give: the output, all gradients, and the state after them, by name."""
    network, images = copy.deepcopy(network), images.clone().requires_grad_()
    output = forward(network, images)
    weights = torch.linspace(0, 1, output.numel(), dtype=output.dtype).reshape(output.shape)
    (output * weights).sum().backward()
    gradients = {f"gradient of {name}": value.grad for name, value in network.named_parameters()}
    return {"output": output.detach(), "gradient of the images": images.grad, **gradients, **network.state_dict()}


def assert_equal(torch, one, other):
    assert one.keys() == other.keys()
    for name in one:
        torch.testing.assert_close(one[name], other[name], **EXACT, msg=lambda text, name=name: f"{name}: {text}")


def plain(network, images):
    return network(images)


def fast(network, images):
    from bench_deep_svdd.fast_forward import fast_forward

    return fast_forward(network, images)


def fast_with_moments(network, images):
    from bench_deep_svdd.fast_forward import fast_forward, first_layer_moments

    return fast_forward(network, images, first_layer_moments(network, images))


@pytest.mark.parametrize("shape", SHAPES + OTHER_SHAPES)
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("path", [fast, fast_with_moments])
def test_in_training_values_gradients_and_running_statistics_are_equal(torch, networks, shape, bias, path):
    both, images = networks(shape, bias=bias)
    for network in both:
        network.train()
        assert_equal(torch, outcome(torch, network, images, path), outcome(torch, network, images, plain))


@pytest.mark.parametrize("shape", SHAPES + OTHER_SHAPES)
@pytest.mark.parametrize("bias", [False, True])
def test_in_evaluation_values_and_gradients_are_equal(torch, networks, shape, bias):
    both, images = networks(shape, bias=bias)
    for network in both:
        network.eval()
        assert_equal(torch, outcome(torch, network, images, fast), outcome(torch, network, images, plain))


@pytest.mark.parametrize("shape", SHAPES)
def test_in_float32_they_agree_up_to_rounding(torch, networks, shape):
    from bench_deep_svdd.fast_forward import fast_forward

    both, images = networks(shape)
    images = images.float()
    for network in both:
        network.float()
        assert torch.allclose(fast_forward(network, images), network(images), atol=1e-4)


def test_the_moments_of_some_images_serve_a_batch_of_them(torch, networks):
    from bench_deep_svdd.fast_forward import fast_forward, first_layer_moments

    (encoder, _), images = networks((28, 28, 1))
    moments = first_layer_moments(encoder, images)
    chosen = torch.tensor([3, 0, 7])
    codes = fast_forward(encoder, images[chosen], moments[chosen])
    torch.testing.assert_close(codes, encoder(images[chosen]), **EXACT)


def test_there_are_no_moments_where_the_first_layer_has_no_use_for_them(torch, networks):
    from bench_deep_svdd.fast_forward import first_layer_moments

    (encoder, autoencoder), images = networks((8, 8, 1))
    assert first_layer_moments(encoder, images) is not None
    assert first_layer_moments(autoencoder, images) is not None
    (encoder, _), images = networks((8, 8, 1), bias=True)
    assert first_layer_moments(encoder, images) is None, "a learnt scale may be negative: it cannot follow the pooling"
    (encoder, _), images = networks((8, 8, 3))
    assert first_layer_moments(encoder, images) is None, "a convolution of many filters does not use phases"
