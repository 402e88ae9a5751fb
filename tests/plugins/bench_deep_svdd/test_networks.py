from pathlib import Path

import pytest

pytestmark = pytest.mark.torch

SPEED = Path(__file__).parents[2] / "speed"


def networks(shape, slope=0.01):
    from bench_deep_svdd.networks import Autoencoder, Encoder, Layout

    layout = Layout(shape, slope)
    return Encoder(layout), Autoencoder(layout)


def shapes_of(network):
    return {name: tuple(value.shape) for name, value in network.named_parameters()}


def test_the_encoder_of_grey_images_is_the_authors_for_mnist():
    encoder, _ = networks((28, 28, 1))
    assert shapes_of(encoder) == {
        "convolutions.0.weight": (8, 1, 5, 5),
        "convolutions.1.weight": (4, 8, 5, 5),
        "code.weight": (32, 4 * 7 * 7),
    }


def test_the_encoder_of_colour_images_is_the_authors_for_cifar10():
    encoder, _ = networks((32, 32, 3))
    assert shapes_of(encoder) == {
        "convolutions.0.weight": (32, 3, 5, 5),
        "convolutions.1.weight": (64, 32, 5, 5),
        "convolutions.2.weight": (128, 64, 5, 5),
        "code.weight": (128, 2048),
    }


@pytest.mark.parametrize("shape", [(28, 28, 1), (32, 32, 3)])
def test_no_layer_adds_a_constant_and_batch_norm_has_nothing_to_learn(torch, shape):
    encoder, autoencoder = networks(shape)
    assert not [name for name, _ in autoencoder.named_parameters() if "bias" in name or "norm" in name]
    assert {norm.eps for norm in autoencoder.norms} | {norm.eps for norm in encoder.norms} == {1e-4}
    height, width, channels = shape
    blank = torch.zeros(2, channels, height, width)
    assert not encoder.eval()(blank).any()


def sizes_seen(monkeypatch, autoencoder):
    """What each convolution of a decoder is given, after doubling, and gives: filled as the decoder runs."""
    from bench_deep_svdd import networks as module

    seen, doubled = [], module.doubled

    def spied(x, layer):
        out = doubled(x, layer)
        seen.append((x.shape[1], 2 * x.shape[2], 2 * x.shape[3], *out.shape[1:]))
        return out

    monkeypatch.setattr(module, "doubled", spied)
    for layer in autoencoder.convolutions:
        layer.register_forward_hook(lambda _, given, out: seen.append((*given[0].shape[1:], *out.shape[1:])))
    return seen


def test_the_decoder_of_grey_images_goes_through_the_authors_sizes(torch, monkeypatch):
    _, autoencoder = networks((28, 28, 1))
    seen = sizes_seen(monkeypatch, autoencoder)
    assert autoencoder.decode(torch.zeros(1, 32)).shape == (1, 1, 28, 28)
    assert seen == [(2, 8, 8, 4, 8, 8), (4, 16, 16, 8, 16, 16), (8, 28, 28, 1, 28, 28)]


def test_the_decoder_of_colour_images_goes_through_the_authors_sizes(torch, monkeypatch):
    _, autoencoder = networks((32, 32, 3))
    seen = sizes_seen(monkeypatch, autoencoder)
    autoencoder.decode(torch.zeros(1, 128))
    first, *others, last = seen
    assert (first, last) == ((8, 4, 4, 128, 4, 4), (32, 32, 32, 3, 32, 32))
    assert others == [(128, 8, 8, 64, 8, 8), (64, 16, 16, 32, 16, 16)]


def test_pooling_before_the_activation_is_the_same_network(torch):
    from torch.nn import functional

    encoder, _ = networks((28, 28, 1), slope=0.1)
    x = torch.rand(6, 1, 28, 28)
    encoder.train()
    got = encoder(x)
    y = x
    for convolution in encoder.convolutions:
        z = functional.conv2d(y, convolution.weight, padding=2)
        z = (z - z.mean((0, 2, 3), keepdim=True)) / (z.var((0, 2, 3), unbiased=False, keepdim=True) + 1e-4).sqrt()
        y = functional.max_pool2d(functional.leaky_relu(z, 0.1), 2)
    assert torch.allclose(got, y.flatten(1) @ encoder.code.weight.T, atol=1e-5)


def test_the_authors_start_grey_and_colour_networks_differently(torch):
    torch.manual_seed(0)
    _, grey = networks((28, 28, 1))
    _, colour = networks((32, 32, 3))
    assert float(grey.convolutions[1].weight.detach().abs().max()) <= (8 * 25) ** -0.5, "torch's own: 1 / sqrt(fan in)"
    bound = (2 / (1 + 0.01**2)) ** 0.5 * (6 / (25 * (32 + 64))) ** 0.5
    assert 0.98 * bound < float(colour.encoder.convolutions[1].weight.detach().abs().max()) <= bound * 1.0001
    assert grey.code_norm is None
    assert not colour.code_norm.affine


@pytest.mark.parametrize("shape", [(1, 1, 1), (5, 5, 1), (8, 8, 1), (9, 13, 1), (33, 20, 3), (64, 64, 1), (8, 8, 3)])
def test_any_size_goes_in_and_comes_out(torch, shape):
    encoder, autoencoder = networks(shape)
    x = torch.rand(3, shape[2], *shape[:2])
    assert encoder.eval()(x).shape == (3, 32 if shape[2] == 1 else 128)
    assert autoencoder.eval()(x).shape == x.shape


@pytest.mark.parametrize("shape", [(8, 8, 1), (28, 28, 1), (32, 32, 3), (64, 64, 1)])
def test_every_number_of_a_code_reaches_the_image(torch, shape):
    _, autoencoder = networks(shape)
    codes = torch.randn(4, autoencoder.layout.code_dim, requires_grad=True)
    autoencoder.eval().decode(codes).sum().backward()
    assert int((codes.grad.abs().sum(0) > 0).sum()) == autoencoder.layout.code_dim


@pytest.mark.parametrize("training", [True, False])
def test_it_computes_what_the_network_of_the_conventional_pipeline_does(torch, monkeypatch, training):
    """What `make speed` compares with: the layers of the publication, none folded or reordered."""
    monkeypatch.syspath_prepend(SPEED)
    import conventional_network as plain

    torch.manual_seed(0)
    encoder = plain.encoder()
    autoencoder = torch.nn.Sequential(encoder, plain.decoder())
    _, ours = networks((28, 28, 1))
    with torch.no_grad():
        for own, other in zip(ours.parameters(), autoencoder.parameters(), strict=True):
            own.copy_(other)
    x = torch.rand(20, 1, 28, 28)
    for _ in range(3):  # both see the same batches first, so that the running means are no longer the initial ones
        ours(x), autoencoder(x)
    ours.train(training)
    autoencoder.train(training)
    assert torch.allclose(ours.encoder(x), encoder(x), atol=1e-4)
    assert torch.allclose(ours(x), autoencoder(x), atol=1e-4)
    ours.errors(x).mean().backward()
    (autoencoder(x) - x).square().sum((1, 2, 3)).mean().backward()
    for own, other in zip(ours.parameters(), autoencoder.parameters(), strict=True):
        assert torch.allclose(own.grad, other.grad, rtol=1e-3, atol=1e-4)
