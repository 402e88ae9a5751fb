"""The page, read by a parser of HTML: every text is a text, nothing is asked for elsewhere."""

from html.parser import HTMLParser

from hypothesis import example, given
from hypothesis import strategies as st

from benchmark.report.cells import visible
from benchmark.report.formats import html, to_html
from benchmark.report.formats.layout import panels
from benchmark.report.formats.table import Cell, Column, Panel, Table
from benchmark.report.prose import Part, remark

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
    made = board([*outcomes([0.9, 0.8], canaries={"hash": 0.5}), *outcomes([0.7, 0.85], detector="b")])
    text = to_html(made)
    page = Page(text)
    assert page.of("td") == [cell.text for panel in panels(made) for row in panel.table.rows for cell in row]
    assert text.count("<strong>") == sum(c.bold for p in panels(made) for row in p.table.rows for c in row) == 3
    assert page.of("h2") == ["Canaries: scores that learn nothing"]


def test_each_trial_and_its_interval_wait_behind_the_cell(board, outcomes):
    page = Page(to_html(board(outcomes([0.9, 0.8], [0.95, 0.8]))))
    hints = [value for tag, name, value in page.attributes if name == "title"]
    first, second = hints[0].split("\n")
    assert first.startswith("seed 0: 90.0, 95 % interval 87.9 to 91.8")
    assert second.startswith("seed 1: 95.0, 95 % interval ")


def test_the_page_asks_for_nothing_and_follows_light_and_dark(board, outcomes):
    text = to_html(board(outcomes([0.9, 0.8])))
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
    table = Table((Column(text, numeric=False),), ((Cell(text, bold=True, hint=(text, text)),),))
    remarks = (remark("Ours: ", Part(text)), remark(Part("x"), Part(text, code=True), item=True))
    written = html.written([Panel(text, table, remarks)])
    page, meant = Page(written), visible(text)
    assert page.tags <= TAGS
    assert page.of("title", "h1", "th", "td") == [meant] * 4
    assert [value for _, name, value in page.attributes if name == "title"] == [f"{meant}\n{meant}"]
    assert page.of("p", "li") == [f"Ours: {meant}", f"x{meant}"]
    assert all(c.isprintable() or c == "\n" for c in written)
