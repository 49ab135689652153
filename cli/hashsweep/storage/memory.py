"""Bytes read from a pipe, kept in a memfd and never written to disk."""

import errno
import os
from contextlib import ExitStack
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


def by_descriptor(descriptor: int) -> str:
    """Return a path, valid in other processes, to an open file of this one."""
    return f"/proc/{os.getpid()}/fd/{descriptor}"


def adopt(path: str) -> str:
    """Open a path from `hold` in another process; return a path valid there until it ends.

    Must be called before that process is confined: then it cannot access others. Raises
    OSError.
    """
    return f"/proc/self/fd/{os.open(path, os.O_RDONLY | os.O_CLOEXEC)}"
