"""Many rows of a list as one message of plain bytes, and back with every length and number checked.

The process that parses a list may have been taken over by it, so what it sends is looked at before
it is used. Knows no file.
"""

import json
import struct
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hashsweep.hashlists.columns import EntryColumns, Kind, Texts
from hashsweep.model import UNKNOWN_QUALITY, Refusal

NEEDS_NAME = b"name"
"""The message of a parser that has unpacked a list whose reader opens files by name alone."""

SHOWN_REFUSALS = 20
"""Most refused rows stored with line and reason; all of them are counted."""

_LENGTH = struct.Struct("=I")
_KEY = 16  # bytes of an entry's key
_LONGEST_NAME = 64  # characters of a kind, a code or a format
_LONGEST_DETAIL = 2000  # characters
_BEST = 100  # the highest quality

_ERRORS = (
    *(struct.error, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError),
    StopIteration,
)  # what a header or columns of the wrong kind may lead to


@dataclass
class Batch:
    """Rows that were read: entries, and how many rows were `refused`.

    `refusals` counts the rows for which those stand, by code; `refused_rows` are the first.
    """

    format: str
    columns: EntryColumns
    refused: int = 0
    refusals: Mapping[str, int] = field(default_factory=dict)
    refused_rows: list[Refusal] = field(default_factory=list)


def pack(batch: Batch) -> list[Any]:
    """Return the buffers of a message, one after the other."""
    columns = batch.columns
    buffers = [*_fixed(columns)]
    for kind in columns.kinds.values():
        buffers += (kind.hashes, kind.entries, kind.quality)
    for texts, entries in columns.kept.values():
        buffers += (texts.content, texts.ends, entries)
    header = json.dumps(
        {
            "format": batch.format,
            "rows": len(columns),
            "abouts": list(columns.abouts),
            "kinds": list(columns.kinds),
            "kept": list(columns.kept),
            "refused": batch.refused,
            "refusals": batch.refusals,
            "refused_rows": [[r.line, r.code, r.detail, r.count] for r in batch.refused_rows],
            "lengths": [memoryview(each).nbytes for each in buffers],
        }
    ).encode()
    return [_LENGTH.pack(len(header)), header, *buffers]


def _fixed(columns: EntryColumns) -> tuple[Any, ...]:
    return (
        *(columns.ids.content, columns.ids.ends, columns.updated.content, columns.updated.ends),
        *(columns.about, columns.withdrawn, columns.grave_lines, columns.replaces, columns.keys),
    )


def unpack(content: bytearray, bits: Mapping[str, int]) -> Batch:
    """Return what `pack` packed; raises ValueError for anything that cannot be a batch.

    `bits` are the lengths of the hashes that can be computed, by kind.
    """
    try:
        return _unpack(content, bits)
    except _ERRORS as error:
        raise ValueError("not a batch") from error


