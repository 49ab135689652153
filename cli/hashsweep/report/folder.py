"""A report folder on disk: creates it, locks it, and adds files that appear complete or not at all.

A file is written under a temporary name, flushed to disk and renamed; then the folder is flushed,
too. Knows no row.
"""

import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from msgspec.structs import replace

from hashsweep.atomic_files import settle
from hashsweep.errors import ReportError
from hashsweep.report.in_hand import IN_HAND
from hashsweep.report.keeping import NOTES_TO_KEEP
from hashsweep.report.segment_digests import digest_of
from hashsweep.report.segments import SWEEP, list_segments, read_sweep
from hashsweep.report.sweep_json import SegmentInfo, SweepInfo, serialize

TABLES = ("matches", "files")
"""The tables of a report, in the order in which their parts are written."""

MORE_TABLES = ("retractions",)
"""Additional tables in reports of a rematch."""

LOCK = ".lock"

OWN_LOCK = ".lock-without-flock"
"""What keeps two sweeps apart where the file system has no locks; a kill leaves it there."""

_NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.ENOTSUP, errno.EINVAL)
# Lustre without -o flock, NFS without a lock service, some of FUSE

SIGNATURE = f"{SWEEP}.sig"
"""A detached signature of `sweep.json`, if there is one (see signing.py)."""


class Signing(Protocol):
    """Signs bytes (see signing.Signer)."""

    def sign(self, content: bytes) -> bytes:
        """Return a signature."""


class ReportFolder:
    """A report folder that only this process writes to; a context manager.

    `is_lasting` where what is in `path` outlives the process, other than segments.

    `sweep` is what `sweep.json` says of a sweep that was begun here before, None for a new
    report. `note` is a line that people should read, None for none. `digests` has those of each
    segment that was placed; whoever goes on with a report adds those of the segments that are
    there. Raises ReportError for anything that the disk refuses.
    """

    is_lasting = True

    def __init__(self, path: Path, *, resume: bool = False) -> None:
        """Make the folder (0700) and lock it.

        A folder that is not empty is refused; with `resume`, one that holds anything but a
        report. An empty or missing folder is a new report either way.
        """
        self.path = path
        self.sweep: SweepInfo | None = None
        self.digests: dict[str, SegmentInfo] = {}
        with on_disk(path):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.note: str | None = None
        self._refuse_others(resume=resume)
        self._lock, has_locks = _lock(path)
        with ExitStack() as on_error:
            on_error.callback(os.close, self._lock)
            if not has_locks:
                self.note = _lock_by_name(path)
            on_error.pop_all()
            on_error.callback(self.close)
            self._refuse_others(resume=resume)  # again: another process may have been faster
            if resume:
                self.sweep = read_sweep(path)
            with on_disk(path):
                for name in TABLES:
                    (path / name).mkdir(mode=0o700, exist_ok=True)
            self._tidy()
            on_error.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the folder free."""
        for name in (LOCK, OWN_LOCK) if self.note else (LOCK,):
            with suppress(OSError):
                (self.path / name).unlink()
        os.close(self._lock)

    @property
    def name(self) -> str:
        """The report's name in messages."""
        return str(self.path)

    def segments(self, table: str) -> list[Path]:
        """Return the segments of a table, in order."""
        return list_segments(self.path, table)

    def make(self, table: str) -> None:
        """Make the folder of one more table (0700)."""
        with on_disk(self.path / table):
            (self.path / table).mkdir(mode=0o700, exist_ok=True)

    def write_sweep(self, sweep: SweepInfo, signer: Signing | None = None) -> SweepInfo:
        """Write `sweep.json`, replacing the previous one, and sign it if there is a `signer`.

        Returns what was written: `sweep` with the digests of all segments. A previous signature
        is removed.
        """
        if self.digests:
            sweep = replace(sweep, segments=dict(sorted(self.digests.items())))
        content = serialize(sweep)
        with on_disk(self.path):
            (self.path / SIGNATURE).unlink(missing_ok=True)
        self.place_bytes(SWEEP, content)
        if signer:
            self.place_bytes(SIGNATURE, signer.sign(content))
        return sweep

    def place_bytes(self, name: str, content: bytes) -> None:
        """Write a small file, as `place` does."""

        def write(draft: Path) -> None:
            draft.write_bytes(content)

        self.place(name, write)

    def place(self, name: str, write: Callable[[Path], None], rows: int | None = None) -> None:
        """Let `write` make a draft, flush it, rename it (and flush the folder).

        `rows` counts those of a segment, whose digest goes into `digests` once it is placed; it is
        taken from the draft, which is in the page cache, so that no sweep reads itself again.
        """
        path = self.path / name
        draft = path.with_name(f".{path.name}.tmp")
        with on_disk(path):
            try:
                os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
                write(draft)
                digest = None if rows is None else digest_of(draft, rows)
                settle(draft, path)
                if digest is not None:
                    self.digests[name] = digest
            finally:
                draft.unlink(missing_ok=True)

    def remove(self, name: str) -> None:
        """Remove a small file, if it is there."""
        with on_disk(self.path / name):
            (self.path / name).unlink(missing_ok=True)

    def _refuse_others(self, *, resume: bool) -> None:
        with on_disk(self.path):
            found = {entry.name for entry in self.path.iterdir()} - {LOCK}
        if OWN_LOCK in found and not self.note:
            raise ReportError(
                f"{self.path}: another sweep is writing to this report, or was killed; it cannot "
                "be continued on a file system without locks: name a new folder"
            )
        found.discard(OWN_LOCK)
        has_segments = any(map(self.segments, TABLES))
        refuse_others(str(self.path), found, has_segments=has_segments, resume=resume)

    def _tidy(self) -> None:
        """Remove what a killed sweep left behind: drafts, and matches whose files were not written.

        The latter come after all parts of files. What `sweep.json` names was written; if its files
        are missing, or those of a part between others, they were lost.
        """
        files = self.segments("files")
        named = self.sweep.segments if self.sweep else {}
        with on_disk(self.path):
            for draft in self.path.rglob(".*.tmp"):
                draft.unlink()
            for part in self.segments("matches"):
                is_last = not files or _number(part) > _number(files[-1])
                if is_last and (name := f"matches/{part.name}") not in named:
                    self._remove(name)

    def _remove(self, name: str) -> None:
        (self.path / name).unlink()


