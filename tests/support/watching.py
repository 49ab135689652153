"""A listener that calls what a test wants: as a run begins, and after each item."""

from hashsweep.output.listeners import Listener


class Watch(Listener):
    """Calls `advance` with the totals after each item, `begin` with what a run begins with."""

    def __init__(self, advance=None, begin=None):
        """Take functions of one argument; what they raise ends the run."""
        self._advance, self._begin = advance, begin

    def begin(self, sweep):
        """Hear that a run begins."""
        if self._begin:
            self._begin(sweep)

    def advance(self, tally):
        """Hear the totals."""
        if self._advance:
            self._advance(tally)
