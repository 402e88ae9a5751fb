import itertools

import pytest

pytestmark = pytest.mark.torch


def batches(images, transformations, size, count):
    import torch

    from bench_rotation.training import shuffled_pairs

    torch.manual_seed(0)
    pairs = shuffled_pairs(images, transformations, size, torch.device("cpu"))
    return [(chosen.tolist(), which.tolist()) for chosen, which in itertools.islice(pairs, count)]


def test_after_as_many_passes_as_transformations_every_pair_came_once():
    pairs = [pair for chosen, which in batches(10, 6, 4, 15) for pair in zip(chosen, which, strict=True)]
    assert sorted(pairs) == list(itertools.product(range(10), range(6)))


def test_a_batch_may_be_larger_than_the_images():
    ((chosen, which),) = batches(3, 4, 8, 1)
    assert len(chosen) == len(which) == 8


def test_every_transformation_comes_within_a_few_steps():
    assert len({which for _, each in batches(500, 72, 256, 3) for which in each}) == 72


def test_progress_is_reported_ten_times(fit):
    reports = [report for report, _ in fit("rotnet", steps=37)[1]]
    assert [report.number for report in reports] == list(range(1, 11))
    assert {report.of for report in reports} == {10}
    assert {*reports[0].losses} == {"cross_entropy"}
    assert {*reports[0].measures} == {"accuracy", "learning_rate"}


def test_a_training_of_three_steps_reports_each(fit):
    reports = [report for report, _ in fit("rotnet", steps=3)[1]]
    assert [(report.number, report.of) for report in reports] == [(1, 3), (2, 3), (3, 3)]


def test_a_report_holds_means_over_the_steps_since_the_last_one(torch):
    from bench_rotation.configs import RotationConfig
    from bench_rotation.training import BatchLoss, TrainingImages, train
    from bench_rotation.transformations import pixel_maps, quarter_turns

    network, steps = torch.nn.Linear(1, 1), iter(range(1, 21))

    def loss_of(images, which):
        number = torch.tensor(float(next(steps)))
        return BatchLoss(network.weight.sum(), {"loss": number}, {"twice": 2 * number})

    images = TrainingImages(torch.zeros(4, 4, 1), pixel_maps(quarter_turns(), 2))
    parts = list(train(network, images, loss_of, RotationConfig(), 20))
    assert [part.losses["loss"] for part in parts] == [1.5 + 2 * number for number in range(10)]
    assert [part.measures["twice"] for part in parts] == [3 + 4 * number for number in range(10)]


def test_one_cycle_ends_near_zero_and_a_constant_rate_does_not_change(fit):
    ends = {
        schedule: fit("rotnet", steps=20, schedule=schedule)[1][-1][0].measures["learning_rate"]
        for schedule in ("one_cycle", "constant")
    }
    assert ends["one_cycle"] < 1e-3 * ends["constant"]


def test_with_steps_0_it_trains_for_all_epochs(fit):
    detector, _ = fit("geom", steps=0, epochs=2, batch_size=200)
    assert detector.steps(40) == -(-2 * 40 * 72 // 200)


def test_bfloat16_gives_similar_scores(fit, images):
    exact, _ = fit("rotnet", steps=30)
    rough, _ = fit("rotnet", steps=30, precision="bfloat16")
    x = images(30, seed=1)
    a, b = (detector.score(x)["rotation_likelihood"] for detector in (exact, rough))
    assert (a != b).any()
    assert b == pytest.approx(a, rel=0.5)


def test_images_are_also_scored_in_bfloat16(fit, images, torch):
    detector, _ = fit("rotnet", steps=2, precision="bfloat16")
    codes = torch.from_numpy(detector.embed(images(5, seed=1)))
    assert torch.equal(codes.bfloat16().double(), codes)
