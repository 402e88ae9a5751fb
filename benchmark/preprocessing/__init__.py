"""Preprocessing of images that several detectors use; it is part of the source hash of those detectors."""

from benchmark.preprocessing.contrast import Contrast

__all__ = ["Contrast"]
