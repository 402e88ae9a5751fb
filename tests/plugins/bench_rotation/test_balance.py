import numpy as np
import pytest
from toy_balance import STEPS, factors_after

pytestmark = pytest.mark.torch

TERMS = ("rotation", "reconstruction")


@pytest.fixture
def balance():
    from bench_rotation.balance import Balance

    return lambda how: Balance(how, TERMS)


def told(factors):
    return np.array([float(factors[name]) for name in TERMS])


def updated(balance, steps):
    """Return the factors after steps of (value, value, norm, norm)."""
    import torch

    for step in steps:
        values, norms = (dict(zip(TERMS, torch.tensor(pair).unbind(), strict=True)) for pair in (step[:2], step[2:]))
        factors = balance.update(values, norms)
    return told(factors)


@pytest.mark.parametrize("how", ["fixed", "value", "gradient"])
def test_before_the_first_step_every_factor_is_1(balance, how):
    assert told(balance(how).factors()).tolist() == [1, 1]


def test_a_fixed_balance_stays_at_1(balance):
    assert updated(balance("fixed"), [(5.0, 7, 3, 2)] * 3).tolist() == [1, 1]


def test_by_value_all_terms_become_alike(balance):
    assert updated(balance("value"), [(4, 0.5, 9.0, 9.0)] * 5) == pytest.approx([2 / 9, 16 / 9])


def test_by_gradient_all_terms_pull_alike(balance):
    assert updated(balance("gradient"), [(9.0, 9.0, 4, 0.5)] * 5) == pytest.approx([2 / 9, 16 / 9])


@pytest.mark.parametrize("how", ["value", "gradient"])
def test_the_factors_are_those_of_the_definition(balance, how):
    steps = [(*step, 1.0, 1.0) if how == "value" else (1.0, 1.0, *step) for step in STEPS]
    assert updated(balance(how), steps) == pytest.approx(factors_after(STEPS), rel=1e-5)


@pytest.mark.parametrize("how", ["value", "gradient"])
def test_the_factors_sum_to_the_number_of_terms(balance, how):
    assert updated(balance(how), [(4, 0.5, 3.0, 7.0), (1.0, 2.0, 3.0, 4.0)]).sum() == pytest.approx(2)


def test_a_term_that_vanishes_counts_no_more_than_a_hundred_times_another(balance):
    factors = updated(balance("value"), [(1.0, 0, 1.0, 1.0)] * 3)
    assert factors[1] / factors[0] == pytest.approx(100)


def test_terms_that_all_vanish_leave_the_factors_finite(balance):
    assert updated(balance("gradient"), [(1.0, 0, 0.0, 0.0)] * 2) == pytest.approx([1, 1])


def test_the_running_mean_forgets_by_a_hundredth_a_step(balance):
    seen = [3.0, 5.0, 10.0]
    shares = 0.99 ** np.array([2, 1, 0])
    factors = updated(balance("value"), [(value, 1.0, 1.0, 1.0) for value in seen])
    assert factors[1] / factors[0] == pytest.approx((shares * seen).sum() / shares.sum())


def test_gradient_norms_are_those_at_what_the_terms_share(torch):
    from bench_rotation.balance import gradient_norms

    given = torch.tensor([3.0, 4.0], requires_grad=True)
    shared = 2 * given
    norms = gradient_norms({"linear": 5 * shared.sum(), "square": shared.square().sum()}, shared)
    assert float(norms["linear"]) == pytest.approx(5 * 2**0.5)
    assert float(norms["square"]) == pytest.approx(20)  # 2 * (6, 8)
    assert given.grad is None


def batch(detector, images, torch):
    pixels = detector.prepare(images(16, seed=3)).view(16, detector.side, detector.side, -1).permute(0, 3, 1, 2)
    detector.network.train()
    return pixels, torch.arange(16) % 4


def plain_gradients(detector, arguments, torch):
    """By a backward pass a term, through everything, read where the encoder ends."""
    kept = []
    hook = detector.network.features.register_forward_hook(lambda module, given, maps: kept.append(maps))
    found = {}
    for name in detector.balance.terms:
        torch.manual_seed(0)
        _, terms, _ = detector.loss_of(*arguments)
        kept[-1].retain_grad()
        terms[name].backward()
        found[name] = kept[-1].grad
    hook.remove()
    return found


def test_the_gradients_it_measures_are_those_of_a_plain_backward_pass(fit, images, torch):
    detector, _ = fit("rotation_vae", steps=2, balance="gradient")
    arguments = batch(detector, images, torch)
    plain = plain_gradients(detector, arguments, torch)
    torch.manual_seed(0)
    _, _, measures = detector.loss_of(*arguments)
    for name, gradient in plain.items():
        assert float(measures[f"gradient_norm.{name}"]) == pytest.approx(float(gradient.norm()), rel=1e-4)


def test_the_loss_pulls_with_the_sum_of_the_balanced_and_weighed_gradients(fit, images, torch):
    from bench_rotation.balance import Balance

    detector, _ = fit("rotation_vae", steps=2, balance="gradient", rotation_weight=0.3, weight=0.4)
    arguments = batch(detector, images, torch)
    plain = plain_gradients(detector, arguments, torch)
    detector.balance = Balance("gradient", detector.balance.terms)
    kept = []
    hook = detector.network.features.register_forward_hook(lambda module, given, maps: kept.append(maps))
    torch.manual_seed(0)
    loss, _, measures = detector.loss_of(*arguments)
    hook.remove()
    kept[0].retain_grad()
    loss.backward()
    shares = {"rotation": 0.3, "reconstruction": 0.7 * 0.6, "centre_distance": 0.7 * 0.4}
    wanted = sum(shares[name] * measures[f"balance.{name}"] * plain[name] for name in shares)
    assert torch.allclose(kept[0].grad, wanted, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(("how", "alike"), [("value", "loss"), ("gradient", "pull")])
def test_after_one_step_factor_times_what_it_looks_at_is_alike_for_all_terms(fit, images, torch, how, alike):
    from bench_rotation.balance import Balance, gradient_norms

    detector, _ = fit("rotation_vae", steps=2, balance=how)
    detector.balance = Balance(how, detector.balance.terms)
    kept = []
    hook = detector.network.features.register_forward_hook(lambda module, given, maps: kept.append(maps))
    _, terms, measures = detector.loss_of(*batch(detector, images, torch))
    hook.remove()
    seen = terms if alike == "loss" else gradient_norms(terms, kept[0])
    seen = np.array([float(seen[name].detach()) for name in terms])
    factors = np.array([float(measures[f"balance.{name}"]) for name in terms])
    capped = np.maximum(seen, seen.max() / 100)
    assert factors * capped == pytest.approx(np.full(3, (factors * capped).mean()), rel=1e-3)
    assert factors.sum() == pytest.approx(3, rel=1e-4)


def test_what_weighs_nothing_is_not_balanced(fit):
    detector, _ = fit("rotation_vae", steps=2, rotation_weight=0.0, weight=0.0)
    assert detector.balance.terms == ("reconstruction",)
    assert detector.facts()["balance.reconstruction"] == 1
