"""Digests of a report's parts, as `sweep.json` holds them: what is there, told so that it shows.

Knows no row and no terminal, and writes nothing.
"""

import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hashsweep.errors import ReportError

PARTS = "parts"
"""The key in `sweep.json`: "files/part-00000.parquet" -> {"sha256", "rows", "bytes"}."""

WITH_DIGESTS = 4
"""The first version of the report whose `sweep.json` has digests of its parts."""

WITH_LABELS = 5
"""The first version with a part of `matches` for each of `files`, and whose parts are labelled."""

LABEL = b"hashsweep:part"
"""The key in a part's own metadata under which it says what it is part of (see `label`)."""

PART = re.compile(r"(files|matches|retractions)/part-[0-9]{5,}\.parquet")
"""Names that parts have within a report."""


def label(run_id: str, name: str) -> bytes:
    """Return what the part `name`, such as `files/part-00000.parquet`, of a report says it is."""
    return f"{run_id} {name}".encode()


def fact(path: Path, rows: int) -> dict[str, Any]:
    """Return SHA-256 (hexadecimal), rows and bytes of a part; raises OSError."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return {"sha256": digest, "rows": rows, "bytes": os.fstat(stream.fileno()).st_size}


def facts_of(sweep: Mapping[str, Any]) -> dict[str, dict[str, Any]] | None:
    """Return the facts that `sweep.json` holds, None where it holds none.

    Raises ReportError for what could not be facts.
    """
    found = sweep.get(PARTS)
    if found is None:
        return None
    if not isinstance(found, dict) or not all(map(_is_fact, found.keys(), found.values())):
        raise ReportError("sweep.json is damaged: its digests of parts are none")
    return found


def taken_up(
    folder: Path, sweep: Mapping[str, Any], rows: Mapping[str, int]
) -> dict[str, dict[str, Any]]:
    """Return the facts of the parts of a report that goes on; `rows` counts each part's.

    All are read anew. Raises ReportError where `sweep.json` knows a part otherwise, or one that is
    not there: to go on would vouch for what somebody changed in between.
    """
    found = {}
    for name, count in rows.items():
        try:
            found[name] = fact(folder / name, count)
        except OSError as error:
            raise ReportError(f"report {folder / name}: {error.strerror or error}") from error
    for name, before in (facts_of(sweep) or {}).items():
        if found.get(name) != before:
            how = "was altered" if name in found else "is missing"
            raise ReportError(f"report {folder / name} {how} since its sweep was interrupted")
    return found


def _is_fact(name: object, value: object) -> bool:
    return (
        isinstance(name, str)
        and PART.fullmatch(name) is not None
        and isinstance(value, dict)
        and set(value) == {"sha256", "rows", "bytes"}
        and isinstance(value["sha256"], str)
        and all(type(value[each]) is int for each in ("rows", "bytes"))
    )
