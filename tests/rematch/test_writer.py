"""Tables that are ready, in parts."""

import pyarrow as pa
import pytest

from hashsweep.rematch.writer import TableWriter
from hashsweep.report import retractions, schema
from hashsweep.report.folder import ReportFolder
from hashsweep.report.segments import Segment

EMPTY = {
    "files": schema.FILES.empty_table(),
    "matches": schema.MATCHES.empty_table(),
    "retractions": retractions.SCHEMA.empty_table(),
}


def rows(table, count):
    """So many rows of a table."""
    row = {"item_id": b"i" * 16, "uri": "/i", "status": "scanned", "tier": "close"}
    kind = EMPTY[table].schema
    return pa.Table.from_pylist([{n: row.get(n) for n in kind.names}] * count, schema=kind)


@pytest.fixture
def folder(tmp_path):
    """A new report."""
    with ReportFolder(tmp_path / "report") as made:
        yield made


def written(folder):
    """Rows of every part, by its name."""
    return {
        path.relative_to(folder.path).as_posix(): Segment(path).rows
        for path in sorted(folder.path.rglob("*.parquet"))
    }


def test_a_report_without_rows_has_its_columns(folder):
    """One part of each table, which all readers take."""
    TableWriter(folder, schema.FILES).finish()

    assert written(folder) == {f"{name}/part-00000.parquet": 0 for name in sorted(EMPTY)}


def test_parts_are_closed_at_so_many_rows(folder):
    """Rows that come together stay together; files have matches beside them, if only empty ones."""
    writer = TableWriter(folder, schema.FILES, segment_rows=5)
    for files, matches in ((3, 1), (2, 0), (4, 0), (1, 0), (2, 0)):
        writer.add(rows("files", files), rows("matches", matches), EMPTY["retractions"])
    writer.finish()

    assert written(folder) == {
        "files/part-00000.parquet": 5,
        "files/part-00001.parquet": 5,
        "files/part-00002.parquet": 2,
        "matches/part-00000.parquet": 1,
        "matches/part-00001.parquet": 0,
        "matches/part-00002.parquet": 0,
        "retractions/part-00000.parquet": 0,
    }


def test_columns_of_plug_ins_are_kept(folder):
    """The schema that is given is that of the parts."""
    wanted = schema.files_schema({"tall": 9})
    TableWriter(folder, wanted).finish()

    assert Segment(folder.path / "files" / "part-00000.parquet").schema.names == wanted.names
