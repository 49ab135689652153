"""Rows of a report's own `files` as rows of a manifest: its files, and none of their parts."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

_OWN = {"item_id", "uri", "part", "status"}
_SECOND = 10**9  # nanoseconds


def of_report(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the columns that say what a file is; any other batch as it is.

    What a manifest brought along (`source_columns`) are columns again.
    """
    names = set(batch.schema.names)
    if not names >= _OWN:
        return batch
    batch = batch.filter(batch.column("part").is_null())
    columns: dict[str, Any] = {"uri": _uris(batch, names), "mtime": _times(batch, names)}
    for name in ("size", "etag", "md5"):
        if name in names:
            columns[name] = batch.column(name)
    carried = batch.column("source_columns").to_pylist() if "source_columns" in names else []
    rows = [dict(each or ()) for each in carried]
    for name in dict.fromkeys(key for row in rows for key in row):
        if name not in columns:
            columns[name] = pa.array([row.get(name) for row in rows], pa.string())
    return pa.record_batch(list(columns.values()), list(columns))


def _uris(batch: pa.RecordBatch, names: set[str]) -> pa.Array:
    uris = batch.column("uri").cast(pa.binary())
    if "uri_bytes" in names:  # names that are no UTF-8 stand there as they are
        uris = pc.coalesce(batch.column("uri_bytes").cast(pa.binary()), uris)
    return uris


def _times(batch: pa.RecordBatch, names: set[str]) -> pa.Array:
    """Return nanoseconds since 1970."""
    if "mtime" not in names:
        return pa.nulls(len(batch), pa.int64())
    times = batch.column("mtime")
    if "mtime_ns" not in names:
        return times
    whole = times.cast(pa.timestamp("us")).cast(pa.int64()).to_pylist()
    parts = batch.column("mtime_ns").to_pylist()
    found = [
        None if at is None else at // 10**6 * _SECOND + (at % 10**6 * 1000 if ns is None else ns)
        for at, ns in zip(whole, parts, strict=True)
    ]
    return pa.array(found, pa.timestamp("ns", "UTC"))
