"""A folder, walked without following links, or a single file. Knows no media."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

from hashsweep.errors import SourceError
from hashsweep.model import Failure, Item, Skipped
from hashsweep.sources.base import TAKE_ALL, Choice, absolute, examine
from hashsweep.storage.local import read_error


@dataclass(frozen=True)
class FolderSource:
    """All files below `root`, in the order of their names' bytes, folder by folder.

    Only the names in the folders on the way down are held. A folder that cannot be listed is
    one failed item. A root that is itself a link is followed, because the user named it; links
    below it are not. `leave_out` is a folder (its real path) that is passed over: the report.
    """

    root: str
    choice: Choice = TAKE_ALL
    leave_out: str | None = None

    @property
    def name(self) -> str:
        """The root, as an absolute path."""
        return absolute(self.root)

    def check(self) -> None:
        """Raise SourceError unless the root is a folder or a file that is there."""
        try:
            if os.path.isdir(self.root):
                os.scandir(self.root).close()
            else:
                os.stat(self.root)
        except (OSError, ValueError) as error:
            raise SourceError(f"source {self.root}: {error_text(error)}") from error

    def holds(self, uri: str) -> bool:
        """Say whether a path lies below the root."""
        return uri.startswith(self.name.rstrip("/") + "/")

    def items(self) -> Iterator[Item | Skipped]:
        """Yield the files in order; names that are not UTF-8 hold lone surrogates."""
        root = absolute(self.root)
        if not os.path.isdir(root):
            yield examine(os.path.realpath(root), os.path.basename(root), self.choice)
            return
        root = root.rstrip("/") + "/"
        left_out = self._leave_out(root)
        waiting = [_listed(os.fsencode(root))]
        while waiting:
            found = next(waiting[-1], None)
            if found is None:
                waiting.pop()
            elif isinstance(found, Item):
                yield found
            elif found == left_out:
                yield Skipped(os.fsdecode(found), "own-report")
            elif found.endswith(b"/"):
                waiting.append(_listed(found))
            else:
                path = os.fsdecode(found)
                yield examine(path, path[len(root) :], self.choice)

    def _leave_out(self, root: str) -> bytes | None:
        """Return `leave_out` as a path below the root, which may lead through a link."""
        if self.leave_out is None:
            return None
        real = os.path.realpath(root).rstrip("/") + "/"
        below = self.leave_out.removeprefix(real)
        return None if below == self.leave_out else os.fsencode(f"{root}{below}/")


def _listed(folder: bytes) -> Iterator[bytes | Item]:
    """Yield the paths in a folder in the order of their bytes; those of folders end in a slash.

    A folder that cannot be listed, or fails half-way, ends with itself as a failed item. One entry
    whose type cannot be told is a failed item in its place, and costs no other. The names alone are
    held, as bytes: that is what sorting a million of them takes.
    """
    names = []
    unclear: dict[bytes, Failure] = {}
    failure = None
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                try:
                    names.append(entry.name + b"/" * entry.is_dir(follow_symlinks=False))
                except OSError as error:  # the listing has no types, and the entry does not answer
                    names.append(entry.name)
                    unclear[entry.name] = read_error(error, "list").failure
    except OSError as error:
        failure = read_error(error, "list").failure
    names.sort(reverse=True)
    while names:
        name = names.pop()
        if name in unclear:
            yield Item(os.fsdecode(folder + name), failure=unclear[name])
        else:
            yield folder + name
    if failure:
        yield Item(os.fsdecode(folder), failure=failure)


def error_text(error: OSError | ValueError) -> str:
    """Return what went wrong in a few words, without the path."""
    return (isinstance(error, OSError) and error.strerror) or "not a path"
