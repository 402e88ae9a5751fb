import pytest

pytestmark = pytest.mark.torch


@pytest.fixture
def layers(torch):
    """Two copies of a convolution and its norm, images, and the images' moments."""
    from bench_deep_svdd.moments import moments_of
    from bench_deep_svdd.norm import BatchNorm

    def make(shape=(30, 1, 8, 8), filters=4):
        torch.manual_seed(0)
        images = torch.rand(shape)
        convolutions = [torch.nn.Conv2d(shape[1], filters, 5, padding=2, bias=False) for _ in range(2)]
        pairs = [(convolution, BatchNorm(filters, eps=1e-4, affine=False)) for convolution in convolutions]
        pairs[1][0].load_state_dict(pairs[0][0].state_dict())
        return images, moments_of(images, 5), pairs

    return make


@pytest.mark.parametrize("shape", [(30, 1, 8, 8), (7, 3, 4, 6), (1, 1, 2, 2), (401, 1, 4, 4)])
def test_statistics_from_the_moments_are_those_of_the_output(torch, layers, shape):
    from bench_deep_svdd.cells import contracted

    images, moments, pairs = layers(shape)
    outputs, gradients = [], []
    for (convolution, norm), known in zip(pairs, (None, moments), strict=True):
        for chosen in (torch.arange(len(images)), torch.arange(0, len(images), 2)):
            output = contracted(images[chosen], convolution, norm, known and known[chosen])
        (output * torch.linspace(0, 1, output.numel()).reshape(output.shape)).sum().backward()
        outputs.append(output)
        gradients.append(convolution.weight.grad)
    assert torch.allclose(*outputs, atol=1e-4)
    assert torch.allclose(*gradients, rtol=1e-3, atol=1e-3)
    for name in ("running_mean", "running_var", "num_batches_tracked"):
        one, other = (getattr(norm, name) for _, norm in pairs)
        assert torch.allclose(one.double(), other.double(), atol=1e-5), name


def test_images_that_are_all_one_grey_have_no_variance_but_a_number(torch, layers):
    from bench_deep_svdd.cells import contracted
    from bench_deep_svdd.moments import moments_of

    images, _, pairs = layers((5, 1, 8, 8))
    flat = torch.full_like(images, 0.7)
    convolution, norm = pairs[0]
    assert torch.isfinite(contracted(flat, convolution, norm, moments_of(flat, 5))).all()


def test_a_norm_that_may_turn_signs_around_is_never_applied_after_pooling(torch):
    from bench_deep_svdd.networks import Encoder, Layout

    images = torch.rand(3, 1, 8, 8)
    assert Encoder(Layout((8, 8, 1), 0.01)).moments(images) is not None
    assert Encoder(Layout((8, 8, 1), 0.01), bias=True).moments(images) is None
    assert Encoder(Layout((8, 8, 3), 0.01)).moments(torch.rand(3, 3, 8, 8)) is None, "wide layers are not folded"
