"""The interface of every engine. Knows no kind of work."""

import importlib
import json
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, cast

from hashsweep.model import Failure, Item

Wire = dict[str, Any]
"""A result as plain JSON values (see model.Record.to_wire)."""


NOTHING = -1
"""What a worker reports as started when it works on the batch as a whole."""


class Finished(NamedTuple):
    """The result for one item: a list of wires from the worker, or a failure of the process."""

    item: Item
    result: list[Wire] | Failure


class Worker(Protocol):
    """Does the work of one batch."""

    def work(self, items: Sequence[Item], starting: Callable[[int], None]) -> list[list[Wire]]:
        """Return a list of wires for each item, in order; calls `starting(i)` before item i.

        `starting(NOTHING)` says that no item is being worked on.
        """


@dataclass(frozen=True)
class Job:
    """How to make a worker: "module:function", called with `options` (plain JSON values).

    `companion` is a module, run as a program with all that this process's environment holds for
    each worker process, which has no such things itself. The two share a socket: its descriptor is
    the program's argument and the worker's option `channel`. `handed` are descriptors of this
    process that each worker gets as well; its option `descriptors` are their numbers there.
    """

    factory: str
    options: dict[str, Any] = field(default_factory=dict)
    companion: str | None = None
    handed: tuple[int, ...] = ()

    def build(self, channel: int | None = None, descriptors: Sequence[int] | None = None) -> Worker:
        """Import the factory and make a worker in this process; `descriptors` are those `handed`.

        In the process that made the job they need not be given.
        """
        module, _, name = self.factory.partition(":")
        options = self.options if channel is None else {**self.options, "channel": channel}
        if descriptors := self.handed if descriptors is None else descriptors:
            options = {**options, "descriptors": [*descriptors]}
        return cast("Worker", getattr(importlib.import_module(module), name)(options))

    def to_json(self) -> str:
        """Return the text that `from_json` needs in another process."""
        return json.dumps([self.factory, self.options])

    @classmethod
    def from_json(cls, text: str) -> "Job":
        """Rebuild a job."""
        factory, options = json.loads(text)
        return cls(factory, options)


class Arrivals(Protocol):
    """Batches that arrive at any time, such as requests through a pipe.

    Iterating never waits: an empty batch means that there is none at the moment.
    """

    def __iter__(self) -> Iterator[Sequence[Item]]:
        """Return an iterator that never waits."""

    def waits_for(self) -> list[int]:
        """Return the descriptors that become readable when there may be more, after an empty batch.

        Empty while more is only accepted after an answer.
        """


class Engine(Protocol):
    """Runs a job over a stream of batches, or over Arrivals, for which it waits while it works."""

    def run(self, job: Job, batches: Iterable[Sequence[Item]]) -> Generator[Finished, None, None]:
        """Yield one Finished for every item, in any order.

        Reads a bounded number of batches ahead of what it has yielded. Closing the iterator
        stops the work at once and leaves no process behind.
        """

    def in_force(self) -> tuple[str, ...]:
        """Return which privileges the workers gave up before they worked (confine.MEASURES)."""

    def left_behind(self) -> tuple[int, ...]:
        """Return the numbers of processes that do not end, as their disk gives no answer."""
