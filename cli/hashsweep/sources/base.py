"""What every source offers, and the choice of what to take. Knows no kind of source."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from hashsweep.globs import any_matches
from hashsweep.model import Failure, Item, Skipped
from hashsweep.storage.local import read_error


class Source(Protocol):
    """Yields what there is to scan, in a deterministic order, without holding it all."""

    @property
    def name(self) -> str:
        """How messages and reports call this source."""

    def check(self) -> None:
        """Raise SourceError if the source itself is not there."""

    def holds(self, uri: str) -> bool:
        """Say whether an item of this URI would lie in this source; False where nobody knows."""

    def items(self) -> Iterator[Item | Skipped]:
        """Yield every item once; what is passed over by policy is yielded as Skipped."""


@dataclass(frozen=True)
class Choice:
    """What of a source is taken.

    A file is taken if its path matches one of `include` (or there is none) and none of
    `exclude`: shell patterns, against the path below the source's root and against the file's
    own name. `max_file_size` in bytes, inclusive; None takes all.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_file_size: int | None = None

    def takes(self, below_root: str) -> bool:
        """Say whether a file at this path below its root is wanted."""
        if self.include and not any_matches(self.include, below_root):
            return False
        return not any_matches(self.exclude, below_root)


TAKE_ALL = Choice()


def absolute(path: str) -> str:
    """Return the path from the root of the file system; `..` behind a link is not cut short."""
    plain = os.path.abspath(path)
    if os.pardir not in path.split("/") or "\0" in path:  # no path at all: whoever opens it says so
        return plain
    whole = os.path.realpath(path)
    return plain if os.path.realpath(plain) == whole else whole


def examine(path: str, below_root: str, choice: Choice) -> Item | Skipped:
    """Return the item for one path, or why it is passed over; never raises for a bad path."""
    try:
        state = os.lstat(os.fsencode(path))
    except (OSError, ValueError) as error:
        return Item(path, failure=read_error(error, "list").failure)
    if stat.S_ISLNK(state.st_mode):
        return Skipped(path, "symlink")
    if stat.S_ISDIR(state.st_mode):  # named as a file, or a folder by now: what is in it is unseen
        return Item(path, failure=Failure("list", "not-regular", "a folder"))
    if not stat.S_ISREG(state.st_mode):
        return Skipped(path, "special")
    if not choice.takes(below_root):
        return Skipped(path, "excluded")
    if choice.max_file_size is not None and state.st_size > choice.max_file_size:
        return Skipped(path, "too-large")
    return Item(path, size=state.st_size, mtime_ns=state.st_mtime_ns)
