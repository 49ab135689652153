"""Closes a report however the work on it ends, and records how it ended.

Knows neither sweep nor rematch, and no terminal.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from hashsweep import signals
from hashsweep.errors import Interrupted, ReportError, RunError
from hashsweep.report.sweep_json import State

OUR_FAULT = "a bug in hashsweep"


class Close(Protocol):
    """Writes the last segment, and `sweep.json` with a state."""

    def __call__(self, state: State, error: str | None = None) -> None:
        """`error` is what stopped the work, if anything did."""


@contextmanager
def close_on_exit(close: Close, stopped: Callable[[], str]) -> Iterator[None]:
    """Close a report in whatever state the block leaves it.

    After Ctrl-C, raises Interrupted with the text from `stopped`, unless the work had just
    finished.
    """
    is_closed = False
    try:
        try:
            yield
            with signals.deferred():
                close("complete")
                is_closed = True
        except KeyboardInterrupt as stop:
            if is_closed:  # it came just too late
                return
            with signals.deferred():
                close("interrupted")
                is_closed = True
            raise Interrupted(stopped()) from stop
    except RunError as error:
        _close_somehow(close, str(error))
        is_closed = True
        raise
    finally:
        if not is_closed:  # a bug of ours: what was done is kept
            _close_somehow(close, OUR_FAULT)


def _close_somehow(close: Close, why: str) -> None:
    try:
        close("interrupted", why)
    except ReportError:
        return  # the disk is full: earlier parts stay, and the first error is reported
