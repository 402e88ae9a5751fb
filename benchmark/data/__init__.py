"""Finds the files of a dataset, fetches them where they are not, and keeps them decoded."""
