"""New files that are complete or absent: a draft next to them is renamed at the end.

Knows the errors of a run and nothing else of hashsweep.
"""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from hashsweep.errors import ReportError

_NO_FLUSH = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP)  # of a folder
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EMLINK)  # file systems without hard links


@contextmanager
def atomic_file(
    path: Path, mode: int = 0o600, *, sync: bool = True, replace: bool = False
) -> Iterator[BinaryIO]:
    """Open a draft of the file `path`, renamed to it once it has been flushed to disk.

    An error in the block removes the draft; a kill leaves one under a hidden name.
    With `replace` it replaces an existing file. Raises OSError; without `replace`
    FileExistsError, before anything is written, if `path` exists.
    """
    if not replace and os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, "File exists")
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with open(descriptor, "wb") as file:
            yield file
            file.flush()
            if sync:
                os.fsync(file.fileno())
        if replace:
            draft.replace(path)
        else:
            _place(draft, path)
        if sync:
            _flush_names(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def _place(draft: Path, path: Path) -> None:
    """Rename the draft unless something has that name by now."""
    try:
        os.link(draft, path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if path.exists():
            raise FileExistsError(errno.EEXIST, "File exists") from error
        draft.rename(path)


def flush(path: Path) -> None:
    """Flush a file's content, or a folder's names, to disk; raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _flush_names(folder: Path) -> None:
    """Have the names in a folder put on disk, unless its file system cannot do that with folders.

    CIFS, 9p and some of FUSE cannot; the files themselves are on disk there.
    """
    try:
        flush(folder)
    except OSError as error:
        if error.errno not in _NO_FLUSH:
            raise


def settle(draft: Path, path: Path) -> None:
    """Rename a finished draft, replacing any file of that name, and flush both to disk.

    Raises OSError.
    """
    flush(draft)
    draft.replace(path)
    _flush_names(path.parent)


@contextmanager
def new_file(
    path: Path, mode: int = 0o600, *, sync: bool = True, replace: bool = False
) -> Iterator[BinaryIO]:
    """Open a new file that will be complete or absent (see atomic_file).

    Raises ReportError for errors of the disk, and if the file exists.
    """
    try:
        with atomic_file(path, mode, sync=sync, replace=replace) as file:
            yield file
    except FileExistsError as error:
        raise ReportError(f"{path} already exists: choose another name") from error
    except OSError as error:
        raise ReportError(f"{path}: {error.strerror or error}") from error
