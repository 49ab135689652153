"""Packs what a worker found into its answer: a row of fixed length per item, and JSON for the rest.

A payload is three lengths in bytes, the kinds of rows and the records that fit no kind (both JSON),
and one row per item that is done (report/row_layout.py). Knows no report and no terminal.
"""

import json
import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hashsweep.model import NOTES, HashSpec, Record, Wire
from hashsweep.report.row_layout import (
    HAS_ETAG,
    HAS_TIME,
    KIND_FIELDS,
    MOST_HASHES,
    NUMBERS,
    UNKNOWN,
)

HEAD = struct.Struct("<III")
"""Bytes of kinds, of records in JSON, and of rows."""

IN_JSON = 0xFFFF
"""The kind of a row whose item has records in JSON instead."""

_LARGE = range(-(2**63), 2**63)
_ABSENT = ("part", "frames", "frames_seen", "frames_left", "frames_not_kept")
_EMPTY = ("views", "kept_views", "frame_hashes", "matches", "possible")


class Packer:
    """Packs records of a worker that computes hashes of these sizes, in bytes."""

    def __init__(self, sizes: Mapping[str, int]) -> None:
        """`sizes` are in the order of the row's columns, which the parent knows as well."""
        self._sizes = sizes
        self._absent = [(name, bytes(size)) for name, size in sizes.items()]
        self._json_row = NUMBERS.pack(IN_JSON, *[0] * 7) + bytes(sum(sizes.values()))

    def pack(self, found: Sequence[Sequence[Record]], parts: Sequence[Record] = ()) -> bytes:
        """Return the payload for the records of items that are done, and parts of the one ahead."""
        kinds: dict[tuple[Any, ...], int] = {}
        told: list[Wire] = []
        rows, wires = [], []
        for records in found:
            if (row := self._row(records, kinds, told)) is None:
                row = self._json_row
                wires.append([each.to_wire() for each in records])
            rows.append(row)
        ahead = [each.to_wire() for each in parts]
        said = json.dumps([wires, ahead]).encode() if wires or ahead else b""
        table = json.dumps(told).encode()
        packed = b"".join(rows)
        return HEAD.pack(len(table), len(said), len(packed)) + table + said + packed

    def _row(
        self, records: Sequence[Record], kinds: dict[tuple[Any, ...], int], told: list[Wire]
    ) -> bytes | None:
        """Return an item's row; None if its records fit none."""
        record = records[0]
        if len(records) > 1 or not _is_plain(record) or len(self._sizes) > MOST_HASHES:
            return None
        if not record.hashes.keys() <= self._sizes.keys():
            return None
        flags = HAS_TIME * (record.mtime_ns is not None)
        if record.etag is not None:
            if record.etag != record.item.etag:
                return None
            flags |= HAS_ETAG
        key = (*map(record.__getattribute__, KIND_FIELDS[:-1]), *record.reasons)
        kind = kinds.get(key)
        if kind is None:
            kind = kinds[key] = len(told)
            told.append(_kind_of(record))
        there, values, hashes = 0, [], record.hashes
        for place, (name, absent) in enumerate(self._absent):
            value = hashes.get(name)
            there |= (value is not None) << place
            values.append(absent if value is None else value)
        numbers = NUMBERS.pack(
            *(kind, there, flags, _or_unknown(record.pdq_quality)),
            *(_or_unknown(record.width), _or_unknown(record.height), _or_unknown(record.size)),
            record.mtime_ns or 0,
        )
        return numbers + b"".join(values)


def hash_sizes(specs: Iterable[HashSpec]) -> dict[str, int]:
    """Return the bytes of each hash that an item can have, MD5 first: sources may state one."""
    return {"md5": 16, **{spec.name: spec.bits // 8 for spec in specs}}


def _is_plain(record: Record) -> bool:
    return (
        all(getattr(record, name) is None for name in _ABSENT)
        and not any(getattr(record, name) for name in _EMPTY)
        and all(each.reason in NOTES for each in record.reasons)
        and (record.mtime_ns or 0) in _LARGE
    )


def _kind_of(record: Record) -> Wire:
    wire = record.to_wire()
    return {name: wire[name] for name in KIND_FIELDS if name in wire}


def _or_unknown(number: int | None) -> int:
    return UNKNOWN if number is None else number
