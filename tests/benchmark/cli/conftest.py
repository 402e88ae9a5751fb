import time

import pytest


@pytest.fixture
def wait_for():
    """A function that waits until a condition holds, and fails when it does not in time."""

    def wait(condition, seconds=20):
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until, "waited in vain"
            time.sleep(0.05)

    return wait


@pytest.fixture
def cells():
    """A function that returns the cells of a board but seconds and memory, which differ from run to run."""
    return lambda board: [line.rsplit("|", 4)[0] for line in board.splitlines() if line.startswith("|")]
