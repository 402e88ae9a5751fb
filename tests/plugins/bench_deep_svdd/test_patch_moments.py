import pytest

pytestmark = pytest.mark.torch


@pytest.fixture
def layers(torch):
    """Two copies of a convolution and its norm, images, and the images' moments."""
    from bench_deep_svdd.patch_moments import patch_moments

    def make(shape=(30, 1, 8, 8), filters=4):
        torch.manual_seed(0)
        images = torch.rand(shape)
        convolutions = [torch.nn.Conv2d(shape[1], filters, 5, padding=2, bias=False) for _ in range(2)]
        pairs = [(conv, torch.nn.BatchNorm2d(filters, eps=1e-4, affine=False)) for conv in convolutions]
        pairs[1][0].load_state_dict(pairs[0][0].state_dict())
        return images, patch_moments(images, 5), pairs

    return make


@pytest.mark.parametrize("shape", [(30, 1, 8, 8), (7, 3, 4, 6), (1, 1, 2, 2), (401, 1, 4, 4)])
def test_statistics_from_the_moments_are_those_of_the_output(torch, layers, shape):
    from bench_deep_svdd.phase_conv import conv_norm_pool

    images, moments, pairs = layers(shape)
    outputs, gradients = [], []
    for (conv, norm), known in zip(pairs, (None, moments), strict=True):
        for chosen in (torch.arange(len(images)), torch.arange(0, len(images), 2)):
            output = conv_norm_pool(images[chosen], conv, norm, known and known[chosen])
        (output * torch.linspace(0, 1, output.numel()).reshape(output.shape)).sum().backward()
        outputs.append(output)
        gradients.append(conv.weight.grad)
    assert torch.allclose(*outputs, atol=1e-4)
    assert torch.allclose(*gradients, rtol=1e-3, atol=1e-3)
    for name in ("running_mean", "running_var", "num_batches_tracked"):
        one, other = (getattr(norm, name) for _, norm in pairs)
        assert torch.allclose(one.double(), other.double(), atol=1e-5), name


def test_images_of_one_grey_level_have_no_variance_and_finite_outputs(torch, layers):
    from bench_deep_svdd.patch_moments import patch_moments
    from bench_deep_svdd.phase_conv import conv_norm_pool

    images, _, pairs = layers((5, 1, 8, 8))
    flat = torch.full_like(images, 0.7)
    conv, norm = pairs[0]
    assert torch.isfinite(conv_norm_pool(flat, conv, norm, patch_moments(flat, 5))).all()
