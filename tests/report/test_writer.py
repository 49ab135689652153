"""The report on disk, and that the usual readers read it as it is."""

import datetime
import os

import pyarrow.parquet as pq
import pytest

from hashsweep.errors import ReportError
from hashsweep.model import Failure, Item, Match, Record
from hashsweep.report import schema
from hashsweep.report.folder import ReportFolder
from hashsweep.report.writer import ReportWriter

MATCH = Match("sha256", 0, "known", "e-1", "cat", ("x", "y"), "exact", (("sha256", 0), ("pdq", 2)))


def scanned(uri, *matches):
    """A record with a few facts."""
    return Record(Item(uri), size=3, mtime_ns=1_700_000_000_123_456_789, matches=list(matches))


def rows(folder, kind):
    """All rows of one table of a report."""
    return pq.read_table(folder / kind).to_pylist()


def tree(folder):
    """Every path in a report, sorted."""
    return sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.name != ".lock"
    )


def new_report(path, **options):
    """A writer of a new report."""
    return ReportWriter(ReportFolder(path), **options)


@pytest.fixture
def report(tmp_path):
    """A finished report of three records with one match."""
    with_hash = scanned("/srv/a.jpg", MATCH)
    with_hash.hashes = {"md5": bytes(16), "sha256": b"\1" * 32, "pdq": b"\2" * 32}
    with_hash.pdq_quality = 100
    report = new_report(tmp_path / "report")
    for record in (
        with_hash,
        scanned("/srv/b\udcff\n.jpg"),
        Record(Item("/srv/c"), reasons=[Failure("read", "gone", "No such file")]),
    ):
        report.add([record])
    report.finish()
    return tmp_path / "report"


def test_every_record_is_one_row(report):
    """Scanned or failed, a record is in `files` once, with what is known of it."""
    first, second, third = rows(report, "files")

    assert first["uri"] == "/srv/a.jpg"
    assert (first["status"], first["size"], first["uri_bytes"]) == ("scanned", 3, None)
    assert first["mtime"] == datetime.datetime(2023, 11, 14, 22, 13, 20, 123_456, datetime.UTC)
    assert first["mtime_ns"] == 123_456_789
    assert (first["md5"], first["pdq"], first["pdq_quality"]) == (bytes(16), b"\2" * 32, 100)
    assert (first["sha1"], first["reasons"], first["stated_hashes"]) == (None, [], [])
    assert second["uri"] == "/srv/b\\xff\n.jpg"
    assert second["uri_bytes"] == b"/srv/b\xff\n.jpg"
    assert (third["status"], third["size"], third["mtime"]) == ("failed", None, None)
    assert third["reasons"] == [{"stage": "read", "reason": "gone", "detail": "No such file"}]


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
        **dict.fromkeys(("known_percent", "query_percent", "frames_matched")),
        **dict.fromkeys(("first_ms", "last_ms", "decision")),
        "md5": bytes(16),
        "sha1": None,
        "sha256": b"\1" * 32,
        "pdq": b"\2" * 32,
    }


