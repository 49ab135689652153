"""Markup: what is text stays text."""

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from hashsweep.output.page.markup import Html, bars, element, join, table, text
from hashsweep.safe_text import printable


class Read(HTMLParser):
    """Tags, attributes and text of markup, as a browser would read them."""

    def __init__(self, markup):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text += data


@given(st.text(st.characters()))
def test_text_is_read_back_as_it_would_be_shown(value):
    """Whatever it holds: no tag comes of it, in an element or in an attribute."""
    read = Read(element("p", value, title=value))

    assert (read.tags, read.text) == (["p"], printable(value))
    assert read.attributes == [("title", printable(value))]


def test_finished_markup_is_not_escaped_again():
    """Pieces can be put together."""
    inside = element("b", "x & y")

    assert join([inside, "<"]) == Html("<b>x &amp; y</b>&lt;")
    assert element("p", inside) == "<p><b>x &amp; y</b></p>"


def test_names_of_attributes_are_those_of_html():
    """Python's words are avoided by an underscore; None leaves one out."""
    assert element("p", class_="a", aria_label="b", id=None) == '<p class="a" aria-label="b"></p>'
    assert text("\u202e") == "\\u202e"


def test_a_table_says_what_its_cells_are():
    """The head by columns, the first cell by rows; numbers have separators and stand right."""
    made = table("Counted", ("what", "count"), [("files", 1_234_567)])

    assert "<caption>Counted</caption>" in made
    assert '<th scope="col">what</th><th scope="col" class="n">count</th>' in made
    assert '<tr><th scope="row">files</th><td class="n">1,234,567</td></tr>' in made
    assert 'role="region" tabindex="0" aria-label="Counted"' in made


def test_the_longest_bar_is_that_of_the_largest_count():
    """Others in proportion; nothing has none."""
    made = bars("Counted", ("what", "count"), [("a", 4, ""), ("b", 1, ""), ("c", 0, "")])

    assert [width for name, width in Read(made).attributes if name == "width"] == [
        "100.0", "25.0", "0.0",
    ]  # fmt: skip
    assert "<td>note</td>" in bars("Counted", ("what", "count", "why"), [("a", 1, "note")])
    assert "<tbody></tbody>" in bars("Counted", ("what", "count"), [])
