"""The page, read by a parser of HTML: every text is a text, and nothing is loaded from elsewhere."""

import dataclasses
from html.parser import HTMLParser

from hypothesis import example, given
from hypothesis import strategies as st
from texts import board_text

from benchmark.interfaces.outcome import Measure
from benchmark.reports.document import Cell, Column, Report, Span, Table, note
from benchmark.reports.leaderboard import leaderboard_report
from benchmark.reports.render import html
from benchmark.reports.text import escape_control

VOID = {"meta"}
TEXTS = {"th", "td", "h1", "h2", "p", "li", "title", "strong", "code", "a"}


class Page(HTMLParser):
    """The tags and attributes of a page, checked for balance, and the texts of its cells, headings and notes."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.attributes, self.texts = set(), [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [(tag, *attribute) for attribute in attrs]
        if tag not in VOID:
            self.open.append(tag)
        if tag in ("th", "td", "h1", "h2", "p", "li", "title"):
            self.texts.append((tag, ""))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.texts and self.open and self.open[-1] in TEXTS:
            tag, text = self.texts[-1]
            self.texts[-1] = (tag, text + data)

    def of(self, *tags):
        return [text for tag, text in self.texts if tag in tags]


TAGS = {
    "html", "head", "meta", "title", "style", "body", "h1", "h2", "div", "table", "thead", "tbody", "tr", "th", "td",
    "strong", "p", "ul", "li", "code",
}  # fmt: skip


def test_the_page_has_the_cells_of_the_board_and_the_best_are_bold(board, outcomes):
    ranking = board([*outcomes([0.9, 0.8], baselines={"hash": 0.5}), *outcomes([0.7, 0.85], detector="b")])
    report = leaderboard_report(ranking)
    text = html.render(report)
    page = Page(text)
    cells = [cell for table in report.tables for row in table.rows for cell in row]
    assert page.of("td") == [cell.text for cell in cells]
    assert text.count("<strong>") == sum(cell.bold for cell in cells) == 3
    assert page.of("h2") == ["Baselines"]


def test_each_trial_and_its_interval_are_in_the_tooltip_of_the_cell(board, outcomes):
    page = Page(board_text(board(outcomes([0.9, 0.8], [0.95, 0.8])), "html"))
    hints = [value for tag, name, value in page.attributes if name == "title"]
    first, second = hints[0].split("\n")
    assert first.startswith("seed 0: 90.0, 95 % interval 87.9 to 91.8")
    assert second.startswith("seed 1: 95.0, 95 % interval ")


def test_the_tooltip_has_the_interval_for_other_classes_of_anomalies_where_it_is_known(board, outcomes):
    metrics = {"distance": {"roc_auc": Measure(0.9, 0.01, 0.03, 9)}}
    values = [dataclasses.replace(one, metrics=metrics) for one in outcomes([0.9, 0.9])]
    page = Page(board_text(board(values), "html"))
    hint = next(value for tag, name, value in page.attributes if name == "title")
    assert hint == "seed 0: 90.0, 95 % interval 87.9 to 91.8, for other classes of anomalies 80.7 to 95.1"


def test_the_page_loads_nothing_and_follows_light_and_dark(board, outcomes):
    text = board_text(board(outcomes([0.9, 0.8])), "html")
    page = Page(text)
    assert page.tags <= TAGS
    assert not {name for _, name, _ in page.attributes} & {"src", "href", "style", "onload", "onclick"}
    assert "url(" not in text and "@import" not in text and "http://" not in text and "https://" not in text
    assert "default-src 'none'" in text.replace("&#x27;", "'")
    assert "prefers-color-scheme: dark" in text and "position: sticky" in text


@given(st.text(max_size=60))
@example("</td></table><script>alert(1)</script>")
@example("\"' onmouseover=alert(1) x='")
@example("&lt;&#0;&amp;\x00\x1b]0;title\x07\u202e\ud800")
@example("<!-- ]]> --><style>")
def test_any_text_is_a_text_wherever_it_stands(text):
    notes = (note("Ours: ", Span(text)), note(Span("x"), Span(text, code=True), item=True))
    table = Table("", (Column(text, numeric=False),), ((Cell(text, bold=True, hint=(text, text)),),), notes)
    written = html.render(Report(text, (table,)))
    page, meant = Page(written), escape_control(text)
    assert page.tags <= TAGS
    assert page.of("title", "h1", "th", "td") == [meant] * 4
    assert [value for _, name, value in page.attributes if name == "title"] == [f"{meant}\n{meant}"]
    assert page.of("p", "li") == [f"Ours: {meant}", f"x{meant}"]
    assert all(c.isprintable() or c == "\n" for c in written)


def test_a_page_without_a_link_has_no_anchor(board, outcomes):
    assert "a" not in Page(board_text(board(outcomes([0.9, 0.8])), "html")).tags


def test_a_link_is_an_anchor_in_a_cell_and_in_a_note():
    rows = ((Cell("mnist", link="mnist.md"), Cell("90.0", bold=True, link="data/mnist.jsonl")),)
    notes = (note("See ", Span("the ledger", link="published.csv"), "."), note(Span("code", code=True, link="c.md")))
    text = html.render(Report("t", (Table("", (Column("a", numeric=False), Column("b")), rows, notes),)))
    page = Page(text)
    addresses = ["mnist.md", "data/mnist.jsonl", "published.csv", "c.md"]
    assert [value for tag, name, value in page.attributes if (tag, name) == ("a", "href")] == addresses
    assert page.of("td", "p") == ["mnist", "90.0", "See the ledger.", "code"]
    assert '<strong><a href="data/mnist.jsonl">90.0</a></strong>' in text
    assert '<code><a href="c.md">code</a></code>' in text


@given(st.text(min_size=1, max_size=60))
@example('"><script>alert(1)</script>')
@example("' onclick=alert(1) x=\"")
@example("javascript:alert(1)")
@example("a\x00\n\u202eb&lt;c")
def test_any_address_is_one_attribute_and_runs_nothing(address):
    table = Table("", (Column("a"),), ((Cell("x", link=address),),), (note(Span("y", link=address)),))
    text = html.render(Report("t", (table,)))
    page = Page(text)
    assert page.tags <= TAGS | {"a"}
    attributes = [(name, value) for tag, name, value in page.attributes if tag == "a"]
    assert attributes == [("href", escape_control(address))] * 2
    assert page.of("td", "p") == ["x", "y"]
    # The policy stands before everything that it applies to; it has no exception for scripts.
    policy = next(value for _, name, value in page.attributes if name == "content" and "src" in value)
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"
    assert text.index("Content-Security-Policy") < text.index("<style")
