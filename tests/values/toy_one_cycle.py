"""The one-cycle learning rate by its formula, for the tests of every framework."""

import math


def fall(step, *, peak, last):
    """Return the share of the highest rate at a step from the peak on: half a cosine from 1 to 0."""
    return (1 + math.cos(math.pi * (step - peak) / (last - peak))) / 2
