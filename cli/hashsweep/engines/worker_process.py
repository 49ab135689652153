"""Runs inside a worker process: reads a batch, works, answers. Knows no kind of work."""

import json
import mmap
import os
import signal
import time
import warnings
import weakref
from array import array
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection

from hashsweep.engines import protocol
from hashsweep.engines.base import NOTHING, Job, Resumption
from hashsweep.engines.confine import be_quiet, confine, die_with_parent
from hashsweep.errors import HashsweepError
from hashsweep.model import Item
from hashsweep.storage import memory

_CELLS = 7
_CELL_BYTES = 8
_PAGE = os.sysconf("SC_PAGESIZE")


class Slots:
    """Shared memory in which each worker records what it has begun and when.

    Seven unsigned 64-bit numbers per worker: 1 + the number of the item at work (0 for none), the
    moment in nanoseconds of CLOCK_MONOTONIC, which all processes share, 1 + the number of the
    item that was begun last, what power it gave up (bits of confine.MEASURES), by how many
    bytes its private memory has grown, the number of the part at work inside the item (0 for the
    item itself), and the moment at which the item was begun. `descriptor` is of the memory, for
    other processes.
    """

    def __init__(self, workers: int, descriptor: int | None = None) -> None:
        """Make the memory, or take over what another process has made; raises OSError."""
        size = _CELLS * _CELL_BYTES * workers
        self.descriptor = memory.create_unnamed(bytes(size)) if descriptor is None else descriptor
        self._end = weakref.finalize(self, os.close, self.descriptor)
        self._cells = memoryview(mmap.mmap(self.descriptor, size)).cast("Q")

    def begin(self, slot: int, serial: int, part: int = 0) -> None:
        """Worker: item `serial`, or a part inside it, starts now."""
        first = _CELLS * slot
        now = time.monotonic_ns()
        self._cells[first + 1] = now
        if self._cells[first + 2] != serial + 1 or not part:
            self._cells[first + 6] = now
        self._cells[first + 5] = part
        self._cells[first + 2] = serial + 1
        self._cells[first] = serial + 1

    def clear(self, slot: int) -> None:
        """Worker: nothing is being worked on."""
        self._cells[_CELLS * slot] = 0

    def tell(self, slot: int, bits: int) -> None:
        """Worker: these privileges were dropped."""
        self._cells[_CELLS * slot + 3] = bits

    def grow(self, slot: int, size: int) -> None:
        """Worker: private memory has grown by this many bytes."""
        self._cells[_CELLS * slot + 4] = max(size, 0)

    def wipe(self, slot: int) -> None:
        """Parent: a new worker gets this slot."""
        self._cells[_CELLS * slot : _CELLS * (slot + 1)] = array("Q", [0] * _CELLS)

    def confinement_of(self, slot: int) -> int:
        """Parent: which privileges the worker in this slot dropped."""
        return int(self._cells[_CELLS * slot + 3])

    def growth_of(self, slot: int) -> int:
        """Parent: by how many bytes its private memory has grown."""
        return int(self._cells[_CELLS * slot + 4])

    def serial(self, slot: int) -> int | None:
        """Parent: number of the item in progress, None for none."""
        return int(self._cells[_CELLS * slot]) - 1 if self._cells[_CELLS * slot] else None

    def part(self, slot: int) -> int:
        """Parent: number of the part in progress; 0 if it is the item itself."""
        return int(self._cells[_CELLS * slot + 5])

    def last_begun(self, slot: int) -> int | None:
        """Parent: number of the last item begun, finished or not; None for none."""
        cell = int(self._cells[_CELLS * slot + 2])
        return cell - 1 if cell else None

    def seconds(self, slot: int, *, whole: bool = False) -> float:
        """Parent: for how long the current part has been in progress; 0 for none.

        With `whole`, for how long the item has been.
        """
        if not self._cells[_CELLS * slot]:
            return 0.0
        begun = self._cells[_CELLS * slot + (6 if whole else 1)]
        return float(time.monotonic_ns() - begun) / 1e9


@dataclass(frozen=True)
class Confinement:
    """Whether a worker drops privileges before it works, and how much memory it may use."""

    confined: bool = False
    memory: int | None = None


@dataclass(frozen=True)
class Instructions:
    """Instructions for a new worker, as plain values: a job (Job.to_json) and its slot."""

    job: str
    workers: int
    slot: int
    confinement: Confinement
    handed: int = 0

    def to_json(self) -> str:
        """Return what another process needs for `from_json`."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Instructions":
        """Rebuild them."""
        given = json.loads(text)
        return cls(**{**given, "confinement": Confinement(**given["confinement"])})


def serve(text: str, descriptors: Sequence[int]) -> None:
    """Work until the parent closes the pipe or dies.

    `text` is of Instructions, `descriptors` are the pipe, the slots' memory, those that the job
    hands over and, where it has a companion, the socket to that.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    server = os.getppid()
    die_with_parent()
    if os.getppid() != server:  # it had died just before
        return
    be_quiet()
    warnings.simplefilter("ignore")  # nobody reads them here
    ours = Instructions.from_json(text)
    pipe, slots, slot = Connection(descriptors[0]), Slots(ours.workers, descriptors[1]), ours.slot
    others = descriptors[2:]
    channel = others[ours.handed] if len(others) > ours.handed else None
    try:
        worker = Job.from_json(ours.job).build(channel, others[: ours.handed])
    except HashsweepError as error:
        pipe.send_bytes(protocol.encode_refusal(str(error)))
        return
    if ours.confinement.confined:
        slots.tell(slot, confine(ours.confinement.memory))
    at_start = private_memory()
    batches = _Batches(pipe, getattr(worker, "expect", None))
    while True:
        try:
            serial, items, resumed = batches.next()

            def report_start(number: int, part: int = 0, serial: int = serial) -> None:
                batches.look()
                _begin(slots, slot, serial, number, part)

            done = 0
            for answer in worker.work(items, report_start, resumed):
                slots.clear(slot)  # sending takes nobody's time
                slots.grow(slot, private_memory() - at_start)
                pipe.send_bytes(protocol.encode_answer(serial + done, answer))
                done += answer.done
            slots.clear(slot)
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return


class _Batches:
    """The batches in a worker's pipe; tells the worker what comes next, if it wants to know."""

    def __init__(self, pipe: Connection, expect: Callable[[Sequence[Item]], None] | None) -> None:
        self._pipe = pipe
        self._expect = expect
        self._waiting: deque[tuple[int, list[Item], dict[int, Resumption]]] = deque()

    def next(self) -> tuple[int, list[Item], dict[int, Resumption]]:
        """Return the next batch; raises EOFError at the end."""
        if not self._waiting:
            self._receive()
        return self._waiting.popleft()

    def look(self) -> None:
        """Receive a batch that has arrived meanwhile."""
        if self._expect and self._pipe.poll():
            self._receive()

    def _receive(self) -> None:
        batch = protocol.decode_batch(self._pipe.recv_bytes())
        self._waiting.append(batch)
        if self._expect:
            self._expect(batch[1])


def _begin(slots: Slots, slot: int, serial: int, number: int, part: int) -> None:
    if number == NOTHING:
        slots.clear(slot)
    else:
        slots.begin(slot, serial + number, part)


def private_memory() -> int:
    """Return the bytes of memory that no other process shares; 0 without /proc.

    The second and third number of statm are pages in use, all and shared (man 5 proc).
    """
    try:
        with open("/proc/self/statm", "rb", buffering=0) as stream:
            in_use, shared = map(int, stream.read(100).split()[1:3])
    except OSError:
        return 0
    return (in_use - shared) * _PAGE
