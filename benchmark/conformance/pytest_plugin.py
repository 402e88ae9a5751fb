"""A pytest plugin: `pytest --bench-check NAME` has a test for each check of a detector, dataset or metric.

The checks run in a separate process. `-p benchmark.conformance.pytest_plugin` loads the plugin.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from benchmark.conformance.examine import checks_of, kind_of
from benchmark.conformance.questions import Answers, Question
from benchmark.interfaces.errors import BenchError
from benchmark.registry import registry


class CheckFailed(Exception):
    """A check failed; the message is the report."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.getgroup("bench").addoption(
        "--bench-check",
        action="append",
        default=[],
        metavar="NAME",
        help="test a detector, dataset or metric of One-Class Bench against its contract; may be repeated",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add the checks after the collected tests."""
    for name in config.getoption("--bench-check"):
        items.extend(_checks(session, name))


def _checks(session: pytest.Session, name: str) -> Iterator[CheckItem]:
    try:
        kind = kind_of(registry(), name)
    except BenchError as error:
        raise pytest.UsageError(f"--bench-check: {error}") from None
    answers = Answers(registry(), Question(name=name))
    for check in checks_of(kind):
        yield CheckItem.from_parent(
            session, name=f"bench-check[{name}-{check.name}]", check=check.name, answers=answers
        )


class CheckItem(pytest.Item):
    """One check as a test."""

    def __init__(self, *, check: str, answers: Answers, **options: Any) -> None:
        super().__init__(**options)
        self.check, self.answers = check, answers

    def runtest(self) -> None:
        """Wait for the verdict of the check; a skipped check skips the test, a failed one fails it."""
        verdict = self.answers[self.check]
        if verdict.status == "skipped":
            pytest.skip(verdict.got)
        if verdict.status == "failed":
            raise CheckFailed(f"expected: {verdict.expected}\ngot: {verdict.got}\nhow to fix: {verdict.fix}")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show the report instead of a traceback."""
        return str(excinfo.value) if isinstance(excinfo.value, CheckFailed) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """Return the path of the session and the name of the test."""
        return self.path, None, self.name
