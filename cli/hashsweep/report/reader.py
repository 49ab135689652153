"""Reads a report folder: what `sweep.json` says, and the parts of its tables.

Knows no source, no hasher and no terminal.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hashsweep.errors import ReportError

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


def parts(folder: Path, table: str) -> list[Path]:
    """Return the parts of a table of the report, in the order in which they were written."""
    return sorted((folder / table).glob("part-*.parquet"), key=lambda path: (len(path.name), path))


def open_part(path: Path) -> pq.ParquetFile:
    """Open a part; raises ReportError."""
    try:
        return pq.ParquetFile(path)
    except OSError as error:
        raise ReportError(f"report {path}: {error.strerror or 'cannot be read'}") from error
    except pa.ArrowInvalid as error:
        raise ReportError(f"report {path} is damaged") from error


def batches(
    folder: Path, table: str, columns: Sequence[str] | None = None
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a table, some thousands at a time; raises ReportError."""
    for path in parts(folder, table):
        part = open_part(path)
        try:
            yield from part.iter_batches(columns=columns)
        except (OSError, pa.ArrowInvalid) as error:
            raise ReportError(f"report {path} is damaged") from error
