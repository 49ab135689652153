"""Holds, and the note that rows were exported: what keeps a report from being removed."""

import json

import pytest

from hashsweep.errors import ReportError
from hashsweep.report import keeping
from hashsweep.report.folder import ReportFolder
from hashsweep.report.verify import Weight, verify
from support.reports import record, write


@pytest.fixture
def report(tmp_path):
    """A report of one file."""
    return write(tmp_path / "report", [record("/srv/a.jpg", 1)])


def test_a_hold_is_set_once_and_lifted(report):
    """It says since when and why; a second one does not replace the first one's reason."""
    keeping.set_hold(report, "request 26-1182")
    found = json.loads((report / keeping.HOLD).read_text())

    assert keeping.is_held(report)
    assert found["reason"] == "request 26-1182"
    assert found.keys() == {"when", "reason"}
    with pytest.raises(ReportError, match="already exists"):
        keeping.set_hold(report, "another")
    keeping.lift_hold(report)
    assert not keeping.is_held(report)
    with pytest.raises(ReportError, match="has no hold"):
        keeping.lift_hold(report)


def test_only_reports_are_held(tmp_path):
    """A folder that is no report is told, whether a hold is set or lifted."""
    for act in (lambda: keeping.set_hold(tmp_path, ""), lambda: keeping.lift_hold(tmp_path)):
        with pytest.raises(ReportError, match="is not a report"):
            act()


def test_notes_change_nothing_of_the_report(report):
    """It verifies as before, and can be opened for writing as before."""
    keeping.set_hold(report, "")
    keeping.note_export(report, "matches")
    keeping.note_export(report, "files")  # the first one stays

    assert keeping.is_exported(report)
    assert json.loads((report / keeping.EXPORTED).read_text())["what"] == "matches"
    assert all(found.weight is Weight.NOTE for found in verify(report))
    with ReportFolder(report, resume=True) as folder:
        assert folder.sweep is not None
