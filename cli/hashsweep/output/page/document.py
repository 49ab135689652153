"""The page itself: template, style, script and data in one file that may not load anything.

Its Content-Security-Policy names the digests of its only style and its only script;
nothing from outside and nothing smuggled in through a name can run. Knows no report
folder.
"""

import base64
import datetime
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from hashsweep import __version__
from hashsweep.output.page.markup import Html, element, join, text
from hashsweep.output.page.top_matches import as_json

_PLACE = re.compile(r"\{\{([A-Z]+)\}\}")
_HEADERS = {
    "report": "Report",
    "tier": "Tier",
    "decision": "Decision",
    "algorithm": "Algorithm",
    "distance": "Distance",
    "list": "List",
    "entry_id": "Entry",
    "category": "Category",
    "cluster": "Cluster",
    "copies": "Copies",
    "variant": "View",
    "part": "Part",
    "time": "Time",
    "name": "Name",
}
"""The columns of the table of matches, in order."""

_NAMED = (
    "It contains file names and hashes of files in plain text, even if the report is encrypted: "
    "protect it like the report."
)
_REDACTED = "Names of files, sources and entries are replaced by keyed hashes."

_TREND_LINK = element("li", element("a", "Trend", href="#trend"))
_SHOW = element("code", "hashsweep report show")
_DECISIONS = element("code", "hashsweep report decisions")
_NUMBERS = ("distance", "copies")
_IF_ANY = ("variant", "part", "time")  # columns that are only there if some match has them
_SELECTS = ("report", "list", "category", "tier", "algorithm", "decision")


@dataclass(frozen=True)
class Sections:
    """The finished parts of the page; `data` is what `top_matches.payload` returns.

    `total` counts all matches; `data` may have only the strongest.
    """

    title: str
    verdicts: Html
    trend: Html
    coverage: Html
    types: Html
    matches: Html
    hot: Html
    distances: Html
    pace: Html
    failures: Html
    data: Mapping[str, Any]
    total: int
    is_redacted: bool = False


def page(sections: Sections, now: datetime.datetime) -> str:
    """Return the page; `now` is the time it was made."""
    style, script = _resource("page.css"), _resource("decisions.js") + _resource("page.js")
    pieces = {
        "POLICY": text(policy(style, script)),
        "TITLE": text(sections.title),
        "STYLE": Html(style),
        "VERDICTS": sections.verdicts,
        "TREND": sections.trend,
        "TRENDLINK": _TREND_LINK if sections.trend else Html(""),
        "COVERAGE": sections.coverage,
        "TYPES": sections.types,
        "MATCHES": sections.matches,
        "HOT": sections.hot,
        "DISTANCES": sections.distances,
        "PACE": sections.pace,
        "FAILURES": sections.failures,
        "TABLE": _table(sections),
        "MADE": text(f"Made by hashsweep {__version__} on {now:%Y-%m-%d %H:%M} UTC."),
        "HOLDS": text(_REDACTED if sections.is_redacted else _NAMED),
        "DATA": Html(as_json(sections.data)),
        "SCRIPT": Html(script),
    }
    return _PLACE.sub(lambda found: pieces[found[1]], _resource("page.html"))


def policy(style: str, script: str) -> str:
    """Return the Content-Security-Policy of a page with this one style and this one script.

    Besides forbidding loads, it denies the script every way to turn text into markup
    (https://www.w3.org/TR/trusted-types/).
    """
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {_digest(script)}",
            f"style-src {_digest(style)}",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ]
    )


def _digest(inside: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()}'"


def _resource(name: str) -> str:
    return (files("hashsweep.output.page") / name).read_text(encoding="utf-8")


