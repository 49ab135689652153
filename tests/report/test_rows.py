"""Records to rows."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.model import Failure, Item, Match, Record
from hashsweep.report import rows, schema
from hashsweep.report.rows import Rows, file_row, match_row

MATCH = Match("pdq", 4, "list", "e-1", "cat", ("x",), "close", (("pdq", 4), ("phash", 1)))

FIRST = -62_135_596_800 * 10**9  # 1 January of the year 1
LAST = 253_402_300_800 * 10**9 - 1  # 31 December of the year 9999
NOT_YET_OF_FILES = {"part_bytes", "time_ms", "origin_claims"}
NOT_YET_OF_MATCHES = {"known_percent", "query_percent", "frames_matched", "first_ms", "last_ms"}
"""Columns that are there for what comes, and that nothing fills yet."""


def test_a_file_row_has_the_columns_of_the_table():
    """Nothing that a record knows is lost, and a plug-in's hash has a column of its own."""
    item = Item("/a", etag="e", columns={"uploader": "u"})
    record = Record(item, size=1, mtime_ns=2, hashes={"md5": bytes(16), "own": bytes(8)})
    record.fail(Failure("decode", "corrupt"))
    record.fail(Failure("read", "changed", "so"))
    record.frames, record.known_good, record.stated_hashes = 3, "good", ("md5",)
    record.compared, record.frames_seen, record.frames_left = ("md5", "pdq"), 3, 7
    row = file_row(record, item.item_id, "/a", None)

    assert set(row) - set(schema.FILES.names) == {"own"}
    assert set(schema.FILES.names) - set(row) == {*schema.HASH_COLUMNS} - {"md5"} | NOT_YET_OF_FILES
    assert row["status"] == "failed"
    assert row["reasons"] == [
        {"stage": "decode", "reason": "corrupt", "detail": None},
        {"stage": "read", "reason": "changed", "detail": "so"},
    ]
    assert (row["from_baseline"], row["stated_hashes"]) == (False, ["md5"])
    assert row["looked_for"] == {
        "ruleset": 0,
        "hashes": ["md5", "pdq"],
        "views": None,
        "frames_seen": 3,
        "frames_left": 7,
        "frames_not_kept": None,
    }
    assert (row["source_columns"], row["etag"]) == ({"uploader": "u"}, "e")


def test_a_match_row_has_the_columns_of_the_table():
    """With the part of the frame that matched."""
    item = Item("/a")
    frame = Record(item, part="frame 2", hashes={"pdq": bytes(32)})
    row = match_row(MATCH, frame, item.item_id, "/a", {"sha256": b"s" * 32})

    assert set(row) <= set(schema.MATCHES.names)
    assert set(schema.MATCHES.names) - set(row) == NOT_YET_OF_MATCHES
    assert (row["part"], row["evidence"][1]) == ("frame 2", {"algorithm": "phash", "distance": 1})


@pytest.mark.parametrize(
    ("nanoseconds", "microseconds", "within"),
    [
        (None, None, None),
        (0, 0, 0),
        (-1, -1, 999_999_999),
        (-(10**9), -(10**6), 0),
        (1_700_000_000_123_456_789, 1_700_000_000_123_456, 123_456_789),
        (2**63, 2**63 // 1000, 2**63 % 10**9),
        (LAST, LAST // 1000, 999_999_999),
        (LAST + 1, None, None),
        (FIRST, FIRST // 1000, 0),
        (FIRST - 1, None, None),
        (2**62 * 10**9, None, None),
    ],
)
def test_a_time_that_no_reader_can_show_is_null(nanoseconds, microseconds, within):
    """A file of no year that there is costs its time stamp, not the sweep."""
    row = file_row(Record(Item("/a"), mtime_ns=nanoseconds), bytes(16), "/a", None)
    table = Rows(schema.FILES)
    table.extend([row])

    assert (row["mtime"], row["mtime_ns"]) == (microseconds, within)
    assert table.table().to_pylist()[0]["mtime_ns"] == within


@given(
    groups=st.lists(st.lists(st.integers(0, 9), max_size=5), max_size=9), packed=st.integers(1, 4)
)
def test_rows_come_back_as_they_went_in(groups, packed):
    """However many are packed at a time."""
    table = Rows(pa.schema([("a", pa.int64()), ("b", pa.string())]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "_PACKED_ROWS", packed)
        for group in groups:
            table.extend([{"a": number} for number in group])
    numbers = [number for group in groups for number in group]

    assert table.count == len(numbers)
    assert table.table().to_pylist() == [{"a": number, "b": None} for number in numbers]
