"""The interface of every engine. Knows no kind of work."""

import importlib
import json
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, cast

from hashsweep.model import Failure, Item

NOTHING = -1
"""What a worker reports as started when it works on the batch as a whole."""


class Finished(NamedTuple):
    """What a worker says of items, or why there is nothing to be said of one.

    `items` are done. `result` is the worker's answer for them (what Job.inspect makes of it), or
    the failure of the process that had the only one. An answer may also hold the first parts of
    `ahead`, the item that is being worked on; it becomes done with a later answer.
    """

    items: Sequence[Item]
    result: Any | Failure
    ahead: Item | None = None


class Answer(NamedTuple):
    """A worker's answer: `done` more items of its batch are done, and `payload` says what of them.

    With `ahead` it also holds parts of the item after these, which is not done.
    """

    done: int
    payload: bytes
    ahead: bool = False


@dataclass(frozen=True)
class Resumption:
    """What is known of an item whose worker died between two of its parts.

    `answers` so many answers came that hold parts of it: what they say is not said again. `deaths`
    are failures by the number of the part that had been begun; those parts are not begun again.
    """

    answers: int = 0
    deaths: Mapping[int, Failure] = field(default_factory=dict)


UNTRIED = Resumption()
"""What is known of any other item."""


class Worker(Protocol):
    """Does the work of one batch."""

    def work(
        self,
        items: Sequence[Item],
        starting: Callable[..., None],
        resumed: Mapping[int, Resumption] = ...,
    ) -> Iterator[Answer]:
        """Yield answers until all items are done, in order.

        Calls `starting(i)` before item i, and `starting(i, part)` before each part inside it, from
        2: each has the time-out anew. `starting(NOTHING)` says that no item is being worked on.
        `resumed` has the items, by their place, that an earlier worker died of. An item that is
        done again must be cut into the same answers.
        """


@dataclass(frozen=True)
class Job:
    """How to make a worker: "module:function", called with `options` (plain JSON values).

    `companion` is a module, run as a program with all that this process's environment holds for
    each worker process, which has no such things itself. The two share a socket: its descriptor is
    the program's argument and the worker's option `channel`. `handed` are descriptors of this
    process that each worker gets as well; its option `descriptors` are their numbers there.

    `inspect` is called in this process with an answer's payload, the items that it is for and the
    one ahead, if it holds parts of that: what it returns is yielded, and ValueError means that the
    worker gave no sensible answer. Without it payloads are yielded.
    """

    factory: str
    options: dict[str, Any] = field(default_factory=dict)
    companion: str | None = None
    handed: tuple[int, ...] = ()
    inspect: Callable[[bytes, Sequence[Item], Item | None], Any] | None = None

    def take(self, answer: Answer, items: Sequence[Item], ahead: Item | None) -> Finished:
        """Return what a worker says of these items; raises ValueError for junk."""
        ahead = ahead if answer.ahead else None
        if not self.inspect:
            return Finished(items, answer.payload, ahead)
        return Finished(items, self.inspect(answer.payload, items, ahead), ahead)

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
        """Yield a Finished for every item, in any order; those of one batch may come together.

        Reads a bounded number of batches ahead of what it has yielded. Closing the iterator
        stops the work at once and leaves no process behind.
        """

    def in_force(self) -> tuple[str, ...]:
        """Return which privileges the workers gave up before they worked (confine.MEASURES)."""

    def left_behind(self) -> tuple[int, ...]:
        """Return the numbers of processes that do not end, as their disk gives no answer."""
