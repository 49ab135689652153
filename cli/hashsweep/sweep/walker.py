"""Asks the disks through a process of its own, so that one that gives no answer holds up nothing.

The process is given up where it has asked one question for too long; another one goes on behind
it. Knows no worker, no report and no terminal.
"""

import json
import os
import signal
import socket
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from multiprocessing.connection import Connection, Pipe
from typing import Any

from hashsweep.engines.forkserver import is_stopped, scrub
from hashsweep.errors import SourceError
from hashsweep.model import Failure, Item, Skipped
from hashsweep.signals import deferred
from hashsweep.sources.base import Choice
from hashsweep.sources.looking import Look, silent_look
from hashsweep.sources.mounts import point_of
from hashsweep.storage import memory
from hashsweep.storage.programs import command
from hashsweep.sweep.walker_process import MOST_ITEMS, MOST_NAMES, TRACE, Trace, read_some

_PROGRAM = "hashsweep.sweep.walker_process"

_TICK = 0.25  # seconds between looks at what the process asks

_LEAST = 1.0  # seconds: a bound below that is about files, and a busy machine may take as long

_LAST_BREATH = 1.0  # seconds in which a process that was killed is gone, if its disk lets it

_MOST_DEATHS = 3  # of the process, in a row and without an item between them

_SILENT = ("list", "timeout")


class _NoAnswerError(Exception):
    """A disk gave no answer in time; holds the path that was asked about.

    And whether anything new was found before.
    """

    def __init__(self, path: bytes, *, has_found: bool) -> None:
        super().__init__()
        self.path, self.has_found = path, has_found


