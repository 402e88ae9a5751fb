import pytest

pytestmark = pytest.mark.torch


def test_a_step_lowers_the_loss_and_then_steps_the_schedule(torch):
    from bench_toolkit.optimiser import adam, take_step
    from bench_toolkit.schedules import learning_rate_schedule

    network = torch.nn.Linear(1, 1, bias=False)
    optimizer = adam(network, learning_rate=0.1, weight_decay=0.0)
    schedule = learning_rate_schedule(optimizer, "drop", steps=2, drop_step=1)
    before = network.weight.square().sum()
    take_step(before, optimizer, schedule)
    assert network.weight.square().sum() < before
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.01)


def test_gradients_of_one_step_are_not_added_to_those_of_the_next(torch):
    from bench_toolkit.optimiser import adam, take_step
    from bench_toolkit.schedules import learning_rate_schedule

    network = torch.nn.Linear(1, 1, bias=False)
    optimizer = adam(network, learning_rate=0.1, weight_decay=0.0)
    schedule = learning_rate_schedule(optimizer, "constant", steps=2)
    for _ in range(2):
        take_step(3 * network.weight.sum(), optimizer, schedule)
        assert network.weight.grad.item() == 3
