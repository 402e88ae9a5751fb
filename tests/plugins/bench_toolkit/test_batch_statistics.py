import pytest

pytestmark = pytest.mark.torch


def network_and_batches(torch):
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Conv2d(1, 3, 3), torch.nn.BatchNorm2d(3), torch.nn.ReLU())
    return network, [torch.randn(4, 1, 6, 6) + shift for shift in (0.0, 1.0, 5.0)]


def test_the_statistics_are_means_over_the_batches(torch):
    from bench_toolkit.batch_statistics import set_batch_statistics

    network, batches = network_and_batches(torch)
    set_batch_statistics(network, network, batches)
    with torch.no_grad():
        maps = [network[0](batch) for batch in batches]
    means = torch.stack([each.mean(dim=(0, 2, 3)) for each in maps]).mean(dim=0)
    variances = torch.stack([each.var(dim=(0, 2, 3)) for each in maps]).mean(dim=0)
    assert network[1].running_mean.numpy() == pytest.approx(means.numpy(), abs=1e-6)
    assert network[1].running_var.numpy() == pytest.approx(variances.numpy(), rel=1e-5)


def test_nothing_else_changes(torch):
    from bench_toolkit.batch_statistics import set_batch_statistics

    network, batches = network_and_batches(torch)
    before, momentum = [value.clone() for value in network.parameters()], network[1].momentum
    state = torch.get_rng_state()
    set_batch_statistics(network, network, batches)
    assert all(torch.equal(one, other) for one, other in zip(before, network.parameters(), strict=True))
    assert torch.equal(state, torch.get_rng_state())
    assert network[1].momentum == momentum
    assert not network.training
