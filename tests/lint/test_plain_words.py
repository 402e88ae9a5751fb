"""The check of words finds them in every text that a user or a maintainer reads, and nowhere else."""

import pytest
from banned_words import ALLOWED, BANNED
from plain_words import findings


@pytest.fixture
def project(tmp_path):
    """A function that writes a file and returns what is found in it."""

    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return list(findings(tmp_path))

    return write


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('"""A module that was told."""\n', 1),
        ('def f():\n    """Return.\n\n    More about moods.\n    """\n', 4),
        ('x = 1\nraise ValueError("whoever asked")\n', 2),
        ('name = 1\nx = f"{name} is dust"\n', 2),
        ("x = 1  # nobody mends this\n", 1),
    ],
)
def test_a_banned_word_in_a_docstring_a_string_or_a_comment_is_found_with_its_line(project, text, line):
    (finding,) = project("benchmark/room/module.py", text)
    assert finding.startswith(f"benchmark/room/module.py:{line}: ")


@pytest.mark.parametrize("text", ["told = 1\n", "def cure(moods):\n    return moods\n", "x = '`cure` is now `fix`'\n"])
def test_names_and_code_within_a_text_are_not_looked_at(project, text):
    assert project("plugins/bench_x/module.py", text) == []


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "docs/page.md",
        "plugins/bench_x/README.md",
        "leaderboards/mnist.md",
        "leaderboards/archive/mnist.md",
        "benchmark/scaffold/templates/README.md.txt",
        "Makefile",
    ],
)
def test_a_banned_word_on_a_page_is_found_unless_it_is_code(project, name):
    page = "# Title\n\nCall `cure`.\n\n```python\ntold = 1\n```\n\nA [link](moods.md) to a Cure.\n"
    assert project(name, page) == [f"{name}:9: 'Cure'; write instead: fix"]


def test_files_that_are_not_text_are_not_read(tmp_path):
    compiled = tmp_path / "benchmark" / "scaffold" / "__pycache__" / "module.pyc"
    compiled.parent.mkdir(parents=True)
    compiled.write_bytes(b"\xff\x00 told")
    assert list(findings(tmp_path)) == []


def test_a_word_that_only_contains_a_banned_one_is_not_found(project):
    assert project("README.md", "Industry, secure, retold, stranger-things.\n") == []


def test_old_sections_of_the_changelog_are_history(project):
    text = "# Changelog\n\n## Unreleased\n\nFixed.\n\n## 0.1\n\nMoods.\n"
    assert project("CHANGELOG.md", text) == []
    assert len(project("CHANGELOG.md", text.replace("Fixed", "Mended"))) == 1


def test_every_exception_names_a_banned_word_and_its_reason():
    assert {word for _, word in ALLOWED} <= set(BANNED)
    assert all(ALLOWED.values())
