"""Worker processes under supervision: one that dies or hangs costs one item, which is reported.

One pipe per worker, so a dying one cannot spoil another's (DESIGN.md, "Why our own supervisor").
Each worker writes the number of the item it starts into shared memory, so the parent
knows which item to blame without a message per item. Knows no kind of work.
"""

import os
import socket
import struct
import subprocess
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from multiprocessing import connection
from operator import and_
from typing import Any

from hashsweep.engines import confine, forkserver, protocol
from hashsweep.engines.base import Finished, Job
from hashsweep.engines.blame import Blame, Place
from hashsweep.engines.worker_handles import LAST_BREATH, Batch, Overdue, WorkerHandle
from hashsweep.engines.worker_process import Confinement, Instructions, Slots
from hashsweep.errors import EngineError
from hashsweep.model import Item
from hashsweep.storage.programs import command

AHEAD = 2
"""Most batches of a worker: one in progress and one waiting in its pipe."""

_QUEUED_BYTES = 32 * 1024
# A batch is sent ahead only if it is this small, so that the pipe takes it at once (Linux
# socket buffers hold 208 KiB) and parent and worker never wait for each other to read.

_LONGEST = 64 * 1024 * 1024  # bytes of a worker's message; a longer one is junk
_STALL = struct.pack("ll", 10, 0)
# A message that stops halfway for this long (seconds, microseconds) is junk: a worker that was
# taken over must not block the parent.

_TICK = 0.25  # seconds between looks at the clock while nothing happens

_STILL, _MOST_STILL = 2.0, 100
# A pause between two looks at the clock of more seconds than the first: the system had stopped this
# process (a frozen container, a suspended machine), and so its workers. So many are remembered.

_LAST_BREATH = 1.0
# A dying worker's pipe closes milliseconds before its death is known. One that still runs
# after this many seconds has closed the pipe itself.

_PATIENCE = 10.0
# Seconds for which a system that refuses new processes is asked again. Its bound on them may be
# reached by other programs, and nobody's file is to blame.

_PAUSE = 1.0  # seconds between such questions while other workers are busy

_SERVE = "hashsweep.engines.worker_process:serve"

GROWTH = 256 * 1024 * 1024
"""Bytes of private memory that a worker may keep from one batch to the next.

Half of it may be what the C library keeps for the next picture (forkserver)."""


@dataclass(frozen=True)
class ProcessEngine:
    """The Engine over `workers` processes.

    `timeout` is in seconds for an item itself, and for each part inside it (None waits for ever);
    `item_timeout` is in seconds for all of an item. A fresh worker replaces one
    that has done `recycle` items, or that holds more than `growth` bytes of
    private memory beyond its initial size between two batches. `preload` names modules that the
    fork server imports once for all workers.
    """

    workers: int
    timeout: float | None = 60.0
    item_timeout: float | None = None
    recycle: int = 20_000
    growth: int = GROWTH
    preload: tuple[str, ...] = ()
    confinement: Confinement = Confinement()  # noqa: RUF009 - it is frozen
    _in_force: list[int] = field(default_factory=list, repr=False, compare=False)
    _left: list[int] = field(default_factory=list, repr=False, compare=False)

    def run(self, job: Job, batches: Iterable[Sequence[Item]]) -> Generator[Finished, None, None]:
        """Yield results as they come; closing the iterator kills the workers."""
        crew = _Pool(self, job, batches)
        try:
            yield from crew.results()
            crew.drain()
        finally:
            self._in_force.extend(crew.bits_in_force())
            crew.kill_all()
            self._left.extend(crew.left)

    def in_force(self) -> tuple[str, ...]:
        """Return the privileges that all workers of finished runs gave up."""
        return confine.names(reduce(and_, self._in_force)) if self._in_force else ()

    def left_behind(self) -> tuple[int, ...]:
        """Return the numbers of workers that do not end, as their disk gives no answer."""
        return tuple(self._left)


