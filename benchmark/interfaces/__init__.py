"""The contracts: what a detector, a dataset, a metric and an observer are. Loads nothing heavy."""
