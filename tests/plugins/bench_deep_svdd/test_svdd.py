import numpy as np
import pytest

from bench_toolkit.centre import away_from_zero
from benchmark import NotFitted, TrainingCollapsed, build_detector

pytestmark = pytest.mark.torch


def test_the_score_is_the_squared_distance_of_the_code_to_the_centre(fit, images):
    detector, _ = fit("deep_svdd")
    x = images(7, seed=1)
    centre = detector.values["centre"].numpy().astype(np.float64)
    expected = ((detector.embed(x) - centre) ** 2).sum(axis=1)
    assert detector.score(x)["centre_distance"] == pytest.approx(expected, rel=1e-5)


def test_the_centre_is_the_mean_code_away_from_zero_of_the_untrained_encoder(fit, images, torch):
    detector, _ = fit("deep_svdd", pretrain_epochs=0, learning_rate=1e-12)
    assert detector.values["centre"].numpy() != pytest.approx(0)
    detector.network.load_state_dict(untrained(torch))
    codes = detector.embed(images()).mean(axis=0)
    assert detector.values["centre"].numpy() == pytest.approx(away_from_zero(codes), rel=1e-5)


def untrained(torch):
    from bench_deep_svdd.networks import Layout, encoder

    torch.manual_seed(0)
    return encoder(Layout((8, 8, 1), 0.01)).state_dict()


def test_pretraining_changes_the_encoder_and_reports_under_its_own_name(fit):
    plain, _ = fit("deep_svdd", pretrain_epochs=0, epochs=1, learning_rate=1e-9)
    trained, reports = fit("deep_svdd", pretrain_epochs=3, epochs=1, learning_rate=1e-2)
    assert not np.allclose(plain.network[-1].weight.detach(), trained.network[-1].weight.detach(), atol=1e-3)
    assert [(report.number, report.of) for report, _ in reports] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert [list(report.losses) for report, _ in reports] == [["pretrain.loss"]] * 3 + [["loss"]]
    assert [score is None for _, score in reports] == [True, True, True, False]


def test_the_loss_is_the_mean_distance_over_the_images_of_the_epoch(fit, images, torch):
    """By a learning rate that changes nothing, in one batch, so that batch norm sees them all."""
    detector, reports = fit("deep_svdd", pretrain_epochs=0, epochs=1, learning_rate=1e-12, schedule="constant")
    detector.network.load_state_dict(untrained(torch))
    detector.network.train()
    with torch.no_grad():
        distances = detector.distances(detector.prepare(images()).permute(0, 3, 1, 2))
    assert reports[0][0].losses["loss"] == pytest.approx(float(distances.mean()), rel=1e-4)


@pytest.mark.parametrize("nu", [0.1, 0.5])
def test_a_share_nu_of_the_training_images_is_outside_a_sphere_fitted_to_all(fit, images, nu):
    detector, _ = fit("deep_svdd_soft", epochs=4, nu=nu, radius="epoch", radius_epochs=1, learning_rate=1e-3)
    assert detector.facts()["radius"] > 0
    assert (detector.score(images())["outside"] > 0).mean() == pytest.approx(nu, abs=0.03)


def test_the_radius_of_a_batch_leaves_a_share_nu_of_it_outside(fit, images, torch):
    detector, _ = fit("deep_svdd_soft", nu=0.25)
    detector.epoch = 99
    x = detector.prepare(images(100, seed=2)).permute(0, 3, 1, 2)
    with torch.no_grad():
        detector.losses(x)
        outside = detector.distances(x) > detector.values["radius"] ** 2
    assert float(outside.double().mean()) == pytest.approx(0.25, abs=0.01)


def test_the_soft_loss_is_the_squared_radius_and_the_excess_over_nu(fit, images, torch):
    detector, _ = fit("deep_svdd_soft", nu=0.25)
    x = detector.prepare(images(9, seed=2)).permute(0, 3, 1, 2)
    detector.epoch = 0  # in the warm-up the radius is constant
    detector.values["radius"] = torch.tensor(0.2)
    with torch.no_grad():
        distances = detector.distances(x).numpy()
        losses = detector.losses(x).numpy()
    assert losses == pytest.approx(0.04 + np.maximum(0, distances - 0.04) / 0.25, rel=1e-5)


def test_the_radius_stays_zero_while_it_warms_up(fit):
    detector, _ = fit("deep_svdd_soft", epochs=2, warm_up_epochs=2, radius="batch")
    assert float(detector.values["radius"]) == 0


HARD = {"epochs": 100, "learning_rate": 0.1, "schedule": "constant", "pretrain_epochs": 0, "weight_decay": 0.1}


