"""Reads a list file as numbered lines of text: BOM dropped, bad UTF-8 marked, CRLF as LF.

Knows no hash.
"""

from collections.abc import Iterator
from pathlib import Path

from hashsweep.errors import ListError

LONGEST = 1024 * 1024
"""No line of a list is longer than this many bytes; a file with such a line is not a text list."""


def number_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line number from 1, text without its end); bytes that are not UTF-8 become U+FFFD.

    Raises ListError for a file that cannot be read or holds a line over LONGEST.
    """
    try:
        with path.open("rb") as stream:
            number = 0
            while line := stream.readline(LONGEST):
                number += 1
                if len(line) == LONGEST:
                    raise ListError(f"{path}: line {number} is over {LONGEST} bytes")
                if number == 1:
                    line = line.removeprefix(b"\xef\xbb\xbf")
                yield number, line.decode("utf-8", "replace").rstrip("\r\n")
    except OSError as error:
        raise ListError(f"{path}: {error.strerror}") from error


def lines_of_head(head: bytes) -> Iterator[tuple[int, str]]:
    """Yield the lines of a file's head as number_lines does those of the file."""
    for number, line in enumerate(head.decode("utf-8-sig", "replace").split("\n"), start=1):
        yield number, line.rstrip("\r")


def head_of(path: Path, size: int = 4096) -> bytes:
    """Return the first `size` bytes; raises ListError."""
    try:
        with path.open("rb") as stream:
            return stream.read(size)
    except OSError as error:
        raise ListError(f"hash list {path}: {error.strerror}") from error
