"""Places in memory for bytes that come while workers are confined. Knows not what they mean.

A confined worker cannot open what another process has open, so it opens every place before it is
confined. A place is used again and again, for one file after the other.
"""

import os
from contextlib import ExitStack

from hashsweep.storage.memory import by_descriptor


class Places:
    """A fixed number of files without a name (memfd), empty unless they are taken.

    In all of them together lie at most `most` bytes. They go when `stack` is closed, and nothing of
    them is left when this process is killed.
    """

    def __init__(self, number: int, most: int, stack: ExitStack) -> None:
        """Make the places; raises OSError."""
        self._most = most
        self._descriptors: dict[str, int] = {}
        self._sizes: dict[str, int] = {}
        for _ in range(number):
            descriptor = os.memfd_create("hashsweep", os.MFD_CLOEXEC)
            stack.callback(os.close, descriptor)
            os.fchmod(descriptor, 0o400)  # nobody opens it anew to write, not even a worker
            self._descriptors[by_descriptor(descriptor)] = descriptor
        self._free = list(self._descriptors)

    @property
    def paths(self) -> tuple[str, ...]:
        """Paths of all places that other processes can open (memory.adopt)."""
        return tuple(self._descriptors)

    def take(self, size: int) -> str | None:
        """Return the path of a place for `size` bytes (<= `most`); None while none is free."""
        if not self._free or sum(self._sizes.values()) + size > self._most:
            return None
        path = self._free.pop()
        self._sizes[path] = size
        return path

    def write(self, path: str, data: bytes) -> None:
        """Add bytes to a place that is taken; raises OSError."""
        while data:
            data = data[os.write(self._descriptors[path], data) :]

    def give_back(self, path: str) -> None:
        """Empty a place that was taken; does nothing for another path."""
        if self._sizes.pop(path, None) is not None:
            os.ftruncate(self._descriptors[path], 0)
            os.lseek(self._descriptors[path], 0, os.SEEK_SET)
            self._free.append(path)
