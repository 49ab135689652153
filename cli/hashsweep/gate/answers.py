"""Adds up a gate's answers to the exit status. Knows no terminal."""

from collections.abc import Sequence

from hashsweep.errors import ExitCode
from hashsweep.gate.verdict import is_incomplete
from hashsweep.model import Record
from hashsweep.report.outcome import FailOn
from hashsweep.report.tally import Tally


class Answers:
    """Adds up answers."""

    def __init__(self, accept: frozenset[str], fail_on: FailOn) -> None:
        """`accept` are the reasons of --accept."""
        self._accept, self._fail_on = accept, fail_on
        self._tally = Tally()
        self._incomplete = False

    def take(self, records: Sequence[Record]) -> None:
        """Add the records of one file."""
        for record in records:
            self._tally.add(record)
        self._incomplete |= is_incomplete(records, self._accept)

    def status(self, *, lists_used: bool) -> ExitCode:
        """Return the exit status; `lists_used` is False if some list row was not used."""
        incomplete = self._incomplete or not lists_used
        return self._fail_on.status(self._tally.totals(), incomplete=incomplete)
