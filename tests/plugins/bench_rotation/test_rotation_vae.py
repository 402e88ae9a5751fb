import numpy as np
import pytest

from benchmark import NotFitted, TrainingCollapsed, build_detector

pytestmark = pytest.mark.torch


@pytest.fixture
def wedges():
    """Images bright at the top, of different widths and brightnesses: turns can be predicted, images rebuilt."""

    def make(n, seed=0):
        random = np.random.RandomState(seed)
        wedge_images = np.zeros((n, 8, 8, 1), np.float32)
        for image in wedge_images:
            image[:3, : random.randint(1, 9)] = random.uniform(0.5, 1)
        return wedge_images

    return make


LEARN = {"steps": 400, "batch_size": 32, "filters": [8, 16], "weight": 0.01}


def parts_of(detector, x):
    return {rule: scores for rule, scores in detector.score(x).items() if rule not in ("combined", "rank_sum")}


def test_both_heads_learn(fit, wedges):
    train = wedges(200)
    detector, reports = fit("rotation_vae", train, **LEARN)
    first, last = reports[0][0], reports[-1][0]
    assert last.measures["accuracy"] > 0.95
    variance = np.square(train - train.mean(axis=0)).sum(axis=(1, 2, 3)).mean()
    assert detector.score(wedges(50, seed=1))["reconstruction"].mean() < 0.5 * variance
    assert all(last.losses[name] < first.losses[name] for name in ("rotation", "reconstruction"))


def test_a_turned_image_is_more_anomalous_by_the_combined_rule(fit, wedges):
    detector, _ = fit("rotation_vae", wedges(200), **LEARN)
    normal = wedges(50, seed=1)
    turned = np.rot90(normal, 1, axes=(1, 2)).copy()
    assert np.median(detector.score(turned)["combined"]) > detector.score(normal)["combined"].max()


def test_the_likelihood_is_summed_over_the_true_turns(fit, images):
    import torch

    detector, _ = fit("rotation_vae", steps=5)
    x = images(6, seed=1)
    prepared = detector.prepare(x).reshape(6, detector.side, detector.side, -1).numpy()
    expected = 0
    for turns in range(4):
        turned = torch.from_numpy(np.rot90(prepared, turns, axes=(1, 2)).transpose(0, 3, 1, 2).copy())
        with torch.inference_mode():
            logits = detector.network.turn(detector.network.features(turned)).double()
        expected -= torch.log_softmax(logits, dim=1)[:, turns].numpy()
    assert detector.score(x)["rotation_likelihood"] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("shape", [(8, 8, 1), (8, 8, 3), (7, 5, 1), (12, 12, 1)])
def test_the_reconstruction_error_is_that_of_the_image_itself(fit, images, shape):
    detector, _ = fit("rotation_vae", images(40, shape), steps=5)
    x = images(7, shape, seed=1)
    rebuilt = detector.reconstruct(x)
    assert (rebuilt.shape, rebuilt.dtype) == (x.shape, np.float32)
    assert (rebuilt.min() >= 0, rebuilt.max() <= 1) == (True, True)
    errors = np.square(x.astype(np.float64) - rebuilt).sum(axis=3)
    assert detector.heatmap(x) == pytest.approx(errors, abs=1e-5)
    assert detector.score(x)["reconstruction"] == pytest.approx(errors.sum(axis=(1, 2)), rel=1e-5)


def test_the_centre_is_the_mean_of_the_training_codes(fit, images):
    detector, _ = fit("rotation_vae", steps=20)
    centre = detector.embed(images()).mean(axis=0)
    assert detector.values["centre"].numpy() == pytest.approx(centre, abs=1e-5)
    x = images(7, seed=1)
    distances = np.square(detector.embed(x) - centre).sum(axis=1)
    assert detector.score(x)["centre_distance"] == pytest.approx(distances, rel=1e-4)


def test_an_image_is_ranked_among_the_training_images(fit, images):
    from bench_rotation.ranks import rank, surprise

    detector, _ = fit("rotation_vae", steps=20)
    training = parts_of(detector, images())
    for rule, scores in training.items():
        assert detector.values[f"training.{rule}"].sort().values.numpy() == pytest.approx(np.sort(scores), rel=1e-5)
    x = images(30, seed=1)
    for rule, scale in (("combined", surprise), ("rank_sum", rank)):
        expected = sum(scale(scores, training[part]) for part, scores in parts_of(detector, x).items())
        assert detector.score(x)[rule] == pytest.approx(expected, rel=1e-3)


