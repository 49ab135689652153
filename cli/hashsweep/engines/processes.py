"""Worker processes under supervision: one that dies or hangs costs one item, which is reported.

One pipe per worker, so a dying one cannot spoil another's (DESIGN.md, "Why our own supervisor").
Each worker writes the number of the item it starts into shared memory, so the parent
knows which item to blame without a message per item. Knows no kind of work.
"""

import os
import struct
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from multiprocessing import connection
from operator import and_
from socket import SO_RCVTIMEO, SO_SNDTIMEO, SOL_SOCKET, socket
from typing import Any

from hashsweep.engines import confine, protocol
from hashsweep.engines.base import Finished, Job
from hashsweep.engines.blame import Blame
from hashsweep.engines.forkserver import context_of
from hashsweep.engines.worker_handles import Batch, WorkerHandle
from hashsweep.engines.worker_process import Confinement, Slots, serve
from hashsweep.errors import EngineError
from hashsweep.model import Item
from hashsweep.signals import deferred

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

_LAST_BREATH = 1.0
# A dying worker's pipe closes milliseconds before its death is known. One that still runs
# after this many seconds has closed the pipe itself.

GROWTH = 256 * 1024 * 1024
"""Bytes of private memory that a worker may keep from one batch to the next."""


@dataclass(frozen=True)
class ProcessEngine:
    """The Engine over `workers` processes.

    `timeout` is in seconds per item (None waits for ever). A fresh worker replaces one
    that has done `recycle` items, or that holds more than `growth` bytes of
    private memory beyond its initial size between two batches. `preload` names modules that the
    fork server imports once for all workers.
    """

    workers: int
    timeout: float | None = 60.0
    recycle: int = 20_000
    growth: int = GROWTH
    preload: tuple[str, ...] = ()
    start_method: str = "forkserver"
    confinement: Confinement = Confinement()  # noqa: RUF009 - it is frozen
    _in_force: list[int] = field(default_factory=list, repr=False, compare=False)

    def run(self, job: Job, batches: Iterable[Sequence[Item]]) -> Generator[Finished, None, None]:
        """Yield results as they come; closing the iterator kills the workers."""
        crew = _Pool(self, job, batches)
        try:
            yield from crew.results()
            crew.drain()
        finally:
            self._in_force.extend(crew.bits_in_force())
            crew.kill_all()

    def in_force(self) -> tuple[str, ...]:
        """Return the privileges that all workers of finished runs gave up."""
        return confine.names(reduce(and_, self._in_force)) if self._in_force else ()


