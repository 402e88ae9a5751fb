"""Toy detectors on small images are scored, scored again in other batches, and scored after a nudge of the last bit."""

import re

import numpy as np
import pytest

from benchmark.interfaces.errors import ContractBroken
from benchmark.running.asked_again import AskedAgain, changed_pairs, nudged_images, shifts
from benchmark.running.audit import audit, degeneracy

N, CHOSEN = 600, 256


@pytest.fixture(scope="module")
def images():
    random = np.random.RandomState(0)
    noise = random.normal(size=(N, 6, 6, 1))
    return np.clip(0.5 + 0.12 * noise + 0.025 * TRUTH[:, None, None, None], 0, 1).astype(np.float32)


TRUTH = np.arange(N) % 4 > 0


def brightness(images):
    """A float64 score of normal images with mean 0 and spread 1; of anomalous ones above."""
    return (images.astype(np.float64).mean(axis=(1, 2, 3)) - 0.5) / 0.02


def asked_again(score, images):
    """Return all scores, and the further ones, as the harness gets them."""
    scores = score(images)
    chosen = np.random.RandomState(1).permutation(len(images))[:CHOSEN]
    again = np.concatenate([score(images[part]) for part in np.array_split(chosen, [CHOSEN // 7])])
    further = AskedAgain(chosen, again.astype(np.float64), score(nudged_images(images[chosen])).astype(np.float64))
    return scores.astype(np.float64), further, str(scores.dtype)


def verdict(score, images):
    scores, further, dtype = asked_again(score, images)
    return audit(scores, TRUTH, further, dtype)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


INCREASING = {
    "as they are": lambda s: s,
    "a log-likelihood with an offset of 1e7": lambda s: s + 1e7,
    "a sigmoid near 1": lambda s: sigmoid(4 * s),
    "a density, not its logarithm": lambda s: np.exp(s - 300),
    "exp": lambda s: np.exp(5 * s),
    "rho minus a kernel that is nearly 0": lambda s: 0.1 - 1e-8 * np.exp(-s),
    "a cube": lambda s: s**3,
    "tiny units": lambda s: 1e-30 * s,
    "a logarithm": lambda s: np.log(s + 10),
}


@pytest.mark.parametrize("function", INCREASING.values(), ids=INCREASING)
def test_an_increasing_function_of_a_good_float64_score_is_as_good(function, images):
    assert verdict(lambda x: function(brightness(x)), images) == ""
    assert degeneracy(function(brightness(images)), TRUTH) == "", "nor is it refused without a second scoring"


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_a_shorter_float_is_as_good_where_its_last_bits_decide_nothing(dtype, images):
    assert verdict(lambda x: brightness(x).astype(dtype), images) == ""


def rectified(images, seed=3):
    """The float32 features of a small random layer: (n, 16)."""
    weights = np.random.RandomState(seed).normal(size=(36, 16)).astype(np.float32)
    return np.maximum(images.reshape(len(images), 36) @ weights, 0)


def network(scale, bias):
    """Return the squared distance to `bias` of codes `bias` + features * weights, in float32 up to the codes."""
    weights = np.random.RandomState(4).normal(size=(16, 8)).astype(np.float32) * np.float32(scale)
    centre = np.float32(bias) * np.linspace(0.5, 1.5, 8, dtype=np.float32)
    return lambda images: np.square((rectified(images) @ weights + centre).astype(np.float64) - centre).sum(axis=1)


def test_a_collapsed_network_whose_order_is_squared_float32_rounding_is_caught(images):
    """The codes are 1e-5 plus a few units in the last place, 1e-12; squared, 1e-24."""
    scores = network(1e-13, 1e-5)(images)
    assert 1e-26 < np.median(scores) < 1e-23
    assert len(np.unique(scores)) > 10, "the scores have an order"
    assert "differ in their last bits only" in verdict(network(1e-13, 1e-5), images)


def test_a_network_with_tiny_codes_and_no_rounding_is_judged_by_its_ranking(images):
    assert np.median(network(1e-13, 0.0)(images)) < 1e-20
    assert verdict(network(1e-13, 0.0), images) == ""


def cancelling(images):
    """Codes that are 0 but for the rounding of float32: features times weights that send every feature to 0."""
    features = rectified(images)
    return np.square((features @ np.ones((16, 1), np.float32) - features.sum(axis=1, keepdims=True))[:, 0])


def test_scores_that_the_last_bits_of_the_pixels_decide_are_caught(images):
    # Squares of float32 rounding errors, moved away from their ties.
    message = verdict(lambda x: cancelling(x).astype(np.float64) + 1e-20 * brightness(x), images)
    assert "the ranking depends on floating-point rounding" in message
    assert re.search(r"\d % of the pairs of a normal and an anomalous image change their order", message)


def test_nudged_pixels_move_by_one_unit_in_the_last_place_within_bounds(images):
    nudged = nudged_images(images)
    assert nudged.dtype == np.float32
    assert (nudged.min() >= 0) and (nudged.max() <= 1)
    inside = (images > 0) & (images < 1)
    steps = nudged.view(np.int32) - images.view(np.int32)
    assert set(np.unique(steps[inside])) == {-1, 1}
    assert np.array_equal(nudged_images(images[7:9]), nudged[7:9]), "whatever the other images are"


def test_one_large_score_does_not_make_a_trial_degenerate(images):
    largest = int(np.argmax(brightness(images)))

    def heavy(factor):
        scores = brightness(images)
        scores[largest] = 1e7 * factor
        return scores

    chosen = np.r_[largest, np.delete(np.arange(N), largest)[: CHOSEN - 1]]
    further = AskedAgain(chosen, heavy(1 + 1e-5)[chosen], heavy(1.0)[chosen])
    assert audit(heavy(1.0), TRUTH, further) == ""


def dropout(images, random, kept=0.5, samples=1):
    """The mean brightness over random pixels."""
    flat = images.reshape(len(images), -1).astype(np.float64)
    masks = random.random_sample((samples, *flat.shape)) < kept
    return ((flat * masks).sum(axis=2) / masks.sum(axis=2)).mean(axis=0)


def test_a_stochastic_score_is_refused_where_it_changes_the_ranking(images):
    random = np.random.RandomState(5)
    message = verdict(lambda x: dropout(x, random), images)
    assert "scored again in other batches and another order, 256 of 256 images got another place" in message
    assert message.endswith("1 % and 10 % are allowed")


def test_a_stochastic_score_is_accepted_where_it_changes_nothing(images):
    random = np.random.RandomState(5)
    assert verdict(lambda x: dropout(x, random, kept=0.998, samples=100), images) == ""


def test_one_image_that_gets_quite_another_score_is_enough(images):
    scores, further, _ = asked_again(brightness, images)
    again = further.again.copy()
    again[3] = scores.max() + 1 if scores[further.chosen[3]] < np.median(scores) else scores.min() - 1
    changed = AskedAgain(further.chosen, again, further.nudged)
    assert "1 of 256 images got another place in the ranking" in audit(scores, TRUTH, changed)


@pytest.mark.parametrize("which", ["again", "nudged"])
def test_a_further_score_that_is_not_finite_is_refused(which, images):
    scores, further, _ = asked_again(brightness, images)
    parts = {"again": further.again.copy(), "nudged": further.nudged.copy()}
    parts[which][5] = np.nan
    message = audit(scores, TRUTH, AskedAgain(further.chosen, **parts))
    assert "1 of 256 images got a score that is not finite" in message


def test_batch_dependent_scores_are_refused_without_anomalous_images_too(images):
    scores, further, dtype = asked_again(lambda x: brightness(x) - brightness(x).mean(), images)
    assert "got another place in the ranking" in audit(scores, np.zeros(N, dtype=bool), further, dtype)


def test_a_perfect_area_does_not_hide_scores_that_depend_on_the_batch():
    """The two sides are so far apart that no normal image changes places with an anomalous one."""
    random = np.random.RandomState(2)
    scores = random.normal(size=N) + 1000 * TRUTH
    chosen = random.permutation(N)[:CHOSEN]
    again = scores[chosen] + random.normal(size=CHOSEN)
    assert changed_pairs(scores, TRUTH, chosen, again) == 0
    assert "got another place in the ranking" in audit(scores, TRUTH, AskedAgain(chosen, again, scores[chosen]))


@pytest.mark.parametrize("which", ["again", "nudged"])
def test_differences_of_the_size_of_rounding_count_where_they_change_the_area(which):
    """Differences of 1e-8 of the scores, half of them by chance: too small to count as other scores."""
    random = np.random.RandomState(3)
    signal = random.normal(size=N) + 2 * TRUTH
    scores = 0.1 + 1e-9 * (signal + random.normal(size=N))
    chosen = random.permutation(N)[:CHOSEN]
    parts = {"again": scores[chosen], "nudged": scores[chosen]}
    parts[which] = 0.1 + 1e-9 * (signal[chosen] + random.normal(size=CHOSEN))
    assert "depends on floating-point rounding" in audit(scores, TRUTH, AskedAgain(chosen, **parts))
    assert degeneracy(scores, TRUTH) == "", "the scores alone do not show it"


def test_the_share_of_pairs_bounds_the_change_of_the_area():
    random = np.random.RandomState(6)
    y = random.random_sample(300) < 0.5
    first = np.round(random.normal(size=300) + y, 1)
    second = np.where(y, first + 0.2 * random.normal(size=300), first)

    def area(scores):
        return np.mean(np.sign(scores[y][:, None] - scores[~y]) / 2 + 0.5)

    share = shifts(first[~y], first[y], second[y]).mean()
    assert 0 < abs(area(second) - area(first)) <= share
    pairs = changed_pairs(first, y, np.arange(300), second)
    assert pairs == pytest.approx(share / 2), "the scores of the normal images have not changed"


def test_no_chosen_images_show_nothing(images):
    none = AskedAgain(np.empty(0, np.int64), np.empty(0), np.empty(0))
    assert audit(brightness(images), TRUTH, none) == ""
    assert "all 600 scores are equal" in audit(np.ones(N), TRUTH, none)


def test_arrays_of_different_lengths_are_refused():
    with pytest.raises(ContractBroken, match=re.escape("they have (3,), (3,) and (2,)")):
        AskedAgain(np.arange(3), np.ones(3), np.ones(2))
