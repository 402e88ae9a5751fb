"""The page, read by a parser of HTML: every text is a text, nothing is asked for elsewhere."""

from html.parser import HTMLParser

from hypothesis import example, given
from hypothesis import strategies as st

from benchmark.reports.document import Cell, Column, Report, Span, Table, note
from benchmark.reports.leaderboard import board_text, leaderboard_report
from benchmark.reports.render import html
from benchmark.reports.text import escape_control

VOID = {"meta"}


class Page(HTMLParser):
    """The tags and attributes of a page, checked for balance, and the texts of its cells, headings and remarks."""

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
        if self.texts and self.open and self.open[-1] in ("th", "td", "h1", "h2", "p", "li", "title", "strong", "code"):
            tag, text = self.texts[-1]
            self.texts[-1] = (tag, text + data)

    def of(self, *tags):
        return [text for tag, text in self.texts if tag in tags]


TAGS = {
    "html", "head", "meta", "title", "style", "body", "h1", "h2", "div", "table", "thead", "tbody", "tr", "th", "td",
    "strong", "p", "ul", "li", "code",
}  # fmt: skip


def test_the_page_has_the_cells_of_the_board_and_says_the_best_loudly(board, outcomes):
    made = board([*outcomes([0.9, 0.8], baselines={"hash": 0.5}), *outcomes([0.7, 0.85], detector="b")])
    report = leaderboard_report(made)
    text = html.render(report)
    page = Page(text)
    cells = [cell for table in report.tables for row in table.rows for cell in row]
    assert page.of("td") == [cell.text for cell in cells]
    assert text.count("<strong>") == sum(cell.bold for cell in cells) == 3
    assert page.of("h2") == ["Baselines: scores that learn nothing"]


def test_each_trial_and_its_interval_wait_behind_the_cell(board, outcomes):
    page = Page(board_text(board(outcomes([0.9, 0.8], [0.95, 0.8])), "html"))
    hints = [value for tag, name, value in page.attributes if name == "title"]
    first, second = hints[0].split("\n")
    assert first.startswith("seed 0: 90.0, 95 % interval 87.9 to 91.8")
    assert second.startswith("seed 1: 95.0, 95 % interval ")


def test_the_page_asks_for_nothing_and_follows_light_and_dark(board, outcomes):
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
