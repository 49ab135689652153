"""What a list says of itself, as reports hold it."""

import datetime
import json
from types import SimpleNamespace

import pytest

from hashsweep.hashlists.describe import age_days, count_refusals, facts, is_used
from hashsweep.hashlists.importing import ListName, ListOptions
from hashsweep.hashlists.opening import import_lists

NOW = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.UTC)
SECRET = "fedcba9876543210fedcba9876543210"


@pytest.fixture
def opened(tmp_path):
    """A list of two files with a refused row, an own category and a kept hash."""
    (tmp_path / "a.csv").write_text(
        f"entry_id,md5,photodna,deleted\na,{SECRET},AAEC,\nb,{SECRET[:-1]},,\na,,,true\n"
        f"c,{SECRET[::-1]},AAED,\n"
    )
    (tmp_path / "b.txt").write_text(f"{SECRET[2:]}00\n{SECRET[2:]}x1\nx\n")
    named = [ListName(tmp_path / name) for name in ("a.csv", "b.txt")]
    return import_lists(named, "both", tmp_path / "both.hsl", ListOptions(known_good=True))


def test_facts_are_plain_values_of_what_is_active(opened):
    """Names, counts, dates and sources."""
    about = facts(opened)
    about["created"] = about["sources"] = None

    assert json.loads(json.dumps(about)) == {
        "name": "both",
        "known_good": True,
        "entries": 2,
        "withdrawn": 1,
        "superseded": 1,
        "withdrawn_by": {},
        "left_standing": {},
        "undated": 0,
        "hashes": {"md5": 2},
        "low_quality": 0,
        "not_matchable_here": {"photodna": 1},
        "created": None,
        "refused": {"bad-length": 1, "bad-hash": 1, "unknown-algorithm": 1},
        "sources": None,
    }


def test_sources_are_told_with_line_and_reason(opened, tmp_path):
    """Path, format, digest and size of each file; what was refused and why."""
    one, two = facts(opened)["sources"]

    assert (one["path"], one["format"], one["entries"]) == (str(tmp_path / "a.csv"), "csv", 3)
    assert (two["format"], two["size"]) == ("text", (tmp_path / "b.txt").stat().st_size)
    assert one["refused_rows"] == [
        {"line": 3, "code": "bad-length", "detail": "md5 has 32 hex digits, not 31"}
    ]
    assert [row["line"] for row in two["refused_rows"]] == [2, 3]


def test_no_hash_is_in_the_facts(opened):
    """Not a listed one and not a refused one, in either case."""
    text = json.dumps(facts(opened)).lower()

    assert SECRET[2:12] not in text
    assert SECRET[::-1][:10] not in text


def test_refusals_add_up_over_the_sources():
    """By code; nothing refused is an empty table."""
    sources = [{"refusals": {"x": 1, "y": 2}}, {"refusals": {}}, {"refusals": {"x": 3}}]

    assert count_refusals(SimpleNamespace(meta={"sources": sources})) == {"x": 4, "y": 2}
    assert count_refusals(SimpleNamespace(meta={"sources": []})) == {}


@pytest.mark.parametrize(
    ("algorithms", "refusals", "used"),
    [
        (("md5",), {}, True),
        (("md5",), {"x": 0}, True),
        (("md5",), {"x": 1}, False),
        ((), {}, False),
    ],
)
def test_a_list_is_used_if_all_of_it_can_be_compared_with(algorithms, refusals, used):
    meta = {"sources": [{"refusals": refusals}], "hashes": dict.fromkeys(algorithms, 1)}

    assert is_used(SimpleNamespace(meta=meta, algorithms=algorithms)) is used


def test_age_is_that_of_the_oldest_source():
    """A fresh file does not make a list look fresh that was merged from older ones, too."""
    sources = [
        {"modified": "2026-11-01T12:00:00+00:00"},
        {"modified": "2026-11-20T00:00:00+00:00"},
    ]

    assert age_days(SimpleNamespace(meta={"sources": sources}), NOW) == 21
    assert age_days(SimpleNamespace(meta={"sources": sources[1:]}), NOW) == 2.5


@pytest.mark.parametrize(
    ("qualities", "low", "used"),
    [((49, 0), 2, False), ((49, 50), 1, True), ((49, ""), 1, True), ((100, ""), 0, True)],
)
def test_pdqs_of_low_quality_are_no_use(tmp_path, qualities, low, used):
    """A list of nothing else is compared with nothing; one that is not known is not low."""
    rows = [f"e{n},{n:02d}{SECRET * 2}"[:67] + f",{q}" for n, q in enumerate(qualities)]
    (tmp_path / "a.csv").write_text("\n".join(["entry_id,pdq,pdq_quality", *rows]) + "\n")
    opened = import_lists([ListName(tmp_path / "a.csv")], "a", tmp_path / "a.hsl", ListOptions())

    assert (facts(opened)["low_quality"], is_used(opened)) == (low, used)
