"""The page as one file."""

import base64
import datetime
import hashlib
import json
import re
from dataclasses import replace

import pyarrow as pa
import pytest

from hashsweep.output.page.document import Sections, page, policy
from hashsweep.output.page.markup import Html, element
from hashsweep.output.page.top_matches import payload, strongest

NOW = datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.UTC)
NAMES = (
    *("verdicts", "trend", "coverage", "types", "matches", "hot", "distances", "pace"),
    "failures",
)


@pytest.fixture
def sections():
    """Sections that say what they are; no match."""
    data = payload(strongest([]), pa.nulls(0, pa.string()), ["a"])
    return Sections(
        title="<b>title</b> {{DATA}}",
        data=data,
        total=0,
        **{name: element("p", f"the {name}") for name in NAMES},
    )


def test_matches_come_right_after_the_verdict(sections):
    """Then what was covered; a trend is only linked to where there is one."""
    made = page(sections, NOW)
    order = re.findall('<section id="([a-z]+)"', made)

    assert order == [
        *("verdict", "list", "matches", "coverage", "failures", "distances", "pace"),
    ]  # fmt: skip
    assert 'href="#trend"' in made
    assert 'href="#trend"' not in page(replace(sections, trend=Html("")), NOW)


def test_it_can_be_decided_on_where_the_data_allow_it(sections):
    """Not on a page that is redacted or does not list all matches: its data have no decisions."""
    data = {**sections.data, "rows": 1}
    with_them = page(replace(sections, data={**data, "decisions": {}}), NOW)
    without = page(replace(sections, data=data), NOW)

    assert 'id="save"' in with_them
    assert 'id="save"' not in without
    assert "<code>hashsweep report decisions</code>" not in without


def test_columns_that_no_match_has_are_left_out(sections):
    """View, part and time."""
    coded = {**sections.data["coded"], "time": {"values": ["0:00:01.000"], "codes": [0]}}
    made = page(replace(sections, data={**sections.data, "rows": 1, "coded": coded}), NOW)

    assert 'data-key="time"' in made
    assert 'data-key="variant"' not in made
    assert 'data-key="part"' not in made


def digest(inside):
    """As a Content-Security-Policy names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()}'"


def test_the_policy_allows_the_one_script_and_the_one_style(sections):
    """By their digests, and nothing else at all."""
    made = page(sections, NOW)
    (allowed,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', made)
    (style,) = re.findall(r"<style>(.*?)</style>", made, re.DOTALL)
    (script,) = re.findall(r"<script>(.*?)</script>", made, re.DOTALL)

    assert allowed.replace("&#x27;", "'") == policy(style, script)
    assert policy(style, script).split("; ") == [
        "default-src 'none'",
        f"script-src {digest(script)}",
        f"style-src {digest(style)}",
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]
    assert made.index("Content-Security-Policy") < made.index("<title>") < made.index("<style>")
    assert "unsafe" not in allowed


def test_it_names_no_address(sections):
    """Nothing is loaded, and nothing leads away."""
    assert not re.search(r"https?:|//|url\(|@import|src=", page(sections, NOW).replace("// ", ""))


def test_every_section_is_there_once_and_its_text_is_no_template(sections):
    """Whatever stands in one."""
    made = page(sections, NOW)

    for name in NAMES:
        assert made.count(f"<p>the {name}</p>") == 1
    assert made.count("&lt;b&gt;title&lt;/b&gt; {{DATA}}") == 2
    assert "2026-01-02 03:04 UTC" in made


def test_data_are_what_was_given(sections):
    """In an element that is not run."""
    data = {**sections.data, "names": ["</script><script>alert(1)</script>"]}
    made = page(replace(sections, data=data), NOW)
    (found,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', made)

    assert json.loads(found) == data
    assert made.count("<script") == 2


def test_no_match_has_no_table(sections):
    """And says so."""
    made = page(sections, NOW)

    assert "There are no matches to list." in made
    assert 'id="table"' not in made


def test_a_table_that_lacks_matches_says_so(sections):
    """How many, and where they are."""
    data = {**sections.data, "rows": 2}
    part, whole = (page(replace(sections, data=data, total=total), NOW) for total in (2_000, 2))

    assert "the strongest 2 of 2,000 matches. The other 1,998 are not on this page" in part
    assert "not on this page" not in whole
    assert isinstance(part, str)
    assert not isinstance(whole, Html)
