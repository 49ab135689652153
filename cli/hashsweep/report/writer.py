"""Writes the tables of a report part by part; a part appears complete or not at all.

Rows are collected and written together: first the matches of a part, even if there are none, then
its files, so a part of files never exists without its matches. Knows no source, no hasher and no
terminal.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hashsweep.model import Record
from hashsweep.report import SEGMENT_ROWS, SEGMENT_SECONDS, schema
from hashsweep.report.folder import TABLES, ReportFolder
from hashsweep.report.plain_rows import PlainRows, join
from hashsweep.report.rows import Rows, file_row, match_row
from hashsweep.report.segment_digests import LABEL, label
from hashsweep.report.segments import SEGMENT_NAME
from hashsweep.safe_text import as_text

GROUP_ROWS = 8_192
"""Rows per row group: what is read at once when single rows are looked up later."""

PACKED_ROWS = 2_000  # plain rows that are turned into columns at once

_REPEATING = ["status", "media_type", "decode_mode", "algorithm", "list", "tier"]


class ReportWriter:
    """Writes the tables of a report; continues after existing parts.

    Raises ReportError for any error of the disk.
    """

    def __init__(
        self,
        folder: ReportFolder,
        files_schema: pa.Schema = schema.FILES,
        *,
        run_id: str | None = None,
        segment_rows: int = SEGMENT_ROWS,
        segment_seconds: float = SEGMENT_SECONDS,
        first_seconds: float | None = None,
        seal: Callable[[Path], Any] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`segment_rows` counts rows of both tables; `segment_seconds` run from a part's first row.

        With `first_seconds` the first part has only those, and each further one twice as many as
        the one before it, up to `segment_seconds`.

        `run_id` is that of `sweep.json`; each part has that report's label (segment_digests.label).
        `seal` returns the encryption properties for the part at a path; without it nothing is
        encrypted.
        """
        self._folder = folder
        self._run_id = run_id
        self._schemas = {"files": files_schema, "matches": schema.MATCHES}
        self._part_rows = segment_rows
        self._most_seconds = segment_seconds
        self._part_seconds = min(first_seconds or segment_seconds, segment_seconds)
        self._seal = seal
        self._clock = clock
        numbers = [int(part.stem.removeprefix("part-")) for part in folder.segments("files")]
        self._number = max(numbers, default=-1) + 1
        self._begin_segment()

    def _begin_segment(self) -> None:
        self._rows = {table: Rows(self._schemas[table]) for table in TABLES}
        self._plain: list[PlainRows] = []
        self._plain_ids: list[bytes] = []
        self._begun = self._clock()

    def add(self, records: Sequence[Record], item_id: bytes | None = None) -> None:
        """Add the records of one item, which stay in one part; close the part if it is due.

        `item_id` is the item's, if it is known.
        """
        item_id = item_id or records[0].item.item_id
        rows = _rows_of(records, item_id, records[0])
        self._note_begin()
        for table in TABLES:
            self._rows[table].extend([*rows[table]])
        self._close_if_due()

    def add_long(
        self,
        chunks: Callable[[], Iterable[Sequence[Record]]],
        count: int,
        matches: int,
        item_id: bytes,
    ) -> None:
        """Add an item that has too many records to be held; it becomes a part of its own.

        `chunks` yields its records each time, its own first; `count` and `matches` are how many
        there are.
        """
        self.close_segment()
        (own,) = next(iter(chunks()))
        counts = {"matches": matches, "files": count}

        def tables(table: str) -> Iterator[pa.Table]:
            for records in chunks() if counts[table] else ():
                if rows := [*_rows_of(records, item_id, own)[table]]:
                    packed = Rows(self._schemas[table])
                    packed.extend(rows)
                    yield packed.table()

        self._place(counts, tables)

    def add_plain(self, plain: PlainRows, item_ids: Sequence[bytes]) -> None:
        """Add a row for each of several items, whose ids are given; close the part if it is due.

        There should be `room` for them.
        """
        self._note_begin()
        self._plain.append(plain)
        self._plain_ids += item_ids
        if len(self._plain_ids) >= PACKED_ROWS:
            self._pack()
        self._close_if_due()

    @property
    def room(self) -> int:
        """How many rows fit into the part that is being collected; at least one."""
        return max(self._part_rows - self._count_rows(), 1)

    def _note_begin(self) -> None:
        if self._is_empty():
            self._begun = self._clock()

    def _is_empty(self) -> bool:
        return not (self._rows["files"].count or self._plain)

    def _count_rows(self) -> int:
        return sum(rows.count for rows in self._rows.values()) + len(self._plain_ids)

    def _close_if_due(self) -> None:
        if (
            self._count_rows() >= self._part_rows
            or self._clock() - self._begun >= self._part_seconds
        ):
            self.close_segment()

    def _pack(self) -> None:
        """Turn plain rows into columns."""
        if self._plain:
            batch = join(self._plain).to_batch(self._plain_ids, self._schemas["files"])
            self._rows["files"].append(batch)
            self._plain, self._plain_ids = [], []

    def close_segment(self) -> None:
        """Write what was collected; does nothing without rows."""
        if not self._is_empty():
            self._place_rows()

    def finish(self) -> None:
        """Close the last part; without rows there is still one part per table, with columns."""
        if not self._is_empty() or not self._number:
            self._place_rows()

    def _place_rows(self) -> None:
        self._pack()
        tables = {table: self._rows[table].table() for table in TABLES}
        counts = {table: rows.num_rows for table, rows in tables.items()}
        self._place(counts, lambda table: [tables[table]])

    def _place(
        self, counts: Mapping[str, int], tables: Callable[[str], Iterable[pa.Table]]
    ) -> None:
        name = SEGMENT_NAME.format(self._number)
        for table in TABLES:
            place(
                self._folder,
                self._schemas[table],
                tables(table),
                f"{table}/{name}",
                rows=counts[table],
                run_id=self._run_id,
                seal=self._seal,
            )
        self._number += 1
        self._part_seconds = min(2 * self._part_seconds, self._most_seconds)
        self._begin_segment()


