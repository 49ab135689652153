"""Splits a byte stream into requests: newline- or NUL-terminated paths, or length-prefixed bodies.

Takes bytes as they come and never waits. Does not know where they come from.
"""

import os
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from hashsweep.errors import SourceError
from hashsweep.model import Failure, Item
from hashsweep.storage.places import Places

CHUNK = 64 * 1024
"""Bytes to read at a time: what a Linux pipe holds."""

LONGEST_NAME = 4096
"""Bytes of a path, its NUL included (PATH_MAX of Linux); a longer line is cut and fails."""

HEAD = 8
"""Bytes of a length: unsigned, big-endian."""

ABSURD = 1 << 40
"""A length above this many bytes is nonsense: the stream has another format."""


class Request(NamedTuple):
    """A request: the name to give in the answer, and the item to scan."""

    name: str
    item: Item


class Framing(Protocol):
    """Cuts a stream of bytes into requests."""

    def wants(self) -> int:
        """Return how many bytes it can accept now; 0 while it has no room."""

    def take(self, data: bytes) -> Iterator[Request]:
        """Yield the requests that end in these bytes; raises SourceError for nonsense."""

    def end(self) -> None:
        """Note the end of the stream; raises SourceError within a request."""

    def release(self, item: Item) -> None:
        """Note that an item's bytes are no longer needed."""


def item_of(name: str) -> Item:
    """Return the item for a file named by the user; an empty name is a failure."""
    if not name:
        return Item(name, failure=Failure("read", "bad-name", "an empty name"))
    return Item(name)


class Lines:
    """One path per line, or paths ended by NUL. Nothing is skipped."""

    def __init__(self, *, null: bool = False) -> None:
        """With `null` a newline is part of a name."""
        self._separator = b"\0" if null else b"\n"
        self._number = 1
        self._rest = b""

    def wants(self) -> int:
        """Return a constant: names are short."""
        return CHUNK

    def take(self, data: bytes) -> Iterator[Request]:
        """Yield one request per line that ends here."""
        *whole, rest = (self._rest + data).split(self._separator)
        self._rest = rest[:LONGEST_NAME]
        self._number += len(whole)
        yield from map(self._request_of, whole)

    def end(self) -> None:
        """Raise SourceError for an unterminated last line: half a path may name another file."""
        if self._rest:
            lacks = "NUL" if self._separator == b"\0" else "newline"
            raise SourceError(f"request {self._number} ends without its {lacks}")

    def release(self, item: Item) -> None:
        """Do nothing: no bytes are held."""

    def _request_of(self, line: bytes) -> Request:
        name = os.fsdecode(line[:LONGEST_NAME])
        return Request(name, item_of(name))


class Frames:
    """Bodies preceded by their length (HEAD bytes), which are put into memory.

    A body larger than `most` bytes is skipped and fails.
    """

    def __init__(self, places: Places, most: int) -> None:
        """`places` have room for at least `most` bytes."""
        self._places, self._most = places, most
        self._number = 1
        self._head = b""
        self._length: int | None = None
        self._left = 0
        self._place: str | None = None

    def wants(self) -> int:
        """Return how much is left of a length or its body; 0 while no place is free."""
        if self._length is None:
            return HEAD - len(self._head)
        if self._length <= self._most and self._place is None:
            self._place = self._places.take(self._length)
            if self._place is None:
                return 0
        return min(self._left, CHUNK)

    def take(self, data: bytes) -> Iterator[Request]:
        """Yield the request that ends here; `data` must not exceed `wants()`."""
        if self._length is None:
            self._head += data
            if len(self._head) < HEAD:
                return
            self._length = self._left = self._read_length()
        else:
            if self._place is not None:
                self._places.write(self._place, data)
            self._left -= len(data)
        if not self._left:
            yield Request("-", self._item())
            self._number += 1
            self._length = self._place = None

    def end(self) -> None:
        """Raise SourceError unless the last request has all its bytes."""
        if self._length is not None:
            got, whole = self._length - self._left, self._length
        elif self._head:
            got, whole = len(self._head), HEAD
        else:
            return
        part = "bytes" if self._length is not None else "bytes of its length"
        raise SourceError(f"request {self._number} ends after {got:,} of {whole:,} {part}")

    def release(self, item: Item) -> None:
        """Release the item's place."""
        self._places.give_back(item.uri)

    def _read_length(self) -> int:
        length = int.from_bytes(self._head, "big")
        self._head = b""
        if length > ABSURD:
            raise SourceError(
                f"request {self._number} claims a length of {length:,} bytes: is each length "
                f"before its request, in {HEAD} bytes, big-endian?"
            )
        return length

    def _item(self) -> Item:
        if self._place is not None:
            return Item(self._place)
        return Item("-", failure=Failure("read", "too-large" if self._length else "empty"))
