"""Keras on TensorFlow."""

from __future__ import annotations

import importlib

from benchmark.running.frameworks.contract import Framework


def _load(threads: int) -> None:
    tensorflow = importlib.import_module("tensorflow")
    tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
    tensorflow.config.threading.set_inter_op_parallelism_threads(1)
    tensorflow.config.experimental.enable_op_determinism()
    importlib.import_module("keras")


def _seed(seed: int) -> None:
    keras = importlib.import_module("keras")
    # Otherwise names, counters and generators of earlier models would change the seeds of the next one.
    keras.utils.clear_session(free_memory=True)
    keras.utils.set_random_seed(seed)


def _device_name() -> str:
    config = importlib.import_module("tensorflow").config
    gpus = config.list_physical_devices("GPU")
    return str(config.experimental.get_device_details(gpus[0]).get("device_name", "")) if gpus else ""


FRAMEWORK = Framework(
    name="keras",
    environment={"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "2", "TF_DETERMINISTIC_OPS": "1"},
    load=_load,
    seed=_seed,
    packages={"keras": ("keras",), "tensorflow": ("tensorflow", "tensorflow-cpu")},
    device_name=_device_name,
    extra="keras",
    seeders=("tensorflow.random.set_seed", "keras.utils.set_random_seed"),
)
