"""The log of a sweep: one JSON object per line, for programs that watch many sweeps.

Knows no source, no hasher and no terminal. Contains file names and never a hash.
"""

import datetime
import json
import os
import stat
import time
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from hashsweep.errors import ReportError
from hashsweep.model import Record, Skipped
from hashsweep.output.listeners import Listener
from hashsweep.report.sweep_json import SweepInfo

BEGINNING = b'{"time": '
"""The beginning of every line of a log, and so of every log file."""

_STREAMS = (Path("/dev"), Path("/dev/fd"))  # /dev/stderr may lead to a file with other lines
_MOMENT = 0.05  # seconds in which a line that is being written is finished


class Log(Listener):
    """A file that lines are appended to; a context manager. Raises ReportError if that fails.

    Lines are ASCII, so no name can control a terminal or start a new line; bytes of a name
    that are not UTF-8 become lone surrogates (os.fsencode turns what json reads back into
    the name). Each line reaches the system before the next item is counted.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, or create it with mode 0600; an existing file must be such a log."""
        self._path = path
        self._run_id: str | None = None
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        try:
            self._file = os.open(path, flags, 0o600)
        except (OSError, ValueError) as error:
            raise self._error(error) from error
        try:
            self._check_ours()
            self._end_half_a_line()
        except ReportError:
            os.close(self._file)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._file)

    def begin(self, sweep: SweepInfo) -> None:
        """Log that a sweep begins or resumes."""
        self._run_id = sweep.run_id
        self._write(
            "began" if len(sweep.runs) == 1 else "resumed",
            hashsweep=sweep.runs[-1].hashsweep,
            pid=os.getpid(),
            sources=sweep.sources,
            lists=[each.name for each in sweep.lists],
            items=sweep.tally.items,
        )

    def record(self, record: Record) -> None:
        """Log why something was not done, one line per reason; other records get no line."""
        for each in record.reasons:
            self._write("failed", uri=record.item.uri, part=record.part, **asdict(each))

    def skip(self, skipped: Skipped) -> None:
        """Log something that was skipped by policy."""
        self._write("skipped", uri=skipped.uri, reason=skipped.reason)

    def end(self, sweep: SweepInfo) -> None:
        """Log how the run ended: state, totals, and the error if there was one."""
        if self._run_id is None:
            return  # it had already ended
        counts = ("items", "failed", "matched_items", "matches")
        self._write(
            "ended",
            state=sweep.state,
            incomplete=sweep.incomplete,
            **{name: getattr(sweep.tally, name) for name in counts},
            error=sweep.error,
        )

    def _write(self, event: str, **values: Any) -> None:
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
        line = {"time": now, "run_id": self._run_id, "event": event, **values}
        self._append(json.dumps(line, ensure_ascii=True).encode() + b"\n")

    def _check_ours(self) -> None:
        """Raise ReportError for any other kind of file, such as a hash list named by mistake."""
        if self._path.parent in _STREAMS or not self._size():
            return
        found = self._bytes(len(BEGINNING), 0)
        if not BEGINNING.startswith(found):
            raise ReportError(
                f"log file {self._path} exists and is not a hashsweep log: choose another name"
            )

    def _end_half_a_line(self) -> None:
        """Start a new line after one that a full disk or power cut left unfinished.

        A line that another sweep is just writing also looks unfinished for a moment.
        """
        seen = -1
        while (size := self._size_without_end()) != seen:
            seen = size
            time.sleep(_MOMENT if size else 0)
        if size:
            self._append(b"\n")

    def _size_without_end(self) -> int:
        """Return the size in bytes of a file that ends within a line, else 0."""
        size = self._size()
        return size if size and self._bytes(1, size - 1) != b"\n" else 0

    def _size(self) -> int:
        """Return the size in bytes of a file; 0 for anything else, such as a pipe."""
        state = os.fstat(self._file)
        return state.st_size if stat.S_ISREG(state.st_mode) else 0

    def _bytes(self, count: int, at: int) -> bytes:
        try:
            return os.pread(self._file, count, at)
        except OSError as error:
            raise self._error(error) from error

    def _append(self, data: bytes) -> None:
        try:
            while data:
                data = data[os.write(self._file, data) :]
        except OSError as error:
            raise self._error(error) from error

    def _error(self, error: OSError | ValueError) -> ReportError:
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        return ReportError(f"log file {self._path}: {reason}")