class Walker:
    """The process, started when it is needed; close it at the end.

    `timeout` is in seconds per question to a disk, a second at least; None waits for ever. `left`
    has the numbers of processes that could not be ended, as their disk gives no answer even then.
    """

    def __init__(self, timeout: float | None) -> None:
        self._timeout = timeout and max(timeout, _LEAST)
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Connection
        self._channel: socket.socket
        self._trace: Trace
        self._unit = ""  # the part of the file system that gave no answer last, and none since
        self._dead: set[str] = set()
        self.left: list[int] = []

    @property
    def failure(self) -> Failure:
        """Why an item failed at which a disk gave no answer."""
        return Failure(*_SILENT, f"no answer for {self._timeout:g} s")

    # -- questions ---------------------------------------------------------------------------

    def start(self) -> None:
        """Start the process, which imports what it needs meanwhile; raises SourceError."""
        with deferred():
            if self._process is None:
                try:
                    self._launch()
                except OSError as error:
                    why = error.strerror or error
                    raise SourceError(f"no process can be started to list files: {why}") from error

    def look(self, path: str) -> Look:
        """Find out what a path is; raises SourceError."""
        try:
            *found, is_open = self._ask("look", path=path)
        except _NoAnswerError:
            return silent_look(path)
        look = Look(*found)
        if not is_open:
            return look
        _, given, _, _ = socket.recv_fds(self._channel, 1, 1, socket.MSG_CMSG_CLOEXEC)
        return replace(look, descriptor=given[0]) if given else look

    def resolve(self, path: str) -> str:
        """Return where a path really leads to, the path itself if its disk gives no answer."""
        try:
            return str(self._ask("resolve", path=path))
        except _NoAnswerError:
            return path

    def visit(self, path: str) -> None:
        """Open a mount point, so that a disk is mounted; one without an answer is left alone."""
        with suppress(_NoAnswerError):
            self._ask("visit", path=path)

    def examine(self, paths: Iterable[bytes], choice: Choice) -> Iterator[Item | Skipped]:
        """Yield the item for each path of a list, in order; raises SourceError.

        Where a disk gave no answer twice in a row, nothing more is asked about it.
        """
        left = deque(paths)
        silent = set[bytes]()
        while left:
            if left[0] in silent or self._is_dead(left[0]):
                yield self._fail(os.path.abspath(left.popleft()))
                continue
            some = _take(left, lambda path: path in silent or self._is_dead(path))
            given = {"paths": [os.fsdecode(each) for each in some], "choice": _plain(choice)}
            try:
                for found in self._stream("examine", given):
                    for each in found:
                        left.popleft()
                        self._note_answer(each.uri)
                    yield from found
            except _NoAnswerError as error:
                path = error.path if error.path in some else left[0]
                silent.add(path)
                self._note_silence(os.fsdecode(os.path.abspath(path)))

    def walk(
        self, root: str, name: str, choice: Choice, leave_out: str | None, top: int | None
    ) -> Iterator[Item | Skipped]:
        """Yield what is in a folder, as FolderSource does; raises SourceError.

        `name` is the folder's absolute path, `top` a descriptor of it. Where a disk gives no
        answer there is one failed item; if it gives none for what comes next on the same disk
        either, the folder above that is the failed item, then the one above that, and so on.
        """
        start = os.fsencode(name).rstrip(b"/") + b"/"
        after, silent = b"", set[bytes]()
        asked: list[bytes] = []  # without an answer, and without any since the first of them
        while True:
            given = {
                "root": root,
                "choice": _plain(choice),
                "leave_out": leave_out,
                "after": os.fsdecode(after),
                "silent": [os.fsdecode(each) for each in silent],
                "failure": [*_SILENT, self.failure.detail if self._timeout else ""],
                "is_held": top is not None,
            }
            try:
                for found in self._stream("walk", given, top):
                    yield from found
                    if found:
                        after = os.fsencode(found[-1].uri)
                return
            except _NoAnswerError as error:
                if error.has_found:
                    asked.clear()
                asked.append(error.path)
            given_up = _give_up(asked, start)
            if given_up == start:
                yield self._fail(start if top is not None else os.fsencode(name))
                return
            silent.add(given_up)

    def _fail(self, path: bytes) -> Item:
        return Item(os.fsdecode(path), failure=self.failure)

    # -- lists of paths: what is not asked again ---------------------------------------------

    def _is_dead(self, path: bytes) -> bool:
        return any(_is_in(os.fsdecode(os.path.abspath(path)), each) for each in self._dead)

    def _note_answer(self, path: str) -> None:
        if self._unit and _is_in(path, self._unit) and _unit_of(path) == self._unit:
            self._unit = ""

    def _note_silence(self, path: str) -> None:
        unit = _unit_of(path)
        if unit == self._unit:
            self._dead.add(unit)
        self._unit = unit

    # -- the process -------------------------------------------------------------------------

    def _ask(self, asked: str, **given: Any) -> Any:
        """Return the answer to a question; raises _NoAnswerError."""
        deaths = 0
        while True:
            self._request(asked, given)
            try:
                return self._receive()[1]
            except EOFError:
                deaths = self._count_death(deaths)

    def _stream(
        self, asked: str, given: dict[str, Any], descriptor: int | None = None
    ) -> Iterator[Sequence[Item | Skipped]]:
        """Yield the items of an answer, some at once; raises _NoAnswerError and SourceError.

        If the process dies, another one goes on after the last item.
        """
        given = dict(given)
        deaths, is_over = 0, False
        try:
            while not is_over:
                self._request(asked, given, descriptor)
                try:
                    while not is_over:
                        kind, content = self._receive()
                        if kind == "error":
                            is_over = True
                            raise SourceError(content)
                        is_over = kind == "end"
                        found = read_some(content)
                        yield found
                        if found and asked == "walk":
                            given["after"] = found[-1].uri
                        elif found:
                            given["paths"] = given["paths"][len(found) :]
                        deaths = 0 if found else deaths
                except EOFError:
                    deaths = self._count_death(deaths)
        finally:
            if not is_over:  # left half-way: what it has still to say is of no use
                self._end()

    def _count_death(self, deaths: int) -> int:
        self._end()
        if deaths == _MOST_DEATHS:
            raise SourceError("the process that lists files keeps dying")
        return deaths + 1

    def _request(self, asked: str, given: dict[str, Any], descriptor: int | None = None) -> None:
        self.start()
        self._trace.has_found = False
        with suppress(BrokenPipeError, ConnectionResetError):  # reading will say so
            self._pipe.send_bytes(json.dumps([asked, given]).encode())
            if descriptor is not None:
                socket.send_fds(self._channel, [b"\0"], [descriptor])

    def _receive(self) -> tuple[str, Any]:
        """Return a message; raises _NoAnswerError, or EOFError where the process has died.

        Time in which nothing at all ran, such as that of a frozen container, does not count, nor
        that in which the process was stopped.
        """
        waited, count, was_stopped = 0.0, self._trace.count, False
        while True:
            begun = time.monotonic()
            if self._pipe.poll(_TICK):
                try:
                    kind, content = json.loads(self._pipe.recv_bytes())
                except ConnectionResetError as error:
                    raise EOFError from error
                return kind, content
            waited += min(time.monotonic() - begun, 2 * _TICK)
            if self._trace.count != count or not count:  # at 0 it has not begun
                waited, count, was_stopped = 0.0, self._trace.count, False
            if self._timeout is None or waited < self._timeout:
                continue
            if not was_stopped and self._resume():
                waited, was_stopped = 0.0, True
                continue
            self._end()
            raise _NoAnswerError(self._trace.path, has_found=self._trace.has_found)

    def _launch(self) -> None:
        """Start the process deaf to Ctrl-C, which terminals send to it as well; raises OSError."""
        ours, theirs = Pipe()
        channel, its = socket.socketpair()
        descriptor = memory.create_unnamed(bytes(TRACE))
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        given = [theirs.fileno(), descriptor, its.fileno()]
        try:
            self._trace = Trace(descriptor)
            self._process = subprocess.Popen(  # noqa: S603 - ourselves
                command(_PROGRAM, *map(str, given)),
                env=scrub(os.environ),
                pass_fds=given,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # if it is left behind, nobody waits for its end
            )
        except OSError:
            ours.close()
            channel.close()
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            theirs.close()
            its.close()
            os.close(descriptor)
        self._pipe, self._channel = ours, channel

    def _resume(self) -> bool:
        """Let the process go on if somebody stopped it; say whether that was so."""
        assert self._process is not None  # whoever waits has started it
        if not is_stopped(self._process.pid):
            return False
        self._process.send_signal(signal.SIGCONT)
        return True

    def _end(self) -> None:
        with deferred():
            if self._process is None:
                return
            self._process.kill()
            try:
                self._process.wait(_LAST_BREATH)
            except subprocess.TimeoutExpired:
                self.left.append(self._process.pid)
                self._process.returncode = -signal.SIGKILL  # nobody asks for it any more
            self._process = None
            self._pipe.close()
            self._channel.close()

    def close(self) -> None:
        """End the process, or leave it behind if its disk does not let it end."""
        self._end()


