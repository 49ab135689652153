"""Turns the user's files into a compiled list: has them read, counts, compiles.

Knows the compiled form, but no reader and no index.
"""

import datetime
import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import Any

from hashsweep.errors import ListError
from hashsweep.hashlists import known_hashes
from hashsweep.hashlists.batches import SHOWN_REFUSALS
from hashsweep.hashlists.columns import EntryColumns
from hashsweep.hashlists.compiled import CompiledList, compile_list
from hashsweep.hashlists.container import MAGIC
from hashsweep.hashlists.formats import FORMATS
from hashsweep.hashlists.formats.lines import head_of
from hashsweep.hashlists.kinds import kind_of
from hashsweep.hashlists.reading import read_batches
from hashsweep.hashlists.unpacking import plain_name
from hashsweep.model import Entry, Refusal
from hashsweep.storage.memory import is_unnamed


@dataclass(frozen=True)
class ListOptions:
    """The user's options for lists; see base.ListFile for the first three.

    `known_good` says that these list harmless files; None accepts compiled lists of either kind.
    `readable` accepts lists that users other than the owner can read.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    categories: frozenset[str] | None = None
    scheme: str | None = None
    known_good: bool | None = False
    readable: bool = False


@dataclass(frozen=True)
class ListName:
    """A list as the user named it: `FILE`, `ALGORITHM:FILE` or `FORMAT:FILE`; FILE may be `-`."""

    path: Path
    format: str | None = None
    algorithm: str | None = None

    @classmethod
    def parse(cls, text: str) -> "ListName":
        """Read the prefix, unless a file with the whole name exists."""
        prefix, colon, rest = text.partition(":")
        if colon and rest and not Path(text).exists():
            if kind_of(prefix) in known_hashes.known_bits():
                return cls(Path(rest), algorithm=kind_of(prefix))
            if prefix in FORMATS.names:
                return cls(Path(rest), format=prefix)
        return cls(Path(text))


@dataclass
class SourceReport:
    """The result of reading one file. `refusals` counts rows by code."""

    path: str
    format: str
    sha256: str
    size: int
    modified: str
    entries: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    refused_rows: list[Refusal] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return plain values, without any hash of the list."""
        rows = [{"line": r.line, "code": r.code, "detail": r.detail} for r in self.refused_rows]
        return {**vars(self), "refusals": dict(self.refusals), "refused_rows": rows}


def is_compiled(path: Path) -> bool:
    """Say whether a file is a compiled list, of any version; raises ListError."""
    if os.path.exists(path) and not (os.path.isfile(path) or os.path.isdir(path)):
        raise ListError(
            f"hash list {path} is not a file; lists are read more than once: save it first"
        )
    return head_of(path, len(MAGIC))[:-1] == MAGIC[:-1]


def compile_files(
    named: Iterable[ListName],
    name: str,
    path: Path,
    *,
    options: ListOptions,
    base: CompiledList | None = None,
) -> CompiledList:
    """Read files (and first the entries of `base`) into a new compiled list at `path`.

    Raises ListError if a file cannot be read or nothing usable is found, OSError if `path`
    cannot be written.
    """
    named = list(named)
    reports: list[SourceReport | dict[str, Any]] = []
    known_good = _agree_on_known_good(named, options, base)
    starts: list[int] = []
    stream = _chain_entries(named, options, base, reports, starts)

    def about() -> dict[str, Any]:
        sources = [each if isinstance(each, dict) else each.to_json() for each in reports]
        return {
            "name": name,
            "known_good": known_good,
            "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "sources": sources,
        }

    older = base.meta["entries"] - base.meta["superseded"] if base else 0
    compile_list(stream, path, about=about, base=older, starts=starts)
    compiled = CompiledList(path, verify=False)
    if not len(compiled):
        if not is_unnamed(path):
            path.unlink()
        rows = [row for source in compiled.meta["sources"] for row in source["refused_rows"]]
        why = f": line {rows[0]['line']}: {rows[0]['detail']}" if rows else ""
        raise ListError(f"hash list {named[0].path} holds no usable hash{why}")
    return compiled


def _agree_on_known_good(
    named: list[ListName], options: ListOptions, base: CompiledList | None
) -> bool:
    """Return the kind of the result; raises ListError if lists of both kinds are mixed."""
    marks = {True} if options.known_good else set()
    marks |= {base.known_good} if base else set()
    for each in named:
        is_open = is_compiled(each.path)
        own = (
            CompiledList(each.path, verify=False).known_good
            if is_open
            else bool(options.known_good)
        )
        marks.add(own)
    if len(marks) > 1:
        raise ListError(
            "lists of known-good files and other lists cannot be mixed (see --known-good)"
        )
    return marks.pop()


def _chain_entries(
    named: list[ListName],
    options: ListOptions,
    base: CompiledList | None,
    reports: list[SourceReport | dict[str, Any]],
    starts: list[int],
) -> Iterator[Entry | EntryColumns]:
    """Yield all entries; what reading each source came to goes into `reports`.

    How many entries came before each source goes into `starts`.
    """
    total = 0
    if base:
        reports.extend(base.meta["sources"])
        yield from base.entries()
        total += base.meta["entries"] - base.meta["superseded"]
    for each in named:
        starts.append(total)
        if is_compiled(each.path):
            other = CompiledList(each.path)
            reports.extend(other.meta["sources"])  # with their dates and refusals
            yield from other.entries()
            total += other.meta["entries"] - other.meta["superseded"]
            continue
        with _open(each.path) as stream:
            report = _report(each.path, stream)
            reports.append(report)
            yield from _read(each, options, report, stream)
        total += report.entries


def _read(
    named: ListName, options: ListOptions, report: SourceReport, stream: BufferedReader
) -> Iterator[EntryColumns]:
    """Yield the entries of one file, and count its rows."""
    given = {
        "shown": str(named.path),
        "name": plain_name(named.path),
        "format": named.format,
        "algorithm": named.algorithm,
        "columns": dict(options.columns),
        "categories": None if options.categories is None else sorted(options.categories),
        "scheme": options.scheme,
    }
    in_memory = named.path.is_relative_to("/proc")
    for batch in read_batches(named.path, stream.fileno(), given, in_memory=in_memory):
        report.format = batch.format
        report.entries += len(batch.columns)
        report.refusals.update(batch.refusals)
        report.refused_rows += batch.refused_rows[: SHOWN_REFUSALS - len(report.refused_rows)]
        yield batch.columns


def _open(path: Path) -> BufferedReader:
    try:
        return path.open("rb")
    except OSError as error:
        raise ListError(f"hash list {path}: {error.strerror}") from error


def _report(path: Path, stream: BufferedReader) -> SourceReport:
    try:
        state = os.fstat(stream.fileno())
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ListError(f"hash list {path}: {error.strerror}") from error
    when = datetime.datetime.fromtimestamp(state.st_mtime, datetime.UTC)
    return SourceReport(str(path), "", digest, state.st_size, when.isoformat(timespec="seconds"))
