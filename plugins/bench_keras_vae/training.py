"""One training: Keras's `compile` and `fit`, as the parameters say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from bench_keras_vae.callbacks import Survey

if TYPE_CHECKING:
    from bench_keras_vae.callbacks import EpochReporter
    from bench_keras_vae.configs import CodeConfig
    from benchmark import Images

START_SHARE = 1 / 25
CLIMB_SHARE = 0.3


def train(model: keras.Model, images: Images, config: CodeConfig, report: EpochReporter) -> None:
    """Train a model on prepared images for `config.epochs` epochs, or until its loss falls no further."""
    steps = -(-len(images) // config.batch_size)
    # With torch's epsilon, for the sake of `ocnn`.
    optimizer = keras.optimizers.Adam(schedule(config, steps), epsilon=1e-8)
    # The survey stands first: what the harness then measures is of the same moment.
    callbacks: list[Any] = [Survey(images), report]
    if config.patience:
        # Of the training loss: a stop that looked at anomalies would have learnt from them.
        callbacks.append(keras.callbacks.EarlyStopping("loss", mode="min", patience=config.patience))
    model.compile(optimizer=optimizer, jit_compile=False)
    model.fit(images, batch_size=config.batch_size, epochs=config.epochs, callbacks=callbacks, verbose=0)


def schedule(config: CodeConfig, steps: int) -> Any:
    """Return the learning rate, or its schedule over an epoch's `steps` times the epochs.

    `one_cycle` climbs to the highest rate in the first 30 % of the training and falls to nothing along a cosine, after
    Smith and Topin (2019), Super-Convergence, SPIE 11006. Deviation: Adam's momentum stays where it is.
    """
    highest, total = config.learning_rate, config.epochs * steps
    match config.schedule:
        case "drop":
            # Keras still takes the boundary itself at the old rate.
            last = config.drop_epoch * steps - 1
            return keras.optimizers.schedules.PiecewiseConstantDecay([last], [highest, highest / 10])
        case "one_cycle":
            climb = int(CLIMB_SHARE * total)
            return keras.optimizers.schedules.CosineDecay(
                highest * START_SHARE, total - climb, warmup_target=highest, warmup_steps=climb
            )
        case _:
            return highest
