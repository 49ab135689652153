"""SHA-256, size and rows of each part, as recorded in `sweep.json`.

Knows no row and no terminal, and writes nothing.
"""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from hashsweep.errors import ReportError
from hashsweep.report.sweep_json import SegmentInfo, SweepInfo

LABEL = b"hashsweep:part"
"""The key in a part's own metadata for its label (see `label`)."""


def label(run_id: str, name: str) -> bytes:
    """Return the label of the part `name` of a report, such as `files/part-00000.parquet`."""
    return f"{run_id} {name}".encode()


def digest_of(path: Path, rows: int) -> SegmentInfo:
    """Return SHA-256 (hexadecimal), rows and bytes of a segment; raises OSError."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return SegmentInfo(sha256=digest, rows=rows, bytes=os.fstat(stream.fileno()).st_size)


def rehash(folder: Path, sweep: SweepInfo, rows: Mapping[str, int]) -> dict[str, SegmentInfo]:
    """Return the digests of the segments of a resumed report; `rows` has each one's row count.

    All are read again. Raises ReportError if a segment differs from `sweep.json`, or is
    missing: resuming would vouch for changes made in between.
    """
    found = {}
    for name, count in rows.items():
        try:
            found[name] = digest_of(folder / name, count)
        except OSError as error:
            raise ReportError(f"report {folder / name}: {error.strerror or error}") from error
    for name, before in sweep.segments.items():
        if found.get(name) != before:
            how = "was altered" if name in found else "is missing"
            raise ReportError(f"report {folder / name} {how} since its sweep was interrupted")
    return found
