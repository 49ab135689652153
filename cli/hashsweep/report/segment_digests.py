"""Digests of a report's parts, as `sweep.json` holds them: what is there, told so that it shows.

Knows no row and no terminal, and writes nothing.
"""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from hashsweep.errors import ReportError
from hashsweep.report.sweep_json import SegmentInfo, SweepInfo

LABEL = b"hashsweep:part"
"""The key in a part's own metadata under which it says what it is part of (see `label`)."""


def label(run_id: str, name: str) -> bytes:
    """Return what the part `name`, such as `files/part-00000.parquet`, of a report says it is."""
    return f"{run_id} {name}".encode()


def digest_of(path: Path, rows: int) -> SegmentInfo:
    """Return SHA-256 (hexadecimal), rows and bytes of a segment; raises OSError."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return SegmentInfo(sha256=digest, rows=rows, bytes=os.fstat(stream.fileno()).st_size)


def rehash(folder: Path, sweep: SweepInfo, rows: Mapping[str, int]) -> dict[str, SegmentInfo]:
    """Return the digests of the segments of a report that goes on; `rows` counts each one's.

    All are read anew. Raises ReportError where `sweep.json` knows a segment otherwise, or one that
    is not there: to go on would vouch for what somebody changed in between.
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
