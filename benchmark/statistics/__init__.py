"""How sure a number, a difference and a rank are: plain functions over values and arrays, from published methods."""