def _table(sections: Sections) -> Html:
    """Return the controls and the head of the table of matches, which the script fills in."""
    rows: int = sections.data["rows"]
    if not rows:
        return element("p", "There are no matches to list.")
    coded = sections.data["coded"]
    absent = {name for name in _IF_ANY if not any(coded[name]["values"])}
    is_one = len(coded["report"]["values"]) == 1
    absent |= {"report"} if is_one else set()
    names = [name for name in _HEADERS if name not in absent]
    pieces = []
    if rows < sections.total:
        note = (
            f"This table has the strongest {rows:,} of {sections.total:,} matches. The other "
            f"{sections.total - rows:,} are not on this page; "
        )
        rest = (" lists all, and ", _DECISIONS, " writes them for decisions.")
        pieces.append(element("p", note, _SHOW, *rest, class_="note strong"))
    without = "Without its script this page cannot list matches; "
    warning = element("p", without, _SHOW, " does.", class_="note strong")
    pieces.append(element("noscript", warning))
    heads = [
        element(
            "th",
            element("button", _HEADERS[name], type="button"),
            scope="col",
            data_key=name,
            class_="n" if name in _NUMBERS else None,
        )
        for name in names
    ]
    widths = element("colgroup", *(Html(f'<col class="{name}">') for name in names))
    made = element(
        "table",
        element("caption", "Matches; use the buttons in the head to sort", class_="unseen"),
        widths,
        element("thead", element("tr", *heads, aria_rowindex=1)),
        element("tbody", ""),
        id="table",
    )
    box = element(
        "div", made, id="scroller", tabindex=0, role="region", aria_label="Table of matches"
    )
    inside = [_controls(_SELECTS[is_one:]), box, element("p", "", id="printed")]
    if "decisions" in sections.data:
        inside[1:1] = [_deciding()]
        inside.append(_about_decisions())
    return join([*pieces, element("div", *inside, id="matches-ui", hidden="")])


def _deciding() -> Html:
    """Return the keys by which decisions are made, and the controls that save them."""
    keys = (
        ("j k", "next, previous"),
        ("c", "confirmed"),
        ("o", "overturned"),
        ("u", "undecided"),
        ("Shift + c o u", "all copies"),
    )
    listed = [
        element("div", element("dt", _keys(name)), element("dd", meaning)) for name, meaning in keys
    ]
    by = element(
        "div",
        element("label", "Decided by (optional)", for_="by"),
        Html('<input id="by" type="text" autocomplete="off" spellcheck="false" maxlength="80">'),
        class_="field",
    )
    save = element("button", "Save decisions as CSV", type="button", id="save")
    return element(
        "div",
        element("h3", "Decide", id="decide-title"),
        element("p", "Click a row, or press Tab until one is marked; then:"),
        element("dl", *listed, class_="keyboard"),
        element("div", by, save, class_="controls"),
        element("p", "", id="decided", role="status"),
        id="decide",
        role="group",
        aria_labelledby="decide-title",
    )


def _about_decisions() -> Html:
    return element(
        "p",
        "A decision is about a match and all files with the same bytes, or about all copies and "
        "near copies of the same content that match the same entry. The browser makes the file; "
        "nothing is sent. It is the CSV of ",
        _DECISIONS,
        ", for ",
        element("code", "hashsweep scan --decisions"),
        ". What is not saved is lost when this page is closed.",
        class_="note about-decisions",
    )


def _keys(names: str) -> Html:
    return join(each if each == "+" else element("kbd", each) for each in names.split())


def _controls(selects: Sequence[str]) -> Html:
    fields = [
        element(
            "div",
            element("label", _HEADERS[name], for_=f"only-{name}"),
            element(
                "select",
                element("option", "all", value=""),
                id=f"only-{name}",
                data_filter=name,
            ),
            class_="field",
        )
        for name in selects
    ]
    search = element(
        "div",
        element("label", "Entry or cluster", for_="search", id="search-label"),
        Html('<input id="search" type="search" autocomplete="off" spellcheck="false">'),
        class_="field search",
    )
    once = element(
        "label",
        Html('<input id="once" type="checkbox">'),
        element("span", "One row for all copies of the same content"),
        class_="check",
    )
    buttons = [
        element("button", "Reset", type="button", id="reset"),
        element("button", "Show all names", type="button", id="names", aria_pressed="false"),
    ]
    count = element("p", "", id="count", role="status")
    return join(
        [
            element("div", *fields, search, class_="controls"),
            element("div", once, *buttons, class_="controls"),
            count,
        ]
    )