def _rows_of(
    records: Sequence[Record], item_id: bytes, own: Record
) -> dict[str, Iterator[dict[str, Any]]]:
    """Return the rows of each table for records of an item; `own` is its own."""
    text, raw = as_text(own.item.uri)
    return {
        "matches": (
            match_row(each, record, item_id, text, own.hashes)
            for record in records
            for each in record.matches
        ),
        "files": (file_row(record, item_id, text, raw) for record in records),
    }


def place(
    folder: ReportFolder,
    rows_schema: pa.Schema,
    tables: Iterable[pa.Table],
    name: str,
    *,
    rows: int,
    run_id: str | None,
    seal: Callable[[Path], Any] | None,
) -> None:
    """Write a complete part of a report, such as `files/part-00000.parquet`; raises ReportError.

    `tables` have `rows` rows together; one is held at a time.
    """
    if run_id is not None:
        own = {**(rows_schema.metadata or {}), LABEL: label(run_id, name)}
        rows_schema = rows_schema.with_metadata(own)
    dictionary = [column for column in _REPEATING if column in rows_schema.names]

    def write(draft: Path) -> None:
        with (
            pa.OSFile(os.fsencode(draft), "wb") as file,  # as bytes: it may have no encoding
            pq.ParquetWriter(
                file,
                rows_schema,
                compression="zstd",
                use_dictionary=dictionary,
                encryption_properties=seal(Path(name)) if seal else None,
                write_page_checksum=True,
            ) as writer,
        ):
            for each in tables:
                table = each.replace_schema_metadata(rows_schema.metadata)
                writer.write_table(table, row_group_size=GROUP_ROWS)

    folder.place(name, write, rows=rows)
