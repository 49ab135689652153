"""Reads a report in an object store: which parts it has, and their bytes.

Knows no row.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from hashsweep.errors import ItemError, ReportError
from hashsweep.report.folder import MORE_TABLES, SIGNATURE, TABLES, on_disk
from hashsweep.report.segments import SWEEP
from hashsweep.report.sweep_json import SEGMENT
from hashsweep.storage.stores import Stores
from hashsweep.storage.temporary_folders import TemporaryFolder
from hashsweep.storage.uris import below


@contextmanager
def at_hand(name: str) -> Iterator[Path]:
    """Give a temporary copy (0700) of a report in a store.

    Raises ReportError, also for an object that does not belong to a report.
    """
    stored = StoredReport(name, Stores())
    names = stored.names()
    for other in sorted(names - {SWEEP, SIGNATURE}):
        if not SEGMENT.fullmatch(other):
            raise ReportError(f"{other} does not belong to the report")
    with TemporaryFolder() as path:
        stored.copy(path, (*TABLES, *MORE_TABLES))
        if SIGNATURE in names:
            stored.fetch(SIGNATURE, path / SIGNATURE)
        yield path


class StoredReport:
    """The objects below a URI. Raises ReportError for all errors of the store."""

    def __init__(self, uri: str, stores: Stores) -> None:
        """Send no request yet; `uri` may end with a slash."""
        self.uri = uri.rstrip("/")
        self._stores = stores
        self.written_ns = 0

    def uri_of(self, name: str) -> str:
        """Return the URI of a part, or of `sweep.json`."""
        return f"{self.uri}/{name}"

    def names(self) -> set[str]:
        """Return the names of all objects; sets `written_ns` to the time of the newest."""
        found = set()
        try:
            for facts in self._stores.list_objects(f"{self.uri}/"):
                found.add(below(facts.uri, self.uri) or "")
                self.written_ns = max(self.written_ns, facts.mtime_ns or 0)
        except ItemError as error:
            raise self.error("", error) from error
        return found - {""}

    def fetch(self, name: str, to: Path) -> str | None:
        """Write one object to a new file (0600) with its time; return its change token."""
        try:
            facts = self._stores.facts(self.uri_of(name))
            with on_disk(to):
                descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with open(descriptor, "wb") as file:
                    file.writelines(self._stores.chunks(facts.uri, facts))
                if facts.mtime_ns is not None:
                    os.utime(to, ns=(facts.mtime_ns, facts.mtime_ns))
        except ItemError as error:
            raise self.error(name, error) from error
        return facts.etag

    def segments(self) -> dict[str, list[str]]:
        """Return the file names of each table's parts, in order; other names are ignored."""
        names = self.names()
        return {
            table: [name.removeprefix(f"{table}/") for name in _list_segments(names, table)]
            for table in (*TABLES, *MORE_TABLES)
        }

    def copy(self, to: Path, tables: Sequence[str]) -> str | None:
        """Write `sweep.json` and these tables into a folder; return the first one's token."""
        names = self.names()
        for table in tables:
            with on_disk(to):
                (to / table).mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in _list_segments(names, table):
                self.fetch(name, to / name)
        return self.fetch(SWEEP, to / SWEEP)

    def remove(self, name: str) -> None:
        """Remove one object of the report."""
        try:
            self._stores.delete(self.uri_of(name))
        except ItemError as error:
            raise self.error(name, error) from error

    def error(self, name: str, error: ItemError) -> ReportError:
        """Return a store's error as an error of the report."""
        place = self.uri_of(name) if name else self.uri
        return ReportError(f"report {place}: {error.detail or error.reason}")


def _list_segments(names: Iterable[str], table: str) -> list[str]:
    """Return those that are parts of a table, in order."""
    found = [name for name in names if name.startswith(f"{table}/") and SEGMENT.fullmatch(name)]
    return sorted(found, key=lambda name: (len(name), name))
