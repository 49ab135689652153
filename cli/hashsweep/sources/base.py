"""The interface of every source, and the choice of files. Knows no kind of source."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from hashsweep.globs import any_matches
from hashsweep.model import Failure, Item, Skipped
from hashsweep.storage.local import read_error


class Source(Protocol):
    """Yields what to scan, in a deterministic order, without holding it all in memory."""

    @property
    def name(self) -> str:
        """The source's name in messages and reports."""

    def check(self) -> None:
        """Raise SourceError if the source itself does not exist."""

    def holds(self, uri: str) -> bool:
        """Say whether an item with this URI would be in this source; False if unknown."""

    def items(self) -> Iterator[Item | Skipped]:
        """Yield every item once; yields Skipped for what is skipped by policy."""


@dataclass(frozen=True)
class Choice:
    """Which files of a source are scanned.

    A file is scanned if its path matches one of `include` (or there is none) and none of
    `exclude`: shell patterns, against the path below the source's root and against the file's
    own name. `max_file_size` in bytes, inclusive; None means no limit.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_file_size: int | None = None

    def takes(self, below_root: str) -> bool:
        """Say whether a file at this path below its root is wanted."""
        if not (self.include or self.exclude):
            return True
        if self.include and not any_matches(self.include, below_root):
            return False
        return not any_matches(self.exclude, below_root)


TAKE_ALL = Choice()


def absolute(path: str) -> str:
    """Return the path from the root of the file system; `..` behind a link is not cut short."""
    plain = os.path.abspath(path)
    if os.pardir not in path.split("/") or "\0" in path:  # not a path: opening it will say so
        return plain
    whole = os.path.realpath(path)
    return plain if os.path.realpath(plain) == whole else whole


def tell_nobody(_: bytes) -> None:
    """Do nothing: for walks that nobody waits for."""


def examine(path: str, below_root: str, choice: Choice) -> Item | Skipped:
    """Return the item for one path, or why it is skipped; never raises for a bad path."""
    try:
        state = os.lstat(os.fsencode(path))
    except (OSError, ValueError) as error:
        return Item(path, failure=read_error(error, "list").failure)
    kind = stat.S_IFMT(state.st_mode)
    if kind == stat.S_IFLNK:
        return Skipped(path, "symlink")
    if kind == stat.S_IFDIR:  # named as a file, or a folder by now: what is in it is unseen
        return Item(path, failure=Failure("list", "not-regular", "a folder"))
    if kind != stat.S_IFREG:
        return Skipped(path, "special")
    if not choice.takes(below_root):
        return Skipped(path, "excluded")
    if choice.max_file_size is not None and state.st_size > choice.max_file_size:
        return Skipped(path, "too-large")
    return Item(path, size=state.st_size, mtime_ns=state.st_mtime_ns)
