"""The orders of rows."""

import pyarrow as pa
import pytest

from hashsweep.analysis import ordering
from hashsweep.analysis.ordering import ORDERS, TIME, sort
from hashsweep.report import schema

ROWS = [  # name, tier, distance, list, decision, microseconds
    ("d", "far", 30, "b", None, 5),
    ("b", "near", 12, "a", None, None),
    ("a", "exact", 0, "b", "overturned", 7),
    ("c", "near", 11, "a", "confirmed", 9),
    ("e", "exact", 0, "c", None, 1),
]
IN_ORDER = {"tier": "ecbda", "distance": "eacbd", "name": "abcde", "time": "cadeb", "list": "cbdae"}


def batches(rows, size=2):
    """The rows as they come of a report."""
    names = "uri", "tier", "distance", "list", "decision", TIME
    made = pa.table(
        dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)),
        schema=pa.schema([*map(schema.MATCHES.field, names[:-1]), (TIME, schema.TIMESTAMP)]),
    )
    return made.to_batches(max_chunksize=size)


def uris(found):
    """The names of rows."""
    return [name for batch in found for name in batch["uri"].to_pylist()]


@pytest.mark.parametrize("by", ORDERS)
def test_rows_are_in_the_order_that_is_asked_for(by):
    """Across batches; what is overturned is last by tier, what has no time is last by time."""
    found = [*sort(batches(ROWS), by)]

    assert "".join(uris(found)) == IN_ORDER[by]
    assert all((TIME in each.schema.names) == (by != "time") for each in found)


def test_equal_rows_stay_as_they_are():
    """And there may be none."""
    same = [(str(number), "near", 12, "a", None, 1) for number in range(9)]

    assert "".join(uris(sort(batches(same), "tier"))) == "012345678"
    assert [*sort([], "name")] == []


@pytest.mark.parametrize("by", ORDERS)
def test_only_the_first_ones_are_kept(monkeypatch, by):
    """The same as of all rows, although those that cannot be among them are left out early."""
    monkeypatch.setattr(ordering, "_WAITING", 0)

    for most in range(6):
        assert "".join(uris(sort(batches(ROWS, 1), by, most))) == IN_ORDER[by][:most]


def test_reports_with_other_columns_are_sorted_together():
    """A column that one lacks is null there."""
    more = batches(ROWS)[0].append_column("plugin", pa.array([b"x", b"y"]))
    found = pa.Table.from_batches([*sort([more, *batches(ROWS)[1:]], "name")])

    assert found["plugin"].to_pylist() == [None, b"y", None, b"x", None]
