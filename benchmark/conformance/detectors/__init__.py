"""The checks of a detector."""
