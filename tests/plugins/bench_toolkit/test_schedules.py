import pytest

pytestmark = pytest.mark.torch


@pytest.fixture
def rates(torch):
    """A function that returns the learning rate of each of ten steps whose highest is 1."""
    from bench_toolkit.schedules import learning_rate_schedule

    def make(name, **options):
        optimizer = torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
        schedule = learning_rate_schedule(optimizer, name, steps=10, **options)
        values = []
        for _ in range(10):
            values.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            schedule.step()
        return values

    return make


def test_constant_stays(rates):
    assert rates("constant") == [1.0] * 10


def test_a_drop_is_a_tenth_from_its_step_on(rates):
    assert rates("drop", drop_step=4) == pytest.approx([1.0] * 4 + [0.1] * 6)


def test_a_drop_needs_its_step(rates):
    with pytest.raises(ValueError, match="drop_step"):
        rates("drop")


def test_one_cycle_climbs_and_falls(rates):
    values = rates("one_cycle")
    highest = values.index(max(values))
    assert values[: highest + 1] == sorted(values[: highest + 1])
    assert values[highest:] == sorted(values[highest:], reverse=True)
    assert values[0] == pytest.approx(1 / 25)
