"""Saves a fitted model as files of tensors, and loads it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from bench_keras_vae.distances import CodeStatistics

if TYPE_CHECKING:
    from bench_keras_vae.configs import CodeConfig
    from bench_keras_vae.model import CodeModel

STATE_FILE = "state.npz"


def save(model: CodeModel, folder: Path) -> None:
    """Write each network as `NAME.keras`, and what scoring needs besides as `state.npz`."""
    for network in model.networks:
        network.save(folder / f"{network.name}.keras")
    state: dict[str, Any] = {
        "shape": np.asarray(model.shape),
        "centre": np.asarray(model.centre),
        "balance.running": np.asarray(model.balance.running),
        "mean": model.statistics.mean,
        "whitening": model.statistics.whitening,
        **model.extra_state(),
    }
    np.savez(folder / STATE_FILE, **state)


def load(make: Callable[[tuple[int, int, int], Any], CodeModel], config: CodeConfig, folder: Path) -> CodeModel:
    """Return the model that `save` wrote.

    Parameters
    ----------
    make : callable
        ((h, w, c), config) -> an untrained model.
    config : CodeConfig
        The parameters of the saved model.
    folder : Path
        Where it was saved.
    """
    with np.load(folder / STATE_FILE, allow_pickle=False) as arrays:
        state = dict(arrays)
    height, width, channels = (int(side) for side in state["shape"])
    model = make((height, width, channels), config)
    for network in model.networks:
        network.set_weights(keras.saving.load_model(folder / f"{network.name}.keras").get_weights())
    model.centre.assign(state["centre"])
    model.balance.running.assign(state["balance.running"])
    model.statistics = CodeStatistics(state["mean"], state["whitening"])
    model.restore_extra_state(state)
    return model
