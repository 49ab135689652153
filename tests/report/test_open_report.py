"""Reports that are opened for reading."""

import datetime
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hashsweep.errors import ReportError
from hashsweep.model import Item, Record
from hashsweep.report import open_report
from hashsweep.report.completeness import state_of
from hashsweep.report.folder import ReportFolder
from hashsweep.report.open_report import OpenReport, find_period, gaps_of, last_swept, start_of
from hashsweep.report.writer import ReportWriter
from support.rematch_info import rematch_info
from support.reports import record, sweep, write


@pytest.fixture
def path(tmp_path):
    """A report of three items in three parts, of which none matches."""
    with ReportFolder(tmp_path / "report") as folder:
        writer = ReportWriter(folder, run_id="one", segment_rows=1)
        for name in "abc":
            writer.add([Record(Item(f"/{name}"))])
        writer.finish()
        folder.write_sweep(sweep(run_id="one"))
    return tmp_path / "report"


def rewritten(path, **changes):
    """Change what sweep.json says, by plain JSON values."""
    file = path / "sweep.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def test_its_parts_come_in_order(path):
    """Those of matches are there also where nothing matched."""
    report = OpenReport(path)

    assert report.is_whole
    assert [part.table()["uri"].to_pylist() for part in report.segments("files")] == [
        ["/a"],
        ["/b"],
        ["/c"],
    ]
    assert report.names("matches") == report.names("files")
    assert [part.table().num_rows for part in report.segments("matches")] == [0, 0, 0]


def test_a_killed_sweep_is_not_whole(path):
    """Its last words were that it runs, and nobody holds its lock."""
    rewritten(path, state="running")
    report = OpenReport(path)

    assert (report.state, report.is_whole) == ("killed", False)


def test_a_rematch_is_as_whole_as_what_it_was_made_of(path):
    """One of an unfinished report is unfinished itself, and why is told."""
    rewritten(path, **rematch_info(unfinished=["b"]))
    report = OpenReport(path)

    assert (report.state, report.is_whole) == ("complete", False)
    assert report.gaps == ["b, which it is based on, is unfinished"]
    assert gaps_of([report]) == [
        f"{path}: b, which it is based on, is unfinished; rows may be missing"
    ]


@pytest.mark.parametrize("state", ["complete", "interrupted"])
@pytest.mark.parametrize(
    "name", ["files/part-00000.parquet", "files/part-00002.parquet", "matches/part-00000.parquet"]
)
def test_a_missing_part_is_an_error(path, state, name):
    """Rows are not missing in silence."""
    rewritten(path, state=state)
    (path / name).unlink()

    with pytest.raises(ReportError, match=f"report {path} is damaged: {name} is missing"):
        OpenReport(path)


def test_a_part_has_the_rows_that_its_sweep_wrote(path):
    """Another number of them is told when it is opened."""
    part = path / "files/part-00001.parquet"
    pq.write_table(pa.concat_tables([pq.read_table(part)] * 2), part)
    first, second, _ = OpenReport(path).names("files")

    assert OpenReport(path).segment("files", first).rows == 1
    with pytest.raises(ReportError, match=r"is damaged: files/part-00001\.parquet has 2 rows, not"):
        OpenReport(path).segment("files", second)


@pytest.mark.parametrize("table", ["files", "matches"])
def test_a_part_of_another_report_or_place_is_no_part_of_it(path, tmp_path, table):
    """Also one with as many rows."""
    other = write(tmp_path / "other", [record("/a"), record("/b")], segment_rows=1)
    own, theirs = (each / f"{table}/part-00000.parquet" for each in (path, other))
    for place in (theirs, path / f"{table}/part-00001.parquet"):
        own.write_bytes(place.read_bytes())
        report = OpenReport(path)
        with pytest.raises(ReportError, match=r"part-00000\.parquet does not belong there"):
            report.segment(table, own.name)


def test_a_sweep_that_ends_while_its_report_is_opened_was_not_killed(path, monkeypatch):
    """Its lock goes when all is written: then sweep.json is read once more."""
    rewritten(path, state="running")

    def ended(folder, about):
        rewritten(path, state="complete")
        return state_of(folder, about)

    monkeypatch.setattr(open_report, "state_of", ended)
    report = OpenReport(path)

    assert (report.state, report.sweep.state, report.gaps) == ("complete", "complete", [])


def test_another_layout_is_named(path):
    """With what reads it; nothing else is looked at."""
    rewritten(path, layout=99, hashsweep="9.0.0", segments=3)

    with pytest.raises(ReportError, match=r"another layout, of hashsweep 9\.0\.0: read it"):
        OpenReport(path)


def test_no_report(tmp_path):
    """A folder of anything else."""
    with pytest.raises(ReportError, match="is not a report"):
        OpenReport(tmp_path)


def test_the_start_of_a_sweep_is_in_utc(path):
    """Whatever the zone it is written in; one that is missing is damage."""
    rewritten(path, started="2026-04-01T01:30:00+02:00")

    assert start_of(OpenReport(path)).isoformat() == "2026-03-31T23:30:00+00:00"
    for started in (None, 3, "yesterday", "0001-01-01T00:00:00+23:59"):
        rewritten(path, started=started)
        with pytest.raises(ReportError, match=r"sweep\.json is damaged"):
            OpenReport(path)


def test_what_was_observed_is_when_its_sweeps_began(path):
    """A sweep's own beginning; of a rematch those of the first and the last of its sweeps."""
    start = datetime.datetime(2026, 3, 1, 10, tzinfo=datetime.UTC)
    assert find_period(OpenReport(path)) == (start, start)
    days = ["2026-01-01T00:00:00+02:00", "2026-01-05T00:00:00+00:00"]
    rewritten(path, observed=days, **rematch_info())
    report = OpenReport(path)

    assert [each.isoformat() for each in find_period(report)] == [
        "2025-12-31T22:00:00+00:00", "2026-01-05T00:00:00+00:00",
    ]  # fmt: skip
    assert last_swept(report) == find_period(report)[1]