def _unpack(content: bytearray, bits: Mapping[str, int]) -> Batch:
    view = memoryview(content)
    (length,) = _LENGTH.unpack_from(view)
    start = _LENGTH.size + length
    header = json.loads(bytes(view[_LENGTH.size : start]))
    rows, kinds, kept = header["rows"], header["kinds"], header["kept"]
    _require(_is_count(rows), isinstance(kinds, list), isinstance(kept, list))
    _require(_are_names([*kinds, *kept]), not bits.keys() & set(kept), set(kinds) <= bits.keys())
    buffers = _cut(view[start:], header["lengths"])
    columns = EntryColumns(frozenset(bits))
    columns.ids = _texts(next(buffers), next(buffers), rows)
    columns.updated = _texts(next(buffers), next(buffers), rows)
    columns.abouts = _abouts(header["abouts"])
    columns.about = _numbers("I", next(buffers))
    columns.withdrawn = bytearray(next(buffers))
    columns.grave_lines = _numbers("Q", next(buffers))
    columns.replaces, columns.keys = bytearray(next(buffers)), bytearray(next(buffers))
    _require(
        len(columns.about) == len(columns.withdrawn) == len(columns.replaces) == rows,
        len(columns.keys) == _KEY * rows,
        max(columns.about, default=-1) < len(columns.abouts),
        _is_flags(columns.withdrawn),
        _is_flags(columns.replaces),
        len(columns.grave_lines) == columns.withdrawn.count(1),
    )
    for name in kinds:
        columns.kinds[name] = _kind(buffers, bits[name] // 8, rows)
    for name in kept:
        texts, ends, owners = next(buffers), next(buffers), _owners(next(buffers), rows)
        columns.kept[name] = _texts(texts, ends, len(owners)), owners
    _require(next(buffers, None) is None)
    refused, refusals = header["refused"], _counts(header["refusals"])
    _require(_is_count(refused), _are_names([header["format"]]))
    return Batch(header["format"], columns, refused, refusals, _refused(header["refused_rows"]))


def _cut(view: memoryview, lengths: list[int]) -> Iterator[memoryview]:
    _require(isinstance(lengths, list), all(map(_is_count, lengths)), sum(lengths) == len(view))
    at = 0
    for length in lengths:
        yield view[at : at + length]
        at += length


def _require(*facts: bool) -> None:
    if not all(facts):
        raise ValueError("not a batch")


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << 53


def _are_names(names: list[Any]) -> bool:
    return len(set(names)) == len(names) and all(
        isinstance(name, str) and len(name) <= _LONGEST_NAME for name in names
    )


def _is_flags(column: bytearray) -> bool:
    return column.count(0) + column.count(1) == len(column)


def _numbers(code: str, part: memoryview) -> Any:
    found = array(code)
    found.frombytes(part)  # raises ValueError for a part of a number
    return found


def _texts(content: memoryview, ends: memoryview, count: int) -> Texts:
    texts = Texts(bytearray(content), _numbers("Q", ends))
    _require(len(texts.ends) == count + 1, texts.ends[:1] == array("Q", [0]))
    _require(texts.ends[-1] == len(content), _is_rising(texts.ends))
    return texts


def _is_rising(numbers: "array[int]") -> bool:
    import numpy as np

    plain = np.frombuffer(numbers, f"u{numbers.itemsize}")
    return bool((plain[1:] >= plain[:-1]).all())


def _owners(part: memoryview, rows: int) -> "array[int]":
    """Return the rows to which hashes belong, in order."""
    owners = _numbers("I", part)
    _require(len(owners) > 0, owners[-1] < rows, _is_rising(owners))
    found: array[int] = owners
    return found


def _kind(buffers: Iterator[memoryview], size: int, rows: int) -> Kind:
    hashes = bytearray(next(buffers))
    kind = Kind(hashes, _owners(next(buffers), rows), bytearray(next(buffers)))
    _require(len(hashes) == size * len(kind.entries), len(kind.quality) == len(kind.entries))
    known = kind.quality.translate(None, bytes([UNKNOWN_QUALITY]))
    _require(max(known, default=0) <= _BEST)
    return kind


def _abouts(found: Any) -> dict[tuple[str, str, tuple[str, ...], str], int]:
    abouts = {}
    for number, (scheme, category, labels, source) in enumerate(found):
        _require(isinstance(labels, list), all(isinstance(each, str) for each in labels))
        _require(all(isinstance(each, str) for each in (scheme, category, source)))
        abouts[scheme, category, tuple(labels), source] = number
    _require(len(abouts) == len(found))
    return abouts


def _counts(found: Any) -> dict[str, int]:
    _require(isinstance(found, dict), _are_names([*found]), all(map(_is_count, found.values())))
    counts: dict[str, int] = found
    return counts


def _refused(found: Any) -> list[Refusal]:
    rows = []
    for line, code, detail, count in found:
        _require(_is_count(line), _is_count(count), _are_names([code]), isinstance(detail, str))
        rows.append(Refusal(line, code, detail[:_LONGEST_DETAIL], count))
    return rows
