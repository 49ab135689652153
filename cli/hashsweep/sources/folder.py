"""A folder, walked without following links, or a single file. Knows no media."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

from hashsweep.errors import SourceError
from hashsweep.model import Item, Skipped
from hashsweep.sources.base import TAKE_ALL, Choice, absolute, examine
from hashsweep.storage.local import read_error


@dataclass(frozen=True)
class FolderSource:
    """All files below `root`, in the order of their names' bytes, folder by folder.

    Only the names in the current path of folders are held. A folder that cannot be listed is
    one failed item. A root that is itself a link is followed, because the user named it; links
    below it are not. `leave_out` is a folder (its real path) that is skipped: the report.
    """

    root: str
    choice: Choice = TAKE_ALL
    leave_out: str | None = None

    @property
    def name(self) -> str:
        """The root, as an absolute path."""
        return absolute(self.root)

    def check(self) -> None:
        """Raise SourceError unless the root is an existing folder or file."""
        try:
            if os.path.isdir(self.root):
                os.scandir(self.root).close()
            else:
                os.stat(self.root)
        except (OSError, ValueError) as error:
            raise SourceError(f"source {self.root}: {error_text(error)}") from error

    def holds(self, uri: str) -> bool:
        """Say whether a path is below the root."""
        return uri.startswith(self.name.rstrip("/") + "/")

    def items(self) -> Iterator[Item | Skipped]:
        """Yield the files in order; names that are not UTF-8 hold lone surrogates."""
        root = absolute(self.root)
        if not os.path.isdir(root):
            yield examine(os.path.realpath(root), os.path.basename(root), self.choice)
            return
        root = root.rstrip("/") + "/"
        left_out = self._leave_out(root)
        waiting = [_list_folder(os.fsencode(root))]
        while waiting:
            found = next(waiting[-1], None)
            if found is None:
                waiting.pop()
            elif isinstance(found, Item):
                yield found
            elif found == left_out:
                yield Skipped(os.fsdecode(found), "own-report")
            elif found.endswith(b"/"):
                waiting.append(_list_folder(found))
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


def _list_folder(folder: bytes) -> Iterator[bytes | Item]:
    """Yield the paths in a folder in the order of their bytes; those of folders end in a slash.

    A folder that cannot be listed, or fails halfway, ends with itself as a failed item. Only
    the names are held, as bytes, which sorting a million of them requires.
    """
    names = []
    failure = None
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                names.append(entry.name + b"/" * entry.is_dir(follow_symlinks=False))
    except OSError as error:
        failure = read_error(error, "list").failure
    names.sort(reverse=True)
    while names:
        yield folder + names.pop()
    if failure:
        yield Item(os.fsdecode(folder), failure=failure)


def error_text(error: OSError | ValueError) -> str:
    """Return a short description of the error, without the path."""
    return (isinstance(error, OSError) and error.strerror) or "not a path"
