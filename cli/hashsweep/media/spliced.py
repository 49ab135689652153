"""Reads pieces of a file, and bytes between them, as if they were one file.

So a decoder can get part of a file, or additional bytes, without a copy. Knows no format.
"""

import io
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, BinaryIO

Piece = bytes | tuple[int, int]
"""Bytes as they are, or a span of the file: first byte, first byte after it."""


class Spliced(io.RawIOBase):
    """A read-only stream of `pieces` of `stream`, in order.

    A span that reaches past the file's end gives what exists, and the next piece follows.
    """

    def __init__(self, stream: BinaryIO, pieces: Sequence[Piece]) -> None:
        """Compute the pieces' positions; reads only the file's length."""
        super().__init__()
        self._stream = stream
        end = stream.seek(0, io.SEEK_END)
        self._pieces = [
            each if isinstance(each, bytes) else (min(each[0], end), min(each[1], end))
            for each in pieces
        ]
        self._starts = list(accumulate(map(_length, self._pieces), initial=0))
        self._at = 0

    def __len__(self) -> int:
        """Return the total number of bytes."""
        return self._starts[-1]

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that any position can be read."""
        return True

    def tell(self) -> int:
        """Return the position that is read next."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a position; one before the start is the start."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: len(self)}[whence]
        self._at = max(base + offset, 0)
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Read from one piece; so fewer bytes than requested do not mean the end."""
        view = memoryview(buffer)
        if self._at >= len(self):
            return 0
        number = bisect_right(self._starts, self._at) - 1
        piece, inner = self._pieces[number], self._at - self._starts[number]
        count = min(len(view), _length(piece) - inner)
        if isinstance(piece, bytes):
            found = piece[inner : inner + count]
        else:
            self._stream.seek(piece[0] + inner)
            found = self._stream.read(count)
        view[: len(found)] = found
        self._at += len(found)
        return len(found)


def _length(piece: Piece) -> int:
    return len(piece) if isinstance(piece, bytes) else max(piece[1] - piece[0], 0)


def splice(stream: BinaryIO, pieces: Sequence[Piece]) -> BinaryIO:
    """Return `pieces` of `stream` as a stream that reads as many bytes as requested."""
    return io.BufferedReader(Spliced(stream, pieces), 1 << 16)
