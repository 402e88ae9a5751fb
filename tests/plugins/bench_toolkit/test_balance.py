import subprocess
import sys

import numpy as np
import pytest
from toy_balance import STEPS, factors_after

from bench_toolkit.balance import balance_factors, running_means


def factors(*running):
    return balance_factors(np.array(running, float), np)


def test_factors_are_in_inverse_proportion_to_the_running_means():
    assert factors(4, 0.5) == pytest.approx([2 / 9, 16 / 9])
    assert factors(1, 2, 4) == pytest.approx([12 / 7, 6 / 7, 3 / 7])


def test_they_sum_to_the_number_of_terms():
    assert factors(3, 7, 0.1, 12).sum() == pytest.approx(4)


def test_the_factor_of_a_single_term_is_1():
    assert factors(0.3) == pytest.approx([1])


def test_only_the_ratios_between_running_means_count():
    assert factors(3, 7) == pytest.approx(factors(0.03, 0.07))


@pytest.mark.parametrize("smallest", [0.01, 1e-5, 0.0])
def test_no_factor_is_more_than_a_hundred_times_another(smallest):
    first, second = factors(1, smallest)
    assert second / first == pytest.approx(100)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_if_all_running_means_are_zero_every_factor_is_1(dtype):
    for terms in (1, 2, 3):
        assert balance_factors(np.zeros(terms, dtype), np) == pytest.approx(np.ones(terms))


def test_a_running_mean_moves_by_a_hundredth_of_the_way():
    assert running_means(np.array([2.0, 1.0]), np.array([12.0, 1.0])) == pytest.approx([2.1, 1.0])


def test_many_steps_give_the_factors_of_the_definition():
    running = np.zeros(2)
    for step in STEPS:
        running = running_means(running, np.array(step))
    assert balance_factors(running, np) == pytest.approx(factors_after(STEPS))


def test_it_loads_no_framework():
    code = "import sys, bench_toolkit.balance; print(sorted({'keras', 'tensorflow', 'torch'} & set(sys.modules)))"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"
