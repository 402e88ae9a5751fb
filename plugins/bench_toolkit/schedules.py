"""How the learning rate of a PyTorch optimiser changes from step to step."""

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
    """Return a schedule whose `step` is called after each step of an optimiser.

    Parameters
    ----------
    optimizer : Optimizer
        Its learning rate is the highest of the schedule.
    name : str
        `one_cycle` climbs to the highest rate and falls to nothing, after Smith and Topin (2019), Super-Convergence,
        SPIE 11006; deviation: Adam's momentum stays where it is. `drop` is a tenth from `drop_step` on.
    steps : int
        Of the whole training.
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
