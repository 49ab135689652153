"""A worker process and a batch as the parent sees them. Knows no kind of work."""

from collections import deque
from dataclasses import dataclass, field
from multiprocessing import connection
from signal import SIGKILL
from typing import TYPE_CHECKING, Literal

from hashsweep.engines.forkserver import Forked
from hashsweep.model import Item

if TYPE_CHECKING:
    import subprocess


Overdue = Literal["part", "item"]
"""What took too long: one part of an item (or the item itself), or the item with all its parts."""

LAST_BREATH = 5.0
"""Seconds in which a worker that was killed is gone, unless its disk gives no answer."""


@dataclass(eq=False)
class Batch:
    """Items sent to a worker that are not done, numbered from `serial`, and the message."""

    serial: int
    items: list[Item]
    message: bytes

    def settle(self, count: int) -> None:
        """Take out the items that are done: so many of the first ones."""
        self.items = self.items[count:]
        self.serial += count

    def holds(self, serial: int | None) -> bool:
        """Say whether the item of this number is one of them; None is the number of none."""
        return serial is not None and self.serial <= serial < self.serial + len(self.items)


@dataclass(eq=False)
class WorkerHandle:
    """One worker process as the parent sees it."""

    process: Forked
    pipe: connection.Connection
    slot: int
    batches: deque[Batch] = field(default_factory=deque)
    items_done: int = 0
    timed_out: Overdue | None = None
    spoilt: bool = False
    immortal: bool = False  # was killed and does not end: its disk gives no answer
    resumed: tuple[tuple[int, int], float] | None = None  # where it was stopped, and until when
    quiet_since: float | None = None  # when it was first seen to have batches and no item at work
    companion: "subprocess.Popen[bytes] | None" = None

    def item_at(self, serial: int | None) -> Item | None:
        """Return the item of this number, if the worker has it."""
        for batch in self.batches:
            if serial is not None and batch.holds(serial):
                return batch.items[serial - batch.serial]
        return None

    def end(self, seconds: float = LAST_BREATH) -> None:
        """Kill it; `immortal` if it is still there after so many seconds."""
        if not self.immortal:
            self.immortal = not self.process.end(seconds)

    def let_go(self, seconds: float = LAST_BREATH) -> int:
        """Kill and reap what is left of it, and of its companion; return its exit code.

        That of one that does not end is SIGKILL's: it never runs again.
        """
        self.end(seconds)
        code = -SIGKILL if self.immortal else self.process.exitcode
        self.process.close()
        self.pipe.close()
        if self.companion is not None:
            self.companion.kill()
            self.companion.wait()
        return 0 if code is None else code
