"""What runs inside a worker process: read a batch, work, answer. Knows no kind of work."""

import os
import signal
import time
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from hashsweep.engines import wire
from hashsweep.engines.base import NOTHING, Job
from hashsweep.engines.confine import confine
from hashsweep.errors import HashsweepError


class Slots:
    """Shared memory in which each worker says what it has begun and when.

    Three unsigned 64-bit numbers a worker: 1 + the item's number (0 for none), the moment in
    nanoseconds of CLOCK_MONOTONIC, which all processes share, and what power it gave up
    (bits of confine.MEASURES).
    """

    def __init__(self, context: Any, workers: int) -> None:
        """`context` is a multiprocessing context; it decides how children get the memory."""
        self._cells = context.RawArray("Q", 3 * workers)

    def begin(self, slot: int, serial: int) -> None:
        """Worker: item `serial` starts now."""
        self._cells[3 * slot + 1] = time.monotonic_ns()
        self._cells[3 * slot] = serial + 1

    def clear(self, slot: int) -> None:
        """Nothing is being worked on."""
        self._cells[3 * slot] = 0

    def tell(self, slot: int, bits: int) -> None:
        """Worker: this is the power that was given up."""
        self._cells[3 * slot + 2] = bits

    def told(self, slot: int) -> int:
        """Parent: what the worker in this slot told."""
        bits: int = self._cells[3 * slot + 2]
        return bits

    def serial(self, slot: int) -> int | None:
        """Parent: number of the item that was begun last, None for none."""
        cell: int = self._cells[3 * slot]
        return cell - 1 if cell else None

    def seconds(self, slot: int) -> float:
        """Parent: for how long that item has been at work; 0 for none."""
        if not self._cells[3 * slot]:
            return 0.0
        return float(time.monotonic_ns() - self._cells[3 * slot + 1]) / 1e9


@dataclass(frozen=True)
class Confinement:
    """Whether a worker gives up power before it works, and how much memory it may take."""

    confined: bool = False
    memory: int | None = None


def serve(pipe: Connection, slots: Slots, slot: int, job: str, confinement: Confinement) -> None:
    """Work until the parent closes the pipe or dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _be_quiet()
    try:
        worker = Job.from_json(job).build()
    except HashsweepError as error:
        pipe.send_bytes(wire.encode_refusal(str(error)))
        return
    if confinement.confined:
        slots.tell(slot, confine(confinement.memory))
    while True:
        try:
            serial, items = wire.decode_batch(pipe.recv_bytes())
            results = worker.work(items, partial(_begin, slots, slot, serial))
            slots.clear(slot)
            pipe.send_bytes(wire.encode_results(serial, results))
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return


def _begin(slots: Slots, slot: int, serial: int, number: int) -> None:
    if number == NOTHING:
        slots.clear(slot)
    else:
        slots.begin(slot, serial + number)


def _be_quiet() -> None:
    """Send what C libraries print about damaged files to nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)
