"""A report folder on disk: made, locked, and filled with files that appear whole or not at all.

A file is written under a temporary name, flushed to disk and renamed; then the folder is flushed,
too. Knows no row.
"""

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from hashsweep.errors import ReportError
from hashsweep.report.reader import SWEEP, parts, unfinished

TABLES = ("matches", "files")
"""The tables of a report, in the order in which a part of each is placed."""

MORE_TABLES = ("retractions",)
"""Tables that reports of a rematch have beside those."""

LOCK = ".lock"


class ReportFolder:
    """A report folder that this process alone writes to; a context manager.

    `sweep` is what `sweep.json` says of a sweep that was begun here before, None for a new
    report. Raises ReportError for anything that the disk refuses.
    """

    def __init__(self, path: Path, *, resume: bool = False) -> None:
        """Make the folder (0700) and lock it.

        A folder that holds anything is refused; with `resume`, one that holds anything but a
        report. An empty or missing folder is a new report either way.
        """
        self.path = path
        self.sweep: dict[str, Any] | None = None
        with on_disk(path):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._refuse_others(resume=resume)
        self._lock = _locked(path)
        with ExitStack() as on_error:
            on_error.callback(self.close)
            self._refuse_others(resume=resume)  # once more: somebody may have come first
            if resume:
                self.sweep = unfinished(path)
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
        with suppress(OSError):
            (self.path / LOCK).unlink()
        os.close(self._lock)

    def parts(self, table: str) -> list[Path]:
        """Return the parts of a table, in order."""
        return parts(self.path, table)

    def make(self, table: str) -> None:
        """Make the folder of one more table (0700)."""
        with on_disk(self.path / table):
            (self.path / table).mkdir(mode=0o700, exist_ok=True)

    def write_sweep(self, sweep: Mapping[str, Any]) -> None:
        """Write `sweep.json`, replacing the one before."""
        text = json.dumps(sweep, indent=2, ensure_ascii=True) + "\n"

        def write(draft: Path) -> None:
            draft.write_text(text, encoding="ascii")

        self.place(SWEEP, write)

    def place(self, name: str, write: Callable[[Path], None]) -> None:
        """Let `write` make a draft, flush it and give it its name (and flush the folder)."""
        path = self.path / name
        draft = path.with_name(f".{path.name}.tmp")
        with on_disk(path):
            try:
                os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
                write(draft)
                _sync(draft)
                draft.replace(path)
            finally:
                draft.unlink(missing_ok=True)
            _sync(path.parent)

    def _refuse_others(self, *, resume: bool) -> None:
        with on_disk(self.path):
            found = {entry.name for entry in self.path.iterdir()} - {LOCK}
        if not found:
            return
        if not resume:
            hint = " (or --resume, to go on with its sweep)" if SWEEP in found else ""
            raise ReportError(f"{self.path} is not empty: name a new folder for the report{hint}")
        ours = {SWEEP, f".{SWEEP}.tmp", *TABLES, *MORE_TABLES}
        if found - ours or (SWEEP not in found and any(map(self.parts, TABLES))):
            raise ReportError(f"{self.path} holds something else than a report: name a new folder")

    def _tidy(self) -> None:
        """Remove what a killed sweep has left: drafts, and matches whose files were not placed."""
        files = {path.name for path in self.parts("files")}
        with on_disk(self.path):
            for draft in self.path.rglob(".*.tmp"):
                draft.unlink()
            for part in self.parts("matches"):
                if part.name not in files:
                    part.unlink()


def _locked(path: Path) -> int:
    """Return a descriptor that holds the lock; the system lets go of it when the process ends."""
    name = path / LOCK
    while True:
        with on_disk(path):
            lock = os.open(name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(lock), name.lstat()):
                    return lock
            os.close(lock)  # its owner has removed it in between: once more
        except BlockingIOError as error:
            os.close(lock)
            raise ReportError(f"{path}: another sweep is writing to this report") from error
        except OSError as error:
            os.close(lock)
            raise ReportError(f"{path} cannot be locked: {error.strerror}") from error


@contextmanager
def on_disk(path: Path) -> Iterator[None]:
    """Translate what the disk says about a report."""
    try:
        yield
    except OSError as error:
        raise ReportError(f"report {path}: {error.strerror or error}") from error


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
