"""What several plugins need. This package offers no detectors itself."""
