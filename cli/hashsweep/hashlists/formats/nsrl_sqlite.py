"""NSRL's Reference Data Set 3, an SQLite file: its METADATA, FILE or DISTINCT_HASH.

The first of these that is a table is read, by its column names, which differ between the full and
the minimal set. A view is a program that the file brings along, so none is run; nor is a virtual
table or any function. The file is never written to and gets no journal.
"""

import os
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from hashsweep.errors import ListError
from hashsweep.hashlists.formats.base import REFUSALS, ListFile, NeedsName, read_hashes
from hashsweep.hashlists.formats.lines import head_of
from hashsweep.hashlists.formats.values import plain
from hashsweep.model import Entry, Refusal

_TABLES = ("METADATA", "FILE", "DISTINCT_HASH")
_KINDS = ("sha256", "sha1", "md5", "crc32")
_PRAGMAS = ("trusted_schema = OFF", "query_only = ON", "cell_size_check = ON", "mmap_size = 0")
_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 1024 * 1024,  # bytes of a value
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 1024 * 1024,
    sqlite3.SQLITE_LIMIT_COLUMN: 200,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 100,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 50,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
_STEPS = 100_000  # of SQLite's machine between two looks at whether there was a row
_MOST_LOOKS = 20  # without a row; one of a table takes some ten steps
_SCHEMA = 1000  # tables, indexes and so on that a database may have
_READING = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ)
_VIRTUAL = re.compile(r"\bvirtual\b", re.IGNORECASE)
_DESCRIPTOR = re.compile(r"/proc/(self|[0-9]+)/fd/[0-9]+")


class NsrlSqliteReader:
    """The ListReader."""

    description = "NSRL RDS 3, SQLite, full or minimal; for `--known-good`"

    def recognises(self, head: bytes) -> bool:
        """The magic bytes of SQLite."""
        return head.startswith(b"SQLite format 3\0")

    def read(self, source: ListFile) -> Iterator[Entry | Refusal]:
        """Yield one row per row of the table; raises NeedsName for a file without a name."""
        _check_length(source)
        number = 0
        where = f"file:{quote(_name_of(source.path))}?mode=ro&immutable=1"
        database = None
        try:
            database = _Database(sqlite3.connect(where, uri=True), source)
            columns, rows = database.rows()
            for number, row in enumerate(rows, start=1):
                database.looks = 0
                yield from _row(number, dict(zip(columns, row, strict=True)))
        except sqlite3.Error as error:
            if database and database.looks > _MOST_LOOKS:
                raise ListError(f"{source.path}: SQLite with rows that have no end") from error
            if not number:
                raise ListError(f"{source.path}: the file is damaged or not SQLite") from error
            yield Refusal(number + 1, "damaged", REFUSALS["damaged"])
        finally:
            if database is not None:
                database.connection.close()


class _Database:
    """An open database in which nothing can be run but a look at a table."""

    def __init__(self, connection: sqlite3.Connection, source: ListFile) -> None:
        self.connection = connection
        self.looks = 0
        self._source = source
        self._runs_view = False
        for limit, most in _LIMITS.items():
            connection.setlimit(limit, most)
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        connection.set_progress_handler(self._look, _STEPS)
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")

    def _look(self) -> bool:
        """Say whether to stop: there was no row for too long."""
        self.looks += 1
        return self.looks > _MOST_LOOKS

    def _permit(self, action: int, *about: str | None) -> int:
        """Permit to read from tables; the last one of `about` is the view that asks for it."""
        if action in _READING and about[-1] is None:
            return sqlite3.SQLITE_OK
        self._runs_view = True
        return sqlite3.SQLITE_DENY

    def rows(self) -> tuple[list[str], sqlite3.Cursor]:
        """Return our names of the columns, and the rows; raises ListError."""
        self._refuse_virtual()
        view = ""
        for table in _TABLES:
            columns = self._columns(table)
            if not columns.keys() & {"sha256", "sha1", "md5"}:
                continue
            names = ", ".join(f'"{name}"' for name in columns.values())
            self.connection.set_authorizer(self._permit)
            try:
                cursor = self.connection.execute(f'SELECT {names} FROM "{table}"')  # noqa: S608
            except sqlite3.DatabaseError:
                if not self._runs_view:
                    raise
                view = view or table
                self._runs_view = False
                self.connection.set_authorizer(None)
            else:
                return list(columns), cursor
        if view:
            raise ListError(f"{self._source.path}: SQLite whose {view} is a view, not a table")
        raise ListError(f"{self._source.path}: SQLite without NSRL's tables")

    def _refuse_virtual(self) -> None:
        """Raise ListError for virtual tables: looking at one would already run it."""
        schema = self.connection.execute("SELECT sql FROM sqlite_master").fetchmany(_SCHEMA + 1)
        if len(schema) > _SCHEMA or any(_VIRTUAL.search(plain(sql)) for (sql,) in schema):
            raise ListError(f"{self._source.path}: SQLite with virtual tables, not NSRL's")

    def _columns(self, table: str) -> dict[str, str]:
        """Return the columns that are wanted: our name -> theirs."""
        found = {
            plain(row[1]).lower(): plain(row[1])
            for row in self.connection.execute(f'PRAGMA table_info("{table}")')
        }
        return {
            name: found[name]
            for name in (*_KINDS, "file_name")
            if name in found and '"' not in found[name]
        }


def _name_of(path: Path) -> bytes:
    """Return the name by which SQLite can open a file: it follows no path of a descriptor."""
    if not _DESCRIPTOR.fullmatch(os.fspath(path)):
        return os.fsencode(path.absolute())
    try:
        name = os.fsencode(path.readlink())
        if os.path.samestat(os.stat(name), path.stat()):
            return name
    except OSError:
        pass
    raise NeedsName(f"{path}: the file has no name")


def _check_length(source: ListFile) -> None:
    """Raise ListError for a truncated file: SQLite would read zeros for its lost pages."""
    head = head_of(source.path, 100)
    page = int.from_bytes(head[16:18])
    page = 65536 if page == 1 else page  # the field is too narrow for this size
    pages = int.from_bytes(head[28:32]) if head[24:28] == head[92:96] else 0
    if len(head) < 100 or source.path.stat().st_size < page * pages:  # noqa: PLR2004
        raise ListError(f"{source.path}: the file is shorter than its header says")


def _row(number: int, row: dict[str, Any]) -> Iterator[Entry | Refusal]:
    cells = ((kind, plain(row.get(kind)).strip()) for kind in _KINDS)
    hashes, refused = read_hashes(number, ((kind, text) for kind, text in cells if text))
    yield from refused
    if hashes:
        name = plain(row.get("file_name")).strip() or f"row-{number}"
        yield Entry(name, tuple(hashes), source="NSRL", line=number)
    else:
        yield Refusal(number, "no-hash", REFUSALS["no-hash"])


READER = NsrlSqliteReader()
