"""Writes a report folder part by part; a part appears whole or not at all.

Rows are gathered, written under a temporary name, flushed to disk and renamed: first the
matches of a part, then its files, so a part of files is never there without its matches.
Knows no source, no hasher and no terminal.
"""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hashsweep.errors import ReportError
from hashsweep.model import Record
from hashsweep.report import schema
from hashsweep.report.names import as_text

PART_ROWS = 50_000
PART_SECONDS = 60.0
"""A part is closed at the latest after so many rows or seconds: a kill loses no more than that."""

_PACKED_ROWS = 2_000  # rows held as Python objects at most

_REPEATING = ["status", "stage", "reason", "media_type", "decode_mode", "algorithm", "list", "tier"]


class _Rows:
    """Rows of one part, gathered by column and packed into Arrow now and then to stay small."""

    def __init__(self, rows: pa.Schema) -> None:
        self._schema = rows
        self._packed: list[pa.RecordBatch] = []
        self._loose: dict[str, list[Any]] = {name: [] for name in rows.names}
        self.count = 0

    def add(self, row: Mapping[str, Any]) -> None:
        for name, column in self._loose.items():
            column.append(row.get(name))
        self.count += 1
        if self.count % _PACKED_ROWS == 0:
            self._pack()

    def _pack(self) -> None:
        whole = self.count - sum(len(batch) for batch in self._packed)
        for column in self._loose.values():
            del column[whole:]  # what Ctrl-C in the middle of a row has left
        self._packed.append(pa.record_batch(self._loose, schema=self._schema))
        for column in self._loose.values():
            column.clear()

    def table(self) -> pa.Table:
        self._pack()
        return pa.Table.from_batches(self._packed, schema=self._schema).combine_chunks()


class ReportWriter:
    """A report that is being written. Raises ReportError for anything the disk refuses."""

    def __init__(
        self,
        folder: Path,
        files_schema: pa.Schema = schema.FILES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Create the folder (0700); a folder that is there and not empty is refused."""
        self.folder = folder
        self._schema = files_schema
        self._clock = clock
        self._part = 0
        self._begin_part()
        with _disk(folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if any(folder.iterdir()):
                raise ReportError(f"{folder} is not empty: name a new folder for the report")
            for name in ("files", "matches"):
                (folder / name).mkdir(mode=0o700)

    def _begin_part(self) -> None:
        self._files = _Rows(self._schema)
        self._matches = _Rows(schema.MATCHES)
        self._begun = self._clock()

    def add(self, record: Record) -> None:
        """Take one record; close the part if it is full or old."""
        text, raw = as_text(record.item.uri)
        item_id = record.item.item_id
        self._files.add(_file_row(record, item_id, text, raw))
        for match in record.matches:
            self._matches.add(
                {
                    "item_id": item_id,
                    "uri": text,
                    "part": record.part,
                    "algorithm": match.algorithm,
                    "distance": match.distance,
                    "variant": match.variant,
                    "list": as_text(match.list_name)[0],
                    "entry_id": as_text(match.entry_id)[0],
                    "category": as_text(match.category)[0],
                    "labels": [as_text(label)[0] for label in match.labels],
                    "tier": match.tier,
                    "evidence": [{"algorithm": a, "distance": d} for a, d in match.evidence],
                }
            )
        if (
            self._files.count + self._matches.count >= PART_ROWS
            or self._clock() - self._begun >= PART_SECONDS
        ):
            self.close_part()

    def close_part(self) -> None:
        """Write what was gathered; does nothing without rows."""
        if not self._files.count:
            return
        name = f"part-{self._part:05d}.parquet"
        for rows, kind in ((self._matches, "matches"), (self._files, "files")):
            if rows.count or (kind == "matches" and self._part == 0):
                self._write(rows.table(), self.folder / kind / name)
        self._part += 1
        self._begin_part()

    def finish(self) -> None:
        """Close the last part; a report without rows still gets one of each, with its columns."""
        self.close_part()
        if self._part == 0:
            for rows, kind in ((self._matches, "matches"), (self._files, "files")):
                self._write(rows.table(), self.folder / kind / "part-00000.parquet")

    def write_sweep(self, sweep: Mapping[str, Any]) -> None:
        """Write `sweep.json`, replacing the one before."""
        text = json.dumps(sweep, indent=2, ensure_ascii=True) + "\n"

        def write(draft: Path) -> None:
            draft.write_text(text, encoding="ascii")

        self._place(self.folder / "sweep.json", write)

    def _write(self, table: pa.Table, path: Path) -> None:
        def write(draft: Path) -> None:
            dictionary = [name for name in _REPEATING if name in table.column_names]
            pq.write_table(table, draft, compression="zstd", use_dictionary=dictionary)

        self._place(path, write)

    def _place(self, path: Path, write: Callable[[Path], None]) -> None:
        """Let `write` make a draft, flush it and give it its name (and flush the folder)."""
        draft = path.with_name(f".{path.name}.tmp")
        with _disk(path):
            try:
                os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
                write(draft)
                _sync(draft)
                draft.replace(path)
            finally:
                draft.unlink(missing_ok=True)
            _sync(path.parent)


@contextmanager
def _disk(path: Path) -> Iterator[None]:
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


def _timestamp(nanoseconds: int | None) -> int | None:
    """Return what a column of 64-bit nanoseconds can hold: years 1678 to 2261, else nothing."""
    fits = nanoseconds is not None and -(2**63) < nanoseconds < 2**63
    return nanoseconds if fits else None


def _file_row(record: Record, item_id: bytes, text: str, raw: bytes | None) -> dict[str, Any]:
    failure = record.failure
    item = record.item
    return {
        "item_id": item_id,
        "uri": text,
        "uri_bytes": raw,
        "part": record.part,
        "status": record.status,
        "stage": failure.stage if failure else None,
        "reason": failure.reason if failure else None,
        "detail": failure.detail or None if failure else None,
        "size": record.size,
        "mtime": _timestamp(record.mtime_ns),
        "etag": item.etag,
        "media_type": record.media_type,
        "width": record.width,
        "height": record.height,
        "animated": record.animated,
        "decode_mode": record.decode_mode,
        "pdq_quality": record.pdq_quality,
        "known_good": as_text(record.known_good)[0] if record.known_good else None,
        "source_columns": dict(item.columns) if item.columns else None,
        **record.hashes,
    }
