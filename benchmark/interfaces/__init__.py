"""The contracts of detectors, datasets, metrics and observers. Importing them loads neither numpy nor a framework."""
