"""A list of paths, one per line or separated by NUL, from a file or standard input."""

import codecs
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from hashsweep.errors import SourceError
from hashsweep.model import Item, Skipped
from hashsweep.sources.base import TAKE_ALL, Choice, absolute, examine, tell_nobody
from hashsweep.sources.folder import error_text

_BOM = codecs.BOM_UTF8
_CHUNK = 1024 * 1024
LONGEST = 64 * 1024
"""No path is longer than this many bytes (Linux allows 4,096); a longer one is cut and fails."""


def examine_paths(
    paths: Iterable[bytes], choice: Choice, touch: Callable[[bytes], None] = tell_nobody
) -> Iterator[Item | Skipped]:
    """Yield the item for each path of a list, or why it is skipped; `touch` gets it before that."""
    for raw in paths:
        touch(raw)
        path = absolute(os.fsdecode(raw))
        yield examine(path, path.lstrip("/"), choice)


@dataclass(frozen=True)
class PathsSource:
    """The files that a list names; relative paths start from the current folder.

    Blank lines are skipped. With `null` the separator is NUL and a newline is part of a
    name. A path that does not exist, or names a folder, is one failed item. `look` finds out what
    some paths are.
    """

    path: str
    null: bool = False
    choice: Choice = TAKE_ALL
    look: Callable[[list[bytes], Choice], Iterable[Item | Skipped]] = examine_paths

    @property
    def name(self) -> str:
        """The list's own path, absolute, or "-"."""
        return self.path if self.path == "-" else absolute(self.path)

    def check(self) -> None:
        """Raise SourceError unless the list can be opened. FIFOs have one reader and are left."""
        try:
            if self.path == "-":
                os.fstat(0)
            elif not stat.S_ISFIFO(os.stat(self.path).st_mode):
                with open(self.path, "rb"):  # refuses a folder too
                    return
        except (OSError, ValueError) as error:
            raise SourceError(f"--files-from {self.path}: {error_text(error)}") from error

    def holds(self, uri: str) -> bool:  # noqa: ARG002
        """Return False: what a list names is not known in advance."""
        return False

    def items(self) -> Iterator[Item | Skipped]:
        """Yield one item per path; raises SourceError if the list becomes unreadable."""
        try:
            for some in self._names():
                yield from self.look(some, self.choice)
        except OSError as error:
            raise SourceError(f"--files-from {self.path}: {error_text(error)}") from error

    def _names(self) -> Iterator[list[bytes]]:
        """Yield the paths, as many at once as have arrived."""
        separator = b"\0" if self.null else b"\n"
        with open(0 if self.path == "-" else self.path, "rb") as stream:
            rest, start = b"", True
            while chunk := stream.read1(_CHUNK):
                if start and not self.null:
                    while len(chunk) < len(_BOM) and (more := stream.read1(_CHUNK)):
                        chunk += more
                    chunk = self._without_mark(chunk)
                start = False
                *names, rest = (rest + chunk).split(separator)
                rest = rest[: 2 * LONGEST]
                yield self._clean(names)
            yield self._clean([rest])

    def _without_mark(self, chunk: bytes) -> bytes:
        """Return the beginning of a text without its byte order mark, as editors write one."""
        if chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise SourceError(f"--files-from {self.path}: it is UTF-16: save it as UTF-8")
        return chunk.removeprefix(_BOM)

    def _clean(self, names: list[bytes]) -> list[bytes]:
        cleaned = names if self.null else [name.removesuffix(b"\r") for name in names]
        return [name[:LONGEST] for name in cleaned if name]
