import pytest

pytestmark = pytest.mark.torch


@pytest.mark.parametrize("shape", [(4, 4, 6, 6), (16, 1, 1, 1), (5, 3, 4, 8), (3, 4, 5, 5), (4, 8, 6, 6)])
@pytest.mark.parametrize("affine", [False, True])
def test_it_is_batch_norm(torch, shape, affine):
    from bench_deep_svdd.batch_norm import batch_norm

    torch.manual_seed(0)
    ours, plain = (torch.nn.BatchNorm2d(shape[1], eps=1e-4, affine=affine) for _ in range(2))
    for _ in range(3):
        x = (5 + torch.randn(shape)).contiguous(memory_format=torch.channels_last).requires_grad_()
        got, expected = batch_norm(x, ours), plain(x)
        assert torch.allclose(got, expected, atol=1e-4)
        weights = torch.randn(shape)
        gradients = [torch.autograd.grad((output * weights).sum(), x)[0] for output in (got, expected)]
        assert torch.allclose(*gradients, atol=1e-4)
    for one, other in zip(ours.state_dict().values(), plain.state_dict().values(), strict=True):
        assert torch.allclose(one.double(), other.double(), rtol=1e-5)
    assert torch.allclose(batch_norm(x, ours.eval()), plain.eval()(x), atol=1e-6)


def test_statistics_are_never_rounded_to_bfloat16(torch):
    from bench_deep_svdd.batch_norm import batch_norm

    norm = torch.nn.BatchNorm2d(2, affine=False)
    x = 100 + torch.randn(16, 2, 4, 4)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        batch_norm(x.bfloat16(), norm)
    assert torch.allclose(norm.running_mean, 0.1 * x.bfloat16().float().mean((0, 2, 3)), rtol=1e-5)
