"""Removes what names a file or a person from rows, for readers without clearance.

Names of items become keyed hashes: the same name gets the same token with the same key, so rows
can still be joined, counted and queried, and without the key nobody can test guessed names. Knows
no file format and no terminal.
"""

import hmac
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pyarrow as pa

from hashsweep.report.encryption import first_key
from hashsweep.report.segments import Batched
from hashsweep.safe_text import as_text

TOKEN_BYTES = 16
"""Bytes of a token (128 bits of HMAC-SHA256): collisions do not happen by chance."""

DROPPED = {"uri_bytes", "source_columns", "etag", "origin_claims"}
"""Columns to remove: other parts of names, extra columns of a manifest, what a store said (an etag
is often the MD5 of the content), and what the file says about its origin."""

_FRAME = re.compile(r"(frame|page) [0-9]+")

# Ids of entries that identify nobody: a number, hex digits, a UUID, or the line of the list
_GIVEN_ID = re.compile(
    r"[0-9]+|[0-9a-f]{16,}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|line-[0-9]+", re.IGNORECASE
)


def redactor(key: bytes) -> Callable[[str], str]:
    """Return a function that turns a name into its token: 32 hex digits of HMAC-SHA256.

    Names are taken as in `uri` of either table, or with lone surrogates for bytes that are not
    UTF-8: both give the same token.
    """

    def token(name: str) -> str:
        return _mac(key, b"name", as_text(name)[0].encode()).hex()

    return token


def id_redactor(key: bytes) -> Callable[[bytes], bytes]:
    """Return a function that turns an `item_id` into another 16 bytes.

    An item's id is an unkeyed digest of its name: anyone who guesses a name can verify the guess.
    """
    return lambda item_id: _mac(key, b"item", item_id)


@dataclass(frozen=True)
class Redaction:
    """How rows are redacted. `hashes` keeps the files' own hashes, which otherwise are left out."""

    _key: bytes = field(repr=False)
    hashes: bool = False

    @classmethod
    def load(cls, path: Path, *, hashes: bool = False) -> Self:
        """Load the first key of a key file; raises ReportError."""
        return cls(first_key(path), hashes)

    def name(self, name: str) -> str:
        """Return the token for the name of a file or a source (see `redactor`)."""
        return redactor(self._key)(name)

    def part(self, part: str) -> str:
        """Return the token for a part: an archive member has a name of its own."""
        return part if _FRAME.fullmatch(part) else self.name(part)

    def entry_id(self, entry_id: str) -> str:
        """Return the token for an entry id: in a list made from a folder it is a file name."""
        return entry_id if _GIVEN_ID.fullmatch(entry_id) else self.name(entry_id)

    def cluster(self, cluster: str) -> str:
        """Return the token for a cluster id, which is an unkeyed digest of a content or a name."""
        return _mac(self._key, b"cluster", cluster.encode()).hex()

    def schema(self, table: pa.Schema) -> pa.Schema:
        """Return the columns that remain of a table."""
        kept = [each for each in table if not self._goes(each)]
        described = {
            "uri": "a keyed hash of the name",
            "item_id": "a keyed hash of the item's id",
            "entry_id": "the entry's id if it is a number, hex digits, a UUID or line-N, else a "
            "keyed hash of it",
        }
        return pa.schema(
            each.with_metadata({"description": f"{described[each.name]} (HMAC-SHA256, 128 bits)"})
            if each.name in described
            else each
            for each in kept
        )

    def batch(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        """Return redacted rows."""
        return pa.RecordBatch.from_arrays(*self._columns(rows))

    def table(self, rows: pa.Table) -> pa.Table:
        """Return redacted rows."""
        return pa.Table.from_arrays(*self._columns(rows))

    def redact(self, segments: Iterable[Batched]) -> Iterator[Batched]:
        """Yield segments whose rows are redacted as they are read."""
        return (_Redacted(segment, self) for segment in segments)

    def _columns(self, rows: pa.RecordBatch | pa.Table) -> tuple[list[Any], None, pa.Schema]:
        """Return the arguments to build a batch or a table from."""
        made = self.schema(rows.schema)
        return [self._column(each.name, rows.column(each.name)) for each in made], None, made

    def _leads(self, possible: Any) -> pa.Array:
        """Return the column `possible` with the token of each entry id."""
        kept = [
            row and [{**each, "entry_id": self.entry_id(each["entry_id"])} for each in row]
            for row in possible.to_pylist()
        ]
        return pa.array(kept, possible.type)

    def _goes(self, column: pa.Field) -> bool:
        is_hash = pa.types.is_fixed_size_binary(column.type) and column.name != "item_id"
        is_hash |= column.name in ("frame_hashes", "views")
        return column.name in DROPPED or (is_hash and not self.hashes)

    def _column(self, name: str, values: Any) -> pa.Array:
        changes: dict[str, Callable[[Any], Any]] = {
            "item_id": id_redactor(self._key),
            "uri": self.name,
            "part": self.part,
            "entry_id": self.entry_id,
        }
        if name == "reasons":
            return _without_details(values)
        if name == "possible":
            return self._leads(values)
        if name not in changes:
            return values
        change = changes[name]
        found = [None if value is None else change(value) for value in values.to_pylist()]
        return pa.array(found, values.type)


def _without_details(reasons: Any) -> Any:
    """Return the column `reasons` with null for each detail, which may name a file."""
    lists = reasons.combine_chunks() if isinstance(reasons, pa.ChunkedArray) else reasons
    kept = [
        None if row is None else [{**reason, "detail": None} for reason in row]
        for row in lists.to_pylist()
    ]
    return pa.array(kept, reasons.type)


class _Redacted:
    """A segment of a report, redacted."""

    def __init__(self, segment: Batched, how: Redaction) -> None:
        self._segment, self._how = segment, how
        self.schema = how.schema(segment.schema)

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        return map(self._how.batch, self._segment.batches(columns))


def _mac(key: bytes, purpose: bytes, value: bytes) -> bytes:
    message = b"hashsweep redaction " + purpose + b"\0" + value
    return hmac.digest(key, message, "sha256")[:TOKEN_BYTES]
