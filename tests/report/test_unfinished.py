"""Reports without their end."""

import pytest

from hashsweep.errors import ReportError
from hashsweep.model import Item, Record
from hashsweep.report.folder import ReportFolder
from hashsweep.report.reader import parts
from hashsweep.report.unfinished import check_gapless, state_of
from hashsweep.report.writer import ReportWriter

RECORDS = [Record(Item(f"/{name}")) for name in "abc"]


def written(path, records):
    """A report of these records, a part each."""
    with ReportFolder(path) as folder:
        writer = ReportWriter(folder)
        for record in records:
            writer.add([record])
            writer.close_part()
    return path


def test_a_part_that_was_taken_away_is_noticed(tmp_path):
    """A report without its first or another of its parts is not read as if it were whole."""
    written(tmp_path / "report", RECORDS)
    paths = parts(tmp_path / "report", "files")
    check_gapless(paths)
    check_gapless([])

    for number in (0, 1):
        with pytest.raises(ReportError, match=rf"files/part-0000{number}\.parquet is missing"):
            check_gapless([*paths[:number], *paths[number + 1 :]])


@pytest.mark.parametrize("said", ["complete", "interrupted"])
def test_a_sweep_that_ended_says_so_itself(tmp_path, said):
    """Nothing else is looked at."""
    assert state_of(tmp_path / "none", {"state": said}) == said


def test_a_sweep_that_was_killed_is_told_from_one_at_work(tmp_path):
    """By the lock, which goes with the process; looking does not take it away."""
    folder = ReportFolder(tmp_path / "report")
    at_work = [state_of(tmp_path / "report", {"state": "running"}) for _ in range(2)]
    folder.close()

    assert at_work == ["running", "running"]
    assert state_of(tmp_path / "report", {"state": "running"}) == "killed"
    (tmp_path / "report/.lock").touch()
    assert state_of(tmp_path / "report", {"state": "running"}) == "killed"
    with ReportFolder(tmp_path / "report", resume=True):
        assert state_of(tmp_path / "report", {"state": "running"}) == "running"


@pytest.mark.parametrize("said", [None, 3, "done", ["complete"]])
def test_a_state_that_is_none_is_not_taken_for_complete(tmp_path, said):
    """Incomplete never looks clean."""
    assert state_of(tmp_path, {"state": said}) == "interrupted"
