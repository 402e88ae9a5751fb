"""The learning rate over a training, as a Keras optimiser takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

if TYPE_CHECKING:
    from bench_keras_vae.configs import CodeConfig

START_SHARE = 1 / 25
CLIMB_SHARE = 0.3


def learning_rate(config: CodeConfig, steps: int) -> Any:
    """Return the learning rate, or a function of the step, for `config.epochs` epochs of `steps` steps.

    `one_cycle` rises to `config.learning_rate` in the first 30 % of the training and falls to 0 along a cosine, after
    Smith and Topin (2019), Super-Convergence, SPIE 11006. Deviation: Adam's momentum is constant. `bench_toolkit`'s
    schedule for PyTorch starts, peaks and falls alike; it rises along a cosine, this one along a line.
    """
    highest, total = config.learning_rate, config.epochs * steps
    match config.schedule:
        case "drop":
            # Keras takes the old rate at the boundary itself.
            last = config.drop_epoch * steps - 1
            return keras.optimizers.schedules.PiecewiseConstantDecay([last], [highest, highest / 10])
        case "one_cycle":
            climb = int(CLIMB_SHARE * total)
            return keras.optimizers.schedules.CosineDecay(
                highest * START_SHARE, total - climb, warmup_target=highest, warmup_steps=climb
            )
        case _:
            return highest
