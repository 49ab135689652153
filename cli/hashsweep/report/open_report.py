"""One report, opened for reading: what it says of itself, and the parts of its tables in order.

It may be a folder or lie in an object store. Knows no terminal and writes nothing.
"""

import datetime
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hashsweep.errors import ReportError
from hashsweep.report import gaps, schema
from hashsweep.report.completeness import check_parts, state_of
from hashsweep.report.encryption import Keys
from hashsweep.report.folder import MORE_TABLES, TABLES
from hashsweep.report.segment_digests import WITH_DIGESTS, facts_of
from hashsweep.report.segments import SWEEP, Part, parts, sealed_as, sweep_of
from hashsweep.safe_text import shown
from hashsweep.storage.options import StoreOptions
from hashsweep.storage.uris import is_remote

_QUIET_NS = 600 * 1_000_000_000
"""A sweep at work puts a part into its store in this time: ten times report.PART_SECONDS."""


class OpenReport:
    """A report whose rows are read, decrypted where need be.

    `state` is one of schema.STATES. Parts of one in an object store are fetched when they are
    opened, into a temporary folder (0700) that goes away with this object. Raises ReportError where
    there is no report, or not the parts that its sweep wrote; later for a part that is damaged, of
    another report or place, or that the keys do not open.
    """

    def __init__(
        self, at: str | Path, keys: Keys | None = None, options: StoreOptions | None = None
    ) -> None:
        """Read `sweep.json`; parts are opened when they are asked for."""
        self.name = str(at)
        self._keys = keys
        self._stored: Any = None
        if is_remote(self.name):
            from hashsweep.report.object_store import StoredReport  # and with it obstore
            from hashsweep.storage.stores import Stores

            self._stored = StoredReport(self.name, Stores(options))
            self._spool = tempfile.TemporaryDirectory(prefix="hashsweep-report-")
            self.path = Path(self._spool.name)
            if SWEEP not in self._stored.names():
                raise ReportError(f"{self.name} is no report: it holds no {SWEEP}")
            self._stored.fetch(SWEEP, self.path / SWEEP)
        else:
            self.path = Path(at)
        self.sweep: dict[str, Any] = sweep_of(self.path)
        self.state = self._state()
        self._check_version()
        self._facts = facts_of(self.sweep) or {}
        self._names = self._stored.parts() if self._stored else _parts(self.path)
        check_parts(self.name, self.sweep, self._names)
        # where nothing names the parts, their rows tell; without its keys nobody reads them anyway
        is_old = self.sweep["report_version"] < WITH_DIGESTS
        if is_old and self.state == "complete" and not (sealed_as(self.sweep) and keys is None):
            self._check_rows()

    def _check_version(self) -> None:
        if self.sweep.get("report_version") not in schema.READ:
            written_by = str(self.sweep.get("hashsweep"))
            raise ReportError(
                f"report {self.name} is of another version: hashsweep {written_by} reads it"
            )

    def _check_rows(self) -> None:
        """Raise ReportError where a finished sweep counted more than there is."""
        tally = self.sweep["tally"]
        with damaged(f"{self.name}/sweep.json"):
            told = {
                "files": tally.get("items", 0) + tally.get("further_frames", 0),
                "matches": tally.get("matches", 0),
            }
            for table, count in told.items():
                if sum(part.rows for part in self.parts(table)) < count:
                    raise ReportError(
                        f"report {self.name} is damaged: rows of its {table} are missing"
                    )

    def _state(self) -> str:
        state = state_of(self.path, self.sweep)
        if state == "killed" and not self._stored:
            self.sweep = sweep_of(self.path)  # it may have ended between the two looks
            state = state_of(self.path, self.sweep)
        if self._stored and state == "killed":  # there is no lock that would tell
            is_at_work = time.time_ns() - self._stored.written_ns < _QUIET_NS
            return "running" if is_at_work else state
        return state

    @property
    def is_whole(self) -> bool:
        """Whether its sweep came to its end, also all that a rematch was made of."""
        with damaged(f"{self.name}/sweep.json"):
            return gaps.is_ended({**self.sweep, "state": self.state})

    @property
    def gaps(self) -> list[str]:
        """Why rows may be missing, in words."""
        with damaged(f"{self.name}/sweep.json"):
            return list(gaps.told({**self.sweep, "state": self.state}))

    def names(self, table: str) -> list[str]:
        """Return the file names of a table's parts, in order; those of the tables are paired."""
        return self._names[table]

    def part(self, table: str, name: str) -> Part:
        """Open one part by its file name."""
        part = self._opened(f"{table}/{name}")
        fact = self._facts.get(f"{table}/{name}")
        if fact and part.rows != fact["rows"]:
            told = f"{table}/{name} has {part.rows:,} rows, not {fact['rows']:,}"
            raise ReportError(f"report {self.name} is damaged: {told}")
        return part

    def _opened(self, name: str) -> Part:
        path = self.path / name
        if not self._stored:
            return Part(path, self._keys, self.sweep)
        path.parent.mkdir(exist_ok=True)
        self._stored.fetch(name, path)
        try:
            return Part(path, self._keys, self.sweep)
        finally:
            path.unlink()  # it stays open

    def parts(self, table: str) -> Iterator[Part]:
        """Open the parts of a table, one after the other."""
        return (self.part(table, name) for name in self.names(table))


def _parts(folder: Path) -> dict[str, list[str]]:
    """Return the file names of each table's parts, in order.

    Those of `files` are looked for first: a sweep at work places them last.
    """
    tables = (*reversed(TABLES), *MORE_TABLES)
    return {table: [path.name for path in parts(folder, table)] for table in tables}


def gaps_of(reports: Iterable[OpenReport]) -> list[str]:
    """Return lines that say which reports may lack rows, and why; raises ReportError."""
    return [
        f"{shown(report.name)}: {why}; rows may be missing"
        for report in reports
        for why in report.gaps
    ]


def began(report: OpenReport) -> datetime.datetime:
    """Return when a report's sweep was begun, in UTC; raises ReportError where it does not say."""
    with damaged(f"{report.name}/sweep.json"):
        return datetime.datetime.fromisoformat(report.sweep["started"]).astimezone(datetime.UTC)


@contextmanager
def damaged(where: str) -> Iterator[None]:
    """Tell of a `sweep.json` that lacks something, or holds what cannot be."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise ReportError(f"report {where} is damaged: {error!r}") from error


def observed(report: OpenReport) -> tuple[datetime.datetime, datetime.datetime]:
    """Return when the first and the last of the sweeps began that the rows are of, in UTC."""
    sweep = report.sweep
    with damaged(f"{report.name}/sweep.json"):
        times = sweep.get("observed") or (sweep["started"], sweep["started"])
        first, last = (datetime.datetime.fromisoformat(each) for each in times)
        return first.astimezone(datetime.UTC), last.astimezone(datetime.UTC)


def last_swept(report: OpenReport) -> datetime.datetime:
    """Return when the last of those sweeps began; a rematch itself sees no media."""
    return observed(report)[1]
