"""The process that runs trials: `python -m benchmark.running.worker`. The only caller of a detector."""
