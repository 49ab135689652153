"""A worker process and a batch as the parent sees them. Knows no kind of work."""

from collections import deque
from dataclasses import dataclass, field
from multiprocessing import connection
from typing import Any

from hashsweep.model import Item


@dataclass(eq=False)
class Batch:
    """Items sent to a worker, numbered from `serial`, and the message that holds them."""

    serial: int
    items: list[Item]
    message: bytes


@dataclass(eq=False)
class WorkerHandle:
    """One worker process as the parent sees it."""

    process: Any
    pipe: connection.Connection
    slot: int
    batches: deque[Batch] = field(default_factory=deque)
    items_done: int = 0
    timed_out: bool = False
    spoilt: bool = False
