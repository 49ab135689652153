"""Has a stranger's file parsed in a confined process of its own, under bounds.

The command opens the file and hands its descriptor over; what comes back are messages of plain
bytes, which the caller checks. Knows no format.
"""

import json
import os
import socket
import struct
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from multiprocessing import connection
from signal import SIGKILL
from types import TracebackType
from typing import Any, Self

from hashsweep.engines import forkserver, limits
from hashsweep.engines.parser_process import (
    BATCH,
    END,
    FAULT,
    FRAME,
    LONGEST,
    OUT_OF_MEMORY,
    QUESTION,
    REFUSAL,
)
from hashsweep.errors import EngineError
from hashsweep.safe_text import one_line

MEMORY = 1 << 30
"""Bytes of memory that a parser may use on top of what it has at start: formats are streamed."""

SILENCE = 60.0
"""Seconds for which a parser may neither send nor read anything: the time that a file has, too."""

_SERVE = "hashsweep.engines.parser_process:serve"
_TICK = 1.0  # seconds between looks at a parser that is silent
_PATIENCE = 10.0  # seconds for which a system that refuses new processes is asked again
_PAUSE = 0.25  # seconds between such questions
_LAST_BREATH = 1.0  # seconds in which a process has ended that is killed, or closed its socket
_TRIES = 4  # of a file whose fork server is killed again and again
_LONGEST_TEXT = 2000  # characters of what a parser says for people
_MIB = 1 << 20


@dataclass(frozen=True)
class Bounds:
    """What one file may come to. All are in bytes, but `silence`, which is in seconds.

    `total` is of all messages, `reads` of what the parser reads and writes, `writes` of a file that
    it unpacks into.
    """

    total: int
    reads: int
    writes: int = 0
    memory: int = MEMORY
    silence: float = SILENCE


class ParsingFailed(Exception):
    """A file cannot be parsed; the text says why, to follow the file's name."""


class FileRefused(ParsingFailed):
    """The parser itself refuses the file; the text is a whole sentence."""


class ServerEnded(ParsingFailed):
    """The fork server has ended, and the parser with it."""


def read_batches(
    target: str,
    options: Mapping[str, Any],
    descriptors: Sequence[int],
    bounds: Bounds,
    preload: Sequence[str],
) -> Iterator[bytearray]:
    """Yield the batches of a file (see Parsing), whose parser asks nothing.

    Where the fork server was killed, the file is read again, up to the batch that comes next.
    """
    done = 0
    for tries in range(_TRIES):
        try:
            with Parsing(target, options, descriptors, bounds, preload) as parsing:
                for number, (kind, content) in enumerate(parsing.messages()):
                    if kind != BATCH:
                        raise nonsense()
                    if number >= done:
                        done += 1
                        yield content
        except ServerEnded:
            if tries == _TRIES - 1:
                raise
        else:
            return


def nonsense() -> ParsingFailed:
    """Return the error for a parser that sends what no parser sends."""
    return ParsingFailed("cannot be read: the process that reads it sent nonsense")


