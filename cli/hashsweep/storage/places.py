"""Places in memory for bytes that arrive after workers were confined. Does not know their meaning.

A confined worker cannot open files of another process, so it opens every place before it is
confined. A place is reused for one file after another.
"""

import os
from contextlib import ExitStack

from hashsweep.storage.memory import by_descriptor


class Places:
    """A fixed number of unnamed files (memfd), empty unless taken.

    Together they hold at most `most` bytes. They are removed when `stack` is closed, and nothing of
    them remains if this process is killed.
    """

    def __init__(self, number: int, most: int, stack: ExitStack) -> None:
        """Make the places; raises OSError."""
        self._most = most
        self._descriptors: dict[str, int] = {}
        self._sizes: dict[str, int] = {}
        for _ in range(number):
            descriptor = os.memfd_create("hashsweep", os.MFD_CLOEXEC)
            stack.callback(os.close, descriptor)
            os.fchmod(descriptor, 0o400)  # nobody can reopen it to write, not even a worker
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
        """Add bytes to a taken place; raises OSError."""
        while data:
            data = data[os.write(self._descriptors[path], data) :]

    def give_back(self, path: str) -> None:
        """Empty a taken place; does nothing for any other path."""
        if self._sizes.pop(path, None) is not None:
            os.ftruncate(self._descriptors[path], 0)
            os.lseek(self._descriptors[path], 0, os.SEEK_SET)
            self._free.append(path)
