"""Reports that are opened for reading."""

import json

import pytest

from hashsweep.errors import ReportError
from hashsweep.model import Item, Record
from hashsweep.report import schema
from hashsweep.report.folder import ReportFolder
from hashsweep.report.opened import OpenReport, began, damaged
from hashsweep.report.writer import ReportWriter


@pytest.fixture
def path(tmp_path):
    """A report of three items in three parts, of which none matches."""
    about = {"report_version": schema.VERSION, "tally": {}, "state": "complete"}
    with ReportFolder(tmp_path / "report") as folder:
        writer = ReportWriter(folder, part_rows=1)
        for name in "abc":
            writer.add([Record(Item(f"/{name}"))])
        writer.finish()
        folder.write_sweep(about)
    return tmp_path / "report"


def rewritten(path, **changes):
    file = path / "sweep.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def test_its_parts_come_in_order(path):
    """Those of matches are there only where something matched, or in the first."""
    report = OpenReport(path)

    assert report.is_whole
    assert [part.table()["uri"].to_pylist() for part in report.parts("files")] == [
        ["/a"],
        ["/b"],
        ["/c"],
    ]
    assert report.names("matches") == ["part-00000.parquet"]
    assert [part.table().num_rows for part in report.parts("matches")] == [0]


def test_a_killed_sweep_is_not_whole(path):
    """Its last words were that it runs, and nobody holds its lock."""
    rewritten(path, state="running")
    report = OpenReport(path)

    assert (report.state, report.is_whole) == ("killed", False)


def test_a_rematch_is_as_whole_as_what_it_was_made_of(path):
    """One of an unfinished report is unfinished itself; why is told, and damage is damage."""
    rewritten(path, rematch={"unfinished": ["b"], "shards": []})
    report = OpenReport(path)

    assert (report.state, report.is_whole) == ("complete", False)
    assert report.gaps == ["b, which it was made of, is unfinished"]
    for damage in (None, {"unfinished": []}, {"unfinished": [], "shards": [2]}):
        rewritten(path, rematch=damage)
        with pytest.raises(ReportError, match=r"sweep\.json is damaged"):
            assert OpenReport(path).gaps


@pytest.mark.parametrize("name", ["part-00000.parquet", "part-00001.parquet"])
def test_a_missing_part_is_an_error(path, name):
    """Rows are not missing in silence."""
    (path / "files" / name).unlink()

    with pytest.raises(ReportError, match=f"{name} is missing"):
        OpenReport(path)


def test_a_complete_report_has_a_part(path):
    """Also one without rows."""
    for part in (path / "files").iterdir():
        part.unlink()

    with pytest.raises(ReportError, match="it has no part of files"):
        OpenReport(path)


def test_another_version_is_named(path):
    """With what reads it; its rows can be read all the same."""
    OpenReport(path).check_version()
    rewritten(path, report_version=1, hashsweep="0.1.0")
    report = OpenReport(path)

    with pytest.raises(ReportError, match=r"another version: hashsweep 0\.1\.0 reads it"):
        report.check_version()
    assert len(list(report.parts("files"))) == 3


def test_no_report(tmp_path):
    """A folder of anything else."""
    with pytest.raises(ReportError, match="is no report"):
        OpenReport(tmp_path)


def test_the_start_of_a_sweep_is_in_utc(path):
    """Whatever the zone it is written in; one that is missing is damage."""
    rewritten(path, started="2026-04-01T01:30:00+02:00")

    assert began(OpenReport(path)).isoformat() == "2026-03-31T23:30:00+00:00"
    for started in (None, 3, "yesterday"):
        rewritten(path, started=started)
        with pytest.raises(ReportError, match="no start"):
            began(OpenReport(path))


@pytest.mark.parametrize("error", [KeyError("x"), TypeError("x"), ValueError("x"), IndexError("x")])
def test_damage_is_told_in_one_line(error):
    """With where it is."""
    with (
        pytest.raises(ReportError, match=r"report a/sweep\.json is damaged"),
        damaged("a/sweep.json"),
    ):
        raise error
