"""Two rows of a board side by side."""
