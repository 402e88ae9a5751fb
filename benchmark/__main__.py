"""`python -m benchmark`: the command `bench`, where its script is not on the path."""

from benchmark.cli import main

main()