class _Pool:
    """One run of the engine: the workers and the batches in progress."""

    def __init__(self, engine: ProcessEngine, job: Job, batches: Iterable[Sequence[Item]]) -> None:
        self._engine = engine
        self._job = job
        forkserver.start_server(engine.preload)
        self._slots = Slots(engine.workers)
        self._looked = time.monotonic()  # when workers that take too long were last looked for
        self._still: list[tuple[float, float]] = []  # when this process stood still: since, until
        self._not_before = 0.0  # when the next worker may be started
        self._source = iter(batches)
        self._waits_for = getattr(batches, "waits_for", None)  # of Arrivals
        self._is_dry = self._is_hungry = False
        self._blame = Blame(engine.workers, engine.timeout, engine.item_timeout)
        self._again = self._blame.again
        self._serial = 0
        self._handles: list[WorkerHandle] = []
        self.left: list[int] = []

    def results(self) -> Iterator[Finished]:
        """Feed, wait, collect, until the source is exhausted and every item accounted for."""
        while self._feed():
            for handle in self._ready():
                yield from self._collect(handle)
            self._kill_overdue()
            for handle in [handle for handle in self._handles if _is_over(handle)]:
                yield from self._reap(handle)

    def bits_in_force(self) -> list[int]:
        """Return what each current worker reported about its dropped privileges."""
        return [self._slots.confinement_of(handle.slot) for handle in self._handles]

    def drain(self) -> None:
        """Let idle workers exit by themselves, for a second at most."""
        for handle in self._handles:
            handle.pipe.close()
        until = time.monotonic() + 1.0
        for handle in self._handles:
            handle.process.join(max(until - time.monotonic(), 0))

    def kill_all(self) -> None:
        """Kill and reap every worker; leave behind those that do not end."""
        for handle in self._handles:
            handle.process.kill()
        until = time.monotonic() + LAST_BREATH
        for handle in self._handles:
            self._let_go(handle, max(until - time.monotonic(), 0))
        self._handles.clear()

    def _let_go(self, handle: WorkerHandle, seconds: float = LAST_BREATH) -> int:
        code = handle.let_go(seconds)
        if handle.immortal:
            self.left.append(handle.process.pid)
        return code

    # -- giving out work ---------------------------------------------------------------------

    def _feed(self) -> bool:
        """Hand out batches; False if none are left, here or with any worker."""
        self._recycle()
        self._is_hungry = False
        for depth in range(1, AHEAD + 1):
            for handle in list(self._handles):
                if len(handle.batches) < depth and not self._is_spent(handle):
                    self._give(handle)
            while self._may_spawn() and (batch := self._next()) is not None:
                if (fresh := self._spawn()) is None:
                    self._again.appendleft(batch.items)
                    break
                self._send(fresh, batch)
        may_come = self._waits_for is not None and not self._is_dry
        while may_come and self._may_spawn():
            self._spawn()  # ready before there is anything to do
        return may_come or any(handle.batches for handle in self._handles)

    def _give(self, handle: WorkerHandle) -> None:
        batch = self._next()
        if batch is None:
            return
        if handle.batches and len(batch.message) > _QUEUED_BYTES:
            self._again.appendleft(batch.items)
            return
        self._send(handle, batch)

    def _next(self) -> Batch | None:
        items = self._again.popleft() if self._again else self._draw()
        if not items:
            return None
        message = protocol.encode_batch(self._serial, items, self._blame.resumed(items))
        batch = Batch(self._serial, items, message)
        self._serial += len(items)
        return batch

    def _draw(self) -> list[Item]:
        drawn = None if self._is_dry else next(self._source, None)
        self._is_dry = drawn is None
        self._is_hungry |= not drawn
        return list(drawn or ())

    def _send(self, handle: WorkerHandle, batch: Batch) -> None:
        handle.batches.append(batch)
        try:
            handle.pipe.send_bytes(batch.message)
        except OSError:
            self._kill_closing(handle)  # _reap requeues its batches

    def _kill_closing(self, handle: WorkerHandle) -> None:
        """End a worker whose pipe is closed: it is dying, or closed the pipe itself."""
        handle.process.join(_LAST_BREATH)
        handle.spoilt = handle.spoilt or handle.process.is_alive()
        handle.end()

    def _may_spawn(self) -> bool:
        is_due = not self._handles or time.monotonic() >= self._not_before
        return is_due and len(self._handles) < self._engine.workers

    def _spawn(self) -> WorkerHandle | None:
        """Start a worker; None where the system refuses, and others are there to do the work.

        Raises EngineError where none is there, and the system does not relent.
        """
        free = set(range(self._engine.workers)) - {handle.slot for handle in self._handles}
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                handle = self._start(min(free))
            except OSError as error:
                if self._handles:
                    self._not_before = time.monotonic() + _PAUSE
                    return None
                if time.monotonic() >= until:
                    why = error.strerror or error
                    raise EngineError(f"no worker process can be started: {why}") from error
                time.sleep(_TICK)
            else:
                self._handles.append(handle)
                return handle

    def _start(self, slot: int) -> WorkerHandle:
        """Start a worker; raises OSError."""
        self._slots.wipe(slot)  # what one before it did or gave up is not its own
        instructions = Instructions(
            self._job.to_json(),
            self._engine.workers,
            slot,
            self._engine.confinement,
            len(self._job.handed),
        )
        ours, theirs = connection.Pipe()
        channel, companion = _accompany(self._job.companion)
        try:
            with socket.socket(fileno=os.dup(ours.fileno())) as ends:
                ends.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _STALL)
                ends.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _STALL)
            given = [theirs.fileno(), self._slots.descriptor, *self._job.handed]
            given += [channel.fileno()] if channel else []
            process = forkserver.start(_SERVE, instructions.to_json(), given, self._engine.preload)
        except OSError:
            ours.close()  # a worker that was started all the same finds nobody there, and goes
            if companion:
                companion.kill()
                companion.wait()
            raise
        finally:
            theirs.close()
            if channel:
                channel.close()
        return WorkerHandle(process, ours, slot, companion=companion)

    def _recycle(self) -> None:
        for handle in list(self._handles):
            if self._is_spent(handle) and not handle.batches:
                self._dismiss(handle)

    def _is_spent(self, handle: WorkerHandle) -> bool:
        has_grown = self._slots.growth_of(handle.slot) > self._engine.growth
        return has_grown or handle.items_done >= self._engine.recycle

    def _dismiss(self, handle: WorkerHandle) -> int:
        """Remove a worker that is idle or dead; return its exit code."""
        self._handles.remove(handle)
        handle.pipe.close()
        if not handle.immortal:
            handle.process.join(_TICK)
        return self._let_go(handle)

    # -- taking in results -------------------------------------------------------------------

    def _ready(self) -> list[WorkerHandle]:
        by_pipe = {handle.pipe: handle for handle in self._handles}
        waited: list[Any] = [*by_pipe, *(handle.process.sentinel for handle in self._handles)]
        if self._waits_for and self._is_hungry and not self._is_dry:
            waited += self._waits_for()
        is_busy = any(handle.batches for handle in self._handles)
        has_bound = self._engine.timeout or self._engine.item_timeout
        ready = connection.wait(waited, _TICK if has_bound and is_busy else None)
        return [by_pipe[one] for one in ready if isinstance(one, connection.Connection)]

    def _collect(self, handle: WorkerHandle) -> Iterator[Finished]:
        try:
            serial, answer = protocol.decode_answer(handle.pipe.recv_bytes(_LONGEST))
            batch = handle.batches[0]
            count, left = answer.done, len(batch.items)
            if serial != batch.serial or count > left or (answer.ahead and count == left):
                raise ValueError("an answer for another batch")
            ahead = batch.items[count] if count < left else None
            finished = self._job.take(answer, batch.items[:count], ahead)
        except (
            *(EOFError, OSError, ValueError, IndexError, RecursionError),
            protocol.WorkerRefused,
        ) as error:
            has_begun = self._slots.last_begun(handle.slot) is not None
            if isinstance(error, protocol.WorkerRefused) and not has_begun:
                raise EngineError(str(error)) from error
            # From a dead worker there is nothing to read; from one sending junk nothing more.
            if isinstance(error, EOFError | ConnectionResetError):
                self._kill_closing(handle)
            else:
                handle.spoilt = True
                handle.end()
            return
        batch.settle(count)
        if not batch.items:
            handle.batches.popleft()
        handle.items_done += count
        self._blame.progress()
        self._blame.take(finished)
        yield finished

    def _kill_overdue(self) -> None:
        """Kill workers that take too long at an item; time in which all stood still is nobody's."""
        if self._engine.timeout is None and self._engine.item_timeout is None:
            return
        now = time.monotonic()
        if now - self._looked > _STILL:
            self._still = [*self._still[-_MOST_STILL:], (self._looked, now)]
        self._looked = now
        overdue = []
        for handle in self._handles:
            if self._engine.timeout is not None:
                self._wake(handle, now, self._engine.timeout)
            if handle.batches and self._overdue(handle) and not self._was_stopped(handle):
                handle.process.kill()
                overdue.append(handle)
        until = now + LAST_BREATH
        for handle in overdue:
            handle.end(max(until - time.monotonic(), 0))
            # it may have gone on to the next item just before
            handle.timed_out = self._overdue(handle)

    def _overdue(self, handle: WorkerHandle) -> Overdue | None:
        """Say what a worker has been at for too long: a part, or an item as a whole."""
        timeout, whole = self._engine.timeout, self._engine.item_timeout
        if timeout is not None and self._age(handle) > timeout:
            return "part"
        if whole is None or self._slots.serial(handle.slot) is None:
            return None
        item = handle.item_at(self._slots.serial(handle.slot))
        spent = self._blame.spent(item) if item else 0.0
        return "item" if spent + self._age(handle, whole=True) > whole else None

    def _age(self, handle: WorkerHandle, *, whole: bool = False) -> float:
        """Return how long a worker has been at its part, in seconds in which it could work.

        With `whole`, how long it has been at its item.
        """
        age = self._slots.seconds(handle.slot, whole=whole)
        now = time.monotonic()
        begun = now - age
        if handle.resumed and handle.resumed[0] == self._place(handle):
            begun = max(begun, handle.resumed[1])
        still = sum(until - max(since, begun) for since, until in self._still if until > begun)
        return now - begun - still

    def _place(self, handle: WorkerHandle) -> tuple[int, int] | None:
        """Return the numbers of the item and the part at work; None if there is none."""
        serial = self._slots.serial(handle.slot)
        return None if serial is None else (serial, self._slots.part(handle.slot))

    def _wake(self, handle: WorkerHandle, now: float, timeout: float) -> None:
        """Let a worker go on that was stopped between two items, where no item's time runs out."""
        if not handle.batches or self._slots.serial(handle.slot) is not None:
            handle.quiet_since = None
        elif handle.quiet_since is None:
            handle.quiet_since = now
        elif now - handle.quiet_since > timeout:
            handle.process.resume()
            handle.quiet_since = now

    def _was_stopped(self, handle: WorkerHandle) -> bool:
        """Let a worker go on that somebody has stopped; it gets the item's time anew, but once."""
        place = self._place(handle)
        if place is None or (handle.resumed and handle.resumed[0] == place):
            return False
        if not handle.process.resume():
            return False
        handle.resumed = place, time.monotonic()
        return True

    def _reap(self, handle: WorkerHandle) -> Iterator[Finished]:
        """Blame the item that a dead worker had begun; requeue all others."""
        # First its last messages:
        while handle.batches and not handle.spoilt and handle.pipe.poll():
            finished = [*self._collect(handle)]
            if not finished:
                break
            yield from finished
        slot = handle.slot
        place = Place(
            self._slots.serial(slot), self._slots.part(slot), self._slots.last_begun(slot)
        )
        spent = self._age(handle, whole=True)
        code = self._dismiss(handle)
        yield from self._blame.settle(handle, code, place, spent)


def _is_over(handle: WorkerHandle) -> bool:
    return handle.immortal or not handle.process.is_alive()


def _accompany(module: str | None) -> tuple[socket.socket | None, Any]:
    """Start a job's companion, if it has one; return the worker's end of a socket, and the process.

    Raises OSError.
    """
    if module is None:
        return None, None
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            process = subprocess.Popen(  # noqa: S603 - ourselves
                command(module, str(theirs.fileno())),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        except OSError:
            ours.close()
            raise
    return ours, process
