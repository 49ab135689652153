"""A report folder on disk: creates it, locks it, and adds files that appear complete or not at all.

A file is written under a temporary name, flushed to disk and renamed; then the folder is flushed,
too. Knows no row.
"""

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
from hashsweep.report.segment_digests import digest_of
from hashsweep.report.segments import SWEEP, list_segments, read_sweep
from hashsweep.report.sweep_json import SegmentInfo, SweepInfo, serialize

TABLES = ("matches", "files")
"""The tables of a report, in the order in which their parts are written."""

MORE_TABLES = ("retractions",)
"""Additional tables in reports of a rematch."""

LOCK = ".lock"

SIGNATURE = f"{SWEEP}.sig"
"""A detached signature of `sweep.json`, if there is one (see signing.py)."""


class Signing(Protocol):
    """Signs bytes (see signing.Signer)."""

    def sign(self, content: bytes) -> bytes:
        """Return a signature."""


class ReportFolder:
    """A report folder that only this process writes to; a context manager.

    `sweep` is the `sweep.json` of a sweep that was started here earlier, None for a new
    report. `digests` has those of each segment written; whoever resumes a report adds
    those of the existing segments. Raises ReportError for any error of the
    disk.
    """

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
        self._refuse_others(resume=resume)
        self._lock = _lock(path)
        with ExitStack() as on_error:
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
        """Release the folder."""
        with suppress(OSError):
            (self.path / LOCK).unlink()
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

        `rows` counts those of a segment, whose digest then goes into `digests`; it is computed from
        the draft, which is in the page cache, so that no sweep has to reread its output.
        """
        path = self.path / name
        draft = path.with_name(f".{path.name}.tmp")
        with on_disk(path):
            try:
                os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
                write(draft)
                if rows is not None:
                    self.digests[name] = digest_of(draft, rows)
                settle(draft, path)
            finally:
                draft.unlink(missing_ok=True)

    def _refuse_others(self, *, resume: bool) -> None:
        with on_disk(self.path):
            found = {entry.name for entry in self.path.iterdir()} - {LOCK}
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
    ours = {SWEEP, f".{SWEEP}.tmp", SIGNATURE, f".{SIGNATURE}.tmp", *TABLES, *MORE_TABLES}
    if found - ours or (SWEEP not in found and has_segments):
        raise ReportError(f"{name} holds something other than a report: choose a new folder")


def _lock(path: Path) -> int:
    """Return a descriptor that holds the lock; the system releases it when the process ends."""
    name = path / LOCK
    while True:
        with on_disk(path):
            lock = os.open(name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(lock), name.lstat()):
                    return lock
            os.close(lock)  # its owner has just removed it: try again
        except BlockingIOError as error:
            os.close(lock)
            raise ReportError(f"{path}: another sweep is writing to this report") from error
        except OSError as error:
            os.close(lock)
            raise ReportError(f"{path} cannot be locked: {error.strerror}") from error


@contextmanager
def on_disk(path: Path) -> Iterator[None]:
    """Turn errors of the disk into errors of a report."""
    try:
        yield
    except OSError as error:
        raise ReportError(f"report {path}: {error.strerror or error}") from error
