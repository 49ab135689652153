"""Matches by content and entry."""

import pyarrow as pa

from hashsweep.analysis.cluster_rows import COLUMNS, copies, gather
from hashsweep.report import schema


def row(item, cluster, entry="e-1", *, tier="far", uri=None, decision=None):
    """A match with its cluster."""
    return {
        "item_id": item * 16,
        "cluster": cluster,
        "list": "known",
        "entry_id": entry,
        "category": "A",
        "tier": tier,
        "decision": decision,
        "uri": uri or f"/{item.decode()}",
    }


FIELDS = [schema.MATCHES.field(n) for n in row(b"a", "c") if n != "cluster"]


def listed(rows):
    """What comes of rows."""
    table = pa.Table.from_pylist(rows, schema=pa.schema([*FIELDS, ("cluster", pa.string())]))
    return list(copies(table))


def test_copies_of_one_content_are_one_line():
    """Different items count, the strongest tier and the first name stand for all."""
    found = listed([
        row(b"b", "c1", tier="close"),
        row(b"a", "c1"),
        row(b"a", "c1", uri="/a"),  # another frame, or the same item in another report
        row(b"a", "c1", "e-2"),
        row(b"d", "c0", "e-2"),
    ])  # fmt: skip

    assert [list(each) for each in found] == [list(COLUMNS)] * 3
    assert [(e["cluster"], e["entry_id"], e["copies"], e["tier"], e["uri"]) for e in found] == [
        ("c1", "e-1", 2, "close", "/a"),
        ("c0", "e-2", 1, "far", "/d"),
        ("c1", "e-2", 1, "far", "/a"),
    ]


def test_one_that_stands_keeps_a_cluster_open():
    """Overturned only if all are, confirmed if any is."""
    found = listed([
        row(b"a", "c1", decision="overturned"), row(b"b", "c1"),
        row(b"a", "c2", decision="overturned"), row(b"b", "c2", decision="overturned"),
        row(b"a", "c3", decision="confirmed"), row(b"b", "c3"),
    ])  # fmt: skip

    assert {each["cluster"]: each["decision"] for each in found} == {
        "c1": None, "c2": "overturned", "c3": "confirmed",
    }  # fmt: skip


def test_batches_of_older_reports_lack_columns():
    """They count as null; no batch is no line."""
    old = {name: value for name, value in row(b"b", "c2").items() if name != "decision"}
    fields = [field for field in FIELDS if field.name != "decision"]
    kinds = pa.schema([*fields, ("cluster", pa.string()), ("labels", pa.list_(pa.string()))])
    new = pa.RecordBatch.from_pylist(
        [row(b"a", "c1", decision="confirmed")],
        schema=pa.schema([*FIELDS, ("cluster", pa.string())]),
    )
    both = gather(iter([pa.RecordBatch.from_pylist([old], schema=kinds), new]))

    assert [each["decision"] for each in copies(both)] == ["confirmed", None]
    assert list(copies(gather(iter([])))) == []
