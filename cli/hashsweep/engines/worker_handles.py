"""A worker process and a batch as the parent sees them. Knows no kind of work."""

from collections import deque
from dataclasses import dataclass, field
from multiprocessing import connection
from signal import SIGKILL
from typing import TYPE_CHECKING

from hashsweep.engines.forkserver import Forked
from hashsweep.model import Item

if TYPE_CHECKING:
    import subprocess


LAST_BREATH = 5.0
"""Seconds in which a worker that was killed is gone, unless its disk gives no answer."""


@dataclass(eq=False)
class Batch:
    """Items sent to a worker, numbered from `serial`, and the message that holds them."""

    serial: int
    items: list[Item]
    message: bytes


@dataclass(eq=False)
class WorkerHandle:
    """One worker process as the parent sees it."""

    process: Forked
    pipe: connection.Connection
    slot: int
    batches: deque[Batch] = field(default_factory=deque)
    items_done: int = 0
    timed_out: bool = False
    spoilt: bool = False
    immortal: bool = False  # was killed and does not end: its disk gives no answer
    resumed: tuple[int, float] | None = None  # the item at which it was stopped, and until when
    quiet_since: float | None = None  # when it was first seen to have batches and no item at work
    companion: "subprocess.Popen[bytes] | None" = None

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
