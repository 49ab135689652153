"""Segments of a report as manifests."""

import pyarrow as pa
import pyarrow.parquet as pq

from hashsweep.report.schema import FILES
from hashsweep.sources.manifest import ManifestSource
from hashsweep.sources.manifests.segments import of_report
from hashsweep.storage.stores import Stores

MD5 = bytes(range(200, 216))
WHEN = 1_767_225_600
URI = "s3://b/k"


def test_segments_of_a_report(tmp_path):
    """A file a row, and none for its frames; what an earlier manifest brought along goes on."""
    rows = [
        {"item_id": b"1" * 16, "uri": URI, "part": None, "status": "scanned", "size": 2835,
         "mtime": WHEN * 10**6, "mtime_ns": 123_456_789, "md5": MD5, "reasons": [],
         "source_columns": [("content", "9")]},
        {"item_id": b"1" * 16, "uri": URI, "part": "frame 2", "status": "scanned", "reasons": []},
        {"item_id": b"2" * 16, "uri": "s3://b/\\xff", "uri_bytes": b"s3://b/\xff", "part": None,
         "status": "failed", "reasons": []},
    ]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows, FILES), tmp_path / "1.parquet")
    first, second = ManifestSource(str(tmp_path / "1.parquet"), Stores()).items()

    assert (first.uri, first.size, first.mtime_ns, first.md5, first.columns) == (
        URI, 2835, WHEN * 10**9 + 123_456_789, MD5, {"content": "9"},
    )  # fmt: skip
    assert second.uri == "s3://b/\udcff"


def test_other_rows_stay_as_they_are():
    """A table that only looks a little like one."""
    batch = pa.record_batch({"uri": [URI], "part": ["x"]})
    assert of_report(batch) is batch
