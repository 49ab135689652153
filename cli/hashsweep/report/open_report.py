"""One report, opened for reading: its `sweep.json`, and the parts of its tables in order.

It may be a folder or be in an object store. Knows no terminal and writes nothing.
"""

import datetime
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from hashsweep.errors import ReportError
from hashsweep.report import gaps
from hashsweep.report.completeness import check_segments, state_of
from hashsweep.report.encryption import Keys
from hashsweep.report.folder import MORE_TABLES, TABLES
from hashsweep.report.segments import SWEEP, Segment, list_segments, sweep_of
from hashsweep.report.sweep_json import State, SweepInfo
from hashsweep.safe_text import printable
from hashsweep.storage.options import StoreOptions
from hashsweep.storage.uris import is_remote

_QUIET_NS = 600 * 1_000_000_000
"""Seconds within which a running sweep stores a part: ten times report.SEGMENT_SECONDS."""


class OpenReport:
    """A report whose rows can be read, decrypted if necessary.

    `state` is one of schema.STATES. Parts in an object store are fetched when they are
    opened, into a temporary folder (0700) that is removed with this object. Raises ReportError if
    the report is missing, or its parts are not those its sweep wrote; later for a part that is
    damaged, from another report or place, or that the keys do not decrypt.
    """

    def __init__(
        self, at: str | Path, keys: Keys | None = None, options: StoreOptions | None = None
    ) -> None:
        """Read `sweep.json`; parts are opened on demand."""
        self.name = str(at)
        self._keys = keys
        self._stored: Any = None
        if is_remote(self.name):
            from hashsweep.report.object_store import StoredReport  # imports obstore
            from hashsweep.storage.stores import Stores
            from hashsweep.storage.temporary_folders import TemporaryFolder

            self._stored = StoredReport(self.name, Stores(options))
            self._spool = TemporaryFolder()
            self.path = self._spool.path
            if SWEEP not in self._stored.names():
                raise ReportError(f"{self.name} is not a report: it has no {SWEEP}")
            self._stored.fetch(SWEEP, self.path / SWEEP)
        else:
            self.path = Path(at)
        self.sweep = sweep_of(self.path)
        self.state = self._state()
        self._names = self._stored.segments() if self._stored else _list_segments(self.path)
        check_segments(self.name, self.sweep, self._names)

    def _state(self) -> State:
        state = state_of(self.path, self.sweep)
        if state == "killed" and not self._stored:
            self.sweep = sweep_of(self.path)  # it may have ended in between
            state = state_of(self.path, self.sweep)
        if self._stored and state == "killed":  # a store has no locks
            is_at_work = time.time_ns() - self._stored.written_ns < _QUIET_NS
            return "running" if is_at_work else state
        return state

    @property
    def as_of_now(self) -> SweepInfo:
        """`sweep.json` with the current state."""
        return replace(self.sweep, state=self.state)

    @property
    def is_whole(self) -> bool:
        """Whether its sweep finished, and for a rematch all those it is based on."""
        return gaps.is_ended(self.as_of_now)

    @property
    def gaps(self) -> list[str]:
        """Why rows may be missing, in words."""
        return list(gaps.reasons(self.as_of_now))

    def names(self, table: str) -> list[str]:
        """Return the file names of a table's parts, in order; the same in all tables."""
        return self._names[table]

    def segment(self, table: str, name: str) -> Segment:
        """Open one segment by its file name."""
        segment = self._open_segment(f"{table}/{name}")
        wanted = self.sweep.segments.get(f"{table}/{name}")
        if wanted and segment.rows != wanted.rows:
            why = f"{table}/{name} has {segment.rows:,} rows, not {wanted.rows:,}"
            raise ReportError(f"report {self.name} is damaged: {why}")
        return segment

    def _open_segment(self, name: str) -> Segment:
        path = self.path / name
        if not self._stored:
            return Segment(path, self._keys, self.sweep)
        path.parent.mkdir(exist_ok=True)
        self._stored.fetch(name, path)
        try:
            return Segment(path, self._keys, self.sweep)
        finally:
            path.unlink()  # the open file remains readable

    def segments(self, table: str) -> Iterator[Segment]:
        """Open the parts of a table, one by one."""
        return (self.segment(table, name) for name in self.names(table))


def _list_segments(folder: Path) -> dict[str, list[str]]:
    """Return the file names of each table's parts, in order.

    Those of `files` are listed first, because a running sweep writes them last.
    """
    tables = (*reversed(TABLES), *MORE_TABLES)
    return {table: [path.name for path in list_segments(folder, table)] for table in tables}


def gaps_of(reports: Iterable[OpenReport]) -> list[str]:
    """Return lines that say which reports may lack rows, and why; raises ReportError."""
    return [
        f"{printable(report.name)}: {why}; rows may be missing"
        for report in reports
        for why in report.gaps
    ]


def start_of(report: OpenReport) -> datetime.datetime:
    """Return when a report's sweep was started, in UTC."""
    return report.sweep.started.astimezone(datetime.UTC)


def find_period(report: OpenReport) -> tuple[datetime.datetime, datetime.datetime]:
    """Return when the first and the last sweep that its rows come from began, in UTC."""
    first, last = report.sweep.observed or (report.sweep.started, report.sweep.started)
    return first.astimezone(datetime.UTC), last.astimezone(datetime.UTC)


def last_swept(report: OpenReport) -> datetime.datetime:
    """Return when the last of those sweeps began; a rematch itself reads no media."""
    return find_period(report)[1]
