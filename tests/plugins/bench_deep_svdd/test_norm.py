import pytest

pytestmark = pytest.mark.torch


@pytest.mark.parametrize("shape", [(4, 4, 6, 6), (16, 1, 1, 1), (5, 3, 4, 8), (3, 4, 5, 5), (4, 8, 6, 6)])
@pytest.mark.parametrize("affine", [False, True])
def test_it_is_batch_norm(torch, shape, affine):
    from bench_deep_svdd.norm import BatchNorm

    torch.manual_seed(0)
    ours, theirs = (make(shape[1], eps=1e-4, affine=affine) for make in (BatchNorm, torch.nn.BatchNorm2d))
    for _ in range(3):
        x = (5 + torch.randn(shape)).contiguous(memory_format=torch.channels_last).requires_grad_()
        got, wanted = ours(x), theirs(x)
        assert torch.allclose(got, wanted, atol=1e-4)
        away = torch.randn(shape)
        gradients = [torch.autograd.grad((made * away).sum(), x)[0] for made in (got, wanted)]
        assert torch.allclose(*gradients, atol=1e-4)
    assert ours.state_dict().keys() == theirs.state_dict().keys()
    for one, other in zip(ours.state_dict().values(), theirs.state_dict().values(), strict=True):
        assert torch.allclose(one.double(), other.double(), rtol=1e-5)
    assert torch.allclose(ours.eval()(x), theirs.eval()(x), atol=1e-6)


def test_statistics_are_never_rounded_to_bfloat16(torch):
    from bench_deep_svdd.norm import BatchNorm

    norm = BatchNorm(2, affine=False)
    x = 100 + torch.randn(16, 2, 4, 4)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        norm(x.bfloat16())
    assert torch.allclose(norm.running_mean, 0.1 * x.bfloat16().float().mean((0, 2, 3)), rtol=1e-5)
