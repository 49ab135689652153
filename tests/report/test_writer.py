"""The report on disk, and that the usual readers read it as it is."""

import json
import os

import duckdb
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest

from hashsweep.errors import ReportError
from hashsweep.model import Failure, Item, Match, Record
from hashsweep.report import schema, writer
from hashsweep.report.writer import ReportWriter

MATCH = Match("sha256", 0, "known", "e-1", "cat", ("x", "y"), "exact", (("sha256", 0), ("pdq", 2)))


def scanned(uri, *matches):
    """A record with a few facts."""
    return Record(Item(uri), size=3, mtime_ns=1_700_000_000_000_000_001, matches=list(matches))


def rows(folder, kind):
    """All rows of one table of a report."""
    return pq.read_table(folder / kind).to_pylist()


def tree(folder):
    """Every path in a report, sorted."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.fixture
def report(tmp_path):
    """A finished report of three records with one match."""
    with_hash = scanned("/srv/a.jpg", MATCH)
    with_hash.hashes = {"md5": bytes(16), "sha256": b"\1" * 32, "pdq": b"\2" * 32}
    with_hash.pdq_quality = 100
    report = ReportWriter(tmp_path / "report")
    for record in (
        with_hash,
        scanned("/srv/b\udcff\n.jpg"),
        Record(Item("/srv/c"), failure=Failure("read", "gone", "No such file")),
    ):
        report.add(record)
    report.finish()
    return tmp_path / "report"


def test_every_record_is_one_row(report):
    """Scanned or failed, a record is in `files` once, with what is known of it."""
    first, second, third = rows(report, "files")

    assert first["uri"] == "/srv/a.jpg"
    assert (first["status"], first["size"], first["uri_bytes"]) == ("scanned", 3, None)
    assert first["mtime"].value == 1_700_000_000_000_000_001
    assert (first["md5"], first["pdq"], first["pdq_quality"]) == (bytes(16), b"\2" * 32, 100)
    assert (first["sha1"], first["stage"], first["reason"]) == (None, None, None)
    assert second["uri"] == "/srv/b\\xff\n.jpg"
    assert second["uri_bytes"] == b"/srv/b\xff\n.jpg"
    assert [third[name] for name in ("status", "stage", "reason", "detail", "size")] == [
        "failed", "read", "gone", "No such file", None,
    ]  # fmt: skip


def test_every_match_is_one_row_with_its_evidence(report):
    """A match names list, entry and all hashes that agreed, strongest first."""
    (row,) = rows(report, "matches")

    assert row == {
        "item_id": Item("/srv/a.jpg").item_id,
        "uri": "/srv/a.jpg",
        "part": None,
        "algorithm": "sha256",
        "distance": 0,
        "variant": "as-is",
        "list": "known",
        "entry_id": "e-1",
        "category": "cat",
        "labels": ["x", "y"],
        "tier": "exact",
        "evidence": [
            {"algorithm": "sha256", "distance": 0},
            {"algorithm": "pdq", "distance": 2},
        ],
    }


def test_a_time_stamp_that_no_column_can_hold_is_null(tmp_path):
    """A file dated 2500 costs its time stamp, not the sweep."""
    report = ReportWriter(tmp_path / "report")
    for nanoseconds in (16_725_225_600_000_000_000, -(2**63), 0):
        report.add(Record(Item("/a"), mtime_ns=nanoseconds))
    report.finish()

    assert [row["mtime"] and row["mtime"].value for row in rows(report.folder, "files")] == [
        None, None, 0,
    ]  # fmt: skip


def test_descriptions_and_types_are_in_the_files(report):
    """Who opens a part sees what each column means."""
    for kind, expected in (("files", schema.FILES), ("matches", schema.MATCHES)):
        found = pq.read_schema(report / kind / "part-00000.parquet")
        assert found.names == expected.names
        assert [field.type.id for field in found] == [field.type.id for field in expected]
        assert [*map(schema.description, found)] == [*map(schema.description, expected)]


JOIN = "select f.uri, m.entry_id from files f join matches m on f.item_id = m.item_id"


def test_duckdb_reads_and_joins_the_tables(report):
    """DuckDB takes the folders as they are."""
    database = duckdb.connect()
    for name in ("files", "matches"):
        database.execute(f"create view {name} as from read_parquet('{report}/{name}/*.parquet')")

    assert database.execute(JOIN).fetchall() == [("/srv/a.jpg", "e-1")]
    assert database.execute("select count(*) from files").fetchone() == (3,)


def test_pandas_reads_and_joins_the_tables(report):
    """Pandas takes the folders as they are."""
    files, matches = (pd.read_parquet(report / name) for name in ("files", "matches"))
    joined = files.merge(matches, on="item_id")

    assert list(files.columns) == schema.FILES.names
    assert joined[["uri_x", "entry_id"]].to_numpy().tolist() == [["/srv/a.jpg", "e-1"]]


def test_polars_reads_and_joins_the_tables(report):
    """Polars takes the folders as they are."""
    files, matches = (pl.read_parquet(report / name / "*.parquet") for name in ("files", "matches"))
    joined = files.join(matches, on="item_id").select("uri", "entry_id")

    assert files.height == 3
    assert joined.rows() == [("/srv/a.jpg", "e-1")]


def test_a_part_is_closed_after_so_many_rows(tmp_path, monkeypatch):
    """Memory holds one part of rows at most."""
    monkeypatch.setattr(writer, "PART_ROWS", 2)
    report = ReportWriter(tmp_path / "report")
    for number in range(5):
        report.add(scanned(f"/{number}", *[MATCH] * (number == 3)))
    before_the_end = tree(tmp_path / "report")
    report.finish()

    assert before_the_end == [
        "files", "files/part-00000.parquet", "files/part-00001.parquet",
        "matches", "matches/part-00000.parquet", "matches/part-00001.parquet",
    ]  # fmt: skip
    assert [row["uri"] for row in rows(tmp_path / "report", "files")] == [
        "/0", "/1", "/2", "/3", "/4",
    ]  # fmt: skip
    assert [row["uri"] for row in rows(tmp_path / "report", "matches")] == ["/3"]


def test_a_part_is_closed_after_so_many_matches(tmp_path, monkeypatch):
    """Few files that match many entries do not fill the memory either."""
    monkeypatch.setattr(writer, "PART_ROWS", 6)
    report = ReportWriter(tmp_path / "report")
    report.add(scanned("/a", *[MATCH] * 4))
    early = tree(tmp_path / "report")
    report.add(scanned("/b"))
    report.add(scanned("/c", *[MATCH] * 5))
    full = tree(tmp_path / "report")

    assert early == ["files", "matches"]
    assert full == [
        "files", "files/part-00000.parquet", "files/part-00001.parquet",
        "matches", "matches/part-00000.parquet", "matches/part-00001.parquet",
    ]  # fmt: skip
    assert [row["uri"] for row in rows(tmp_path / "report", "matches")] == ["/a"] * 4 + ["/c"] * 5


class Stopped(dict):
    """A row in the middle of which Ctrl-C is pressed."""

    def get(self, name, default=None):
        if name == "media_type":
            raise KeyboardInterrupt
        return super().get(name, default)


@pytest.mark.parametrize("packed", [1, 2, 2_000])
def test_ctrl_c_in_the_middle_of_a_row_costs_that_row_alone(tmp_path, monkeypatch, packed):
    """The rows before it are written, and half a row is not."""
    monkeypatch.setattr(writer, "_PACKED_ROWS", packed)
    report = ReportWriter(tmp_path / "report")
    for name in ("/a", "/b", "/c"):
        report.add(scanned(name, MATCH))
    real = writer._file_row
    monkeypatch.setattr(writer, "_file_row", lambda *facts: Stopped(real(*facts)))
    with pytest.raises(KeyboardInterrupt):
        report.add(scanned("/d", MATCH))
    report.finish()

    assert [row["uri"] for row in rows(report.folder, "files")] == ["/a", "/b", "/c"]
    assert [row["uri"] for row in rows(report.folder, "matches")] == ["/a", "/b", "/c"]


def test_what_lists_say_in_no_encoding_is_written_escaped(tmp_path):
    """Names, ids, categories and labels with lone surrogates cost neither row nor report."""
    match = Match("md5", 0, "l\udcff", "e\udc80", "c\udcfe", ("x\udcfd", "y"), "exact-md5", ())
    record = scanned("/a", match)
    record.known_good = "good\udcff"
    report = ReportWriter(tmp_path / "report")
    report.add(record)
    report.finish()
    (row,) = rows(report.folder, "matches")

    assert [row[name] for name in ("list", "entry_id", "category", "labels")] == [
        "l\\xff", "e\\x80", "c\\xfe", ["x\\xfd", "y"],
    ]  # fmt: skip
    assert rows(report.folder, "files")[0]["known_good"] == "good\\xff"


def test_a_part_is_closed_after_so_many_seconds(tmp_path):
    """A kill loses a minute of work, not a day."""
    now = [0.0]
    report = ReportWriter(tmp_path / "report", clock=lambda: now[0])
    report.add(scanned("/a"))
    now[0] = 59.0
    report.add(scanned("/b"))
    early = tree(tmp_path / "report")
    now[0] = 60.0
    report.add(scanned("/c"))

    assert early == ["files", "matches"]
    assert [row["uri"] for row in rows(tmp_path / "report", "files")] == ["/a", "/b", "/c"]


def test_a_report_without_rows_has_all_columns(tmp_path):
    """Queries over an empty sweep answer with nothing instead of failing."""
    report = ReportWriter(tmp_path / "report")
    report.finish()

    assert pq.read_table(tmp_path / "report/files").schema.names == schema.FILES.names
    assert pq.read_table(tmp_path / "report/matches").num_rows == 0


def test_only_the_owner_may_read_a_report(report):
    """Folders are 0700, files are 0600, whatever the umask."""
    ReportWriter(report.parent / "other").write_sweep({})
    modes = {
        str(path.relative_to(report.parent)): oct(path.stat().st_mode & 0o777)
        for path in [report, *report.rglob("*"), report.parent / "other/sweep.json"]
    }

    assert {mode for name, mode in modes.items() if "." not in name} == {"0o700"}
    assert {mode for name, mode in modes.items() if "." in name} == {"0o600"}


def test_no_temporary_name_is_left(report):
    """After a write there are only names that readers know."""
    assert tree(report) == [
        "files", "files/part-00000.parquet", "matches", "matches/part-00000.parquet",
    ]  # fmt: skip


def test_a_write_that_fails_leaves_no_part_behind(tmp_path, monkeypatch):
    """A part appears whole or not at all, and the error names it."""
    report = ReportWriter(tmp_path / "report")
    report.add(scanned("/a", MATCH))

    def fsync(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(ReportError, match=r"part-00000\.parquet: No space left on device"):
        report.finish()

    assert tree(tmp_path / "report") == ["files", "matches"]


def test_a_folder_that_is_not_empty_is_refused(tmp_path):
    """A report is never mixed with anything else."""
    (tmp_path / "something").touch()

    with pytest.raises(ReportError, match="is not empty: name a new folder"):
        ReportWriter(tmp_path)


def test_an_empty_folder_is_taken_and_a_missing_one_is_made(tmp_path):
    """Parents are made as needed."""
    (tmp_path / "empty").mkdir()

    assert ReportWriter(tmp_path / "empty").folder.is_dir()
    assert ReportWriter(tmp_path / "a/b/c").folder.is_dir()


def test_a_file_in_the_way_is_refused(tmp_path):
    """A report is a folder."""
    (tmp_path / "file").touch()

    with pytest.raises(ReportError, match="file: "):
        ReportWriter(tmp_path / "file")


def test_sweep_json_is_replaced_as_a_whole(tmp_path):
    """The last state is what is there, in ASCII."""
    report = ReportWriter(tmp_path / "report")
    report.write_sweep({"state": "running"})
    report.write_sweep({"state": "complete", "sources": ["/zo\u00eb\udcff"]})

    text = (tmp_path / "report/sweep.json").read_text(encoding="ascii")

    assert json.loads(text) == {"state": "complete", "sources": ["/zo\u00eb\udcff"]}
