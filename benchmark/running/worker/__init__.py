"""The worker process, `python -m benchmark.running.worker`. It runs trials. During a run, only it calls detectors."""
