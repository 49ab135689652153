"""Items that were in hand when a sweep was killed as a whole: tried last and alone, then named.

A container's memory limit, a watchdog or a reset kills all processes at once, so nobody is left to
blame an item. What was in hand is on disk (report/in_hand.py). Knows no terminal.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import repeat

from hashsweep.errors import ReportError
from hashsweep.model import Failure, Item
from hashsweep.report.encryption import Keys
from hashsweep.report.folder import ReportFolder
from hashsweep.report.in_hand import ID_BYTES, IN_HAND, InHand, Suspicion, head_of, read_traces
from hashsweep.report.sweep_json import SweepInfo

DEATHS, ALONE = 3, 2
"""An item is named when the sweep was killed so often while it was in hand, and it was the only one
at so many of the last deaths: other causes of a kill do not choose the same item."""

FIRST_SECONDS = 2.0
"""After a death the first segment is closed after this many seconds, each further one after twice
as many as the one before it: so the next death costs at most half of the work since this one."""


class Suspects:
    """Notes what is in hand, and keeps back what was so when the sweep was killed before.

    `held` has the items that were kept back, in their order.
    """

    def __init__(
        self, report: ReportFolder, before: SweepInfo | None, hide: Callable[[bytes], bytes]
    ) -> None:
        """Read what an earlier run left, if there was one; raises ReportError."""
        self._report = report
        self._hide = hide
        self._noted: InHand | None = None
        # Of each item in hand, by its identity: the place of its note, and its id.
        self._places: dict[int, tuple[int, bytes]] = {}
        self._left: dict[int, int] = {}  # in each place: how many of its items have no answer yet
        self.held: list[Item] = []
        self.was_killed = before is not None and before.state == "running"
        self._suspects: dict[bytes, Suspicion] = {}
        if before is not None:
            traces = read_traces(report.path / IN_HAND)
            self._suspects = traces.after_death() if self.was_killed else dict(traces.suspects)

    def begin(self) -> None:
        """Start the notes of this run; raises ReportError."""
        if not self._report.is_lasting:
            return
        self._report.place_bytes(IN_HAND, head_of(self._suspects))
        try:
            self._noted = InHand(self._report.path / IN_HAND)
        except OSError as error:
            raise ReportError(f"report {self._report.path / IN_HAND}: {error.strerror}") from error

    def sift(self, item: Item) -> Item | None:
        """Return an item that can be worked on now; None for one that is kept back.

        One that was in hand at too many deaths comes back as failed.
        """
        if not self._suspects:
            return item
        found = self._suspects.get(self._hide(item.item_id))
        if found is None:
            return item
        if found.deaths >= DEATHS and found.alone >= ALONE:
            detail = f"the sweep was killed {found.deaths} times while it was in hand"
            return item._replace(failure=Failure("work", "sweep-killed", detail), earlier=None)
        self.held.append(item)
        return None

    def watch(self, batches: Iterable[Sequence[Item]]) -> Iterator[Sequence[Item]]:
        """Yield the batches; their items are in hand from then on."""
        for batch in batches:
            self._take(batch)
            yield batch

    def one_by_one(self, save: Callable[[], None]) -> "OneByOne":
        """Return the items that were kept back, the most suspicious last, as engines.Arrivals.

        `save` is called before the first one, and before each that was alone in hand at a death.
        """
        self.held.sort(key=self._weigh)
        is_first = True

        def take(item: Item) -> None:
            nonlocal is_first
            if is_first or self._weigh(item)[0]:
                save()
            is_first = False
            self._take([item], flush=True)

        return OneByOne(self.held, take)

    def answer(self, items: Sequence[Item]) -> list[bytes]:
        """Note that there is an answer for some items; return their ids."""
        if self._noted is None and not self._places:
            return [item.item_id for item in items]
        known = [self._places.pop(id(item), None) for item in items]
        for place, count in Counter([each[0] for each in known if each]).items():
            self._left[place] -= count
            if not self._left[place]:
                del self._left[place]
                if self._noted is not None:
                    self._noted.give_back(place)
        return [each[1] if each else item.item_id for each, item in zip(known, items, strict=True)]

    def end(self) -> None:
        """Note that nothing is in hand: this run ends by itself, or was stopped."""
        if self._noted is not None:
            self._noted.clear()
            self._noted.close()
            self._noted = None

    def forget(self) -> None:
        """Remove the notes: the sweep is complete; raises ReportError."""
        if self._report.is_lasting:
            self._report.remove(IN_HAND)

    def _take(self, items: Sequence[Item], *, flush: bool = False) -> None:
        if self._noted is None:
            return
        ids = [item.item_id for item in items]
        hidden = ids if self._hide is keep else [*map(self._hide, ids)]
        place = self._noted.take(hidden, flush=flush)
        self._left[place] = len(items)
        self._places.update(zip(map(id, items), zip(repeat(place), ids), strict=True))

    def _weigh(self, item: Item) -> tuple[int, int]:
        found = self._suspects[self._hide(item.item_id)]
        return found.alone, found.deaths


class OneByOne:
    """Arrivals of one item each; the next one comes once there is an answer for the last."""

    def __init__(self, items: Sequence[Item], take: Callable[[Item], None]) -> None:
        """`take` is called with each item before it is given out."""
        self._items = items
        self._take = take
        self._is_answered = True

    def __iter__(self) -> Iterator[Sequence[Item]]:
        """Yield batches; empty ones while an answer is awaited."""
        for item in self._items:
            while not self._is_answered:
                yield []
            self._is_answered = False
            self._take(item)
            yield [item]

    def waits_for(self) -> list[int]:
        """Return nothing: only an answer brings more."""
        return []

    def answer(self) -> None:
        """Hear that there is an answer for the last item."""
        self._is_answered = True


def keep(item_id: bytes) -> bytes:
    """Return an id as it is: that of a plain report."""
    return item_id


def hide_by(keys: Keys | None, sweep: SweepInfo) -> Callable[[bytes], bytes]:
    """Return what makes ids say nothing without the report's key; as they are if it is plain."""
    sealed_as = sweep.sealed_as
    if keys is None or sealed_as is None:
        return keep
    key = keys.secret_of(sweep.encrypted, sealed_as, "in-hand")
    return lambda item_id: blake2b(item_id, digest_size=ID_BYTES, key=key).digest()