def _number(part: Path) -> tuple[int, str]:
    """Return the sort key of parts."""
    return len(part.name), part.name


def refuse_others(name: str, found: set[str], *, has_segments: bool, resume: bool) -> None:
    """Raise ReportError unless a report may be written next to these files and folders."""
    if not found:
        return
    if not resume:
        hint = " (`scan --resume` continues an unfinished sweep)" if SWEEP in found else ""
        raise ReportError(f"{name} is not empty: choose a new folder for the report{hint}")
    ours = {*TABLES, *MORE_TABLES, *NOTES_TO_KEEP}
    for own in (SWEEP, SIGNATURE, IN_HAND):
        ours |= {own, f".{own}.tmp"}
    if found - ours or (SWEEP not in found and has_segments):
        raise ReportError(f"{name} holds something other than a report: choose a new folder")


def _lock(path: Path) -> tuple[int, bool]:
    """Return a descriptor that holds the lock, which ends with the process, and True.

    Where the file system has no locks the descriptor holds none, and it is False.
    """
    name = path / LOCK
    while True:
        with on_disk(path):
            lock = os.open(name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(lock), name.lstat()):
                    return lock, True
            os.close(lock)  # its owner has removed it in between: once more
        except BlockingIOError as error:
            os.close(lock)
            raise ReportError(f"{path}: another sweep is writing to this report") from error
        except OSError as error:
            if error.errno in _NO_LOCKS:
                return lock, False
            os.close(lock)
            raise ReportError(f"{path} cannot be locked: {error.strerror}") from error


def _lock_by_name(path: Path) -> str:
    """Take a folder that has no locks by a new file in it; return what people should know of that.

    The file outlives a killed sweep, so nobody can know whether a report that is there is still
    being written: only a new one is made. Raises ReportError.
    """
    with on_disk(path):
        is_new = not {entry.name for entry in path.iterdir()} - {LOCK}
    if not is_new:
        raise ReportError(
            f"{path}: this file system has no locks, so a report that exists cannot be continued: "
            "name a new folder"
        )
    try:
        os.close(os.open(path / OWN_LOCK, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError as error:
        raise ReportError(f"{path}: another sweep is writing to this report") from error
    except OSError as error:
        raise ReportError(f"report {path}: {error.strerror}") from error
    return (
        f"{path} is on a file system without locks: hashsweep keeps other sweeps out of the report "
        "by a file, and cannot resume it"
    )


@contextmanager
def on_disk(path: Path) -> Iterator[None]:
    """Turn errors of the disk into errors of a report."""
    try:
        yield
    except OSError as error:
        raise ReportError(f"report {path}: {error.strerror or error}") from error
