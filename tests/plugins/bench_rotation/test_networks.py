import pytest

pytestmark = pytest.mark.torch


def classifier(channels=3, classes=72, **params):
    from bench_rotation.configs import GeometricConfig
    from bench_rotation.networks import Classifier

    return Classifier(channels, classes, GeometricConfig(**params))


def test_the_recipe_of_the_publication_is_a_wide_resnet_10_4():
    from bench_rotation import GEOM

    network = classifier(filters=tuple(GEOM["filters"]), blocks=GEOM["blocks"], stem_stride=GEOM["stem_stride"])
    # Depth 6 n + 4 = 10 with one block a stage, width 4: 16 filters, then 64, 128, 256.
    convolutions = [tuple(p.shape) for name, p in network.features.named_parameters() if p.ndim == 4]
    assert sorted(convolutions) == sorted(
        [
            (16, 3, 3, 3),
            *[(64, 16, 3, 3), (64, 64, 3, 3), (64, 16, 1, 1)],
            *[(128, 64, 3, 3), (128, 128, 3, 3), (128, 64, 1, 1)],
            *[(256, 128, 3, 3), (256, 256, 3, 3), (256, 128, 1, 1)],
        ]
    )


@pytest.mark.parametrize(("stem_stride", "left"), [(1, 8), (2, 4)])
def test_each_stage_but_the_first_halves_the_maps(stem_stride, left):
    import torch

    network = classifier(filters=(4, 8, 8), stem_stride=stem_stride)
    maps = network.features.blocks(network.features.stem(torch.zeros(2, 3, 32, 32)))
    assert maps.shape == (2, 8, left, left)


def test_more_blocks_are_more_layers_of_the_same_filters():
    one, two = classifier(filters=(8, 16), blocks=1), classifier(filters=(8, 16), blocks=2)
    assert len(two.features.blocks) == 2 * len(one.features.blocks)


def test_it_returns_a_logit_for_each_image_and_class():
    import torch

    assert classifier(channels=1, classes=5, filters=(4,))(torch.zeros(3, 1, 8, 8)).shape == (3, 5)


def test_in_evaluation_the_merged_convolution_and_norm_equal_the_plain_layers():
    import torch
    from torch import nn

    network = classifier(filters=(8, 16))
    for _ in range(3):
        network(3 + 2 * torch.randn(20, 3, 16, 16))
    for norm in network.modules():
        if isinstance(norm, nn.BatchNorm2d):
            nn.init.uniform_(norm.weight, 0.5, 2.0)
            nn.init.uniform_(norm.bias, -1.0, 1.0)
    network.eval()
    x = torch.randn(5, 8, 16, 16)
    block = network.features.blocks[1]
    before, between = block.norms
    active = torch.relu(before(x))
    plain = block.second(torch.relu(between(block.first(active)))) + block.shortcut(active)
    assert torch.allclose(block(x), plain, rtol=1e-4, atol=1e-5)