def test_a_time_stamp_that_no_column_can_hold_is_null(tmp_path):
    """A file of the year 292 billion costs its time stamp, not the sweep; one of 2500 does not."""
    report = new_report(tmp_path / "report")
    for nanoseconds in (2**63 * 10**9, -(2**63) * 10**9, 16_725_225_600 * 10**9, 0):
        report.add([Record(Item("/a"), mtime_ns=nanoseconds)])
    report.finish()

    assert [row["mtime"] and row["mtime"].year for row in rows(tmp_path / "report", "files")] == [
        None, None, 2500, 1970,
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
    import duckdb  # here and below: 2 CPU seconds, which few tests need

    database = duckdb.connect()
    for name in ("files", "matches"):
        database.execute(f"create view {name} as from read_parquet('{report}/{name}/*.parquet')")

    assert database.execute(JOIN).fetchall() == [("/srv/a.jpg", "e-1")]
    assert database.execute("select count(*) from files").fetchone() == (3,)


def test_pandas_reads_and_joins_the_tables(report):
    """Pandas takes the folders as they are."""
    import pandas as pd

    files, matches = (pd.read_parquet(report / name) for name in ("files", "matches"))
    joined = files.merge(matches, on="item_id")

    assert list(files.columns) == schema.FILES.names
    assert joined[["uri_x", "entry_id"]].to_numpy().tolist() == [["/srv/a.jpg", "e-1"]]


def test_polars_reads_and_joins_the_tables(report):
    """Polars takes the folders as they are."""
    import polars as pl

    files, matches = (pl.read_parquet(report / name / "*.parquet") for name in ("files", "matches"))
    joined = files.join(matches, on="item_id").select("uri", "entry_id")

    assert files.height == 3
    assert joined.rows() == [("/srv/a.jpg", "e-1")]


def test_a_part_is_closed_after_so_many_rows(tmp_path):
    """Memory holds one part of rows at most."""
    report = new_report(tmp_path / "report", segment_rows=2)
    for number in range(5):
        report.add([scanned(f"/{number}", *[MATCH] * (number == 3))])
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


def test_a_part_is_closed_after_so_many_matches(tmp_path):
    """Few files that match many entries do not fill the memory either."""
    report = new_report(tmp_path / "report", segment_rows=6)
    report.add([scanned("/a", *[MATCH] * 4)])
    early = tree(tmp_path / "report")
    report.add([scanned("/b")])
    report.add([scanned("/c", *[MATCH] * 5)])
    full = tree(tmp_path / "report")

    assert early == ["files", "matches"]
    assert full == [
        "files", "files/part-00000.parquet", "files/part-00001.parquet",
        "matches", "matches/part-00000.parquet", "matches/part-00001.parquet",
    ]  # fmt: skip
    assert [row["uri"] for row in rows(tmp_path / "report", "matches")] == ["/a"] * 4 + ["/c"] * 5


def test_what_lists_say_in_no_encoding_is_written_escaped(tmp_path):
    """Names, ids, categories and labels with lone surrogates cost neither row nor report."""
    match = Match("md5", 0, "l\udcff", "e\udc80", "c\udcfe", ("x\udcfd", "y"), "exact-md5", ())
    record = scanned("/a", match)
    record.known_good = "good\udcff"
    report = new_report(tmp_path / "report")
    report.add([record])
    report.finish()
    (row,) = rows(tmp_path / "report", "matches")

    assert [row[name] for name in ("list", "entry_id", "category", "labels")] == [
        "l\\xff", "e\\x80", "c\\xfe", ["x\\xfd", "y"],
    ]  # fmt: skip
    assert rows(tmp_path / "report", "files")[0]["known_good"] == "good\\xff"


def test_a_part_is_closed_after_so_many_seconds(tmp_path):
    """A kill loses a minute of work, not a day."""
    now = [0.0]
    report = new_report(tmp_path / "report", clock=lambda: now[0])
    report.add([scanned("/a")])
    now[0] = 59.0
    report.add([scanned("/b")])
    early = tree(tmp_path / "report")
    now[0] = 60.0
    report.add([scanned("/c")])

    assert early == ["files", "matches"]
    assert [row["uri"] for row in rows(tmp_path / "report", "files")] == ["/a", "/b", "/c"]


def test_the_first_parts_are_short_where_that_is_asked_for(tmp_path):
    """Each lasts twice as long as the one before, up to the bound of all."""
    now = [0.0]
    report = new_report(tmp_path / "report", clock=lambda: now[0], first_seconds=20.0)
    for number in range(18):
        now[0] = 10.0 * number
        report.add([scanned(f"/{number}")])
    report.finish()
    parts = sorted((tmp_path / "report/files").iterdir())

    assert [pq.read_metadata(part).num_rows for part in parts] == [3, 5, 7, 3]


def test_a_report_without_rows_has_all_columns(tmp_path):
    """Queries over an empty sweep answer with nothing instead of failing."""
    report = new_report(tmp_path / "report")
    report.finish()

    assert pq.read_table(tmp_path / "report/files").schema.names == schema.FILES.names
    assert pq.read_table(tmp_path / "report/matches").num_rows == 0


def test_no_temporary_name_is_left(report):
    """After a write there are only names that readers know."""
    assert tree(report) == [
        "files", "files/part-00000.parquet", "matches", "matches/part-00000.parquet",
    ]  # fmt: skip


def test_a_write_that_fails_leaves_no_part_behind(tmp_path, monkeypatch):
    """A part appears complete or not at all, and the error names it."""
    report = new_report(tmp_path / "report")
    report.add([scanned("/a", MATCH)])

    def fsync(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(ReportError, match=r"part-00000\.parquet: No space left on device"):
        report.finish()

    assert tree(tmp_path / "report") == ["files", "matches"]
