"""What is published of a store, and what becomes of it: rows that merge, boards made from them, a check."""
