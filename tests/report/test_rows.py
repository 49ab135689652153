"""Records to rows."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.model import Failure, Item, Match, Record
from hashsweep.report import rows, schema
from hashsweep.report.rows import Rows, file_row, match_row

MATCH = Match("pdq", 4, "list", "e-1", "cat", ("x",), "close", (("pdq", 4), ("phash", 1)))


def test_a_file_row_has_the_columns_of_the_table():
    """Nothing that a record knows is lost, and a plug-in's hash has a column of its own."""
    item = Item("/a", etag="e", columns={"uploader": "u"})
    record = Record(item, size=1, mtime_ns=2, hashes={"md5": bytes(16), "own": bytes(8)})
    record.failure, record.frames, record.known_good = Failure("decode", "corrupt"), 3, "good"
    row = file_row(record, item.item_id, "/a", None)

    assert set(row) - set(schema.FILES.names) == {"own"}
    assert set(schema.FILES.names) - set(row) == {*schema.HASH_COLUMNS} - {"md5"}
    assert [row[name] for name in ("status", "stage", "reason", "detail", "carried")] == [
        "failed", "decode", "corrupt", None, False,
    ]  # fmt: skip
    assert (row["source_columns"], row["etag"]) == ({"uploader": "u"}, "e")


def test_a_match_row_has_the_columns_of_the_table():
    """With the part of the frame that matched."""
    item = Item("/a")
    frame = Record(item, part="frame 2", hashes={"pdq": bytes(32)})
    row = match_row(MATCH, frame, item.item_id, "/a", {"sha256": b"s" * 32})

    assert list(row) == schema.MATCHES.names
    assert (row["part"], row["evidence"][1]) == ("frame 2", {"algorithm": "phash", "distance": 1})


@pytest.mark.parametrize(
    ("nanoseconds", "kept"),
    [(None, None), (0, 0), (2**63 - 1, 2**63 - 1), (2**63, None), (-(2**63), None)],
)
def test_a_time_that_no_column_can_hold_is_null(nanoseconds, kept):
    """A file dated 2500 costs its time stamp, not the sweep."""
    record = Record(Item("/a"), mtime_ns=nanoseconds)

    assert file_row(record, bytes(16), "/a", None)["mtime"] == kept


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
