"""Requests that come one by one through a pipe, answered in the same order.

Nothing here waits: the engine does, for requests and results at once. Knows no terminal.
"""

import os
import select
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Self

from hashsweep.errors import SourceError
from hashsweep.gate.framing import Framing, Request
from hashsweep.model import Item, Record
from hashsweep.sweep import batches
from hashsweep.sweep.work import Work

WINDOW = 1024
"""Most requests accepted before the first of them is answered."""

_CROWD, _LARGEST = 8, 8
# Each request is its own batch, so that its answer waits for no other; if many wait anyway,
# batches of up to this many cost a third less.

_READS = 16  # reads at a time: an endless writer must not delay work in progress


class Requests:
    """Requests read from a descriptor, as engines.base.Arrivals.

    Accepts no more than `window` requests ahead of the answers, so neither a client that does
    not read nor a slow first file makes memory grow. A stream that turns to nonsense ends
    there; `problem` says why.
    """

    def __init__(self, descriptor: int, framing: Framing, window: int = WINDOW) -> None:
        """Reads nothing yet; `descriptor` may be of any kind."""
        self.problem: SourceError | None = None
        self._descriptor, self._framing, self._window = descriptor, framing, window
        self._taken: deque[Request] = deque()
        self._given: deque[Request] = deque()
        self._found: dict[int, list[Record]] = {}
        self._is_over = False
        self._readable = select.poll()
        self._readable.register(descriptor, select.POLLIN)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> list[Item]:
        """Return what is ready now; raises StopIteration at the end."""
        room = self._window - len(self._given)
        if room and not self._taken and not self._is_over:
            self._read()
        if self._is_over and not self._taken:
            raise StopIteration
        size = min(room, len(self._taken), 1 + len(self._taken) // _CROWD, _LARGEST)
        batch = [self._taken.popleft() for _ in range(size)]
        self._given.extend(batch)
        return [asked.item for asked in batch]

    def waits_for(self) -> list[int]:
        """Return the descriptor, unless work in progress has to be answered first."""
        is_full = len(self._given) >= self._window or self._taken or not self._framing.wants()
        return [] if is_full or self._is_over else [self._descriptor]

    def settle(self, found: list[Record]) -> Iterator[tuple[str, list[Record]]]:
        """Take an item's records; yield (name, records) for what can be answered now."""
        item = found[0].item
        self._framing.release(item)
        self._found[id(item)] = found
        while self._given and id(self._given[0].item) in self._found:
            name, first = self._given.popleft()
            yield name, self._found.pop(id(first))

    def _read(self) -> None:
        for _ in range(_READS):
            size = self._framing.wants()
            if not size or not self._readable.poll(0):
                return
            try:
                data = os.read(self._descriptor, size)
                if data:
                    self._taken.extend(self._framing.take(data))
                else:
                    self._framing.end()
            except OSError as error:
                self._end(SourceError(error.strerror))
            except SourceError as error:
                self._end(error)
            else:
                self._is_over = not data
            if self._taken or self._is_over:
                return

    def _end(self, problem: SourceError) -> None:
        self.problem = SourceError(f"standard input: {problem}")
        self._is_over = True


def answer(work: Work, requests: Requests) -> Generator[tuple[str, list[Record]], None, None]:
    """Yield (name, records) for each request, in order and as soon as possible.

    Raises SourceError after the last answer if the stream did not end properly.
    """
    with closing(batches.of_batches(work, requests)) as stream:
        for found in stream:
            yield from requests.settle(found)
    if requests.problem:
        raise requests.problem
