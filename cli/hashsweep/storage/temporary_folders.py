"""Temporary folders with a name, of which nothing stays for ever after a kill.

What needs no name has none (memory.py, tempfile.TemporaryFile) and is gone with its process. These
folders are locked while their process lives; whoever makes the next one removes those that nobody
holds any more. Knows not what lies in them.
"""

import fcntl
import os
import shutil
import tempfile
import time
import weakref
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType

PREFIX = "hashsweep-tmp-"
_NEW = "hashsweep-new-"  # made, but not locked yet
_PATIENCE = 60.0  # seconds after which such a one belongs to nobody
_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class TemporaryFolder:
    """A new folder (0700) in the folder for temporary files; a context manager.

    It goes with `cleanup`, with the end of this process, or, if this process is killed, with the
    next such folder that this user makes there. Raises OSError.
    """

    def __init__(self) -> None:
        """Make it, after removing what killed processes left."""
        remove_orphans()
        new = tempfile.mkdtemp(prefix=_NEW)
        lock = os.open(new, _FLAGS)
        with suppress(OSError):  # a file system without locks: then it is nobody's orphan either
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        name = os.path.join(os.path.dirname(new), PREFIX + os.path.basename(new)[len(_NEW) :])
        os.rename(new, name)  # it has its lock by now
        self.path = Path(name)
        self._end = weakref.finalize(self, _remove, name, lock)

    def __enter__(self) -> Path:
        return self.path

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.cleanup()

    def cleanup(self) -> None:
        """Remove it and all that is in it."""
        self._end()


def remove_orphans() -> None:
    """Remove this user's folders of that kind whose processes are gone; never raises."""
    with suppress(OSError):
        for path in _own_folders(tempfile.gettempdir()):
            _remove_if_orphan(path)


def _own_folders(top: str) -> Iterator[str]:
    with os.scandir(top) as entries:
        for entry in entries:
            if not entry.name.startswith((PREFIX, _NEW)):
                continue
            with suppress(OSError):
                if entry.is_dir(follow_symlinks=False) and (
                    entry.stat(follow_symlinks=False).st_uid == os.geteuid()
                ):
                    yield entry.path


def _remove_if_orphan(path: str) -> None:
    try:
        lock = os.open(path, _FLAGS)
    except OSError:
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_new = os.path.basename(path).startswith(_NEW)
        if not is_new or time.time() - os.fstat(lock).st_mtime > _PATIENCE:
            shutil.rmtree(path, ignore_errors=True)
    except OSError:  # somebody holds it, or nothing can be locked here
        return
    finally:
        os.close(lock)


def _remove(path: str, lock: int) -> None:
    shutil.rmtree(path, ignore_errors=True)
    os.close(lock)
