import pytest

pytestmark = pytest.mark.torch


def assert_equal(torch, got, expected, inputs):
    """In value, and in the gradients of a weighted sum."""
    assert got.shape == expected.shape
    assert torch.allclose(got, expected, atol=1e-5)
    weights = torch.randn_like(expected)
    gradients = [torch.autograd.grad((output * weights).sum(), inputs, retain_graph=True) for output in (got, expected)]
    for one, other in zip(*gradients, strict=True):
        assert torch.allclose(one, other, atol=1e-4)


@pytest.mark.parametrize(("channels", "filters"), [(2, 4), (8, 1), (3, 5)])
@pytest.mark.parametrize(("sides", "crop"), [((1, 1), 0), ((4, 4), 0), ((3, 7), 0), ((4, 4), 1), ((3, 7), 2)])
def test_upsampling_and_convolution_equal_the_plain_layers(torch, channels, filters, sides, crop):
    from torch.nn import functional

    from bench_deep_svdd.phase_conv import upsample_conv

    layer = torch.nn.ConvTranspose2d(channels, filters, 5, padding=2 + crop, bias=False)
    x = torch.randn(3, channels, *sides, requires_grad=True)
    plain = layer(functional.interpolate(x, scale_factor=2))
    assert_equal(torch, upsample_conv(x, layer), plain, (x, layer.weight))


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize(("channels", "filters"), [(1, 8), (8, 4), (3, 5), (3, 32)])
@pytest.mark.parametrize("sides", [(2, 2), (8, 8), (6, 14)])
def test_convolution_norm_and_pooling_equal_the_plain_layers(torch, channels, filters, sides, bias):
    from torch.nn import functional

    from bench_deep_svdd.phase_conv import conv_norm_pool

    layer = torch.nn.Conv2d(channels, filters, 5, padding=2, bias=bias)
    norm, other = (torch.nn.BatchNorm2d(filters, affine=bias) for _ in range(2))
    x = torch.randn(3, channels, *sides, requires_grad=True)
    for _ in range(2):
        plain = functional.max_pool2d(norm(layer(x)), 2)
        assert_equal(torch, conv_norm_pool(x, layer, other), plain, (x, *layer.parameters()))
    assert torch.allclose(norm.running_mean, other.running_mean, atol=1e-6)
    assert torch.allclose(norm.running_var, other.running_var, atol=1e-6)
    norm.eval(), other.eval()
    plain = functional.max_pool2d(norm(layer(x)), 2)
    assert_equal(torch, conv_norm_pool(x, layer, other), plain, (x, *layer.parameters()))
