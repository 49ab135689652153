"""Decides which item killed a worker, and requeues the others.

Every death makes progress: it fails an item, puts one under suspicion or splits
a batch, each at most once per item. Deaths that do none of this are
counted, and too many in a row end the run. Knows no kind of work.
"""

import time
from collections import deque
from collections.abc import Iterator
from signal import SIGKILL

from hashsweep.engines.base import Finished
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

_FROM_OUTSIDE = (-SIGKILL, SERVER_ENDED)  # the first is also the OOM killer's


class Blame:
    """The deaths of one run. `again` holds the batches that another worker must do."""

    def __init__(self, workers: int, timeout: float | None) -> None:
        """`timeout`, in seconds, is only for messages; the engine measures it."""
        self.again: deque[list[Item]] = deque()
        self._suspects: dict[int, Item] = {}  # by identity: a name can be asked for again
        self._lost: dict[int, list[Item]] = {}  # the same, as often as the fork server took them
        self._workers, self._timeout = workers, timeout
        self.progress()

    def progress(self) -> None:
        """Note that a worker has answered, or that a death had an effect."""
        self._barren, self._since = 0, time.monotonic()

    def settle(
        self, handle: WorkerHandle, code: int, begun: int | None, touched: int | None
    ) -> Iterator[Finished]:
        """Yield the item to blame for a death, if any; all others are requeued.

        `code` is the exit code of the worker, `begun` the number of the item in progress, if there
        was, and `touched` that of the last item it ever began. Raises EngineError if
        workers keep dying without any effect.
        """
        first = handle.batches[0] if handle.batches else None
        junk = handle.spoilt and not _holds(first, begun)  # instead of the answer to `first`
        unanswered = begun is None and _holds(first, touched)  # all its items were done
        narrowed = first is not None and (junk or unanswered)
        if narrowed:
            begun = self._narrow(handle.batches)
        blamed = self._take_back(handle.batches, begun)
        if blamed is not None:
            self.progress()
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
            if begun is not None and _holds(batch, begun):
                blamed = items.pop(begun - batch.serial)
            if items:
                self.again.appendleft(items)
        return blamed

    def _charge(self, item: Item, handle: WorkerHandle, code: int) -> Iterator[Finished]:
        """Give an item one retry alone if the death may have an outside cause; then blame it."""
        if handle.timed_out:
            yield Finished(item, Failure("work", "timeout", f"over {self._timeout:g} s"))
        elif code == SERVER_ENDED and self._is_innocent(item):
            self.again.append([item])
        elif code in _FROM_OUTSIDE and id(item) not in self._suspects:
            self._suspects[id(item)] = item
            self.again.append([item])
        elif code not in _FROM_OUTSIDE:
            yield Finished(item, Failure("work", "crashed", describe_end(code)))
        elif handle.spoilt:  # killed by us, with good reason
            yield Finished(item, Failure("work", "crashed", "the worker gave no sensible answer"))
        else:
            yield Finished(item, Failure("work", "killed", "out of memory, or killed manually"))

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


def _holds(batch: Batch | None, serial: int | None) -> bool:
    if batch is None or serial is None:
        return False
    return batch.serial <= serial < batch.serial + len(batch.items)
