import math

import pytest
from toy_one_cycle import fall

pytestmark = pytest.mark.torch


@pytest.fixture
def rates(torch):
    """A function that returns the learning rate of each step; the highest is 1."""
    from bench_toolkit.schedules import learning_rate_schedule

    def make(name, steps=10, **options):
        optimizer = torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
        schedule = learning_rate_schedule(optimizer, name, steps=steps, **options)
        values = []
        for _ in range(steps):
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


def test_one_cycle_rises_and_falls_along_cosines(rates):
    """The schedule for Keras falls likewise, and rises along a line. The peak is at 30 % of 101 steps, less one."""
    values, peak = rates("one_cycle", steps=100), 0.3 * 101 - 1
    rise = [1 / 25 + (1 - 1 / 25) * (1 - math.cos(math.pi * step / peak)) / 2 for step in range(30)]
    assert values[:30] == pytest.approx(rise)
    assert values[30:] == pytest.approx([fall(step, peak=peak, last=100) for step in range(30, 100)], abs=1e-5)
