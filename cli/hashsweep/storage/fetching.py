"""A worker's side of fetching: it requests objects ahead and takes them in the same order.

The worker itself has no network and no credentials; a separate process (fetcher.py) has. Knows no
picture and no list.
"""

import io
import json
import os
import socket
import subprocess
import weakref
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, BinaryIO, Self

from hashsweep.errors import EngineError, ItemError
from hashsweep.model import Item
from hashsweep.storage.local import LocalFile
from hashsweep.storage.messages import LENGTH, exactly
from hashsweep.storage.programs import command

FETCHER = "hashsweep.storage.fetcher"
"""The program that fetches; its argument is the descriptor of a socket."""


class Fetching:
    """A fetcher process and the channel to it; must be made before this process is confined."""

    def __init__(self, options: dict[str, Any], channel: int | None = None) -> None:
        """Start the process, unless `channel` is the socket to one; `options` are FetchOptions'.

        A worker gets the channel from its parent: it does not have what the process needs.
        """
        process = None
        if channel is None:
            self._channel, process = _start_fetcher()
        else:
            self._channel = socket.socket(fileno=channel)
        self._send(json.dumps(options).encode())
        self._end = weakref.finalize(self, _end_fetcher, process, self._channel)

    def close(self) -> None:
        """End the process."""
        self._end()

    def expect(self, items: Sequence[Item]) -> None:
        """Request items, which must then be taken in this order."""
        rows = [(item.link or item.uri, item.size, item.etag, item.version) for item in items]
        if rows:
            self._send(json.dumps(rows).encode())

    def take(self) -> "FetchedFile":
        """Return the next object, once it has arrived; raises ItemError if it cannot be fetched.

        Raises EngineError if the process has ended: no item is to blame for that.
        """
        try:
            head, files, _, _ = socket.recv_fds(self._channel, LENGTH.size, 1)
            head += exactly(self._channel, LENGTH.size - len(head)) if head else b""
            if not head:
                raise EOFError
            header = json.loads(exactly(self._channel, LENGTH.unpack(head)[0]))
            if failure := header.get("failure"):
                raise ItemError(*failure)
            if header["spooled"]:
                return FetchedFile(header, None, files[0])
            return FetchedFile(header, exactly(self._channel, header["size"]), None)
        except (OSError, EOFError) as error:
            raise EngineError("the process that fetches objects has ended") from error

    def _send(self, message: bytes) -> None:
        try:
            self._channel.sendall(LENGTH.pack(len(message)) + message)
        except OSError as error:
            raise EngineError("the process that fetches objects has ended") from error


def _start_fetcher() -> "tuple[socket.socket, subprocess.Popen[bytes]]":
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(  # noqa: S603 - ourselves
            command(FETCHER, str(theirs.fileno())),
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    return ours, process


def _end_fetcher(process: "subprocess.Popen[bytes] | None", channel: socket.socket) -> None:
    channel.close()
    if process is None:
        return
    with suppress(subprocess.TimeoutExpired):
        process.wait(5)
        return
    process.kill()
    process.wait()


class FetchedFile:
    """A fetched object, read like a LocalFile; a context manager.

    `size` in bytes, `mtime_ns` in nanoseconds since 1970; `changed` says that it is not what its
    source listed: another change token or size.
    """

    def __init__(self, header: dict[str, Any], content: bytes | None, spooled: int | None) -> None:
        """Take over the bytes, or the descriptor of their file."""
        self.size: int = header["size"]
        self.mtime_ns: int | None = header["mtime_ns"]
        self.etag: str | None = header["etag"]
        self.changed: bool = header["changed"]
        self._content = content
        self._file: LocalFile | None = None
        if spooled is not None:
            try:
                self._file = LocalFile(Item(""), f"/proc/self/fd/{spooled}")
            finally:
                os.close(spooled)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.stream.close()

    @property
    def stream(self) -> BinaryIO:
        """The bytes from their start."""
        return self._file.stream if self._file else io.BytesIO(self._content or b"")

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes once: in one piece if they are in memory."""
        if self._file:
            yield from self._file.chunks()
        else:
            yield self._content or b""

    def ends(self, head: int, tail: int) -> tuple[bytes, bytes]:
        """Return the first `head` and the last `tail` bytes, fewer if there are fewer."""
        if self._file:
            return self._file.ends(head, tail)
        content = self._content or b""
        return content[:head], content[max(len(content) - tail, 0) :]

    def check_unchanged(self) -> None:
        """Do nothing: these bytes are a copy."""