class _Pool:
    """One run of the engine: the workers and the batches in progress."""

    def __init__(self, engine: ProcessEngine, job: Job, batches: Iterable[Sequence[Item]]) -> None:
        self._engine = engine
        self._job = job
        self._context: Any = context_of(engine.start_method, engine.preload)
        self._slots = Slots(self._context, engine.workers)
        self._source = iter(batches)
        self._waits_for = getattr(batches, "waits_for", None)  # of Arrivals
        self._is_dry = self._is_hungry = False
        self._blame = Blame(engine.workers, engine.timeout)
        self._again = self._blame.again
        self._serial = 0
        self._handles: list[WorkerHandle] = []

    def results(self) -> Iterator[Finished]:
        """Feed, wait, collect, until the source is exhausted and every item accounted for."""
        while self._feed():
            for handle in self._ready():
                yield from self._collect(handle)
            self._kill_overdue()
            for handle in [handle for handle in self._handles if not handle.process.is_alive()]:
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
        """Kill and reap every worker."""
        for handle in self._handles:
            handle.process.kill()
        for handle in self._handles:
            handle.process.join()
            handle.process.close()
            handle.pipe.close()
        self._handles.clear()

    # -- giving out work ---------------------------------------------------------------------

    def _feed(self) -> bool:
        """Hand out batches; False if none are left, here or with any worker."""
        self._recycle()
        self._is_hungry = False
        for depth in range(1, AHEAD + 1):
            for handle in list(self._handles):
                if len(handle.batches) < depth and not self._is_spent(handle):
                    self._give(handle)
            while len(self._handles) < self._engine.workers:
                batch = self._next()
                if batch is None:
                    break
                self._send(self._spawn(), batch)
        may_come = self._waits_for is not None and not self._is_dry
        while may_come and len(self._handles) < self._engine.workers:
            self._spawn()  # ready before there is work
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
        batch = Batch(self._serial, items, protocol.encode_batch(self._serial, items))
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
        handle.process.kill()
        handle.process.join()

    def _spawn(self) -> WorkerHandle:
        free = set(range(self._engine.workers)) - {handle.slot for handle in self._handles}
        handle = self._start(min(free))
        self._handles.append(handle)
        return handle

    def _start(self, slot: int, tries: int = 5) -> WorkerHandle:
        """Start a worker; raises EngineError after some tries, as the fork server may have died."""
        self._slots.wipe(slot)  # clear what its predecessor wrote
        ours, theirs = self._context.Pipe()
        with socket(fileno=os.dup(ours.fileno())) as ends:
            ends.setsockopt(SOL_SOCKET, SO_RCVTIMEO, _STALL)
            ends.setsockopt(SOL_SOCKET, SO_SNDTIMEO, _STALL)
        process = self._context.Process(
            target=serve,
            args=(theirs, self._slots, slot, self._job.to_json(), self._engine.confinement),
            daemon=True,
        )
        try:
            with deferred():  # stopped in between, the fork server would print a traceback
                process.start()
        except (OSError, EOFError) as error:
            ours.close()  # a worker that did start finds the pipe closed, and exits
            if tries <= 1:
                why = getattr(error, "strerror", None) or "the fork server has ended"
                raise EngineError(f"no worker process can be started: {why}") from error
            time.sleep(_TICK)
            return self._start(slot, tries - 1)
        finally:
            theirs.close()
        return WorkerHandle(process, ours, slot)

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
        handle.process.join(_TICK)
        handle.process.kill()
        handle.process.join()
        code: int = handle.process.exitcode
        handle.process.close()
        return code

    # -- taking in results -------------------------------------------------------------------

    def _ready(self) -> list[WorkerHandle]:
        by_pipe = {handle.pipe: handle for handle in self._handles}
        waited: list[Any] = [*by_pipe, *(handle.process.sentinel for handle in self._handles)]
        if self._waits_for and self._is_hungry and not self._is_dry:
            waited += self._waits_for()
        is_busy = any(handle.batches for handle in self._handles)
        ready = connection.wait(waited, _TICK if self._engine.timeout and is_busy else None)
        return [by_pipe[one] for one in ready if isinstance(one, connection.Connection)]

    def _collect(self, handle: WorkerHandle) -> Iterator[Finished]:
        try:
            serial, results = protocol.decode_results(handle.pipe.recv_bytes(_LONGEST))
            batch = handle.batches[0]
            if serial != batch.serial or len(results) != len(batch.items):
                raise ValueError("a result for another batch")
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
                handle.process.kill()
                handle.process.join()
            return
        handle.batches.popleft()
        handle.items_done += len(results)
        self._blame.progress()
        for item, result in zip(batch.items, results, strict=True):
            yield Finished(item, result)

    def _kill_overdue(self) -> None:
        if self._engine.timeout is None:
            return
        for handle in self._handles:
            if handle.batches and self._slots.seconds(handle.slot) > self._engine.timeout:
                handle.process.kill()
                handle.process.join()  # it may just have started the next item
                handle.timed_out = self._slots.seconds(handle.slot) > self._engine.timeout

    def _reap(self, handle: WorkerHandle) -> Iterator[Finished]:
        """Blame the item that a dead worker had begun; requeue all others."""
        # First its last messages:
        while handle.batches and not handle.spoilt and handle.pipe.poll():
            before = len(handle.batches)
            yield from self._collect(handle)
            if len(handle.batches) == before:
                break
        begun, touched = self._slots.serial(handle.slot), self._slots.last_begun(handle.slot)
        code = self._dismiss(handle)
        yield from self._blame.settle(handle, code, begun, touched)
