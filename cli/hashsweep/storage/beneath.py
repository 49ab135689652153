"""Opens what lies below a folder, and follows no link on the way.

A folder that somebody replaces by a link after it was listed would otherwise lead anywhere. Knows
nothing of what the bytes mean.
"""

import ctypes
import errno
import os
import struct
import weakref
from collections.abc import Iterable

_OPENAT2 = 437  # the same number on every architecture
_HOW = struct.Struct("=QQQ")  # struct open_how: flags, mode, resolve
_NO_SYMLINKS = 0x04  # RESOLVE_NO_SYMLINKS in include/uapi/linux/openat2.h
_UNKNOWN = (errno.ENOSYS, errno.EPERM)  # older kernels; sandboxes that know fewer calls
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC

_libc = ctypes.CDLL(None, use_errno=True)
_is_known: bool | None = None  # whether this system has openat2


def open_folder(path: str | bytes) -> int:
    """Return a descriptor of a folder whose own path may lead through links; raises OSError."""
    return os.open(path, _FOLDER)


def open_beneath(folder: int, below: bytes, flags: int) -> int:
    """Open a path below a folder; raises OSError, with ELOOP where there is a link on the way.

    `below` is not absolute and has no `..`; the folder itself is ".".
    """
    global _is_known  # noqa: PLW0603 - asked of the system once
    if _is_known is None:
        _is_known = _has_openat2(folder)
    if not _is_known:
        return _level_by_level(folder, below, flags)
    while True:
        how = _HOW.pack(flags | os.O_CLOEXEC, 0, _NO_SYMLINKS)
        descriptor: int = _libc.syscall(_OPENAT2, folder, below, how, _HOW.size)
        if descriptor >= 0:
            return descriptor
        if (number := ctypes.get_errno()) != errno.EINTR:
            raise OSError(number, os.strerror(number))


def _has_openat2(folder: int) -> bool:
    how = _HOW.pack(_FOLDER, 0, _NO_SYMLINKS)
    descriptor = _libc.syscall(_OPENAT2, folder, b".", how, _HOW.size)
    if descriptor >= 0:
        os.close(descriptor)
    return descriptor >= 0 or ctypes.get_errno() not in _UNKNOWN


def _level_by_level(folder: int, below: bytes, flags: int) -> int:
    """Do what openat2 does, with one call for each level."""
    *above, last = below.rstrip(b"/").split(b"/")
    here = os.dup(folder)
    try:
        for name in above:
            if not name:
                continue
            try:
                deeper = os.open(name, os.O_PATH | os.O_NOFOLLOW | _FOLDER, dir_fd=here)
            except NotADirectoryError:
                if os.path.islink(f"/proc/self/fd/{here}/".encode() + name):
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from None
                raise
            os.close(here)
            here = deeper
        return os.open(last or b".", flags | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=here)
    finally:
        os.close(here)


class Roots:
    """Folders that are open, by their absolute paths, for what lies below one of them."""

    def __init__(self, folders: Iterable[tuple[str, int | str]]) -> None:
        """`folders` are pairs: a path, and a descriptor or where the folder can be opened.

        They are held until `close` is called, or this is not used any more. Raises OSError.
        """
        self._folders = [
            (
                os.fsencode(path).rstrip(b"/") + b"/",
                os.dup(at) if isinstance(at, int) else open_folder(os.fsencode(at)),
            )
            for path, at in folders
        ]
        self.close = weakref.finalize(self, _close, [folder for _, folder in self._folders])

    def open(self, path: bytes, flags: int) -> int:
        """Open a file without following a link in the last place, or below a folder in any.

        Raises OSError.
        """
        for root, folder in self._folders:
            if path.startswith(root):
                return open_beneath(folder, path[len(root) :], flags)
        return os.open(path, flags | os.O_NOFOLLOW)


def _close(folders: Iterable[int]) -> None:
    for folder in folders:
        os.close(folder)
