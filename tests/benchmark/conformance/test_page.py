"""The page about the kit has every check, with the texts of the code."""

from pathlib import Path

from benchmark.conformance import KINDS, checks_of

PAGE = Path(__file__).parents[3] / "docs" / "check.md"


def test_the_page_has_a_row_for_every_check():
    page = PAGE.read_text()
    for kind in KINDS:
        for check in checks_of(kind):
            assert f"| `{check.name}` | {check.expected} | {check.fix} |" in page


def test_the_python_example_of_the_page_finds_nothing_wrong():
    source = PAGE.read_text().partition("```python\n")[2].partition("```")[0]
    names: dict[str, object] = {}
    exec(compile(source, str(PAGE), "exec"), names)
    assert names["failed"] == []
