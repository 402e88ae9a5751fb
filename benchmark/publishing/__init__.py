"""Publishes outcomes: rows without private data, boards made from the rows, and a check of both."""
