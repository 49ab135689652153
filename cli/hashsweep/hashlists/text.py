"""Plain text: one hash a line, its algorithm by length or named by the user.

Blank lines and lines that start with # are passed over. What follows the hash after white
space or a comma is taken as the entry's id; without it the line's number is.
"""

from collections.abc import Iterator

from hashsweep.hashlists.base import ListFile, RowError, algorithm_by_length, read_hash
from hashsweep.hashlists.lines import numbered
from hashsweep.model import Entry, Refusal


class TextReader:
    """The ListReader."""

    description = "one hash a line; algorithm by length, or `pdq:FILE`; PDQ text lists"

    def recognises(self, head: bytes) -> bool:
        """Any text is; this reader is asked last."""
        return b"\0" not in head

    def read(self, source: ListFile) -> Iterator[Entry | Refusal]:
        """Yield a row each line that is not blank and no comment."""
        for number, line in numbered(source.path):
            text = line.strip()
            if text and not text.startswith("#"):
                yield _row(number, text, source)


def _row(number: int, text: str, source: ListFile) -> Entry | Refusal:
    word, _, rest = text.replace(",", " ").replace("\t", " ").partition(" ")
    try:
        name, value = read_hash(word, source.algorithm or algorithm_by_length(word), source.bits)
    except RowError as error:
        return Refusal(number, error.code, error.detail)
    return Entry(rest.strip() or f"line-{number}", ((name, value),), line=number)


READER = TextReader()
