"""What is removed from a text, and what is not."""

import pytest

from benchmark.publishing.redact import REDACTED, redact_text


@pytest.mark.parametrize(
    "text", ["task mnist/3 of parts/bottle", "8/10 epochs, 1e-3/2", "weight=0.05", "needs tensorflow>=2.18", "a // b"]
)
def test_a_text_that_names_no_place_is_unchanged(text):
    assert redact_text(text, "node7") == text


@pytest.mark.parametrize(
    "text",
    [
        "/home/ada/x",
        "//home/ada/x",
        "'ada private/mnist copy'",
        "~ada/x",
        "../x",
        r"C:\Users\ada",
        r"\\server\x",
        "file:///x",
        "https://x.example/y",
        "ada@host",
    ],
)
def test_what_names_a_place_is_removed(text):
    assert redact_text(f"from {text} on") == f"from {REDACTED} on"
