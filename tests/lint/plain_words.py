"""Finds banned words in the texts of the project: strings, docstrings and comments of its code, and its pages.

    python tests/lint/plain_words.py [FOLDER]

Names in code are not checked, nor what is code within a page. A finding is one line: file, line, word, what to write.
"""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

from banned_words import ALLOWED, BANNED

CODE = ("benchmark/**/*.py", "plugins/**/*.py")
PAGES = (
    "*.md",
    "docs/**/*.md",
    "plugins/*/README.md",
    "leaderboards/**/*.md",
    "benchmark/**/*.j2",
    "benchmark/scaffold/**/*.txt",
    "leaderboards/*.csv",
    "Makefile",
    "pyproject.toml",
)
WORDS = re.compile(
    rf"(?<![\w-])({'|'.join(map(re.escape, sorted(BANNED, key=len, reverse=True)))})(?![\w-])", re.IGNORECASE
)


def texts_of_code(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and text of every string (also within an f-string) and comment."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            # Of a string of several lines, each line; a name in backticks is code.
            lines = without_code(node.value).split("\n")
            several = node.end_lineno is not None and node.end_lineno - node.lineno + 1 == len(lines)
            yield from ((node.lineno + (offset if several else 0), line) for offset, line in enumerate(lines))
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], without_code(token.string)


def texts_of_page(page: str, *, name: str) -> Iterator[tuple[int, str]]:
    """Yield the line and text of a page; of a changelog, of its newest section only."""
    sections = 0
    for number, line in enumerate(without_code(page).split("\n"), start=1):
        sections += line.startswith("## ")
        if name == "CHANGELOG.md" and sections > 1:
            return
        yield number, line


def without_code(text: str) -> str:
    """Return a text with its fences, code spans and addresses blank; lines stay where they are."""

    def blank(match: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", match[0])

    text = re.sub(r"(?ms)^```.*?^```", blank, text)
    text = re.sub(r"`[^`\n]*`", blank, text)
    return re.sub(r"\]\([^)\n]*\)", blank, text)


def findings(root: Path) -> Iterator[str]:
    """Yield a line for each banned word below a folder."""
    files = {path for pattern in (*CODE, *PAGES) for path in root.glob(pattern) if path.is_file()}
    for path in sorted(files):
        text, name = path.read_text(encoding="utf-8"), path.relative_to(root).as_posix()
        for number, line in texts_of_code(text) if path.suffix == ".py" else texts_of_page(text, name=name):
            for match in WORDS.finditer(line):
                word = match[0].lower()
                if (name, word) not in ALLOWED:
                    yield f"{name}:{number}: {match[0]!r}; write instead: {BANNED[word]}"


def main() -> int:
    """Print the findings; return 1 if there are any."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2]
    lines = list(dict.fromkeys(findings(root)))
    for line in lines:
        print(line)
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main())
