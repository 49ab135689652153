"""Bytes that came through a pipe, held in memory and never on a disk. Knows not what they mean."""

import errno
import os
from contextlib import ExitStack
from typing import BinaryIO

_CHUNK = 1 << 20


def hold(stream: BinaryIO, stack: ExitStack, most: int | None = None) -> str:
    """Read a stream to its end; return a path to it that other processes can open.

    It stays until `stack` is closed, and nothing of it is left when this process is killed. Raises
    OSError, with EFBIG for a stream of more than `most` bytes, of which no more is read.
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
    """Return a path, good for other processes, to what this one has open."""
    return f"/proc/{os.getpid()}/fd/{descriptor}"


def adopt(path: str) -> str:
    """Open what `hold` gave, in another process; return a path that is good there to its end.

    Has to be called before that process is confined: it may not look into others then. Raises
    OSError.
    """
    return f"/proc/self/fd/{os.open(path, os.O_RDONLY | os.O_CLOEXEC)}"
