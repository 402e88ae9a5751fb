from pathlib import Path

import pytest

pytestmark = pytest.mark.torch

SPEED = Path(__file__).parents[2] / "speed"


def networks(shape, slope=0.01):
    """The encoder, and an autoencoder of another one."""
    from bench_deep_svdd.networks import Layout, autoencoder, encoder

    layout = Layout(shape, slope)
    return encoder(layout), autoencoder(encoder(layout), layout)


def convolutions(network):
    return [layer for layer in network.modules() if type(layer).__name__ in ("Conv2d", "ConvTranspose2d")]


def weight_shapes(network):
    return [tuple(value.shape) for value in network.parameters()]


def test_the_encoder_of_grey_images_is_the_authors_for_mnist():
    encoder, _ = networks((28, 28, 1))
    assert weight_shapes(encoder) == [(8, 1, 5, 5), (4, 8, 5, 5), (32, 4 * 7 * 7)]


def test_the_encoder_of_colour_images_is_the_authors_for_cifar10():
    encoder, _ = networks((32, 32, 3))
    assert weight_shapes(encoder) == [(32, 3, 5, 5), (64, 32, 5, 5), (128, 64, 5, 5), (128, 2048)]


def test_layer_by_layer_they_are_the_networks_of_the_conventional_pipeline(torch, monkeypatch):
    """Except for the padding, which does nothing to images of 28 x 28 pixels."""
    monkeypatch.syspath_prepend(SPEED)
    import conventional_network

    _, autoencoder = networks((28, 28, 1))
    ours = [layer for half in autoencoder for layer in half]
    pads = [layer for layer in ours if isinstance(layer, torch.nn.ZeroPad2d)]
    assert [pad.padding for pad in pads] == [(0, 0, 0, 0), (0, 0, 0, 0)]
    conventional = [*conventional_network.encoder(), *conventional_network.decoder()]
    assert [str(layer) for layer in ours if layer not in pads] == [str(layer) for layer in conventional]


@pytest.mark.parametrize("shape", [(28, 28, 1), (32, 32, 3)])
def test_no_layer_has_a_bias_and_batch_norm_learns_nothing(torch, shape):
    encoder, autoencoder = networks(shape)
    assert all(layer.bias is None for layer in convolutions(autoencoder))
    norms = [layer for layer in autoencoder.modules() if hasattr(layer, "running_mean")]
    assert {(norm.eps, norm.affine) for norm in norms} == {(1e-4, False)}
    height, width, channels = shape
    assert not encoder.eval()(torch.zeros(2, channels, height, width)).any()


def decoder_sizes(torch, autoencoder, code_dim):
    """(channels, height, width) of what each convolution of the decoder takes and returns."""
    sizes = []
    for layer in convolutions(autoencoder[1]):
        layer.register_forward_hook(lambda _, given, out: sizes.append((*given[0].shape[1:], *out.shape[1:])))
    autoencoder[1].eval()(torch.zeros(1, code_dim))
    return sizes


def test_the_decoder_of_grey_images_goes_through_the_authors_sizes(torch):
    sizes = decoder_sizes(torch, networks((28, 28, 1))[1], 32)
    assert sizes == [(2, 8, 8, 4, 8, 8), (4, 16, 16, 8, 14, 14), (8, 28, 28, 1, 28, 28)]


def test_the_decoder_of_colour_images_goes_through_the_authors_sizes(torch):
    first, *others, last = decoder_sizes(torch, networks((32, 32, 3))[1], 128)
    assert (first, last) == ((8, 4, 4, 128, 4, 4), (32, 32, 32, 3, 32, 32))
    assert others == [(128, 8, 8, 64, 8, 8), (64, 16, 16, 32, 16, 16)]


def test_the_authors_start_grey_and_colour_networks_differently(torch):
    torch.manual_seed(0)
    _, grey = networks((28, 28, 1))
    _, colour = networks((32, 32, 3))
    largest = [float(convolutions(network)[1].weight.detach().abs().max()) for network in (grey, colour)]
    assert largest[0] <= (8 * 25) ** -0.5, "PyTorch's default: 1 / sqrt(fan in)"
    xavier = (2 / (1 + 0.01**2)) ** 0.5 * (6 / (25 * (32 + 64))) ** 0.5
    assert 0.98 * xavier < largest[1] <= xavier * 1.0001


def test_only_the_autoencoder_of_colour_images_normalises_the_code(torch):
    kinds = [[type(layer) for layer in networks(shape)[1][1]] for shape in ((28, 28, 1), (32, 32, 3))]
    assert [torch.nn.BatchNorm1d in layers for layers in kinds] == [False, True]


@pytest.mark.parametrize("shape", [(1, 1, 1), (5, 5, 1), (8, 8, 1), (9, 13, 1), (33, 20, 3), (64, 64, 1), (8, 8, 3)])
def test_any_size_goes_in_and_comes_out(torch, shape):
    encoder, autoencoder = networks(shape)
    x = torch.rand(3, shape[2], *shape[:2])
    assert encoder.eval()(x).shape == (3, 32 if shape[2] == 1 else 128)
    assert autoencoder.eval()(x).shape == x.shape


@pytest.mark.parametrize("shape", [(8, 8, 1), (28, 28, 1), (32, 32, 3), (64, 64, 1)])
def test_every_number_of_a_code_reaches_the_image(torch, shape):
    _, autoencoder = networks(shape)
    code_dim = 32 if shape[2] == 1 else 128
    codes = torch.randn(4, code_dim, requires_grad=True)
    autoencoder[1].eval()(codes).sum().backward()
    assert int((codes.grad.abs().sum(0) > 0).sum()) == code_dim


def decoder_of(torch, init, shape=(28, 28, 1)):
    from bench_deep_svdd.networks import Layout, autoencoder, encoder

    torch.manual_seed(0)
    layout = Layout(shape, 0.01)
    return autoencoder(encoder(layout), layout, init)[1]


@pytest.mark.parametrize(("init", "channels"), [("output_channels", (4, 8, 1)), ("input_channels", (2, 4, 8))])
def test_decoder_init_names_the_channels_that_bound_the_initial_weights(torch, init, channels):
    largest = [float(layer.weight.detach().abs().max()) for layer in convolutions(decoder_of(torch, init))]
    bounds = [(25 * count) ** -0.5 for count in channels]
    assert all(0.95 * bound < value <= bound * 1.0001 for value, bound in zip(largest, bounds, strict=True)), largest


def test_by_default_the_decoder_begins_as_pytorch_makes_its_layers(torch):
    decoder = decoder_of(torch, "output_channels")
    torch.manual_seed(0)
    expected = [torch.nn.Conv2d(1, 8, 5, bias=False), torch.nn.Conv2d(8, 4, 5, bias=False)]
    expected += [torch.nn.Linear(4 * 7 * 7, 32, bias=False)]
    expected += [torch.nn.ConvTranspose2d(given, made, 5, bias=False) for given, made in ((2, 4), (4, 8), (8, 1))]
    for layer, plain in zip(convolutions(decoder), expected[3:], strict=True):
        assert torch.equal(layer.weight, plain.weight)


def test_decoder_init_does_not_change_colour_networks(torch):
    one, other = (decoder_of(torch, init, (32, 32, 3)) for init in ("output_channels", "input_channels"))
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))
