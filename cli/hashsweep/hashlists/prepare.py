"""From what the user named to a compiled list: find the format, read, count, compile.

Knows the readers and the compiled form, and no hasher.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hashsweep.errors import ListError
from hashsweep.hashlists import FORMATS
from hashsweep.hashlists.base import ListFile
from hashsweep.hashlists.compiled import SUFFIX, compile_list
from hashsweep.hashlists.lines import head_of
from hashsweep.model import Entry, Refusal

SHOWN_REFUSALS = 20
"""Refused rows that are kept with line and reason; all of them are counted."""


@dataclass
class ListReport:
    """What reading a list came to. `hashes` counts by algorithm, `refusals` by code."""

    name: str
    path: str
    format: str
    sha256: str = ""
    entries: int = 0
    hashes: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    refused_rows: list[Refusal] = field(default_factory=list)

    @property
    def refused(self) -> int:
        """Number of rows, or hashes within rows, that could not be used."""
        return self.refusals.total()

    def to_json(self) -> dict[str, Any]:
        """Return plain values, without any hash of the list."""
        return {
            "name": self.name,
            "path": self.path,
            "format": self.format,
            "sha256": self.sha256,
            "entries": self.entries,
            "hashes": dict(self.hashes),
            "refused": dict(self.refusals),
            "refused_rows": [
                {"line": row.line, "code": row.code, "detail": row.detail}
                for row in self.refused_rows
            ],
        }


@dataclass(frozen=True)
class ListName:
    """A list as the user named it: `FILE`, `ALGORITHM:FILE` or `FORMAT:FILE`."""

    path: Path
    format: str | None = None
    algorithm: str | None = None

    @classmethod
    def parse(cls, text: str, algorithms: Mapping[str, int]) -> "ListName":
        """Read the prefix, unless a file of the whole name is there."""
        prefix, colon, rest = text.partition(":")
        if colon and rest and not Path(text).exists():
            if prefix in algorithms:
                return cls(Path(rest), algorithm=prefix)
            if prefix in FORMATS.names:
                return cls(Path(rest), format=prefix)
        return cls(Path(text))


def prepare(
    named: ListName, name: str, bits: Mapping[str, int], into: Path
) -> tuple[Path, ListReport]:
    """Compile the list to a new file in the folder `into`; return it and what was read.

    Raises ListError if the list cannot be read or holds no usable hash, OSError if `into`
    cannot be written.
    """
    head = head_of(named.path)
    report = ListReport(name, str(named.path), named.format or _recognise(named, head))
    source = ListFile(named.path, bits, named.algorithm)
    reader = FORMATS.load(report.format)
    path = into / f"{len(list(into.iterdir()))}{SUFFIX}"
    report.sha256 = _digest(named.path)
    entries = _counted(reader.read(source), report)
    compile_list(entries, path, name=name, sources=[report.to_json()])
    if not report.entries:
        first = report.refused_rows[0] if report.refused_rows else None
        why = f": line {first.line}: {first.detail}" if first else ""
        raise ListError(f"hash list {named.path} holds no usable hash{why}")
    return path, report


def _recognise(named: ListName, head: bytes) -> str:
    if not head.strip():
        raise ListError(f"hash list {named.path} is empty")
    for name in FORMATS.names:
        if FORMATS.load(name).recognises(head):
            return name
    known = ", ".join(FORMATS.names)
    raise ListError(f"hash list {named.path} is in no format that is known here ({known})")


def _counted(rows: Iterator[Entry | Refusal], report: ListReport) -> Iterator[Entry]:
    for row in rows:
        if isinstance(row, Refusal):
            report.refusals[row.code] += 1
            if len(report.refused_rows) < SHOWN_REFUSALS:
                report.refused_rows.append(row)
            continue
        report.entries += 1
        report.hashes.update(algorithm for algorithm, _ in row.hashes)
        yield row


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ListError(f"hash list {path}: {error.strerror}") from error
