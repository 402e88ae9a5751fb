import pytest

pytestmark = pytest.mark.torch


def assert_the_same(torch, got, wanted, inputs):
    """In value, and in the gradients of whatever is made of it."""
    assert got.shape == wanted.shape
    assert torch.allclose(got, wanted, atol=1e-5)
    away = torch.randn_like(wanted)
    gradients = [torch.autograd.grad((made * away).sum(), inputs, retain_graph=True) for made in (got, wanted)]
    for one, other in zip(*gradients, strict=True):
        assert torch.allclose(one, other, atol=1e-4)


@pytest.mark.parametrize(("channels", "filters"), [(2, 4), (8, 1), (3, 5)])
@pytest.mark.parametrize("sides", [(1, 1), (4, 4), (3, 7)])
def test_doubling_folded_into_the_kernels_changes_no_number(torch, channels, filters, sides):
    from torch.nn import functional

    from bench_deep_svdd.cells import doubled

    layer = torch.nn.ConvTranspose2d(channels, filters, 5, padding=2, bias=False)
    x = torch.randn(3, channels, *sides, requires_grad=True)
    plain = layer(functional.interpolate(x, scale_factor=2))
    assert_the_same(torch, doubled(x, layer), plain, (x, layer.weight))


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize(("channels", "filters"), [(1, 8), (8, 4), (3, 5), (3, 32)])
@pytest.mark.parametrize("sides", [(2, 2), (8, 8), (6, 14)])
def test_pooling_over_cells_changes_no_number(torch, channels, filters, sides, bias):
    from torch.nn import functional

    from bench_deep_svdd.cells import contracted

    layer = torch.nn.Conv2d(channels, filters, 5, padding=2, bias=bias)
    norm, other = (torch.nn.BatchNorm2d(filters, affine=bias) for _ in range(2))
    x = torch.randn(3, channels, *sides, requires_grad=True)
    for _ in range(2):
        plain = functional.max_pool2d(norm(layer(x)), 2)
        assert_the_same(torch, contracted(x, layer, other), plain, (x, *layer.parameters()))
    assert torch.allclose(norm.running_mean, other.running_mean, atol=1e-6)
    assert torch.allclose(norm.running_var, other.running_var, atol=1e-6)
    norm.eval(), other.eval()
    plain = functional.max_pool2d(norm(layer(x)), 2)
    assert_the_same(torch, contracted(x, layer, other), plain, (x, *layer.parameters()))
