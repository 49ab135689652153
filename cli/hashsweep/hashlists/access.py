"""Checks who may read a list, and keeps piped lists off the disk.

Knows no format.
"""

import fcntl
import os
import stat
import sys
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path

from hashsweep.errors import ListError
from hashsweep.storage import memory

STDIN = Path("-")
_OTHERS = 0o077  # any right of the group or of everybody
_SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE


def check_private(path: Path) -> None:
    """Raise ListError if anyone but its owner may read or write a list."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        raise ListError(f"hash list {path}: {error.strerror}") from error
    if mode & _OTHERS:
        raise ListError(
            f"hash list {path} is open to others (mode {mode:04o}): run chmod 600 on it, or use "
            "--allow-readable-lists"
        )


def from_stdin(stack: ExitStack) -> Path:
    """Return a path, valid in other processes, to the content of standard input, in memory.

    It stays until `stack` is closed. Raises ListError.
    """
    if sys.stdin is None or sys.stdin.isatty():
        raise ListError("--list - reads a list from standard input, but nothing is piped in")
    try:
        return Path(memory.hold(sys.stdin.buffer, stack))
    except OSError as error:
        raise ListError(f"the list on standard input: {error.strerror}") from error


class Scratch:
    """Makes files for compiled lists that have no name, so nothing is left of them after a kill.

    They lie in the folder for temporary files, or in memory. They stay until `stack` is closed.
    """

    def __init__(self, stack: ExitStack, *, in_memory: bool) -> None:
        """With `in_memory` nothing is written to a disk."""
        self._stack = stack
        self._in_memory = in_memory
        self.place = "memory" if in_memory else tempfile.gettempdir()

    def new(self) -> Path:
        """Return the path of a new file, good for other processes; raises OSError."""
        return Path(memory.by_descriptor(self.open()))

    def open(self) -> int:
        """Return the descriptor of a new file; raises OSError."""
        if self._in_memory:
            descriptor = os.memfd_create("hashsweep", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        else:
            with tempfile.TemporaryFile(prefix="hashsweep-") as stream:
                descriptor = os.dup(stream.fileno())
        self._stack.callback(os.close, descriptor)
        return descriptor

    def finish(self, path: Path) -> None:
        """Let nobody write to a file of `new` any more, where the system can do that.

        A file on a disk is out of a confined worker's reach, one in memory is not.
        """
        with suppress(OSError):
            os.chmod(path, 0o400)
            fcntl.fcntl(int(path.name), fcntl.F_ADD_SEALS, _SEALS)


def hold_open(path: Path, stack: ExitStack) -> Path:
    """Return a path to a file that stays valid until `stack` is closed; raises OSError.

    It works even if the file is renamed or removed meanwhile.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    stack.callback(os.close, descriptor)
    return Path(memory.by_descriptor(descriptor))
