"""Rows of a report as one new file."""

import csv
import json
import stat

import pyarrow.parquet as pq
import pytest

from hashsweep.atomic_files import new_file
from hashsweep.errors import ReportError
from hashsweep.model import Failure, Item, Record
from hashsweep.output import export
from hashsweep.output.export import FORMATS, write
from hashsweep.report.folder import ReportFolder
from hashsweep.report.segments import Segment, list_segments
from hashsweep.report.writer import ReportWriter


@pytest.fixture
def files(tmp_path):
    """The segments of five items; every other one failed."""
    with ReportFolder(tmp_path / "report") as folder:
        writer = ReportWriter(folder, segment_rows=2)
        for number, name in enumerate(["a", "b", "=c", "d", "e\udcff"]):
            failures = [Failure("read", "gone")] * (number % 2)
            writer.add([Record(Item(f"/{name}"), reasons=failures, hashes={"md5": bytes(16)})])
        writer.finish()
    return [Segment(path) for path in list_segments(tmp_path / "report", "files")]


def read(path, form):
    """The rows of a file that was written."""
    if form == "csv":
        with path.open(encoding="utf-8", newline="") as stream:
            return [*csv.DictReader(stream)]
    if form == "jsonl":
        return [json.loads(line) for line in path.read_text().splitlines()]
    return pq.read_table(path).to_pylist()


@pytest.mark.parametrize("form", FORMATS)
def test_rows_are_written_in_order(files, tmp_path, form):
    """All of them, or those of failed items; the file is its owner's alone."""
    path = tmp_path / "out"
    count = write(path, form, files, files[0].schema)
    some = write(tmp_path / "some", form, files, files[0].schema, failed=True)

    assert (count, some) == (5, 2)
    assert [row["uri"] for row in read(path, form)][:4] == ["/a", "/b", "/=c", "/d"]
    assert [row["uri"] for row in read(tmp_path / "some", form)] == ["/b", "/d"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("form", FORMATS)
def test_no_rows_are_written_with_their_columns(files, tmp_path, form):
    """A table without rows can be read as well."""
    assert write(tmp_path / "out", form, [], files[0].schema) == 0
    assert read(tmp_path / "out", form) == []
    if form == "parquet":
        assert pq.read_schema(tmp_path / "out").names == files[0].schema.names


def test_parquet_has_the_reports_own_columns(files, tmp_path, monkeypatch):
    """With their types and descriptions, in groups of a good size."""
    monkeypatch.setattr(export, "GROUP_ROWS", 3)
    write(tmp_path / "out", "parquet", files, files[0].schema)
    found = pq.ParquetFile(tmp_path / "out")

    assert found.schema_arrow.equals(files[0].schema, check_metadata=True)
    assert [found.metadata.row_group(n).num_rows for n in range(found.num_row_groups)] == [4, 1]


def test_nothing_is_written_over(tmp_path, files):
    """A file that is there stays as it is."""
    (tmp_path / "out").write_text("mine")

    with pytest.raises(ReportError, match="out already exists: choose another name"):
        write(tmp_path / "out", "csv", files, files[0].schema)
    with pytest.raises(ReportError, match="No such file"):
        write(tmp_path / "no/out", "csv", files, files[0].schema)
    assert (tmp_path / "out").read_text() == "mine"


def test_an_error_leaves_nothing_behind(tmp_path, files):
    """Half a file could be taken for a whole one."""
    files[2].path.write_bytes(files[2].path.read_bytes()[:-200])

    def broken():
        yield files[0]
        yield Segment(files[2].path)

    with pytest.raises(ReportError, match="is damaged"):
        write(tmp_path / "out", "jsonl", broken(), files[0].schema)
    with pytest.raises(ReportError, match="out: full"), new_file(tmp_path / "out"):
        raise OSError(28, "full")
    assert not (tmp_path / "out").exists()
