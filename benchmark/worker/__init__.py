"""The process that runs trials: `python -m benchmark.worker`. The only caller of a detector."""
