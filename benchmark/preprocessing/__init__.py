"""What several detectors begin with. All of it is in the source hash of every detector that uses it."""

from benchmark.preprocessing.contrast import Contrast

__all__ = ["Contrast"]
