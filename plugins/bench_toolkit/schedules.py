"""Schedules of the learning rate of a PyTorch optimiser."""

from __future__ import annotations

from typing import Any, Literal

import torch


def learning_rate_schedule(
    optimizer: torch.optim.Optimizer,
    name: Literal["constant", "one_cycle", "drop"],
    *,
    steps: int,
    drop_step: int | None = None,
) -> Any:
    """Return a schedule. Its `step` is called after each step of the optimiser.

    Parameters
    ----------
    optimizer : Optimizer
        Its learning rate is the highest of the schedule.
    name : str
        `constant`. `one_cycle`: rises to the highest rate and falls to zero, after Smith and Topin (2019),
        Super-Convergence, SPIE 11006; deviation: Adam's momentum is constant. `drop`: a tenth after `drop_step` steps.
    steps : int
        Steps of the whole training.
    drop_step : int, optional
        Steps at the highest rate; needed by `drop`.

    Raises
    ------
    ValueError
        If `drop` gets no `drop_step`.
    """
    match name:
        case "one_cycle":
            highest = optimizer.param_groups[0]["lr"]
            return torch.optim.lr_scheduler.OneCycleLR(
                optimizer, highest, total_steps=max(2, steps) + 1, cycle_momentum=False
            )
        case "drop" if drop_step is not None:
            return torch.optim.lr_scheduler.MultiStepLR(optimizer, [drop_step], gamma=0.1)
        case "drop":
            raise ValueError("the schedule 'drop' needs `drop_step`")
        case _:
            return torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0)
