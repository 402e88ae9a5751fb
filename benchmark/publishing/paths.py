"""The paths of a folder of leaderboards: rows, boards and summaries, those of older protocol versions in an archive."""

from __future__ import annotations

import re

from benchmark.publishing.row_schema import NAME

README, LEDGER = "README.md", "published.csv"
TRADEOFF, COST = "_tradeoff", "cost.md"

ARCHIVE = "archive/"
"""The folder of the rows and pages of older protocol versions."""

SCORES = "data/scores/"
"""The folder of the scores that rows may have, of the board and of the archive alike."""


def rows_file(dataset: str, *, archived: bool = False) -> str:
    """Return the path, within the folder, of the rows of a dataset."""
    return f"{ARCHIVE if archived else ''}data/{dataset}.jsonl"


def board_file(dataset: str, *, archived: bool = False) -> str:
    """Return the path, within the folder, of the board of a dataset."""
    return f"{ARCHIVE if archived else ''}{dataset}.md"


def scores_file(trial_id: str) -> str:
    """Return the path, within the folder, of the scores of a trial."""
    return f"{SCORES}{trial_id}.npz"


def dataset_of(path: str) -> str:
    """Return the dataset whose rows a path within the folder holds; empty if it is not a file of rows."""
    return path.removeprefix(ARCHIVE).removeprefix("data/").removesuffix(".jsonl") if path.endswith(".jsonl") else ""


def name_problem(dataset: str) -> str:
    """Return why a dataset cannot have files of its own in the folder; empty if it can."""
    if not re.fullmatch(NAME, dataset):
        return "its name is used for files, so it must have lower-case letters, digits and underscores only"
    if dataset == "readme" or board_file(dataset) == COST or dataset.endswith(TRADEOFF):
        return f"{board_file(dataset)} is the file of another page"
    return ""


def is_ours(content: bytes, text: str) -> bool:
    """Return whether a page has the heading of a text: `# mnist:` for a board, `# Leaderboards` for the summary."""
    return content.decode(errors="replace").split()[:2] == text.split()[:2]
