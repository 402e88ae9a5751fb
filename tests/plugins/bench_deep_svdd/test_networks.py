import pytest

pytestmark = pytest.mark.torch


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


def sizes_seen(monkeypatch):
    """What each convolution of a decoder is given, after doubling, and gives: filled as the decoder runs."""
    from bench_deep_svdd import networks as module

    seen, convolved = [], module._convolved

    def spied(x, layer, *, double):
        out = convolved(x, layer, double=double)
        seen.append((x.shape[1], *(side << double for side in x.shape[2:]), *out.shape[1:]))
        return out

    monkeypatch.setattr(module, "_convolved", spied)
    return seen


def test_the_decoder_of_grey_images_goes_through_the_authors_sizes(torch, monkeypatch):
    _, autoencoder = networks((28, 28, 1))
    seen = sizes_seen(monkeypatch)
    assert autoencoder.decode(torch.zeros(1, 32)).shape == (1, 1, 28, 28)
    assert seen == [(2, 8, 8, 4, 8, 8), (4, 16, 16, 8, 16, 16), (8, 28, 28, 1, 28, 28)]


def test_the_decoder_of_colour_images_goes_through_the_authors_sizes(torch, monkeypatch):
    _, autoencoder = networks((32, 32, 3))
    seen = sizes_seen(monkeypatch)
    autoencoder.decode(torch.zeros(1, 128))
    assert seen == [
        (8, 4, 4, 128, 4, 4), (128, 8, 8, 64, 8, 8), (64, 16, 16, 32, 16, 16), (32, 32, 32, 3, 32, 32),
    ]  # fmt: skip


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


@pytest.mark.parametrize(("channels", "filters"), [(2, 4), (8, 1), (3, 5)])
@pytest.mark.parametrize("sides", [(1, 1), (4, 4), (3, 7)])
def test_folding_the_doubling_into_the_kernels_changes_no_number(torch, channels, filters, sides):
    from torch.nn import functional

    from bench_deep_svdd.networks import _convolved

    layer = torch.nn.ConvTranspose2d(channels, filters, 5, padding=2, bias=False)
    x = torch.randn(3, channels, *sides, requires_grad=True)
    plain, folded = layer(functional.interpolate(x, scale_factor=2)), _convolved(x, layer, double=True)
    assert torch.allclose(folded, plain, atol=1e-5)
    away = torch.randn_like(plain)
    wanted = torch.autograd.grad((plain * away).sum(), (x, layer.weight))
    got = torch.autograd.grad((folded * away).sum(), (x, layer.weight))
    for one, other in zip(got, wanted, strict=True):
        assert torch.allclose(one, other, atol=1e-4)
