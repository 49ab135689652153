"""Writes rows of a report to one new file: CSV, JSON lines or Parquet; complete or not at all.

Knows no terminal.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hashsweep.atomic_files import new_file
from hashsweep.output import row_formats
from hashsweep.output.column_formats import as_csv, as_jsonl
from hashsweep.report.segments import Batched
from hashsweep.report.writer import GROUP_ROWS

FORMATS = ("csv", "jsonl", "parquet")
"""Formats of a table."""


def write(
    path: Path, form: str, parts: Iterable[Batched], columns: pa.Schema, *, failed: bool = False
) -> int:
    """Write rows to a new file as "csv", "jsonl" or "parquet"; return how many.

    `columns` are those of the parts; with `failed` only rows of failed items are written. CSV is
    safe for spreadsheets; JSON has names exactly as they are.
    """
    count = 0

    def count_rows(found: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        nonlocal count
        for batch in found:
            kept = batch.filter(pc.equal(batch["status"], "failed")) if failed else batch
            count += len(kept)
            if len(kept):
                yield kept

    with new_file(path) as file:
        if form == "parquet":
            return _parquet(file, parts, columns, failed=failed)
        found = count_rows(batch for part in parts for batch in part.batches())
        names = row_formats.columns(columns)
        lines = as_csv(found, names) if form == "csv" else as_jsonl(found)
        file.writelines(line.encode() for line in lines)
    return count


def _parquet(file: BinaryIO, parts: Iterable[Batched], columns: pa.Schema, *, failed: bool) -> int:
    count = 0
    with pq.ParquetWriter(file, columns, compression="zstd", write_page_checksum=True) as writer:
        for group in _groups(parts, columns, failed=failed):
            writer.write_table(group)
            count += group.num_rows
    return count


def _groups(parts: Iterable[Batched], columns: pa.Schema, *, failed: bool) -> Iterator[pa.Table]:
    """Yield rows, at least GROUP_ROWS at a time until the last: small groups are slow to read."""
    held: list[pa.RecordBatch] = []
    for part in parts:
        for batch in part.batches():
            held.append(batch.filter(pc.equal(batch["status"], "failed")) if failed else batch)
            if sum(map(len, held)) >= GROUP_ROWS:
                yield pa.Table.from_batches(held, columns)
                held = []
    if held:
        yield pa.Table.from_batches(held, columns)
