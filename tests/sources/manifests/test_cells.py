"""Columns to values: whole columns at once, and the same as cell by cell."""

import base64
from itertools import repeat
from urllib.parse import quote_plus

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.sources.manifests.cells import (
    decode,
    digests,
    integers,
    texts,
    times,
    to_report_text,
)

KEYS = st.text(st.characters(codec="utf-8"), min_size=1)


@given(st.lists(KEYS | st.just("a\nb"), min_size=1))
def test_keys_are_decoded(keys):
    """Also where a key holds a newline, which the fast way has between keys."""
    encoded = pa.array([quote_plus(key, safe="/") for key in keys])

    assert decode(encoded) == keys


def test_spaces_are_encoded_in_two_ways():
    """%20 and +; a plus is %2B in both."""
    column = pa.array(["a%20b+c%2Bd", None, "plain"])

    assert [key or None for key in decode(column)] == ["a b c+d", None, "plain"]


@given(st.lists(st.binary()))
def test_text_that_is_no_utf8_keeps_its_bytes(names):
    """As lone surrogates, like names of files."""
    import os

    column = pa.array(names, pa.binary())

    assert [os.fsencode(each) for each in texts(column)] == names
    assert all(text.encode() for text in to_report_text(column) if text)


def test_types_of_text():
    """Dictionaries, large text and numbers are text as well; no column is nothing."""
    assert texts(pa.array(["a", "a", None]).dictionary_encode()) == ["a", "a", None]
    assert texts(pa.array(["a"], pa.large_string())) == ["a"]
    assert texts(pa.array([1, None])) == ["1", None]
    assert next(texts(None)) is None


@pytest.mark.parametrize(
    ("cells", "sizes", "bad"),
    [
        (["1", "22"], [1, 22], []),
        (["1", None], [1, None], []),
        ([3, -1], [3, -1], [1]),
        (["-3", "x", None, "4", "1e3", "9" * 30], [None, None, None, 4, None, None], [0, 1, 4, 5]),
        ([None, None], [None, None], []),
    ],
)
def test_sizes(cells, sizes, bad):
    """What is no size is marked."""
    found, marked = integers(pa.array(cells), len(cells))

    assert list(found) == sizes
    assert [row for row, is_bad in enumerate(marked) if is_bad] == bad


@pytest.mark.parametrize(
    "cell",
    [
        "2026-01-01T00:00:00.000Z",
        "2026-01-01T00:00:00Z",
        "2026-01-01 00:00:00",
        "2026-01-01T01:00:00+01:00",
        "2026-01-01T00:00:00.0000000Z",
        "Thu, 01 Jan 2026 00:00:00 GMT",
    ],
)
def test_times(cell):
    """In nanoseconds; what is no time is not known."""
    assert times(pa.array([cell])) == [1_767_225_600_000_000_000]
    assert times(pa.array([cell, None, "yesterday"])) == [1_767_225_600_000_000_000, None, None]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC"])
def test_times_of_parquet(unit, zone):
    """Whatever their unit; without a zone they are UTC."""
    scale = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    column = pa.array([1_767_225_600 * scale], pa.timestamp(unit, zone))

    assert times(column) == [1_767_225_600_000_000_000]


def test_digests():
    """Hexadecimal or base64; others are marked, none is none."""
    value = bytes(range(16))
    cells = [value.hex(), value.hex().upper(), base64.b64encode(value).decode(), None, "x", "AAAA"]
    found, bad = digests(pa.array(cells), len(cells))

    assert found[:4] == [value, value, value, None]
    assert bad.tolist() == [False] * 4 + [True] * 2
    assert isinstance(digests(pa.array([None], pa.string()), 1)[0], repeat)


def test_what_is_no_text_travels_as_json():
    """Lists and records of a Parquet file."""
    assert to_report_text(pa.array([[1, 2], None])) == ["[1, 2]", None]
    assert to_report_text(pa.array([{"a": 1}])) == ['{"a": 1}']
