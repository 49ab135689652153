"""However work on a report ends, the report says how."""

import pytest

from hashsweep.errors import Interrupted, ReportError
from hashsweep.sweep.closing import OUR_FAULT, ending


class Report:
    """What is said of it, and how it was closed."""

    def __init__(self, error=None):
        self.about = {"state": "running"}
        self.closed = []
        self.error = error

    def close(self, state):
        self.closed.append(state)
        if self.error:
            raise self.error
        self.about["state"] = state

    def ending(self):
        return ending(self.about, self.close, lambda: "stopped; 3 items")


def test_work_that_comes_to_its_end():
    """It is complete, and there is no error."""
    report = Report()
    with report.ending():
        assert report.closed == []

    assert report.about == {"state": "complete"}
    assert report.closed == ["complete"]


def test_a_stop():
    """It is interrupted, in the words of what was stopped."""
    report = Report()
    with pytest.raises(Interrupted, match=r"^stopped; 3 items$"), report.ending():
        raise KeyboardInterrupt

    assert report.about == {"state": "interrupted"}
    assert report.closed == ["interrupted"]


def test_a_stop_that_comes_too_late():
    """What is complete stays so."""
    report = Report()

    def close(state):
        report.close(state)
        raise KeyboardInterrupt

    with ending(report.about, close, str):
        pass

    assert report.closed == ["complete"]


def test_an_error_of_the_run():
    """It is kept in the report, and raised."""
    report = Report()
    with pytest.raises(ReportError, match="the disk is full"), report.ending():
        raise ReportError("the disk is full")

    assert report.about == {"state": "interrupted", "error": "the disk is full"}


def test_a_disk_that_takes_nothing():
    """The first error is the one that is told."""
    report = Report(ReportError("no space for sweep.json"))
    with pytest.raises(ReportError, match="the disk is full"), report.ending():
        raise ReportError("the disk is full")

    assert set(report.closed) == {"interrupted"}


def test_a_fault_of_ours():
    """What was done is kept, and the fault goes on to be told."""
    report = Report()
    with pytest.raises(ZeroDivisionError), report.ending():
        _ = 1 / 0

    assert report.about == {"state": "interrupted", "error": OUR_FAULT}
