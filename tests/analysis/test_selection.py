"""Rows of several reports."""

import pyarrow as pa
import pytest
from msgspec.structs import replace

from hashsweep.analysis.filters import Filter
from hashsweep.analysis.selection import Selection, files_beside, join_column
from hashsweep.model import Failure
from hashsweep.report.open_report import OpenReport
from hashsweep.report.sweep_json import serialize
from support.reports import DAY, FIRST_OF_MARCH, match, record, write

RECORDS = [
    record("/a", 1, match()),
    record("/b", 2, match(tier="far"), day=1),
    [
        record("/c", 3, day=2),
        record("/c", 4, match("e-2"), part="frame 2", day=None),
    ],
    record("/d", 5, match(), day=None),
]


@pytest.fixture
def report(tmp_path):
    """A report in several parts."""
    return OpenReport(write(tmp_path / "report", RECORDS, segment_rows=3))


def names(selection):
    """The names of the rows that come."""
    return [uri for _, rows in selection.batches() for uri in rows.column("uri").to_pylist()]


def test_rows_come_report_by_report(report, tmp_path):
    """With the report that they are of."""
    other = OpenReport(write(tmp_path / "other", RECORDS[:1]))
    found = Selection([report, other], "matches", Filter(tiers=("close",)))

    assert [(each.path.name, len(rows)) for each, rows in found.batches()] == [
        ("report", 1), ("report", 1), ("report", 1), ("other", 1),
    ]  # fmt: skip
    assert names(found) == ["/a", "/c", "/d", "/a"]


@pytest.mark.parametrize(
    ("since", "until", "there"),
    [(0, 0, ["/a"]), (1, None, ["/b", "/c"]), (None, 1, ["/a", "/b"])],
)
def test_matches_and_frames_have_the_dates_of_their_files(report, since, until, there):
    """Bounds are inclusive; one that is not known is counted."""
    bounds = [None if day is None else FIRST_OF_MARCH + day * DAY for day in (since, until)]
    asked = Filter(modified_since=bounds[0], modified_until=bounds[1])
    matches, files = (Selection([report], table, asked) for table in ("matches", "files"))

    assert names(matches) == there
    assert matches.undated == 1
    assert list(dict.fromkeys(names(files))) == there
    assert names(files).count("/c") == 2 * there.count("/c")
    assert files.undated == 1


def test_only_what_is_wanted_is_counted_as_undated(report):
    """What another condition leaves out would not have come anyway."""
    asked = Filter(modified_since=FIRST_OF_MARCH, paths=("/a",))
    found = Selection([report], "matches", asked)

    assert names(found) == ["/a"]
    assert found.undated == 0


def test_clusters_go_with_their_rows(report):
    """Ids are of all rows, in their order, whatever the filter leaves out."""
    found = Selection([report], "matches", Filter(paths=("/b", "/c", "/d")))
    contents = found.contents(["item_id", "sha256"])
    found.with_clusters(pa.array(["c0", "c1", "c2", "c1"]), ["c1"])

    assert contents.num_rows == 4
    assert contents["sha256"].null_count == 0
    assert names(found) == ["/b", "/d"]
    assert found.columns()[-1] == "cluster"
    assert [rows.column("cluster").to_pylist() for _, rows in found.batches()] == [["c1"], ["c1"]]


def test_matches_that_an_earlier_report_has_are_left_out(report, tmp_path):
    """The same file and frame with the same entry; whatever matched, and in whichever report."""
    before = [
        [record("/a", 1, match(tier="far", algorithm="phash"), match("e-3"))],
        [record("/b", 2, match(of="harmless"))],
        [record("/c", 3, match("e-2"), day=2), record("/c", 4, part="frame 2", day=None)],
    ]
    found = Selection([report], "matches", Filter())
    found.without([OpenReport(write(tmp_path / str(n), each)) for n, each in enumerate(before)])

    assert names(found) == ["/b", "/c", "/d"]


def failing(uri, *reasons, **more):
    """A file that failed for these reasons."""
    found = [Failure("decode", each, f"of {uri}") for each in reasons]
    return record(uri, 1, reasons=found, **more)


def test_failures_that_earlier_reports_have_are_left_out(tmp_path):
    """A file is new unless each of its reasons is known of it; details do not count.

    Not new is what failed for more before, in one report or in several.
    """
    now = [
        failing("/known", "corrupt"), failing("/less", "corrupt"),
        failing("/more", "corrupt", "truncated"), failing("/other", "truncated"),
        failing("/both", "corrupt", "truncated"), failing("/scanned", "corrupt"),
        failing("/unheard", "corrupt"), record("/fine", 2),
        failing("/noted", "corrupt", "not-looked-into"),
    ]  # fmt: skip
    before = [
        [
            record("/known", 9, reasons=[Failure("decode", "corrupt", "another detail")]),
            failing("/less", "corrupt", "truncated"), failing("/more", "corrupt"),
            failing("/other", "corrupt"), failing("/both", "corrupt"), record("/scanned", 1),
            failing("/noted", "corrupt"),
        ],
        [failing("/both", "truncated"), record("/noted", 1)],
    ]  # fmt: skip
    found = Selection(
        [OpenReport(write(tmp_path / "now", now, segment_rows=2))], "files", Filter(failed=True)
    )
    found.without([OpenReport(write(tmp_path / str(n), each)) for n, each in enumerate(before)])

    assert names(found) == ["/more", "/other", "/scanned", "/unheard", "/noted"]


def test_all_failures_are_new_after_a_report_without_any(tmp_path):
    """Also where it has no rows at all."""
    now = OpenReport(write(tmp_path / "now", [failing("/a", "corrupt"), record("/b", 1)]))
    for number, before in enumerate(([], [record("/a", 1)])):
        found = Selection([now], "files", Filter(failed=True))
        found.without([OpenReport(write(tmp_path / str(number), before))])

        assert names(found) == ["/a"]


def test_columns_are_those_of_all_reports(report):
    """In the order of the first; not read from every part."""
    assert Selection([report, report], "files", Filter()).columns()[:3] == [
        "item_id", "uri", "uri_bytes",
    ]  # fmt: skip
    assert Selection([], "files", Filter()).columns() == []
    assert Selection([], "matches", Filter()).contents(["pdq"]).num_rows == 0


def test_matches_that_a_kill_left_without_files(report, tmp_path):
    """They are there, and nobody knows their files' times."""
    killed = replace(report.sweep, state="running", segments={})
    (tmp_path / "report/sweep.json").write_bytes(serialize(killed))
    (tmp_path / "report/files" / report.names("files")[-1]).unlink()
    found = Selection([OpenReport(tmp_path / "report")], "matches", Filter(modified_since=0))

    assert names(found) == ["/a", "/b", "/c"]
    assert found.undated == 1


def test_files_beside_matches(report):
    """Files themselves, by their ids; null for an item that is not there."""
    files = files_beside(report, report.names("files")[0], ["size"])
    ids = pa.array([files["item_id"][1].as_py(), b"x" * 16], pa.binary(16))

    assert files.num_rows == 2
    assert join_column(files, ids, "size").to_pylist() == [100, None]
