"""How requests stand one behind the other in a stream of bytes: as lines, or behind their lengths.

Takes the bytes as they come and never waits. Knows not where they come from.
"""

import os
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from hashsweep.errors import SourceError
from hashsweep.model import Failure, Item
from hashsweep.storage.places import Places

CHUNK = 64 * 1024
"""Bytes that are asked for at a time: what a pipe of Linux holds."""

LONGEST_NAME = 4096
"""Bytes of a path, its NUL included (PATH_MAX of Linux); a longer line is cut and so fails."""

HEAD = 8
"""Bytes of a length: unsigned, big-endian."""

ABSURD = 1 << 40
"""A length above so many bytes is no length: the stream is not what it is taken for."""


class Request(NamedTuple):
    """A request: the name that its answer gives, and what is to be scanned."""

    name: str
    item: Item


class Framing(Protocol):
    """Cuts a stream of bytes into requests."""

    def wants(self) -> int:
        """Return how many bytes may be handed in now; 0 while there is no room for any."""

    def take(self, data: bytes) -> Iterator[Request]:
        """Yield the requests that end in these bytes; raises SourceError for nonsense."""

    def end(self) -> None:
        """Note the end of the stream; raises SourceError within a request."""

    def done(self, item: Item) -> None:
        """Note that an item's bytes are needed no more."""


def item_of(name: str) -> Item:
    """Return the item of a file as a user names it; no name is a failure of its own."""
    if not name:
        return Item(name, failure=Failure("read", "bad-name", "an empty name"))
    return Item(name)


class Lines:
    """A path a line, or ended by NUL. Nothing is passed over."""

    def __init__(self, *, null: bool = False) -> None:
        """With `null` a newline is part of a name."""
        self._separator = b"\0" if null else b"\n"
        self._number = 1
        self._rest = b""

    def wants(self) -> int:
        """Always some: names are short."""
        return CHUNK

    def take(self, data: bytes) -> Iterator[Request]:
        """Yield a request for each line that ends here."""
        *whole, rest = (self._rest + data).split(self._separator)
        self._rest = rest[:LONGEST_NAME]
        self._number += len(whole)
        yield from map(self._request_of, whole)

    def end(self) -> None:
        """Raise SourceError for a last line without its end: half a path is another file's."""
        if self._rest:
            lacks = "NUL" if self._separator == b"\0" else "newline"
            raise SourceError(f"request {self._number} ends without its {lacks}")

    def done(self, item: Item) -> None:
        """Nothing is held."""

    def _request_of(self, line: bytes) -> Request:
        name = os.fsdecode(line[:LONGEST_NAME])
        return Request(name, item_of(name))


class Frames:
    """Bytes behind their length (HEAD bytes), which are put into places in memory.

    One that is larger than `most` bytes is passed over and fails.
    """

    def __init__(self, places: Places, most: int) -> None:
        """`places` have room for `most` bytes at least."""
        self._places, self._most = places, most
        self._number = 1
        self._head = b""
        self._length: int | None = None
        self._left = 0
        self._place: str | None = None

    def wants(self) -> int:
        """Return what is left of a length or of its bytes; 0 while no place is free for them."""
        if self._length is None:
            return HEAD - len(self._head)
        if self._length <= self._most and self._place is None:
            self._place = self._places.take(self._length)
            if self._place is None:
                return 0
        return min(self._left, CHUNK)

    def take(self, data: bytes) -> Iterator[Request]:
        """Yield the request that ends here; `data` must be no more than `wants` said."""
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

    def done(self, item: Item) -> None:
        """Give the item's place free."""
        self._places.give_back(item.uri)

    def _read_length(self) -> int:
        length = int.from_bytes(self._head, "big")
        self._head = b""
        if length > ABSURD:
            raise SourceError(
                f"request {self._number} claims a length of {length:,} bytes: is each one's length "
                f"before it, in {HEAD} bytes, big-endian?"
            )
        return length

    def _item(self) -> Item:
        if self._place is not None:
            return Item(self._place)
        return Item("-", failure=Failure("read", "too-large" if self._length else "empty"))
