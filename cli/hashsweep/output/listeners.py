"""Who is told how a sweep goes: a log, metrics, a progress bar, or nobody.

Knows no terminal.
"""

from collections.abc import Iterable

from hashsweep.model import Record, Skipped
from hashsweep.report.sweep_json import SweepInfo
from hashsweep.report.tally import Tally


class Listener:
    """Hears of a sweep or a rematch; each method does nothing where a listener has no use for it.

    All are called in the process of the sweep, between items.
    """

    def begin(self, sweep: SweepInfo) -> None:
        """Hear that a run begins; `sweep` is what goes into `sweep.json`."""

    def record(self, record: Record) -> None:
        """Hear of a record that has just been counted, of a file or of something inside it."""

    def skip(self, skipped: Skipped) -> None:
        """Hear of something that was passed over by policy."""

    def advance(self, tally: Tally) -> None:
        """Hear the totals after an item, or after a batch of a rematch."""

    def end(self, sweep: SweepInfo) -> None:
        """Hear how the run ended; also of a sweep that had been finished before."""

    def tell(self, text: str) -> None:
        """Hear a line that people should read."""


class Listeners(Listener):
    """Tells several listeners, in their order; none is silence."""

    def __init__(self, listeners: Iterable[Listener]) -> None:
        """Take the listeners."""
        self._all = tuple(listeners)

    def begin(self, sweep: SweepInfo) -> None:
        """Tell all that a run begins."""
        for each in self._all:
            each.begin(sweep)

    def record(self, record: Record) -> None:
        """Tell all of a record."""
        for each in self._all:
            each.record(record)

    def skip(self, skipped: Skipped) -> None:
        """Tell all of something that was passed over."""
        for each in self._all:
            each.skip(skipped)

    def advance(self, tally: Tally) -> None:
        """Tell all the totals."""
        for each in self._all:
            each.advance(tally)

    def end(self, sweep: SweepInfo) -> None:
        """Tell all how the run ended."""
        for each in self._all:
            each.end(sweep)

    def tell(self, text: str) -> None:
        """Tell all a line."""
        for each in self._all:
            each.tell(text)
