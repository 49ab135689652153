"""Reads a report folder: what `sweep.json` says, and the parts of its tables.

Knows no source, no hasher and no terminal.
"""

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hashsweep.errors import ReportError
from hashsweep.report.encryption import Keys, is_encrypted, reading

SWEEP = "sweep.json"


def sweep_of(folder: Path) -> dict[str, Any]:
    """Return what `sweep.json` says; raises ReportError if the folder holds no report."""
    found = unfinished(folder)
    if found is None:
        raise ReportError(f"{folder} is no report: it holds no {SWEEP}")
    return found


def unfinished(folder: Path) -> dict[str, Any] | None:
    """Return what `sweep.json` says, None where there is none; raises ReportError if it cannot."""
    path = folder / SWEEP
    try:
        found = json.loads(path.read_text(encoding="ascii"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ReportError(f"report {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ReportError(f"report {path} is damaged") from error
    if not isinstance(found, dict) or not isinstance(found.get("tally"), dict):
        raise ReportError(f"report {path} is damaged")
    return found


def sealed_as(sweep: Mapping[str, Any]) -> str | None:
    """Return the id that the parts of an encrypted report carry; None for one that is not."""
    return uuid.UUID(sweep["run_id"]).hex if sweep.get("encrypted") else None


def parts(folder: Path, table: str) -> list[Path]:
    """Return the parts of a table of the report, in the order in which they were written."""
    return sorted((folder / table).glob("part-*.parquet"), key=lambda path: (len(path.name), path))


class Part:
    """One part of a table. Raises ReportError if it is damaged or cannot be read with the keys.

    `report_id` is that of an encrypted report (see sealed_as): its parts must be encrypted and
    belong to it.
    """

    def __init__(self, path: Path, keys: Keys | None = None, report_id: str | None = None) -> None:
        """Read its footer."""
        self.path = path
        with self._reading():
            encrypted = is_encrypted(path)
            if report_id is not None and not encrypted:
                raise ReportError(f"report {path} is not encrypted, as the rest of the report is")
            self._file = pq.ParquetFile(
                path,
                decryption_properties=reading(path, keys, report_id) if encrypted else None,
                page_checksum_verification=True,
            )
        self.schema: pa.Schema = self._file.schema_arrow
        self.groups: int = self._file.num_row_groups

    def group(self, number: int, columns: Sequence[str] | None = None) -> pa.Table:
        """Return a row group, from 0."""
        with self._reading():
            return self._file.read_row_group(number, columns=columns)

    def table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Return all rows."""
        with self._reading():
            return self._file.read(columns=columns)

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Yield all rows, some thousands at a time."""
        with self._reading():
            yield from self._file.iter_batches(columns=columns)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno is None:  # what Arrow says of bytes that do not decrypt or decompress
                raise ReportError(f"report {self.path} is damaged") from error
            raise ReportError(f"report {self.path}: {error.strerror}") from error
        except pa.ArrowInvalid as error:
            raise ReportError(f"report {self.path} is damaged") from error
