"""Without steps a network stays as the seed initialises it, and scores."""

import numpy as np
import pytest

pytestmark = pytest.mark.torch

NOTHING = [("rotnet", {"steps": 0}), ("rotation_vae", {"steps": 0}), ("geom", {"steps": 0, "epochs": 0})]


@pytest.mark.parametrize(("name", "params"), NOTHING)
def test_no_weight_changes_and_images_are_scored(fit, images, torch, name, params):
    from benchmark.registry import registry
    from benchmark.running import frameworks

    detector, reports = fit(name, filters=[4, 8], **params)
    assert reports == []
    frameworks.seed_everything("torch", 0)
    new = registry().resolve(name, {"filters": [4, 8], **params}, preset="smoke").build()
    new._start((8, 8, 1))
    initial = dict(new.network.named_parameters())
    assert all(torch.equal(value, initial[key]) for key, value in detector.network.named_parameters())
    assert detector.embed(images(9)).std() > 0
    for scores in detector.score(images(9, seed=1)).values():
        assert len(set(scores.tolist())) == 9


@pytest.mark.parametrize(("name", "params"), NOTHING)
def test_the_first_batch_norm_has_the_statistics_of_the_training_images(fit, images, torch, name, params):
    """Of an even grey, which no turn and no shift changes."""
    grey = np.full((40, 8, 8, 1), 0.5, np.float32)
    grey[::2] = 0.75
    detector, _ = fit(name, grey, filters=[4, 8], **params)
    pixels = detector.prepare(grey).view(40, 8, 8, 1).permute(0, 3, 1, 2)
    with torch.no_grad():
        maps = detector.network.features.stem(pixels)
    norm = detector.network.features.blocks[0].norms[0]
    assert norm.running_mean.numpy() == pytest.approx(maps.mean(dim=(0, 2, 3)).numpy(), abs=1e-5)
