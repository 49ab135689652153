"""Decides which item killed a worker, and requeues the others.

Every death makes progress: it fails an item, puts one under suspicion or splits
a batch, each at most once per item. Deaths that do none of this are
counted, and too many in a row end the run. Knows no kind of work.
"""

import time
from collections import deque
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from signal import SIGKILL
from typing import NamedTuple

from hashsweep.engines.base import Finished, Resumption
from hashsweep.engines.forkserver import SERVER_ENDED, describe_end
from hashsweep.engines.worker_handles import Batch, WorkerHandle
from hashsweep.errors import EngineError
from hashsweep.model import Failure, Item

BARREN_DEATHS = 3
"""Tolerated consecutive deaths without effect: this many, plus this many per worker."""

PATIENCE = 10.0
"""Seconds without progress after which that many kills also end the run.

Kills may come from outside (the OOM killer), and their cause may pass.
"""


LOST_WITH_THE_SERVER = 3
"""How often an item may be at work as the fork server ends before it is suspected itself."""

MOST_DEATHS = 8
"""Deaths inside one item after which the item as a whole is to blame."""

_FROM_OUTSIDE = (-SIGKILL, SERVER_ENDED)  # the first is also the OOM killer's


class Place(NamedTuple):
    """Where a worker was as it died: the item and the part at work, and the last item begun.

    Items are numbered as in batches, None for none; `part` is 0 for the item itself.
    """

    begun: int | None
    part: int
    touched: int | None


class _Where(NamedTuple):
    """A part inside an item, or what comes behind it, which the item as a whole is blamed for."""

    part: int
    is_behind: bool


@dataclass
class _Inside:
    """What is known of an item that is being worked on part by part."""

    item: Item  # so that no other one gets its identity
    answers: int = 0
    seconds: float = 0.0
    deaths: dict[int, Failure] = field(default_factory=dict)
    suspects: dict[Hashable, Item] = field(default_factory=dict)


