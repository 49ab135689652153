"""Checks who may read a list, and keeps piped lists off the disk.

Knows no format.
"""

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from hashsweep.errors import ListError
from hashsweep.storage import memory

STDIN = Path("-")
_OTHERS = 0o077  # any permission for group or others
_MEMORY = Path("/dev/shm")  # noqa: S108 - a tmpfs, looked at below


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


@contextmanager
def scratch(*, in_memory: bool) -> Iterator[Path]:
    """Give a private folder (0700) that is removed at the end.

    With `in_memory` its files are not on disk; raises ListError if the system has no place
    for that.
    """
    if not in_memory:
        with TemporaryDirectory(prefix="hashsweep-", ignore_cleanup_errors=True) as on_disk:
            yield Path(on_disk)
        return
    if not _is_tmpfs(_MEMORY):
        raise ListError(
            f"--list - needs {_MEMORY}, to keep the list off the disk: use a file instead"
        )
    folder = _MEMORY / f"hashsweep-{os.getpid()}-{os.urandom(8).hex()}"
    try:
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise ListError(f"{_MEMORY}: {error.strerror}") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def without_name(path: Path, stack: ExitStack) -> Path:
    """Remove a file's name, and return a path to it that is valid until `stack` is closed.

    So nothing of it remains if this process is killed.
    """
    opened = hold_open(path, stack)
    path.unlink()
    return opened


def hold_open(path: Path, stack: ExitStack) -> Path:
    """Return a path to a file that stays valid until `stack` is closed; raises OSError.

    It works even if the file is renamed or removed meanwhile.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    stack.callback(os.close, descriptor)
    return Path(memory.by_descriptor(descriptor))


def _is_tmpfs(folder: Path) -> bool:
    try:
        table = Path("/proc/self/mounts").read_text("utf-8", "replace")
    except OSError:
        return False
    kinds = [line.split(" ")[2] for line in table.splitlines() if f" {folder} " in line]
    return bool(kinds) and kinds[-1] == "tmpfs" and os.access(folder, os.W_OK)
