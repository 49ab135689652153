"""The process that fetches objects for one worker: it has network and credentials, decodes nothing.

Requests come in order and answers go back in the same order, while further objects in a window are
being fetched. It is a separate program, because a worker must not have its access. Knows no
picture and no list.
"""

import gc
import json
import os
import socket
import sys
import tempfile
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain
from queue import Queue
from typing import Any, BinaryIO

from hashsweep.errors import ItemError, UsageProblem
from hashsweep.storage.facts import CHUNK, Facts
from hashsweep.storage.messages import LENGTH, receive
from hashsweep.storage.options import StoreOptions
from hashsweep.storage.origins import is_web
from hashsweep.storage.stores import Stores

IN_FLIGHT = 24
"""Objects being fetched at once for one worker."""

_UNKNOWN = 1024 * 1024  # the assumed size of an object of unknown size


@dataclass(frozen=True)
class Request:
    """One object: where it is, and what its source says about it."""

    uri: str
    size: int | None = None
    etag: str | None = None
    version: str | None = None


@dataclass
class Answer:
    """The result of a request: bytes in buffers or in a file, or a failure."""

    facts: Facts | None = None
    buffers: Sequence[Any] = ()
    spooled: BinaryIO | None = None
    failure: tuple[str, str, str] | None = None

    def header(self, request: Request) -> dict[str, Any]:
        """Return the header sent to the worker before the bytes."""
        if self.failure or not self.facts:
            return {"failure": self.failure}
        facts = self.facts
        return {
            "size": facts.size,
            "mtime_ns": facts.mtime_ns,
            "etag": facts.etag,
            "changed": _is_changed(request, facts),
            "spooled": self.spooled is not None,
        }


@dataclass
class Window:
    """Limits the objects and bytes being fetched; waits for room."""

    bytes: int
    _taken: list[int] = field(default_factory=list)
    _room: threading.Condition = field(default_factory=threading.Condition)

    def enter(self, size: int) -> None:
        """Wait until there is room; a single object always has room."""
        with self._room:
            self._room.wait_for(lambda: self._has_room(size))
            self._taken.append(size)

    def _has_room(self, size: int) -> bool:
        fits = sum(self._taken) + size <= self.bytes and len(self._taken) < IN_FLIGHT
        return fits or not self._taken

    def leave(self, size: int) -> None:
        """Give room back."""
        with self._room:
            self._taken.remove(size)
            self._room.notify()


class Fetcher:
    """Fetches what one worker requests."""

    def __init__(self, channel: socket.socket, options: dict[str, Any]) -> None:
        """`options` are those of fetching.FetchOptions."""
        self._channel = channel
        self._stores = Stores(StoreOptions.from_json(options["stores"]))
        self._spool_above = options["spool_above"]
        self._limit = options["max_size"]
        self._window = Window(options["window"])
        self._asked: Queue[Request] = Queue()
        self._flying: Queue[tuple[Request, int, Future[Answer]]] = Queue()

    def run(self) -> None:
        """Serve until the worker ends."""
        threading.Thread(target=self._listen, daemon=True).start()
        threading.Thread(target=self._launch, daemon=True).start()
        while True:
            request, size, future = self._flying.get()
            self._send(request, future.result())
            self._window.leave(size)

    def _listen(self) -> None:
        """Read requests as they come, so that the worker never waits to send one."""
        while message := receive(self._channel):
            for row in json.loads(message):
                self._asked.put(Request(*row))
        os._exit(0)  # the worker has ended; drop everything

    def _launch(self) -> None:
        with ThreadPoolExecutor(IN_FLIGHT) as threads:
            while True:
                request = self._asked.get()
                size = _UNKNOWN if request.size is None else request.size
                size = min(size, self._spool_above)  # the rest is on disk
                self._window.enter(size)
                self._flying.put((request, size, threads.submit(self.fetch, request)))

    def fetch(self, request: Request) -> Answer:
        """Return the result of one request; errors of the store are in the answer."""
        try:
            return self._fetch_object(request)
        except ItemError as error:
            return Answer(failure=(error.stage, error.reason, error.detail))
        except UsageProblem as error:
            return Answer(failure=("read", "denied", str(error)))

    def _fetch_object(self, request: Request) -> Answer:
        if is_web(request.uri):
            return self._stores.web.fetch(request.uri, self._collect)
        size = request.size
        facts, content = self._stores.get(
            request.uri,
            span=(0, CHUNK) if size is not None and size > CHUNK else None,
            version=request.version,
            limit=CHUNK if size is None or size <= CHUNK else None,
        )
        first = [content] if len(content) else []
        return self._collect(facts, chain(first, self._rest(request, facts, len(content))))

    def _collect(self, facts: Facts, buffers: Iterable[Any]) -> Answer:
        """Return an object's bytes in memory or, if they are many, in a file."""
        if self._limit is not None and facts.size > self._limit:
            raise ItemError("read", "too-large", f"{facts.size:,} bytes")
        if not facts.size:
            raise ItemError("read", "empty")
        if facts.size <= self._spool_above:
            return Answer(facts, [*buffers])
        with ExitStack() as stack:
            spool = stack.enter_context(tempfile.TemporaryFile())
            for buffer in buffers:
                _spool(spool, buffer)
            stack.pop_all()  # it is passed on, open
        return Answer(facts, spooled=spool)

    def _rest(self, request: Request, facts: Facts, start: int) -> Any:
        """Yield the rest, one chunk per request; an object that changes meanwhile is refused."""
        for at in range(start, facts.size, CHUNK):
            span = (at, min(at + CHUNK, facts.size))
            found = self._stores.get(
                request.uri, span=span, etag=facts.etag, version=request.version
            )
            if found[0].size != facts.size:
                raise ItemError("read", "changed")
            yield found[1]

    def _send(self, request: Request, answer: Answer) -> None:
        header = json.dumps(answer.header(request)).encode()
        files = [answer.spooled.fileno()] if answer.spooled else []
        socket.send_fds(self._channel, [LENGTH.pack(len(header))], files)
        self._channel.sendall(header)
        for buffer in answer.buffers:
            self._channel.sendall(buffer)
        if answer.spooled:
            answer.spooled.close()


def _spool(spool: BinaryIO, buffer: Any) -> None:
    try:
        spool.write(buffer)
        spool.flush()
    except OSError as error:
        raise ItemError("read", "io-error", f"spooling: {error.strerror}") from error


def _is_changed(request: Request, facts: Facts) -> bool:
    """Say whether this is not what the source listed; change tokens decide if both have one."""
    if request.version is not None:
        return False
    if request.etag and facts.etag:
        return request.etag != facts.etag
    return request.size is not None and request.size != facts.size


def main() -> None:
    """Serve the worker at the other end of the socket whose descriptor is the only argument."""
    gc.enable()
    channel = socket.socket(fileno=int(sys.argv[1]))
    try:
        Fetcher(channel, json.loads(receive(channel))).run()
    except (BrokenPipeError, ConnectionResetError, EOFError):
        os._exit(0)


if __name__ == "__main__":
    main()
