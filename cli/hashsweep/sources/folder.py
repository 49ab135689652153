"""A folder, walked without following links, or a single file. Knows no media."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from hashsweep.errors import SourceError
from hashsweep.model import Failure, Item, Skipped
from hashsweep.sources.base import TAKE_ALL, Choice, absolute, examine, tell_nobody
from hashsweep.storage.beneath import open_beneath, open_folder
from hashsweep.storage.local import read_error

_NO_ANSWER = Failure("list", "timeout")

_AT_ONCE = 512  # names that are asked for between two signs of life


@dataclass(frozen=True)
class Course:
    """Where a walk goes on that was given up before, and whom it tells what it asks the disk next.

    `after` is the path of the last thing that the earlier walk yielded; that of a folder ends in a
    slash and stands for all that is in it. Nothing is asked about the paths in `silent`, at which
    the disk gave no answer: each is a failed item in its place, because of `failure`. `touch` is
    called with a path before each question about it; while a folder's names are read, again and
    again with the folder's.
    """

    after: bytes = b""
    silent: frozenset[bytes] = frozenset()
    failure: Failure = _NO_ANSWER
    touch: Callable[[bytes], None] = tell_nobody

    def is_past(self, path: bytes) -> bool:
        """Say whether this was yielded before; a folder that was left half-way was not."""
        is_above = path.endswith(b"/") and self.after.startswith(path)
        return path <= self.after and (path == self.after or not is_above)

    def fail(self, path: bytes) -> Item:
        """Return the item for a path at which the disk gave no answer."""
        return Item(os.fsdecode(path), failure=self.failure)


@dataclass(frozen=True)
class FolderSource:
    """All files below `root`, in the order of their names' bytes, folder by folder.

    Only the names in the current path of folders are held. A folder that cannot be listed is
    one failed item. A root that is itself a link is followed, because the user named it; links
    below it are not, even if they take the place of a folder during the walk. `leave_out` is a
    folder (its real path) that is passed over: the report. `held` is where the root can be opened,
    whatever has its name by then.
    """

    root: str
    choice: Choice = TAKE_ALL
    leave_out: str | None = None
    held: str | None = None

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
        return self.walk(Course())

    def walk(self, course: Course) -> Iterator[Item | Skipped]:
        """Yield what `items` does from some place on (see Course)."""
        course.touch(os.fsencode(self.root))
        root = absolute(self.root)
        if not os.path.isdir(root):
            if not course.after:
                yield examine(os.path.realpath(root), os.path.basename(root), self.choice)
            return
        root = root.rstrip("/") + "/"
        try:
            top = open_folder(os.fsencode(self.held or root))
        except OSError as error:
            yield Item(root, failure=read_error(error, "list").failure)
            return
        try:
            yield from self._walk(root, top, course)
        finally:
            os.close(top)

    def _walk(self, root: str, top: int, course: Course) -> Iterator[Item | Skipped]:
        left_out = self._leave_out(root)
        start = os.fsencode(root)
        waiting = [_list_folder(start, top, b".", course)]
        while waiting:
            found = next(waiting[-1], None)
            if found is None:
                waiting.pop()
            elif isinstance(found, Item):
                yield found
            elif found == left_out:
                yield Skipped(os.fsdecode(found), "own-report")
            elif found in course.silent:
                yield course.fail(found)
            elif found.endswith(b"/"):
                waiting.append(_list_folder(found, top, found[len(start) :], course))
            else:
                course.touch(found)
                path = os.fsdecode(found)
                yield examine(path, path[len(root) :], self.choice)

    def _leave_out(self, root: str) -> bytes | None:
        """Return `leave_out` as a path below the root, which may lead through a link."""
        if self.leave_out is None:
            return None
        real = os.path.realpath(root).rstrip("/") + "/"
        below = self.leave_out.removeprefix(real)
        return None if below == self.leave_out else os.fsencode(f"{root}{below}/")


def _list_folder(folder: bytes, top: int, below: bytes, course: Course) -> Iterator[bytes | Item]:
    """Yield the paths in a folder in the order of their bytes; those of folders end in a slash.

    It is opened as `below` the open folder `top`, where no link is followed.

    A folder that cannot be listed, or fails half-way, ends with itself as a failed item. One entry
    whose type is unknown is a failed item in its place, and costs no other. The names alone are
    held, as bytes: that is what sorting a million of them takes.
    """
    names: list[bytes] = []
    unclear: dict[bytes, Failure] = {}
    failure = None
    try:
        course.touch(folder)
        descriptor = open_beneath(top, below, os.O_RDONLY | os.O_DIRECTORY)
        try:
            with os.scandir(descriptor) as entries:
                _read_names(iter(entries), folder, course, names, unclear)
        finally:
            os.close(descriptor)
    except OSError as error:
        failure = read_error(error, "list").failure
    names.sort(reverse=True)
    while names:
        name = names.pop()
        if course.after and course.is_past(folder + name):
            continue
        if name in unclear:
            yield Item(os.fsdecode(folder + name), failure=unclear[name])
        else:
            yield folder + name
    if failure:
        yield Item(os.fsdecode(folder), failure=failure)


def _read_names(
    entries: Iterator[os.DirEntry[str]],
    folder: bytes,
    course: Course,
    names: list[bytes],
    unclear: dict[bytes, Failure],
) -> None:
    """Add the names in a folder, and why the type of any is unknown; raises OSError."""
    error_of_listing: OSError | None = None
    while error_of_listing is None:
        some: list[os.DirEntry[str]] = []
        try:
            some.extend(islice(entries, _AT_ONCE))
        except OSError as error:  # what came before it is in `some`
            error_of_listing = error
        if not some:
            break
        for entry in some:
            name = os.fsencode(entry.name)
            path = folder + name
            if path in course.silent:
                names.append(name)
                unclear[name] = course.failure
                continue
            course.touch(path)
            try:
                names.append(name + b"/" * entry.is_dir(follow_symlinks=False))
            except OSError as error:  # a listing without types, and no answer for this one
                names.append(name)
                unclear[name] = read_error(error, "list").failure
        course.touch(folder)
    if error_of_listing:
        raise error_of_listing


def error_text(error: OSError | ValueError) -> str:
    """Return a short description of the error, without the path."""
    return (isinstance(error, OSError) and error.strerror) or "not a path"
