"""What a parser sends of a manifest's rows is the same on the other side, or refused."""

import datetime
import decimal
import json
import struct

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.sources.manifests.cells import digests, integers, texts, times, to_report_text
from hashsweep.sources.manifests.columns import pack, unpack

KINDS = [
    pa.array(["a", None, "é"]),
    pa.array([b"a", None, b"\xff"]),
    pa.array([b"\xffa", None, b""]).view(pa.string()),
    pa.array([b"ab", None, b"cd"], pa.binary(2)),
    pa.array(["a", None, "b"], pa.large_string()),
    pa.array([b"a", None, b"b"], pa.large_binary()),
    pa.array(["a", None, "b" * 30], pa.string_view()),
    pa.array([b"a", None, b"b" * 30], pa.binary_view()),
    pa.array(["a", None, "b"]).dictionary_encode(),
    pa.array([1, None, -3]),
    pa.array([1, None, 255], pa.uint8()),
    pa.array([1.5, None, float("nan")]),
    pa.array([1.5, None, 2.0], pa.float32()),
    pa.array([True, None, False]),
    pa.array([decimal.Decimal("1.50"), None, decimal.Decimal(3)]),
    pa.array([datetime.date(2026, 1, 1), None, datetime.date(1, 1, 1)]),
    pa.array([datetime.time(1), None, datetime.time(23, 59)]),
    pa.array([1, None, 10**9], pa.timestamp("s")),
    pa.array([1, None, 10**15], pa.timestamp("us", "UTC")),
    pa.array([1, None, 10**15], pa.timestamp("us", "Europe/Berlin")),
    pa.array([1, None, 10**15], pa.timestamp("us", "+05:30")),
    pa.array([datetime.timedelta(1), None, datetime.timedelta(2)]),
    pa.array([[1], None, [2, 3]]),
    pa.array([{"a": 1}, None, {"a": None}]),
    pa.nulls(3),
]


def sent(batch, bad=0):
    """A message."""
    return bytearray(b"".join(map(bytes, pack(batch, bad))))


@pytest.mark.parametrize("column", KINDS, ids=lambda each: str(each.type))
@pytest.mark.parametrize("start", [0, 1])
def test_columns_mean_the_same(column, start):
    """Whatever their kind is, and whether they are a part of others."""
    batch = pa.record_batch([column, column], ["x", "x"]).slice(start)
    found, bad = unpack(sent(batch, 7))

    assert (bad, found.schema.names, len(found)) == (7, ["x", "x"], 3 - start)
    for read in (texts, to_report_text):
        assert read(found.column(1)) == read(batch.column(1))
    if not pa.types.is_duration(column.type) and not pa.types.is_nested(column.type):
        assert times(found.column(0)) == times(batch.column(0))
    for read in (integers, digests):
        ours, theirs = (read(each.column(0), len(each)) for each in (found, batch))
        assert list(ours[1]) == list(theirs[1])
        assert repr(ours[0]) == repr(theirs[0])


def test_a_message_holds_only_its_own_rows():
    """A part of a large batch is no large message."""
    batch = pa.record_batch([pa.array(["x" * 1000] * 1000)], ["uri"])

    assert len(sent(batch.slice(10, 5))) < 10_000
    assert len(sent(batch.slice(0, 5))) < 10_000


def test_no_row_is_a_batch_as_well():
    """It says how many could not be read."""
    found, bad = unpack(sent(pa.record_batch([], []), 3))

    assert (len(found), found.num_columns, bad) == (0, 0, 3)


BATCH = pa.record_batch(
    [pa.array(["a", None, "ccc"]), pa.array([1, 2, 3]), pa.array([True, None, False])],
    ["uri", "size", "x"],
)


def altered(change):
    """The message of BATCH with a header that was changed."""
    content = sent(BATCH)
    length, bad = struct.unpack_from("=II", content)
    start = 8 + length + -(8 + length) % 64
    header = json.loads(content[8 : 8 + length])
    change(header)
    new = json.dumps(header).encode()
    head = struct.pack("=II", len(new), bad) + new
    return bytearray(head + bytes(-len(head) % 64) + content[start:])


@pytest.mark.parametrize(
    "change",
    [
        lambda h: h.update(rows=30_000_000),
        lambda h: h.update(rows=-1),
        lambda h: h.update(rows=None),
        lambda h: h.pop("columns"),
        lambda h: h["columns"].pop(),
        lambda h: h["columns"].append(h["columns"][0]),
        lambda h: h["columns"].append(["y", "null", [7]]),
        lambda h: h["columns"][1].__setitem__(1, "string"),
        lambda h: h["columns"][1].__setitem__(1, "list<item: int64>"),
        lambda h: h["columns"][1].__setitem__(1, "decimal128(99, 0)"),
        lambda h: h["columns"][1].__setitem__(1, "timestamp[h]"),
        lambda h: h["columns"][1].__setitem__(0, 7),
        lambda h: h["columns"][1].__setitem__(2, [None, None]),
        lambda h: h["columns"][1].__setitem__(2, [None]),
        lambda h: h["columns"][1].__setitem__(2, [None, 1 << 40]),
        lambda h: h["columns"][1].__setitem__(2, [None, -8]),
        lambda h: h["columns"][0].__setitem__(2, [None, 16, 1]),
    ],
)
def test_a_header_that_does_not_fit_is_refused(change):
    """Whatever in it is wrong."""
    assert len(unpack(altered(lambda _: None))[0]) == 3
    with pytest.raises(ValueError, match="not a batch"):
        unpack(altered(change))


@given(st.data())
def test_altered_bytes_are_refused_or_harmless(data):
    """What passes can be read to its end."""
    content = sent(BATCH)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        found, _ = unpack(content)
    except ValueError:
        return
    for column in found.columns:
        assert len(list(texts(column))) == len(found)
        assert len(list(times(column))) == len(found)
        integers(column, len(found))
        digests(column, len(found))