class Parsing:
    """A file that is being parsed; to be used in a `with` block, which ends the process."""

    def __init__(
        self,
        target: str,
        options: Mapping[str, Any],
        descriptors: Sequence[int],
        bounds: Bounds,
        preload: Sequence[str] = (),
    ) -> None:
        """Start it: the function `target` (parser_process.Parse) gets options and descriptors.

        `preload` names modules for the fork server. Raises EngineError where the system refuses.
        """
        self._bounds = replace(bounds, memory=min(bounds.memory, _share()))
        self._left = bounds.total
        self._socket, theirs = socket.socketpair()
        text = json.dumps(
            {
                "target": target,
                "options": dict(options),
                "memory": self._bounds.memory,
                "writes": bounds.writes,
                "debug": bool(os.environ.get("HASHSWEEP_DEBUG")),
            }
        )
        with ExitStack() as stack, theirs:
            stack.callback(self._socket.close)
            self._process = _start(text, [theirs.fileno(), *descriptors], preload)
            stack.pop_all()
        stall = struct.pack("ll", max(1, int(bounds.silence)), 0)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, stall)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()
        self._process.kill()
        self._process.join(_LAST_BREATH)  # one that waits for a dead disk cannot even be killed
        self._process.close()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def messages(self) -> Iterator[tuple[int, bytearray]]:
        """Yield (kind, content) of each BATCH and QUESTION; what a batch holds is unchecked.

        Raises FileRefused where the parser refuses the file, ParsingFailed where it dies, hangs, or
        wants or sends too much.
        """
        while True:
            kind, size = FRAME.unpack(self._receive(FRAME.size))
            if size > LONGEST:
                raise ParsingFailed("holds a row that is too long to be read")
            self._left -= size
            if self._left < 0:
                raise ParsingFailed(
                    f"holds more than {self._bounds.total:,} bytes of rows, which no file of its "
                    "size does: it was not read to its end"
                )
            content = self._receive(size)
            if kind in (BATCH, QUESTION):
                yield kind, content
            elif kind == END:
                return
            else:
                raise self._refusal(kind, content)

    def answer(self, content: bytes) -> None:
        """Answer a question."""
        self._send(BATCH, content)

    def refuse(self, why: Any) -> None:
        """Answer that a question is refused."""
        self._send(REFUSAL, json.dumps(why).encode())

    def _send(self, kind: int, content: bytes) -> None:
        try:
            self._socket.sendall(FRAME.pack(kind, len(content)))
            self._socket.sendall(content)
        except BlockingIOError as error:
            raise self._hangs() from error
        except OSError as error:
            raise self._death() from error

    def _refusal(self, kind: int, content: bytearray) -> ParsingFailed:
        """Return what a parser says of the file as an error."""
        try:
            text = json.loads(content)
        except (ValueError, RecursionError):
            text = None
        if kind not in (REFUSAL, FAULT) or not isinstance(text, str):
            return nonsense()
        text = one_line(text, _LONGEST_TEXT)
        if kind == REFUSAL:
            return FileRefused(text)
        if text == OUT_OF_MEMORY:
            return self._too_large()
        return ParsingFailed(f"cannot be read: its reader fails with {text}")

    def _too_large(self) -> ParsingFailed:
        return ParsingFailed(
            f"needs more than {self._bounds.memory // _MIB:,} MiB of memory: it was not read"
        )

    def _hangs(self) -> ParsingFailed:
        return ParsingFailed(
            f"cannot be read: its reader got no further for {self._bounds.silence:g} seconds"
        )

    def _death(self) -> ParsingFailed:
        """Return how the process died as an error."""
        self._process.join(_LAST_BREATH)
        code = self._process.exitcode
        if code is None:
            return nonsense()
        if code in (-SIGKILL, forkserver.SERVER_ENDED):
            kind = ParsingFailed if code == -SIGKILL else ServerEnded
            return kind(
                "was not read: the process that reads it was killed, by somebody or because memory "
                "ran out; start again"
            )
        how = forkserver.describe_end(code)
        return ParsingFailed(f"cannot be read: it crashes the process that reads it ({how})")

    def _receive(self, size: int) -> bytearray:
        content = bytearray(size)
        left = memoryview(content)
        while left:
            try:
                count = self._socket.recv_into(left, 0, socket.MSG_DONTWAIT)
            except BlockingIOError:
                self._wait()
                continue
            except OSError as error:
                raise self._death() from error
            if not count:
                raise self._death()
            left = left[count:]
        return content

    def _wait(self) -> None:
        """Wait for bytes; raises ParsingFailed for a parser that hangs, or reads too much.

        Time in which this process stood still, too, counts no more than two ticks.
        """
        silent = 0.0
        done = -1
        while not connection.wait([self._socket], _TICK if done >= 0 else _PAUSE):
            before, done = done, self._work_done()
            if done > self._bounds.reads:
                raise ParsingFailed(
                    f"makes its reader read more than {self._bounds.reads:,} bytes, which no file "
                    "of its size does"
                )
            silent = 0.0 if done > before >= 0 else silent + min(_TICK, self._bounds.silence)
            if silent > self._bounds.silence:
                raise self._hangs()

    def _work_done(self) -> int:
        """Return how many bytes the parser has read and written, 0 where that is not known."""
        with suppress(OSError, ValueError), open(f"/proc/{self.pid}/io", "rb") as stream:
            return sum(int(stream.readline().split()[1]) for _ in range(2))
        return 0


def _share() -> int:
    """Return how much memory a parser may use at most in this container: a half."""
    return (limits.memory() or 2 * MEMORY) // 2


def _start(text: str, descriptors: Sequence[int], preload: Sequence[str]) -> forkserver.Forked:
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            return forkserver.start(_SERVE, text, descriptors, preload)
        except OSError as error:
            if time.monotonic() >= until:
                why = error.strerror or error
                raise EngineError(f"no process can be started to read a file: {why}") from error
            time.sleep(_PAUSE)