def test_with_biases_and_a_zero_centre_the_training_collapses(fit):
    """Section 3.3 of the paper forbids both: a constant map minimises the loss."""
    with pytest.raises(TrainingCollapsed, match="every image has the same code"):
        fit("deep_svdd", bias=True, centre="zero", **HARD)


def test_without_biases_the_same_training_does_not_collapse(fit):
    detector, _ = fit("deep_svdd", **HARD)
    assert detector.facts()["parameters"] == 8 * 25 + 4 * 8 * 25 + 32 * 16


@pytest.mark.parametrize("name", ["deep_svdd", "deep_svdd_soft", "dcae"])
@pytest.mark.parametrize(
    "how", [{"precision": "bfloat16"}, {"schedule": "drop", "drop_epoch": 1}, {"contrast": "none"}]
)
def test_every_way_to_train_ends_in_finite_scores(fit, images, name, how):
    detector, _ = fit(name, **how)
    for scores in detector.score(images(5)).values():
        assert scores.dtype == np.float64
        assert np.isfinite(scores).all()


@pytest.mark.parametrize("name", ["deep_svdd", "deep_svdd_soft", "dcae"])
def test_it_must_be_fitted_first(images, name):
    with pytest.raises(NotFitted, match=f"'{name}' must be fitted"):
        build_detector(name).score(images(2))


@pytest.mark.parametrize("name", ["deep_svdd", "deep_svdd_soft", "dcae"])
def test_saved_and_loaded_it_scores_the_same(fit, images, tmp_path, name):
    detector, _ = fit(name)
    detector.save(tmp_path)
    loaded = build_detector(name, {})
    loaded.load(tmp_path)
    for rule, scores in detector.score(images(9)).items():
        assert np.array_equal(loaded.score(images(9))[rule], scores)


def test_without_pretraining_all_coordinates_of_the_centre_are_moved_to_the_margin(fit):
    detector, _ = fit("deep_svdd", pretrain_epochs=0, epochs=1, centre_margin=0.5)
    assert np.abs(detector.values["centre"].numpy()) == pytest.approx(0.5)


def test_with_no_margin_the_centre_is_the_mean_code_of_the_untrained_encoder(fit, images, torch):
    detector, _ = fit("deep_svdd", pretrain_epochs=0, learning_rate=1e-12, centre_margin=0.0)
    detector.network.load_state_dict(untrained(torch))
    assert detector.values["centre"].numpy() == pytest.approx(detector.embed(images()).mean(axis=0), abs=1e-6)


@pytest.mark.parametrize("name", ["deep_svdd", "deep_svdd_soft", "dcae"])
def test_with_no_epoch_the_weights_are_those_of_the_seed_and_images_are_scored(fit, images, torch, name):
    usual = {} if name == "dcae" else {"pretrain_epochs": 0}
    detector, reports = fit(name, epochs=0, **usual)
    assert reports == []
    encoder = detector.network[0] if name == "dcae" else detector.network
    initial = untrained(torch)
    assert all(torch.equal(value, initial[key]) for key, value in encoder.named_parameters())
    for scores in detector.score(images(9, seed=1)).values():
        assert len(set(scores.tolist())) == 9


def test_with_no_epoch_batch_norm_has_the_statistics_of_the_training_images(fit, images, torch):
    detector, _ = fit("deep_svdd", pretrain_epochs=0, epochs=0)
    convolution, norm = detector.network[1], detector.network[2]
    with torch.no_grad():
        maps = convolution(detector.prepare(images()).permute(0, 3, 1, 2))
    assert norm.running_mean.numpy() == pytest.approx(maps.mean(dim=(0, 2, 3)).numpy(), abs=1e-6)
    assert norm.running_var.numpy() == pytest.approx(maps.var(dim=(0, 2, 3)).numpy(), rel=1e-4)


def test_with_no_epoch_a_pretrained_encoder_keeps_the_statistics_of_its_pretraining(fit, images, torch):
    """They move by a tenth a batch, so three batches leave a trace of the mean 0 that they begin with."""
    detector, reports = fit("deep_svdd", pretrain_epochs=3, epochs=0, learning_rate=1e-12)
    assert [list(report.losses) for report, _ in reports] == [["pretrain.loss"]] * 3
    convolution, norm = detector.network[1], detector.network[2]
    with torch.no_grad():
        maps = convolution(detector.prepare(images()).permute(0, 3, 1, 2))
    expected = (1 - 0.9**3) * maps.mean(dim=(0, 2, 3)).numpy()
    assert norm.running_mean.numpy() == pytest.approx(expected, abs=1e-5)
