"""Bytes read from a pipe, kept in a memfd and never written to disk."""

import errno
import fcntl
import os
import tempfile
from contextlib import ExitStack, suppress
from typing import BinaryIO

_CHUNK = 1 << 20


def hold(stream: BinaryIO, stack: ExitStack, most: int | None = None) -> str:
    """Read a stream to its end; return a path to it that other processes can open.

    It stays until `stack` is closed, and nothing of it remains if this process is killed. Raises
    OSError, with EFBIG for a stream of more than `most` bytes, which is not read further.
    """
    descriptor = os.memfd_create("hashsweep", os.MFD_CLOEXEC)
    stack.callback(os.close, descriptor)
    size = 0
    with os.fdopen(os.dup(descriptor), "wb") as memory:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if most is not None and size > most:
                memory.truncate(0)
                raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
            memory.write(chunk)
    return by_descriptor(descriptor)


def create_unnamed(content: bytes) -> int:
    """Return a descriptor of a new file without a name that holds `content`, for its size alone.

    It can neither grow nor shrink, so another process that maps it cannot harm this one. Where the
    system has no such files in memory it lies, without a name, in the folder for temporary ones;
    so it is for nothing secret. Raises OSError.
    """
    try:
        descriptor = os.memfd_create("hashsweep", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    except OSError:
        with tempfile.TemporaryFile() as stream:
            descriptor = os.dup(stream.fileno())
    try:
        left = memoryview(content)
        while left:
            left = left[os.write(descriptor, left) :]
    except OSError:
        os.close(descriptor)
        raise
    with suppress(OSError):
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
    return descriptor


def is_unnamed(path: str | os.PathLike[str]) -> bool:
    """Say whether this is the path of something that this process has open (by_descriptor)."""
    return os.fspath(path).startswith(f"/proc/{os.getpid()}/fd/")


def by_descriptor(descriptor: int) -> str:
    """Return a path, valid in other processes, to an open file of this one."""
    return f"/proc/{os.getpid()}/fd/{descriptor}"


def adopt(path: str) -> str:
    """Open a path from `hold` in another process; return a path valid there until it ends.

    Must be called before that process is confined: then it cannot access others. Raises
    OSError.
    """
    return f"/proc/self/fd/{os.open(path, os.O_RDONLY | os.O_CLOEXEC)}"
