"""What a path that the user names as a source is: a folder, a file, or nothing that can be swept.

Knows no item.
"""

import os
from dataclasses import dataclass, replace

from hashsweep.errors import SourceError
from hashsweep.sources.base import absolute
from hashsweep.sources.folder import FolderSource
from hashsweep.storage.beneath import open_folder


@dataclass(frozen=True)
class Look:
    """A path as it was found: its absolute form, and where it really leads to.

    `error` says why it cannot be swept, None if it can. `descriptor` is the open folder, which is
    whoever asked's to close; None for a file, and for a folder that cannot be opened.
    `is_silent` where its disk gives no answer: then nothing else is known of it.
    """

    name: str
    real: str
    is_folder: bool = False
    error: str | None = None
    descriptor: int | None = None
    is_silent: bool = False

    @property
    def folder(self) -> str:
        """The folder that it is, or the one that it lies in."""
        return self.name if self.is_folder or self.is_silent else os.path.dirname(self.name)


def look_at(path: str) -> Look:
    """Look at a path, and open it if it is a folder; an error is in what is returned."""
    try:
        found = Look(absolute(path), os.path.realpath(path), os.path.isdir(path))
        FolderSource(path).check()
    except (SourceError, ValueError) as error:
        why = str(error) if isinstance(error, SourceError) else f"source {path}: not a path"
        return Look(os.path.abspath(path), os.path.abspath(path), error=why)
    if not found.is_folder:
        return found
    try:
        return replace(found, descriptor=open_folder(os.fsencode(path)))
    except OSError:  # the walk will say why
        return found


def silent_look(path: str) -> Look:
    """Return what is known of a path whose disk gives no answer; asks the disk nothing."""
    name = os.path.abspath(path)
    return Look(name, name, is_silent=True)
