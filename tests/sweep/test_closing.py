"""However work on a report ends, the report says how."""

import signal

import pytest

from hashsweep import signals
from hashsweep.errors import Interrupted, ReportError
from hashsweep.sweep.closing import OUR_FAULT, close_on_exit


class Report:
    """How it was closed: every try, and the last one that came to its end."""

    def __init__(self, error=None):
        self.closed = []
        self.said = "running"
        self.error = error

    def close(self, state, error=None):
        self.closed.append((state, error))
        if self.error:
            raise self.error
        self.said = (state, error)

    def ending(self):
        return close_on_exit(self.close, lambda: "stopped; 3 items")


def test_work_that_comes_to_its_end():
    """It is complete, and there is no error."""
    report = Report()
    with report.ending():
        assert report.closed == []

    assert report.closed == [("complete", None)]


def test_a_stop():
    """It is interrupted, in the words of what was stopped."""
    report = Report()
    with pytest.raises(Interrupted, match=r"^stopped; 3 items$"), report.ending():
        raise KeyboardInterrupt

    assert report.closed == [("interrupted", None)]


@pytest.fixture
def handled():
    """Signals are handled as by the command."""
    before = {number: signal.getsignal(number) for number in signals.SIGNALS}
    for number in before:
        signal.signal(number, signal.SIG_DFL)  # a shell ignores SIGINT in what runs beside it
    signals.install()
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("handled")
def test_a_stop_that_comes_too_late():
    """What is complete stays so."""
    report = Report()

    def close(state, error=None):
        report.close(state, error)
        signal.raise_signal(signal.SIGINT)

    with close_on_exit(close, str):
        pass

    assert report.closed == [("complete", None)]


def test_an_error_of_the_run():
    """It is kept in the report, and raised."""
    report = Report()
    with pytest.raises(ReportError, match="the disk is full"), report.ending():
        raise ReportError("the disk is full")

    assert report.closed == [("interrupted", "the disk is full")]


def test_a_disk_that_takes_nothing():
    """The first error is the one that is told."""
    report = Report(ReportError("no space for sweep.json"))
    with pytest.raises(ReportError, match="the disk is full"), report.ending():
        raise ReportError("the disk is full")

    assert {state for state, _ in report.closed} == {"interrupted"}
    assert report.said == "running"


def test_a_disk_that_takes_no_end():
    """A report that could not be closed as complete is tried as interrupted; its error is told."""
    report = Report(ReportError("no space for sweep.json"))
    with pytest.raises(ReportError, match=r"no space for sweep\.json"), report.ending():
        pass

    assert report.closed == [("complete", None), ("interrupted", "no space for sweep.json")]


def test_a_disk_that_takes_nothing_after_a_stop():
    """It is no fault of ours, and is not called one."""
    report = Report(ReportError("no space for sweep.json"))
    with pytest.raises(ReportError, match=r"no space for sweep\.json"), report.ending():
        raise KeyboardInterrupt

    assert report.closed == [("interrupted", None), ("interrupted", "no space for sweep.json")]


def test_a_fault_of_ours():
    """What was done is kept, and the fault goes on to be told."""
    report = Report()
    with pytest.raises(ZeroDivisionError), report.ending():
        _ = 1 / 0

    assert report.closed == [("interrupted", OUR_FAULT)]
