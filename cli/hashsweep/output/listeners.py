"""Listeners that follow a sweep: a log, metrics, a progress bar, or none.

Knows no terminal.
"""

from collections.abc import Iterable

from hashsweep.model import Record, Skipped
from hashsweep.report.sweep_json import SweepInfo
from hashsweep.report.tally import Tally


class Listener:
    """Follows a sweep or a rematch; methods do nothing unless overridden.

    All are called in the process of the sweep, between items.
    """

    def begin(self, sweep: SweepInfo) -> None:
        """A run begins; `sweep` is what goes into `sweep.json`."""

    def record(self, record: Record) -> None:
        """A record with reasons was counted, of a file or of something inside it."""

    def skip(self, skipped: Skipped) -> None:
        """Something was skipped by policy."""

    def advance(self, tally: Tally) -> None:
        """The totals after an item, or after a batch of a rematch."""

    def end(self, sweep: SweepInfo) -> None:
        """The run ended, or the sweep had already been finished before."""

    def tell(self, text: str) -> None:
        """Hear a line that people should read."""


class Listeners(Listener):
    """Passes everything to several listeners, in order; there may be none."""

    def __init__(self, listeners: Iterable[Listener]) -> None:
        """Keep the listeners."""
        self._all = tuple(listeners)

    def begin(self, sweep: SweepInfo) -> None:
        """Pass on that a run begins."""
        for each in self._all:
            each.begin(sweep)

    def record(self, record: Record) -> None:
        """Pass on a record."""
        for each in self._all:
            each.record(record)

    def skip(self, skipped: Skipped) -> None:
        """Pass on something that was skipped."""
        for each in self._all:
            each.skip(skipped)

    def advance(self, tally: Tally) -> None:
        """Pass on the totals."""
        for each in self._all:
            each.advance(tally)

    def end(self, sweep: SweepInfo) -> None:
        """Pass on how the run ended."""
        for each in self._all:
            each.end(sweep)

    def tell(self, text: str) -> None:
        """Tell all a line."""
        for each in self._all:
            each.tell(text)