class Blame:
    """The deaths of one run. `again` holds the batches that another worker must do."""

    def __init__(
        self, workers: int, timeout: float | None, item_timeout: float | None = None
    ) -> None:
        """Both times, in seconds, are only for messages; the engine measures them."""
        self.again: deque[list[Item]] = deque()
        self._suspects: dict[Hashable, Item] = {}  # by identity: a name can be asked for again
        self._lost: dict[int, list[Item]] = {}  # the same, as often as the fork server took them
        self._inside: dict[int, _Inside] = {}  # the same
        self._workers, self._timeout, self._item_timeout = workers, timeout, item_timeout
        self.progress()

    def progress(self) -> None:
        """Note that a worker has answered, or that a death had an effect."""
        self._barren, self._since = 0, time.monotonic()

    def take(self, finished: Finished) -> None:
        """Note what has been said of items, so that a further worker does not say it again."""
        if self._inside:
            for item in finished.items:
                self._inside.pop(id(item), None)
        if finished.ahead is not None:
            self._at(finished.ahead).answers += 1

    def resumed(self, items: Sequence[Item]) -> dict[int, Resumption]:
        """Return what is known of items that a worker died of, by their place."""
        if not self._inside:
            return {}
        known = ((at, self._inside.get(id(item))) for at, item in enumerate(items))
        return {at: Resumption(one.answers, dict(one.deaths)) for at, one in known if one}

    def spent(self, item: Item) -> float:
        """Return for how many seconds earlier workers were at an item."""
        known = self._inside.get(id(item))
        return known.seconds if known else 0.0

    def _at(self, item: Item) -> _Inside:
        return self._inside.setdefault(id(item), _Inside(item))

    def settle(
        self, handle: WorkerHandle, code: int, place: Place, spent: float = 0.0
    ) -> Iterator[Finished]:
        """Yield the item to blame for a death, if any; all others are requeued.

        `code` is the exit code of the worker, `spent` for how many seconds it was at its item.
        What happens at a part inside an item costs that part, and the item is requeued. Raises
        EngineError if workers keep dying without any effect.
        """
        first = handle.batches[0] if handle.batches else None
        begun = place.begun
        narrowed = first is not None and (
            (handle.spoilt and not first.holds(begun))  # junk instead of its answer
            or (begun is None and first.holds(place.touched))  # all its items were done
        )
        if narrowed:
            begun = self._narrow(handle.batches)
        blamed = self._take_back(handle.batches, begun)
        if blamed is not None:
            self.progress()
            if place.part and begun in {place.begun, place.touched}:
                known = self._at(blamed)
                known.seconds += spent
                where = _Where(place.part, is_behind=begun != place.begun)
                yield from self._charge_part(known, where, handle, code)
            else:
                yield from self._charge(blamed, handle, code)
        elif not narrowed:
            self._count_barren(code)

    def _narrow(self, batches: deque[Batch]) -> int | None:
        """Return the number of the first batch's item if it has but one, else split the batch."""
        if len(batches[0].items) == 1:
            return batches[0].serial
        self.again.extendleft([item] for item in reversed(batches.popleft().items))
        self.progress()
        return None

    def _take_back(self, batches: deque[Batch], begun: int | None) -> Item | None:
        """Requeue all items except the one that was begun, which is returned."""
        blamed = None
        for batch in reversed(batches):
            items = list(batch.items)
            if begun is not None and batch.holds(begun):
                blamed = items.pop(begun - batch.serial)
            if items:
                self.again.appendleft(items)
        return blamed

    def _charge(self, item: Item, handle: WorkerHandle, code: int) -> Iterator[Finished]:
        """Give an item one retry alone if the death may have an outside cause; then blame it."""
        if self._is_forgiven(item, handle, code, self._suspects, id(item)):
            self.again.append([item])
        else:
            yield self._fail(item, self._describe(handle, code))

    def _charge_part(
        self, known: _Inside, where: _Where, handle: WorkerHandle, code: int
    ) -> Iterator[Finished]:
        """Give a part one retry in the same way; then blame it, and have the item gone on with."""
        item = known.item
        if not self._is_forgiven(item, handle, code, known.suspects, where):
            failure = self._describe(handle, code)
            if where.is_behind or handle.timed_out == "item":
                yield self._fail(item, failure)
                return
            known.deaths[where.part] = failure
            if len(known.deaths) > MOST_DEATHS:
                count = f"{len(known.deaths)} of its parts, the last one: {failure.detail}"
                yield self._fail(item, Failure(failure.stage, failure.reason, count))
                return
        self.again.append([item])

    def _is_forgiven(
        self,
        item: Item,
        handle: WorkerHandle,
        code: int,
        suspects: dict[Hashable, Item],
        place: Hashable,
    ) -> bool:
        """Say whether a death is not put down to what was at work; note that it is a suspect now.

        A death from outside is forgiven once at each place, and more often with the fork server.
        """
        if handle.timed_out or code not in _FROM_OUTSIDE:
            return False
        if code == SERVER_ENDED and self._is_innocent(item):
            return True
        if place in suspects:
            return False
        suspects[place] = item
        return True

    def _fail(self, item: Item, failure: Failure) -> Finished:
        self._inside.pop(id(item), None)
        return Finished((item,), failure)

    def _describe(self, handle: WorkerHandle, code: int) -> Failure:
        """Return why a worker died."""
        if handle.timed_out == "item":
            return Failure("work", "timeout", f"over {self._item_timeout:g} s in all")
        if handle.timed_out:
            return Failure("work", "timeout", f"over {self._timeout:g} s")
        if code not in _FROM_OUTSIDE:
            return Failure("work", "crashed", describe_end(code))
        if handle.spoilt:  # killed by us, with good reason
            return Failure("work", "crashed", "the worker gave no sensible answer")
        return Failure("work", "killed", "out of memory, or killed manually")

    def _is_innocent(self, item: Item) -> bool:
        """Say whether the death of all workers with their server is not put down to an item."""
        times = self._lost.setdefault(id(item), [])
        times.append(item)
        return len(times) <= LOST_WITH_THE_SERVER

    def _count_barren(self, code: int) -> None:
        self._barren += 1
        patience = PATIENCE if code in _FROM_OUTSIDE else 0.0
        is_late = time.monotonic() - self._since > patience
        if self._barren > BARREN_DEATHS * (self._workers + 1) and is_late:
            raise EngineError(
                f"worker processes keep dying before they do any work ({describe_end(code)})"
            )
