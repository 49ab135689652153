"""NSRL's Reference Data Set 3, an SQLite file: its METADATA, FILE or DISTINCT_HASH.

The first of these that exists is read, by its column names, which differ between the
full and the minimal set. The file is never written to and gets no journal.
"""

import sqlite3
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from hashsweep.errors import ListError
from hashsweep.hashlists.formats.base import REFUSALS, ListFile, read_hashes
from hashsweep.hashlists.formats.lines import head_of
from hashsweep.hashlists.formats.values import plain
from hashsweep.model import Entry, Refusal

_TABLES = ("METADATA", "FILE", "DISTINCT_HASH")
_KINDS = ("sha256", "sha1", "md5", "crc32")
_LONGEST = 1024 * 1024  # bytes of a value


class NsrlSqliteReader:
    """The ListReader."""

    description = "NSRL RDS 3, SQLite, full or minimal; for `--known-good`"

    def recognises(self, head: bytes) -> bool:
        """The magic bytes of SQLite."""
        return head.startswith(b"SQLite format 3\0")

    def read(self, source: ListFile) -> Iterator[Entry | Refusal]:
        """Yield one row per row of the table."""
        _check_length(source)
        number = 0
        where = f"file:{quote(str(source.path.absolute()))}?mode=ro&immutable=1"
        connection = None
        try:
            connection = sqlite3.connect(where, uri=True)
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
            table, columns = _table(connection, source)
            names = ", ".join(f'"{name}"' for name in columns.values())
            cursor = connection.execute(f'SELECT {names} FROM "{table}"')  # noqa: S608
            for number, row in enumerate(cursor, start=1):
                yield from _row(number, dict(zip(columns, row, strict=True)))
        except sqlite3.Error as error:
            if not number:
                raise ListError(f"{source.path}: the file is damaged or not SQLite") from error
            yield Refusal(number + 1, "damaged", REFUSALS["damaged"])
        finally:
            if connection is not None:
                connection.close()


def _check_length(source: ListFile) -> None:
    """Raise ListError for a truncated file: SQLite would read zeros for its lost pages."""
    head = head_of(source.path, 100)
    page = int.from_bytes(head[16:18])
    page = 65536 if page == 1 else page  # the field is too narrow for this size
    pages = int.from_bytes(head[28:32]) if head[24:28] == head[92:96] else 0
    if len(head) < 100 or source.path.stat().st_size < page * pages:  # noqa: PLR2004
        raise ListError(f"{source.path}: the file is shorter than its header says")


def _table(connection: sqlite3.Connection, source: ListFile) -> tuple[str, dict[str, str]]:
    """Return the table to read, and its columns: our name -> theirs."""
    for table in _TABLES:
        found = {
            plain(row[1]).lower(): plain(row[1])
            for row in connection.execute(f'PRAGMA table_info("{table}")')
        }
        columns = {name: found[name] for name in (*_KINDS, "file_name") if name in found}
        if columns.keys() & {"sha256", "sha1", "md5"}:
            return table, columns
    raise ListError(f"{source.path}: SQLite without NSRL's tables")


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
