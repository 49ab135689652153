"""Reports that are opened for reading."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hashsweep.errors import ReportError
from hashsweep.model import Item, Record
from hashsweep.report import open_report, schema
from hashsweep.report.completeness import state_of
from hashsweep.report.encryption import VARIABLE, Keys, new_key
from hashsweep.report.folder import ReportFolder
from hashsweep.report.open_report import OpenReport, began, damaged, gaps_of
from hashsweep.report.writer import ReportWriter
from support.reports import aged, match, record, write


@pytest.fixture
def path(tmp_path):
    """A report of three items in three parts, of which none matches."""
    about = {
        "report_version": schema.VERSION, "run_id": "one", "tally": {}, "state": "complete",
    }  # fmt: skip
    with ReportFolder(tmp_path / "report") as folder:
        writer = ReportWriter(folder, run_id="one", segment_rows=1)
        for name in "abc":
            writer.add([Record(Item(f"/{name}"))])
        writer.finish()
        folder.write_sweep(about)
    return tmp_path / "report"


def rewritten(path, **changes):
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
    """One of an unfinished report is unfinished itself; why is told, and damage is damage."""
    rewritten(path, rematch={"unfinished": ["b"], "shards": []})
    report = OpenReport(path)

    assert (report.state, report.is_whole) == ("complete", False)
    assert report.gaps == ["b, which it was made of, is unfinished"]
    assert gaps_of([report]) == [
        f"{path}: b, which it was made of, is unfinished; rows may be missing"
    ]
    for damage in (None, {"unfinished": []}, {"unfinished": [], "shards": [2]}):
        rewritten(path, rematch=damage)
        with pytest.raises(ReportError, match=r"sweep\.json is damaged"):
            assert OpenReport(path).gaps


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


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("files/part-00000.parquet", "files/part-00000.parquet is missing"),
        ("files/part-00002.parquet", "rows of its files are missing"),
        ("matches/part-00002.parquet", "rows of its matches are missing"),
    ],
)
def test_rows_tell_where_nothing_names_the_parts(tmp_path, version, name, told):
    """As it was before version 4; one that has all its rows is read."""
    pair = [record("/c", 3, match()), record("/c", 4, match(), part="frame 2")]
    path = aged(write(tmp_path / "old", [record("/a"), record("/b"), pair], segment_rows=1))
    rewritten(path, report_version=version)
    rows = sum(part.rows for part in OpenReport(path).segments("files"))
    (path / name).unlink()

    assert rows == 4
    with pytest.raises(ReportError, match=f"report {path} is damaged: {told}"):
        OpenReport(path)


def test_an_older_report_that_is_encrypted_opens_without_its_keys(tmp_path):
    """What its sweep said is no secret, and its rows are not read."""
    keys = Keys.load(None, {VARIABLE: new_key()})
    path = write(tmp_path / "old", [record("/a"), record("/b")], segment_rows=1, keys=keys)
    rewritten(path, report_version=3, parts=None)
    (path / "files/part-00001.parquet").unlink()

    assert OpenReport(path).is_whole
    with pytest.raises(ReportError, match="rows of its files are missing"):
        OpenReport(path, keys)


def test_a_part_has_the_rows_that_its_sweep_wrote(path):
    """Another number of them is told when it is opened."""
    part = path / "files/part-00001.parquet"
    pq.write_table(pa.concat_tables([pq.read_table(part)] * 2), part)
    first, second, _ = OpenReport(path).names("files")

    assert OpenReport(path).segment("files", first).rows == 1
    with pytest.raises(ReportError, match=r"is damaged: files/part-00001\.parquet has 2 rows, not"):
        OpenReport(path).segment("files", second)


@pytest.mark.parametrize("of_version", [4, 5])
@pytest.mark.parametrize("table", ["files", "matches"])
def test_a_part_of_another_report_or_place_is_no_part_of_it(path, tmp_path, table, of_version):
    """Also one with as many rows; before version 5 nothing tells."""
    other = write(tmp_path / "other", [record("/a"), record("/b")], segment_rows=1)
    own, theirs = (each / f"{table}/part-00000.parquet" for each in (path, other))
    for place in (theirs, path / f"{table}/part-00001.parquet"):
        own.write_bytes(place.read_bytes())
        rewritten(path, report_version=of_version)
        report = OpenReport(path)
        if of_version == 4:
            assert report.segment(table, own.name).rows == (table == "files")
            continue
        with pytest.raises(ReportError, match=r"part-00000\.parquet does not belong there"):
            report.segment(table, own.name)


def test_a_sweep_that_ends_while_its_report_is_opened_was_not_killed(path, monkeypatch):
    """Its lock goes when all is written: then sweep.json is read once more."""
    rewritten(path, state="running")

    def ended(folder, sweep):
        rewritten(path, state="complete")
        return state_of(folder, sweep)

    monkeypatch.setattr(open_report, "state_of", ended)
    report = OpenReport(path)

    assert (report.state, report.sweep["state"], report.gaps) == ("complete", "complete", [])


def test_another_version_is_named(path):
    """With what reads it; nothing else is looked at."""
    rewritten(path, report_version=1, hashsweep="0.1.0", parts=3)

    with pytest.raises(ReportError, match=r"another version: hashsweep 0\.1\.0 reads it"):
        OpenReport(path)


def test_no_report(tmp_path):
    """A folder of anything else."""
    with pytest.raises(ReportError, match="is no report"):
        OpenReport(tmp_path)


def test_the_start_of_a_sweep_is_in_utc(path):
    """Whatever the zone it is written in; one that is missing is damage."""
    rewritten(path, started="2026-04-01T01:30:00+02:00")

    assert began(OpenReport(path)).isoformat() == "2026-03-31T23:30:00+00:00"
    for started in (None, 3, "yesterday", "0001-01-01T00:00:00+23:59"):
        rewritten(path, started=started)
        with pytest.raises(ReportError, match=r"sweep\.json is damaged"):
            began(OpenReport(path))


@pytest.mark.parametrize("error", [KeyError("x"), TypeError("x"), ValueError("x"), IndexError("x")])
def test_damage_is_told_in_one_line(error):
    """With where it is."""
    with (
        pytest.raises(ReportError, match=r"report a/sweep\.json is damaged"),
        damaged("a/sweep.json"),
    ):
        raise error