def test_at_most_a_thousand_scores_are_kept(fit, images):
    detector, _ = fit("rotation_vae", images(1_010), steps=1, filters=[2, 2])
    assert detector.values["training.reconstruction"].shape == (1_000,)


def test_turned_images_are_neither_encoded_nor_rebuilt(fit, images):
    """In evaluation mode, where the images of a batch do not influence one another."""
    import torch

    detector, _ = fit("rotation_vae", steps=2)
    x = detector.prepare(images(8, seed=1)).view(8, 8, 8, 1).permute(0, 3, 1, 2)
    y = x.clone()
    which = torch.tensor([0, 1, 2, 3, 4, 5, 6, 7])  # 4 is upright again: a mirrored or moved copy
    y[which % 4 > 0] = -1
    terms = []
    for batch in (x, y):
        torch.manual_seed(0)
        terms.append({name: float(term.detach()) for name, term in detector.loss_of(batch, which).terms.items()})
    assert terms[0]["reconstruction"] == pytest.approx(terms[1]["reconstruction"], rel=1e-5)
    assert terms[0]["centre_distance"] == pytest.approx(terms[1]["centre_distance"], rel=1e-5)
    assert terms[0]["rotation"] != pytest.approx(terms[1]["rotation"], rel=1e-3)


def test_the_terms_are_means_over_upright_images_and_the_code_is_noisy_in_training(fit, images):
    """In evaluation mode, as above."""
    import torch

    detector, _ = fit("rotation_vae", steps=2)
    x = detector.prepare(images(4, seed=1)).view(4, 8, 8, 1).permute(0, 3, 1, 2)
    losses = []
    for seed, count in ((0, 2), (0, 4), (1, 4)):
        torch.manual_seed(seed)
        terms = detector.loss_of(x[:count], torch.tensor([0, 0, 1, 2])[:count]).terms
        losses.append([float(terms[name].detach()) for name in ("reconstruction", "centre_distance")])
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    assert losses[1][0] != losses[2][0]
    assert losses[1][1] == losses[2][1]


def test_one_training_image_is_no_collapse(fit, images):
    detector, _ = fit("rotation_vae", images(1), steps=2)
    assert all(np.isfinite(scores).all() for scores in detector.score(images(3, seed=1)).values())


def test_a_batch_without_an_upright_image_trains_the_turns_alone(fit, images):
    import torch

    detector, _ = fit("rotation_vae", steps=2)
    x = detector.prepare(images(4, seed=1)).view(4, 8, 8, 1).permute(0, 3, 1, 2)
    loss, terms, _ = detector.loss_of(x, torch.tensor([1, 2, 3, 1]))
    assert (terms["reconstruction"].item(), terms["centre_distance"].item()) == (0, 0)
    loss.backward()
    gradients = [p.grad for p in detector.network.parameters() if p.grad is not None]
    assert all(bool(torch.isfinite(gradient).all()) for gradient in gradients)


def test_the_first_centre_is_the_mean_code_of_the_first_upright_images(fit, images):
    import torch

    detector, _ = fit("rotation_vae", steps=2)
    del detector.values["centre"]
    x = detector.prepare(images(4, seed=1)).view(4, 8, 8, 1).permute(0, 3, 1, 2)
    detector.loss_of(x, torch.tensor([1, 2, 3, 1]))
    detector.loss_of(x, torch.tensor([0, 2, 0, 1]))
    first = detector.embed(images(4, seed=1))[[0, 2]].mean(axis=0)
    assert detector.values["centre"].numpy() == pytest.approx(first, abs=1e-5)
    _, terms, _ = detector.loss_of(x, torch.tensor([0, 0, 0, 0]))
    assert torch.isfinite(terms["centre_distance"])


@pytest.mark.parametrize(
    ("params", "untrained"),
    [
        ({"rotation_weight": 0.0}, ("turn",)),
        ({"rotation_weight": 1.0}, ("code", "decoder")),
        ({"rotation_weight": 0.0, "weight": 1.0}, ("turn", "decoder")),
        ({}, ()),
    ],
)
@pytest.mark.parametrize("balance", ["fixed", "gradient"])
def test_what_has_no_weight_is_not_trained(fit, images, params, untrained, balance):
    import torch

    detector, _ = fit("rotation_vae", steps=2, balance=balance, **params)
    x = detector.prepare(images(8, seed=1)).view(8, 8, 8, 1).permute(0, 3, 1, 2)
    detector.network.zero_grad(set_to_none=True)
    detector.loss_of(x, torch.arange(8)).loss.backward()
    heads = ("features", "turn", "code", "decoder")
    still = [head for head in heads if all(p.grad is None for p in getattr(detector.network, head).parameters())]
    assert tuple(still) == untrained


