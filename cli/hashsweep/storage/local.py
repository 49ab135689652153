"""Regular files on this machine, read once and never written.

Does not know what the bytes mean. Operating system errors become ItemErrors here.
"""

import errno
import os
import stat
from collections.abc import Iterator
from typing import BinaryIO, Self

from hashsweep.errors import ItemError
from hashsweep.model import Item
from hashsweep.storage.beneath import Roots

# Files up to this size are read whole, so that digests and decoder share one read; larger
# ones are read in chunks, and a decoder reads them from the page cache.
WHOLE = 64 * 1024 * 1024
CHUNK = 1024 * 1024

NO_ROOTS = Roots(())


class LocalFile:
    """An open file; a context manager. `size` in bytes, `mtime_ns` in nanoseconds since 1970.

    Raises ItemError (stage "read") if it is gone, denied, empty, not regular, or if it
    changed between being opened and being read to its end.
    """

    def __init__(self, item: Item, held: str | None = None, roots: Roots = NO_ROOTS) -> None:
        """Open without following a link in the last place and without blocking on a FIFO.

        Below one of the `roots` no link is followed at all. `held` is where bytes are that have no
        name of their own (memory.adopt): such a link.
        """
        flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            if held is None:
                descriptor = roots.open(os.fsencode(item.uri), flags)
            else:
                descriptor = os.open(os.fsencode(held), flags)
        except (OSError, ValueError) as error:
            raise read_error(error) from error
        state = os.fstat(descriptor)
        self.size, self.mtime_ns = state.st_size, state.st_mtime_ns
        self._ctime_ns = state.st_ctime_ns
        self._whole: bytes | None = None
        if not stat.S_ISREG(state.st_mode) or not self.size:
            os.close(descriptor)
            raise ItemError("read", "empty" if stat.S_ISREG(state.st_mode) else "not-regular")
        self.stream: BinaryIO = os.fdopen(descriptor, "rb", buffering=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.close()

    def chunks(self) -> Iterator[bytes]:
        """Yield the file once from its start: in one piece up to WHOLE bytes, else by CHUNK."""
        step = self.size + 1 if self.size <= WHOLE else CHUNK
        seen = 0
        try:
            while chunk := self.stream.read(step):
                seen += len(chunk)
                self._whole = chunk if len(chunk) == self.size else None
                yield chunk
        except OSError as error:
            raise read_error(error) from error
        if seen != self.size:
            raise ItemError("read", "changed")
        self.check_unchanged()

    def ends(self, head: int, tail: int) -> tuple[bytes, bytes]:
        """Return the first `head` and the last `tail` bytes, fewer if the file is shorter."""
        descriptor = self.stream.fileno()
        try:
            last = _pread(descriptor, tail, max(self.size - tail, 0))
            return _pread(descriptor, head, 0), last
        except OSError as error:
            raise read_error(error) from error

    def check_unchanged(self) -> None:
        """Raise ItemError if the file was written to since it was opened.

        Its time may have been put back afterwards, which the time of the inode's change tells. That
        one also changes with the file's name, owner or rights: so the bytes are read again and
        compared. What is too large to be held passes for changed then.
        """
        try:
            last = os.fstat(self.stream.fileno())
            same = (last.st_mtime_ns, last.st_size) == (self.mtime_ns, self.size)
            if same and last.st_ctime_ns != self._ctime_ns:
                again = b"" if self._whole is None else _pread(self.stream.fileno(), self.size, 0)
                same = again == self._whole
                self._ctime_ns = last.st_ctime_ns if same else self._ctime_ns
        except OSError as error:
            raise read_error(error) from error
        if not same:
            raise ItemError("read", "changed")


def _pread(descriptor: int, size: int, start: int) -> bytes:
    """Return `size` bytes from `start`, fewer only at the end of the file; reads may be short."""
    found = b""
    while len(found) < size and (
        more := os.pread(descriptor, size - len(found), start + len(found))
    ):
        found += more
    return found


def read_error(error: OSError | ValueError, stage: str = "read") -> ItemError:
    """Translate an operating system error into a stable reason; leaves out the path."""
    if isinstance(error, OSError):
        reason = {
            errno.ENOENT: "gone",
            errno.ENOTDIR: "gone",
            errno.EACCES: "denied",
            errno.EPERM: "denied",
            errno.ELOOP: "not-regular",
            errno.ENXIO: "not-regular",
            errno.EISDIR: "not-regular",
            errno.ENAMETOOLONG: "bad-name",
        }.get(error.errno or 0, "io-error")
        return ItemError(stage, reason, error.strerror or "")
    detail = "not in this system's encoding" if isinstance(error, UnicodeError) else "a NUL byte"
    return ItemError(stage, "bad-name", f"the name contains what no name can: {detail}")
