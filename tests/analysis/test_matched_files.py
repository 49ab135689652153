"""The files that matched, each once."""

import pyarrow as pa
import pytest

from hashsweep.analysis.matched_files import HASHES, matched_files
from hashsweep.model import Item, Match, Record
from hashsweep.report import schema
from support.reports import open_report

OWN = {"md5": b"m" * 16, "sha1": b"s" * 20, "sha256": b"t" * 32, "pdq": b"p" * 32}


def match(entry, decision=None):
    return Match("md5", 0, "known", entry, "", (), "exact-md5", (("md5", 0),), decision=decision)


@pytest.fixture
def written(tmp_path):
    """A function that writes a report of these records, five rows to a segment."""
    return lambda *found: open_report(tmp_path / "report", found, segment_rows=5)


def test_each_file_comes_once_with_all_its_matches(written):
    """In the report's order, with its own hashes and those of its frames."""
    first, other = Item("/b\udcff"), Item("/a")
    report = written(
        [
            Record(first, hashes=OWN, matches=[match("e"), match("f")]),
            Record(first, part="frame 2", hashes={"pdq": b"q" * 32}, matches=[match("e")]),
        ],
        [Record(Item("/clean"), hashes=OWN)],
        [Record(other, hashes={"md5": OWN["md5"]}, matches=[match("g")])],
    )
    one, two = matched_files(report)

    assert (one.item_id, one.uri) == (first.item_id, "/b\udcff")
    assert [(row["part"], row["entry_id"]) for row in one.matches] == [
        (None, "e"), (None, "f"), ("frame 2", "e"),
    ]  # fmt: skip
    assert one.digests == {name: OWN[name] for name in HASHES[:-1]}
    assert one.pdq == {None: OWN["pdq"], "frame 2": b"q" * 32}
    assert (two.uri, two.digests, two.pdq) == ("/a", {"md5": OWN["md5"]}, {})


def test_what_people_overturned_is_left_out(written):
    """And so is a file of which nothing else is left."""
    report = written(
        [Record(Item("/a"), matches=[match("e", "overturned"), match("f", "confirmed")])],
        [Record(Item("/b"), matches=[match("e", "overturned")])],
    )
    (one,) = matched_files(report)

    assert [(row["entry_id"], row["decision"]) for row in one.matches] == [("f", "confirmed")]


def test_rows_of_an_item_need_not_be_neighbours(written, tmp_path):
    """Nor does a path that was named twice have its matches twice."""
    report = written(*[[Record(Item(name), matches=[match("e")])] for name in ("/a", "/b", "/a")])
    found = list(matched_files(report))

    assert [(file.uri, len(file.matches)) for file in found[:2]] == [("/a", 1), ("/b", 1)]


def test_a_report_of_no_match_has_none(written):
    """Its table is empty."""
    assert list(matched_files(written([Record(Item("/a"))]))) == []
    assert pa.types.is_string(schema.MATCHES.field("uri").type)
