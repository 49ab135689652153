"""A worker process and a batch as the parent sees them. Knows no kind of work."""

from collections import deque
from dataclasses import dataclass, field
from multiprocessing import connection
from typing import TYPE_CHECKING

from hashsweep.engines.forkserver import Forked
from hashsweep.model import Item

if TYPE_CHECKING:
    import subprocess


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
    resumed: tuple[int, float] | None = None  # the item at which it was stopped, and until when
    quiet_since: float | None = None  # when it was first seen to have batches and no item at work
    companion: "subprocess.Popen[bytes] | None" = None

    def let_go(self) -> int:
        """Kill and reap what is left of it, and of its companion; return its exit code."""
        self.process.kill()
        self.process.join()
        code = self.process.exitcode
        self.process.close()
        self.pipe.close()
        if self.companion is not None:
            self.companion.kill()
            self.companion.wait()
        return 0 if code is None else code
