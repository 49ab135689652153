"""The reports of a folder, by what their sweep.json says."""

import os

import pytest

from hashsweep.errors import ReportError
from hashsweep.runs.shelf import (
    find_newest_complete,
    find_run,
    find_unfinished,
    list_reports,
)
from support.rematch_info import rematch_info
from support.reports import record, write

FILES = [record("/srv/a.jpg", 1)]


def at(day, **more):
    """When a sweep began and ended, in March 2026."""
    return {
        "started": f"2026-03-{day:02d}T02:00:00+00:00",
        "ended": f"2026-03-{day:02d}T03:00:00+00:00",
        **more,
    }


def names(reports):
    """The names of reports."""
    return [each.path.name for each in reports]


def test_reports_are_in_the_order_of_their_sweeps(tmp_path):
    """Not of their names; links, hidden folders and other things are none."""
    write(tmp_path / "b", FILES, **at(1))
    write(tmp_path / "a", FILES, **at(2))
    write(tmp_path / ".hidden", FILES, **at(3))
    os.symlink("a", tmp_path / "link")
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()

    assert names(list_reports(tmp_path)) == ["b", "a"]
    assert list_reports(tmp_path / "none") == []
    with pytest.raises(ReportError, match="Not a directory"):
        list_reports(tmp_path / "file")


def test_a_damaged_report_is_named_last_and_never_built_on(tmp_path):
    """The one before it is the newest then."""
    write(tmp_path / "a", FILES, **at(1))
    write(tmp_path / "b", FILES, **at(2))
    next((tmp_path / "b/files").iterdir()).unlink()
    found = list_reports(tmp_path)

    assert names(found) == ["a", "b"]
    assert "is missing" in found[1].problem
    assert find_newest_complete(found).path.name == "a"
    assert find_unfinished(found) is None


def test_only_the_last_sweep_is_resumed(tmp_path):
    """An unfinished one before a complete one is history."""
    write(tmp_path / "a", FILES, **at(1, state="interrupted", run_id="one"))
    assert find_unfinished(list_reports(tmp_path)).path.name == "a"
    assert find_newest_complete(list_reports(tmp_path)) is None
    write(tmp_path / "b", FILES, **at(2, run_id="two"))
    assert find_unfinished(list_reports(tmp_path)) is None
    write(tmp_path / "c", FILES, **at(3, state="running", ended=None))
    found = list_reports(tmp_path)

    assert find_unfinished(found).path.name == "c"
    assert find_unfinished(found).report.state == "killed"
    assert find_newest_complete(found).path.name == "b"
    assert find_run(found, "two").path.name == "b"
    assert find_run(found, None) is None
    assert find_run(found, "none") is None


def test_a_rematch_is_no_sweep(tmp_path):
    """It read no media."""
    write(tmp_path / "a", FILES, **at(1))
    write(tmp_path / "b", FILES, **at(2, **rematch_info()))

    assert find_newest_complete(list_reports(tmp_path)).path.name == "a"
