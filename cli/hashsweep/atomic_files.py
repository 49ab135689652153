"""New files that are whole or not there: a draft beside them gets their name at the end.

Knows the errors of a run, and nothing else of ours.
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
    """Open a draft of the file `path`, which gets its name when it was flushed (to disk).

    Whatever breaks the block off takes the draft away; a kill leaves one, under a hidden name.
    With `replace` the file takes the place of one that is there. Raises OSError; without `replace`
    it is FileExistsError, before anything is written, where `path` is there.
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
    """Give the file its name unless something bears it by now."""
    try:
        os.link(draft, path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if path.exists():
            raise FileExistsError(errno.EEXIST, "File exists") from error
        draft.rename(path)


def flush(path: Path) -> None:
    """Have what was written into a file, or the names in a folder, put on disk; raises OSError."""
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
    """Give a finished draft its name, in place of a file that bears it; both are put on disk.

    Raises OSError.
    """
    flush(draft)
    draft.replace(path)
    _flush_names(path.parent)


@contextmanager
def new_file(
    path: Path, mode: int = 0o600, *, sync: bool = True, replace: bool = False
) -> Iterator[BinaryIO]:
    """Open a new file, whole or not there at the end (see atomic_file).

    Raises ReportError for what the disk refuses, and where there is such a file.
    """
    try:
        with atomic_file(path, mode, sync=sync, replace=replace) as file:
            yield file
    except FileExistsError as error:
        raise ReportError(f"{path} is already there: name a new file") from error
    except OSError as error:
        raise ReportError(f"{path}: {error.strerror or error}") from error
