"""Reads a report folder: what `sweep.json` says, and the segments of its tables.

A segment is one Parquet file. Knows no source, no hasher and no terminal.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from hashsweep.errors import ReportError
from hashsweep.report import schema
from hashsweep.report.encryption import Keys, decryption_for, is_encrypted
from hashsweep.report.segment_digests import LABEL, label
from hashsweep.report.sweep_json import SweepInfo, parse

SWEEP = "sweep.json"
SEGMENT_NAME = "part-{:05d}.parquet"
BATCH_ROWS = 2_000


def sweep_of(folder: Path) -> SweepInfo:
    """Return what `sweep.json` says; raises ReportError if the folder is not a report."""
    found = read_sweep(folder)
    if found is None:
        why = f"it has no {SWEEP}" if folder.is_dir() else "the folder does not exist"
        raise ReportError(f"{folder} is not a report: {why}")
    return found


def read_sweep(folder: Path) -> SweepInfo | None:
    """Return what `sweep.json` says, None if there is none; raises ReportError if damaged."""
    path = folder / SWEEP
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ReportError(f"report {path}: {error.strerror}") from error
    return parse(content, str(path))


def list_segments(folder: Path, table: str) -> list[Path]:
    """Return the segments of a table of the report, in the order in which they were written."""
    return sorted((folder / table).glob("part-*.parquet"), key=lambda path: (len(path.name), path))


class Batched(Protocol):
    """Rows that come in batches: a segment of a table, or something derived from one."""

    schema: pa.Schema

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Yield all rows."""
        ...


class Segment:
    """One segment of a table. Raises ReportError if it is damaged or the keys do not decrypt it.

    `sweep` is the report's `sweep.json`: the segment must belong to it and to its
    place, and be encrypted if it says so.
    """

    def __init__(
        self, path: Path, keys: Keys | None = None, sweep: SweepInfo | None = None
    ) -> None:
        """Read its footer."""
        self.path = path
        report_id = sweep.sealed_as if sweep else None
        with self._translate_errors():
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                raise ReportError(f"report {path} is not a file")
            self.written: float = status.st_mtime  # seconds since 1970 UTC
            encrypted = is_encrypted(path)
            if report_id is not None and not encrypted:
                raise ReportError(f"report {path} is not encrypted, but the rest of the report is")
            self._file = pq.ParquetFile(
                pa.OSFile(os.fsencode(path)),  # as bytes: a path may have no encoding
                decryption_properties=decryption_for(path, keys, report_id) if encrypted else None,
                page_checksum_verification=True,
            )
        self.schema: pa.Schema = self._file.schema_arrow
        if sweep:
            self._check_label(sweep)
        self.groups: int = self._file.num_row_groups
        self.rows: int = self._file.metadata.num_rows
        of_matches = path.parent.name != "files"  # retractions are matches, too
        ours = {f.name: f.type for f in (schema.MATCHES if of_matches else schema.FILES)}
        needed = {name for name in schema.NEVER_NULL if name in ours}
        found = {field.name: field.type for field in self.schema}
        wrong = [name for name in ours if found.get(name, ours[name]) != ours[name]]
        if wrong or not needed <= set(found):
            raise ReportError(f"report {path} does not have the columns of a report")

    def _check_label(self, sweep: SweepInfo) -> None:
        wanted = label(sweep.run_id, f"{self.path.parent.name}/{self.path.name}")
        if (self.schema.metadata or {}).get(LABEL) != wanted:
            raise ReportError(
                f"report {self.path} does not belong there: it was written as another segment"
            )

    def group(self, number: int, columns: Sequence[str] | None = None) -> pa.Table:
        """Return one row group, counted from 0."""
        with self._translate_errors():
            found = self._file.read_row_group(number, columns=columns)
            return self._whole(found, self._file.metadata.row_group(number).num_rows)

    def table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Return all rows."""
        with self._translate_errors():
            return self._whole(self._file.read(columns=columns), self._file.metadata.num_rows)

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Yield all rows, at most BATCH_ROWS at a time."""
        left = self._file.metadata.num_rows
        with self._translate_errors():
            for batch in self._file.iter_batches(BATCH_ROWS, columns=columns):
                left -= len(batch)
                yield self._whole(batch, len(batch))
        if left:
            raise ReportError(f"report {self.path} is damaged")

    def _whole(self, found: Any, rows: int) -> Any:
        """Return `found`; ReportError if it lacks rows or values, or has invalid text.

        Arrow skips pages of unknown kinds and does not validate text.
        """
        found.validate(full=True)
        full = [name for name in schema.NEVER_NULL if name in found.schema.names]
        if len(found) != rows or any(found.column(name).null_count for name in full):
            raise ReportError(f"report {self.path} is damaged")
        return found

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno is None:  # Arrow's error for bytes that do not decrypt or decompress
                raise ReportError(f"report {self.path} is damaged or was altered") from error
            raise ReportError(f"report {self.path}: {error.strerror}") from error
        except (pa.ArrowException, UnicodeDecodeError) as error:
            raise ReportError(f"report {self.path} is damaged") from error