@dataclass(frozen=True)
class WalkedFolder:
    """The Source of a folder, or of a single file, that is walked by another process.

    `root` is as the user named it, `look` what it is, and `leave_out` a folder (its real path)
    that is passed over: the report.
    """

    root: str
    walker: Walker
    look: Look
    choice: Choice
    leave_out: str | None = None

    @property
    def name(self) -> str:
        """The root, as an absolute path."""
        return self.look.name

    @property
    def folder(self) -> str:
        """The folder that it is, or the one that it lies in."""
        return self.look.folder

    def check(self) -> None:
        """Raise SourceError unless the root is a folder or file, or its disk gives no answer."""
        if self.look.error:
            raise SourceError(self.look.error)

    def holds(self, uri: str) -> bool:
        """Say whether a path is below the root."""
        return uri.startswith(self.name.rstrip("/") + "/")

    def items(self) -> Iterator[Item | Skipped]:
        """Yield the files in order; what gives no answer is a failed item."""
        if self.look.is_silent:
            yield Item(self.name, failure=self.walker.failure)
            return
        yield from self.walker.walk(
            self.root, self.name, self.choice, self.leave_out, self.look.descriptor
        )


def _plain(choice: Choice) -> Sequence[Any]:
    return [choice.include, choice.exclude, choice.max_file_size]


def _give_up(asked: Sequence[bytes], start: bytes) -> bytes:
    """Return what is not asked about again, `start` where the whole source is given up.

    That is the last path in `asked`, to which nothing was answered; for each one before it on the
    same disk, the folder one level higher.
    """
    path = asked[-1]
    point = point_of(os.fsdecode(path))
    for before in asked[:-1]:
        if path.startswith(start) and point_of(os.fsdecode(before)) == point:
            path = path.rstrip(b"/").rpartition(b"/")[0] + b"/"
    return path if path.startswith(start) else start


def _unit_of(path: str) -> str:
    """Return the mount point of a path; where that is the root, its first folder.

    The folder may be a link to anything.
    """
    point = point_of(path)
    return point if point != "/" else "/".join(path.split("/", 2)[:2])


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _take(left: Iterable[bytes], is_dead: Callable[[bytes], bool]) -> list[bytes]:
    """Return the first paths, as many as go into one request, up to one that is dead."""
    some: list[bytes] = []
    names = 0
    for path in islice(left, MOST_ITEMS):
        if is_dead(path) or (some and names + len(path) > MOST_NAMES):
            break
        some.append(path)
        names += len(path)
    return some
