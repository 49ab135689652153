"""One item while a worker scans it: what is known of it, and which of its parts were sent.

Knows no report and no terminal.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from hashsweep.engines.base import UNTRIED, Resumption
from hashsweep.model import Failure, Record, name_frame
from hashsweep.sweep.coverage import DistinctFrames

CHUNK = 64
"""Records of parts that are compared and sent together while their item is not done."""

MOST_NAMED = 8
"""Parts that failed of which an item has a reason each; it is failed, whatever the others are."""


@dataclass
class Scanning:
    """An item's own record, and those of its parts that were not compared yet.

    `begin` is called with the number of each part before it is worked on, counted as frames are.
    `known` is what an earlier worker that died of it left behind. `lacking` is what was not
    compared of the first part that was not compared in full.
    """

    own: Record
    distinct: DistinctFrames
    begin: Callable[[int], None] = lambda _: None
    known: Resumption = UNTRIED
    parts: list[Record] = field(default_factory=list)
    lacking: Failure | None = None
    _failed_parts: int = 0
    _answers: int = 0
    _has_own: bool = False  # whether `distinct` knows the own record

    def note_deaths(self) -> None:
        """Fail the item for each part that a worker died of."""
        for part, why in self.known.deaths.items():
            self.note_failure(part, why)

    def note_failure(self, part: int, why: Failure) -> None:
        """Fail the item for a part, which is named; the first few are enough."""
        self._failed_parts += 1
        if self._failed_parts <= MOST_NAMED:
            self.own.fail(Failure(why.stage, why.reason, f"{name_frame(part)}: {why.detail}"))

    def take(self) -> list[Record]:
        """Return the records of its parts so far, to be compared."""
        parts, self.parts = self.parts, []
        return parts

    def choose(self, parts: list[Record]) -> list[Record]:
        """Return those of compared parts that are to be sent before the item is done."""
        kept = self._keep(parts)
        self._answers += bool(kept)
        return kept if self._answers > self.known.answers else []

    def end(self) -> list[Record]:
        """Return its own record and those of its last parts, all compared; the item is done."""
        parts = self.take()
        if not (self._has_own or parts):
            return [self.own]
        kept = self._keep(parts)
        self.distinct.describe(self.own)
        return [self.own, *kept]

    def _keep(self, parts: list[Record]) -> list[Record]:
        if not self._has_own:
            self._has_own = True
            self.distinct.take([self.own])
        return self.distinct.take(parts)