def test_a_training_after_which_all_codes_are_equal_has_collapsed(fit):
    """Without the turns and the reconstruction, and with much weight decay, the encoder becomes constant."""
    alone = {"rotation_weight": 0.0, "weight": 1.0, "schedule": "constant", "learning_rate": 0.1, "weight_decay": 0.1}
    with pytest.raises(TrainingCollapsed, match="every image has the same code"):
        fit("rotation_vae", steps=100, **alone)


@pytest.mark.parametrize(("spread", "collapses"), [(0.9e-3, True), (1.1e-3, False)])
def test_a_spread_of_a_thousandth_of_the_noise_is_a_collapse(fit, images, spread, collapses):
    import torch

    detector, _ = fit("rotation_vae", steps=2)
    pixels = detector.prepare(images())
    codes = torch.from_numpy(detector.embed(images()))
    size = float((codes - codes.mean(dim=0)).square().sum(dim=1).mean().sqrt())
    with torch.no_grad():
        for parameter in detector.network.code.parameters():
            parameter.mul_(spread / size)
    if collapses:
        with pytest.raises(TrainingCollapsed, match="their noise is 1"):
            detector.fit_scorer(pixels)
    else:
        detector.fit_scorer(pixels)


@pytest.mark.parametrize("balance", ["fixed", "value", "gradient"])
def test_each_term_is_reported(fit, balance):
    _, reports = fit("rotation_vae", steps=10, balance=balance)
    terms = {"rotation", "reconstruction", "centre_distance"}
    report, score = reports[-1]
    assert set(report.losses) == terms
    norms = {f"gradient_norm.{name}" for name in terms} if balance == "gradient" else set()
    assert set(report.measures) == {"accuracy", "learning_rate"} | {f"balance.{name}" for name in terms} | norms
    assert score is not None


def test_a_second_fit_does_not_depend_on_the_first(fit, images):
    import torch

    from benchmark import FitContext

    first, _ = fit("rotation_vae", images(40, seed=5), steps=10)
    torch.manual_seed(1)
    first.fit(images(), FitContext())
    second = build_detector("rotation_vae", {"steps": 10, "batch_size": 64})
    torch.manual_seed(1)
    second.fit(images(), FitContext())
    x = images(9, seed=2)
    assert first.score(x)["combined"] == pytest.approx(second.score(x)["combined"], abs=1e-9)


def test_a_loaded_detector_has_the_same_scores_and_facts(fit, images, tmp_path):
    detector, _ = fit("rotation_vae", steps=10)
    detector.save(tmp_path)
    again = build_detector("rotation_vae", {"steps": 10, "batch_size": 64})
    again.load(tmp_path)
    x = images(9, seed=2)
    for rule, scores in detector.score(x).items():
        assert np.array_equal(again.score(x)[rule], scores)
    assert np.array_equal(again.reconstruct(x), detector.reconstruct(x))
    assert again.facts() == detector.facts()
    terms = ("rotation", "reconstruction", "centre_distance")
    assert set(again.facts()) == {"parameters", *(f"balance.{term}" for term in terms)}


@pytest.mark.parametrize(
    "how", [{"precision": "bfloat16"}, {"stem_stride": 1}, {"filters": [6]}, {"filters": [4, 6, 8, 10]}, {"blocks": 2}]
)
def test_every_network_ends_in_finite_scores(fit, images, how):
    detector, _ = fit("rotation_vae", **{"steps": 5, **how})
    for scores in detector.score(images(5)).values():
        assert scores.dtype == np.float64
        assert np.isfinite(scores).all()


def test_a_network_of_one_filter_scores_one_small_image(fit, images):
    detector, _ = fit("rotation_vae", steps=5, filters=[1])
    for scores in detector.score(images(1, seed=1)).values():
        assert np.isfinite(scores).all()


def test_it_must_be_fitted_first(images):
    with pytest.raises(NotFitted, match="'rotation_vae' must be fitted"):
        build_detector("rotation_vae", {}).embed(images(2))
