"""A board in which every text is hostile: it is harmless in every format."""

import csv
import io
import json
import re

import pytest
from texts import board_text

from benchmark.reports.render import FORMATS
from benchmark.reports.render.terminal import BOLD, PLAIN

TEXTS = {
    "path": "../../../../tmp/harm",
    "html": "<img src=x onerror=alert(1)></td></table><script>alert(2)</script>",
    "pipe": "a | b \\| c\n| --- | --- |\n| 1 | 2 |",
    "backtick": "`code` ```\nfence\n``` ~~~",
    "latex": r"\input{/etc/passwd}\end{table} $x$ % & # _ { } ~ ^",
    "control": "\x00\x07\x1b[31mred\x1b]0;title\x07\r\nnext\x9b1A\x7f",
    "bidi": "abc\u202edcba\u2066x\u200b\ufeff\U000e0041",
    "surrogate": "\ud800\udfff",
    "formula": "=cmd|' /C calc'!A0",
    "megabyte": "m" * 2**20,
    "markdown": "# h\n[a](javascript:alert(1)) ![i](http://x/y.png) <http://z> **b** &lt;",
}


@pytest.fixture(params=TEXTS, scope="module")
def written(request, board, outcomes):
    """A board that has this text wherever a text can be, in every format."""
    text = TEXTS[request.param]
    rows = [
        *outcomes([0.9, 0.8], detector=text, tasks=(text, "b"), rules=(text, "r"), dataset=text, footnote=text,
                  notes=(text,), baselines={text: 0.5, "hash": 0.5}, params={text: text}),
        *outcomes([0.7, None], detector=f"{text}2", tasks=(text, "b"), rules=(text,), dataset=text),
    ]  # fmt: skip
    ranking = board(rows, non_default=lambda outcome: {"mode": text}, rules=True)
    return request.param, {form: board_text(ranking, form) for form in FORMATS}


def test_no_format_has_an_invisible_character_and_every_one_can_be_written_to_a_file(written):
    for name, text in written[1].items():
        # Only the terminal's format has codes, and only those for bold text.
        plain = text.replace(BOLD, "").replace(PLAIN, "") if name == "terminal" else text
        assert not {c for c in plain if not c.isprintable() and c != "\n"}, name
        text.encode()


def test_a_megabyte_is_truncated_with_the_number_of_characters_left_out_except_where_texts_are_exact(written):
    text_name, texts = written
    for name, text in texts.items():
        if name != "json":
            assert len(text) < 60_000, name
            if text_name == "megabyte":
                words = " ".join(text.split())  # a terminal's lines are wrapped
                assert re.search(r"m(…|\\ldots\{\}) \(1,04\d,\d\d\d more characters\)", words), name


def test_tables_keep_their_shape(written):
    texts = written[1]
    table = [line for line in texts["markdown"].splitlines() if line.startswith("|")]
    cells = [len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in table]
    assert cells[0] == 11 + 1 and set(cells[:5]) == {12}, "three rows, one heading, one line"
    assert {len(line) for line in csv.reader(io.StringIO(texts["csv"]))} == {
        len(next(csv.reader(io.StringIO(texts["csv"]))))
    }
    assert len(json.loads(texts["json"])) == 3
    assert texts["html"].count("<tr>") == texts["html"].count("</tr>") == 1 + 3 + 1 + 2
    assert texts["latex"].count(r"\begin{table}") == texts["latex"].count(r"\end{table}") == 2


def test_no_text_is_a_command_for_a_browser_or_a_compiler(written):
    texts = written[1]
    assert "<script" not in texts["html"] and "<img" not in texts["html"]
    assert r"\input" not in texts["latex"] and "\\write" not in texts["latex"]
    assert not re.search(r"(?<!\\)(\]\(|<(script|img|http))", texts["markdown"])
