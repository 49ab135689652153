"""Runs in a process of its own: asks the disks what the sweep must know of them before it reads.

A disk that gives no answer stops this process only. It is a program of its own without the
command's secrets; requests and answers are JSON, and nothing that comes back is run. Knows no
worker, no report and no terminal.
"""

import gc
import json
import mmap
import os
import signal
import socket
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from hashsweep.engines.confine import die_with_parent
from hashsweep.errors import SourceError
from hashsweep.model import Failure, Item, Skipped
from hashsweep.sources.base import Choice
from hashsweep.sources.folder import Course, FolderSource
from hashsweep.sources.looking import look_at
from hashsweep.sources.paths import examine_paths

TRACE = 128 * 1024
"""Bytes of shared memory that say what this process asks the disk: two numbers, and a path."""

_HEAD = 16  # bytes of the numbers: one grows with each question, one is 1 after a good answer

MOST_ITEMS, MOST_NAMES = 256, 32 * 1024
"""Items and bytes of names in a message, which the socket between the processes takes at once."""

_SECONDS = 0.02  # an item does not wait longer for others before it is sent


class Trace:
    """What is asked of the disk at the moment, in memory that both processes see."""

    def __init__(self, descriptor: int) -> None:
        """Map the memory (TRACE bytes); raises OSError."""
        self._memory = mmap.mmap(descriptor, TRACE)
        self._numbers = memoryview(self._memory)[:_HEAD].cast("Q")

    def touch(self, path: bytes) -> None:
        """Walker: a question about this path is asked next; what does not fit is cut."""
        end = _HEAD + len(path) + 1
        if end > TRACE:
            path, end = path[: TRACE - _HEAD - 1], TRACE
        self._memory[_HEAD:end] = path + b"\0"
        self._numbers[0] += 1

    @property
    def count(self) -> int:
        """How many questions have been asked."""
        return int(self._numbers[0])

    @property
    def path(self) -> bytes:
        """What the last question is about."""
        return self._memory[_HEAD : self._memory.find(b"\0", _HEAD)]

    @property
    def has_found(self) -> bool:
        """Whether a walk has found anything that an earlier one had not."""
        return bool(self._numbers[1])

    @has_found.setter
    def has_found(self, value: bool) -> None:
        self._numbers[1] = value


def main(pipe: int, memory: int, channel: int) -> None:
    """Answer requests until the command closes the pipe or dies.

    Descriptors of folders come and go through `channel`, a socket.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command decides when to stop
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    command = os.getppid()
    die_with_parent()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    gc.disable()  # nothing here refers to itself, and what comes and goes is tuples and texts
    trace = Trace(memory)
    walker = _Walker(Connection(pipe), trace, socket.socket(fileno=channel))
    trace.touch(b"")  # from now on time counts
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while os.getppid() == command:
            walker.answer()


class _Walker:
    def __init__(self, pipe: Connection, trace: Trace, channel: socket.socket) -> None:
        self._pipe = pipe
        self._trace = trace
        self._channel = channel

    def answer(self) -> None:
        """Read a request and answer it."""
        asked, given = json.loads(self._pipe.recv_bytes())
        getattr(self, f"_{asked}")(**given)

    def _send(self, kind: str, content: Any) -> None:
        self._pipe.send_bytes(json.dumps([kind, content]).encode())

    def _look(self, path: str) -> None:
        """Say what a path is; an open folder is sent as well."""
        self._trace.touch(os.fsencode(path))
        found = look_at(path)
        if found.descriptor is not None:
            socket.send_fds(self._channel, [b"\0"], [found.descriptor])
            os.close(found.descriptor)
        answer = [found.name, found.real, found.is_folder, found.error]
        self._send("look", [*answer, found.descriptor is not None])

    def _resolve(self, path: str) -> None:
        """Say where a path really leads to."""
        self._trace.touch(os.fsencode(path))
        self._send("resolved", os.path.realpath(path))

    def _visit(self, path: str) -> None:
        """Open a mount point, as that mounts a disk that is mounted when it is needed."""
        self._trace.touch(os.fsencode(path))
        with suppress(OSError, ValueError):
            os.scandir(path).close()
        self._send("visited", None)

    def _examine(self, paths: list[str], choice: list[Any]) -> None:
        """Send what the paths of a list are."""
        self._stream(examine_paths(map(os.fsencode, paths), Choice(*choice), self._trace.touch))

    def _walk(
        self,
        *,
        root: str,
        choice: list[Any],
        leave_out: str | None,
        after: str,
        silent: list[str],
        failure: list[str],
        is_held: bool,
    ) -> None:
        """Send what is in a folder, from `after` on."""
        held = None
        if is_held:
            _, (held,), _, _ = socket.recv_fds(self._channel, 1, 1, socket.MSG_CMSG_CLOEXEC)
        try:
            at = None if held is None else f"/proc/self/fd/{held}"
            source = FolderSource(root, Choice(*choice), leave_out, at)
            asked = frozenset(map(os.fsencode, silent))
            course = Course(os.fsencode(after), asked, Failure(*failure), self._trace.touch)
            self._stream(source.walk(course), course.failure)
        finally:
            if held is not None:
                os.close(held)

    def _stream(self, found: Iterable[Item | Skipped], failure: Failure | None = None) -> None:
        """Send items as they come: few at first, so that all workers start soon.

        `failure` is that of paths to which there was no answer before.
        """
        some = _Some()
        most, since = 1, time.monotonic()
        has_found = False
        try:
            for each in found:
                if not has_found and not _has_failed(each, failure):
                    self._trace.has_found = has_found = True
                some.add(each)
                is_full = len(some.uris) >= most or some.names >= MOST_NAMES
                if is_full or time.monotonic() - since > _SECONDS:
                    self._send("some", some.to_json())
                    some = _Some()
                    most, since = min(2 * most, MOST_ITEMS), time.monotonic()
        except SourceError as error:
            self._send("some", some.to_json())
            self._send("error", str(error))
        else:
            self._send("end", some.to_json())


def _has_failed(found: Item | Skipped, failure: Failure | None) -> bool:
    return failure is not None and isinstance(found, Item) and found.failure == failure


class _Some:
    """Items to be sent together, by column; skips and failed items are named by their place."""

    def __init__(self) -> None:
        self.uris: list[str] = []
        self.names = 0
        self._sizes: list[int | None] = []
        self._times: list[int | None] = []
        self._others: dict[int, list[str]] = {}

    def add(self, found: Item | Skipped) -> None:
        if isinstance(found, Skipped):
            self._others[len(self.uris)] = [found.reason]
            self._sizes.append(None)
            self._times.append(None)
        else:
            if found.failure:
                failure = found.failure
                self._others[len(self.uris)] = [failure.stage, failure.reason, failure.detail]
            self._sizes.append(found.size)
            self._times.append(found.mtime_ns)
        self.uris.append(found.uri)
        self.names += len(found.uri)

    def to_json(self) -> list[Any]:
        return [self.uris, self._sizes, self._times, self._others]


def read_some(content: list[Any]) -> list[Item | Skipped]:
    """Return the items and skips of a message."""
    uris, sizes, times, others = content
    found: list[Item | Skipped] = list(map(Item, uris, sizes, times))
    for place, words in others.items():
        item = found[int(place)]
        if len(words) == 1:
            found[int(place)] = Skipped(item.uri, words[0])
        elif isinstance(item, Item):
            found[int(place)] = item._replace(failure=Failure(*words))
    return found


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
