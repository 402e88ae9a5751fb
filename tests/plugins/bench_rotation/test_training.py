import itertools

import pytest

pytestmark = pytest.mark.torch


def batches(images, transformations, size, count):
    import torch

    from bench_rotation.training import _pairs

    torch.manual_seed(0)
    taken = itertools.islice(_pairs(images, transformations, size, torch.device("cpu")), count)
    return [(chosen.tolist(), which.tolist()) for chosen, which in taken]


def test_after_as_many_passes_as_transformations_every_pair_was_seen_once():
    seen = [pair for chosen, which in batches(10, 6, 4, 15) for pair in zip(chosen, which, strict=True)]
    assert sorted(seen) == list(itertools.product(range(10), range(6)))


def test_a_batch_may_be_larger_than_the_images():
    ((chosen, which),) = batches(3, 4, 8, 1)
    assert len(chosen) == len(which) == 8


def test_every_transformation_is_met_within_a_few_steps():
    met = {which for _, each in batches(500, 72, 256, 3) for which in each}
    assert len(met) == 72


def test_progress_is_told_ten_times_and_at_the_end(fit):
    reports = [report for report, _ in fit("rotnet", steps=37)[1]]
    assert [report.number for report in reports] == list(range(1, 11))
    assert {report.of for report in reports} == {10}
    assert {*reports[0].losses} == {"cross_entropy"}
    assert {*reports[0].measures} == {"accuracy", "learning_rate"}


def test_a_training_of_three_steps_tells_each(fit):
    reports = [report for report, _ in fit("rotnet", steps=3)[1]]
    assert [(report.number, report.of) for report in reports] == [(1, 3), (2, 3), (3, 3)]


def test_what_is_told_are_means_over_the_steps_since_the_last_time(torch):
    from bench_rotation.configs import RotationConfig
    from bench_rotation.training import train
    from bench_rotation.transformations import pixel_maps, quarter_turns

    network, steps = torch.nn.Linear(1, 1), iter(range(1, 21))

    def loss_of(images, which):
        number = torch.tensor(float(next(steps)))
        return network.weight.sum(), {"loss": number}, {"twice": 2 * number}

    told = list(train(network, torch.zeros(4, 4, 1), pixel_maps(quarter_turns(), 2), loss_of, RotationConfig(), 20))
    assert [part.losses["loss"] for part in told] == [1.5 + 2 * number for number in range(10)]
    assert [part.measures["twice"] for part in told] == [3 + 4 * number for number in range(10)]


def test_one_cycle_ends_at_almost_nothing_and_constant_where_it_began(fit):
    ends = {
        schedule: fit("rotnet", steps=20, schedule=schedule)[1][-1][0].measures["learning_rate"]
        for schedule in ("one_cycle", "constant")
    }
    assert ends["one_cycle"] < 1e-3 * ends["constant"]


def test_all_the_epochs_of_the_publication_are_trained_for_where_steps_is_0(fit):
    detector, _ = fit("geom", steps=0, epochs=2, batch_size=200)
    assert detector.steps(40) == -(-2 * 40 * 72 // 200)


def test_bfloat16_learns_much_the_same(fit, images):
    exact, _ = fit("rotnet", steps=30)
    rough, _ = fit("rotnet", steps=30, precision="bfloat16")
    x = images(30, seed=1)
    a, b = (detector.score(x)["rotation_likelihood"] for detector in (exact, rough))
    assert (a != b).any()
    assert b == pytest.approx(a, rel=0.5)


def test_bfloat16_is_what_images_are_scored_in_too(fit, images, torch):
    detector, _ = fit("rotnet", steps=2, precision="bfloat16")
    codes = torch.from_numpy(detector.embed(images(5, seed=1)))
    assert torch.equal(codes.bfloat16().double(), codes)
