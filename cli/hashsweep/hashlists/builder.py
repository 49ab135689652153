"""Collects entries in columns, from which a compiled list is made.

Holds numbers and bytes, not objects, so that ten million entries fit in memory. Knows no file.
"""

import hashlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from hashsweep.hashlists.fingerprints import LANES, add_prints
from hashsweep.hashlists.formats.base import digest_of_key, key_of_hash, safe_id
from hashsweep.model import UNKNOWN_QUALITY, Entry

_WHOLE = bytes(8)  # instead of a hash's half of a key: withdraws all entries with the id

About = tuple[str, str, tuple[str, ...], str]
"""(scheme, category, labels, source): shared by many entries."""

Array = npt.NDArray[Any]


@dataclass
class Texts:
    """Many strings as one block of bytes and their ends."""

    content: bytearray = field(default_factory=bytearray)
    ends: "array[int]" = field(default_factory=lambda: array("Q", [0]))

    def add(self, text: bytes) -> None:
        """Append one."""
        self.content += text
        self.ends.append(len(self.content))

    def arrays(self, name: str) -> dict[str, Array]:
        """Return uint8 `name.bytes` and uint64 `name.ends` (one more than the texts)."""
        return {
            f"{name}.bytes": np.frombuffer(self.content, np.uint8),
            f"{name}.ends": np.frombuffer(self.ends, np.uint64),
        }


@dataclass
class Kind:
    """The hashes of one kind read so far, and the entry each belongs to."""

    hashes: bytearray = field(default_factory=bytearray)
    entries: "array[int]" = field(default_factory=lambda: array("I"))
    quality: bytearray = field(default_factory=bytearray)


class ListBuilder:
    """All entries of a list, by column."""

    def __init__(self, computable: frozenset[str]) -> None:
        """`computable` are the kinds with hashes of a fixed length; others are texts."""
        self._computable = computable
        self.kinds: dict[str, Kind] = {}
        self.kept: dict[str, tuple[Texts, array[int]]] = {}
        self._ids = Texts()
        self._updated = Texts()
        self._abouts: dict[About, int] = {}
        self._about = array("I")
        self._withdrawn = bytearray()
        self._grave_lines = array("Q")  # of tombstones only
        self._replaces = bytearray()
        self._keys = bytearray()

    def add(self, entry: Entry) -> None:
        """Add one entry. Written for speed: ten million pass through here."""
        row = len(self._withdrawn)
        entry_id = safe_id(entry.entry_id, entry.hashes, entry.line or row + 1)
        self._ids.add(entry_id.encode("utf-8", "surrogateescape"))
        self._updated.add(entry.updated.encode("utf-8", "replace"))
        about = (entry.scheme, entry.category, entry.labels, entry.source)
        self._about.append(self._abouts.setdefault(about, len(self._abouts)))
        self._withdrawn.append(entry.withdrawn)
        if entry.withdrawn:
            self._grave_lines.append(entry.line)
        self._replaces.append(entry.replaces)
        self._keys += digest_of_key(entry.key)
        quality = UNKNOWN_QUALITY if entry.quality is None else entry.quality
        for name, value in entry.hashes:
            kind = self.kinds.get(name)
            if kind is None:
                if name not in self._computable:
                    self._keep(name, value, row)
                    continue
                kind = self.kinds[name] = Kind()
            kind.hashes += value
            kind.entries.append(row)
            kind.quality.append(quality)

    def _keep(self, name: str, value: bytes, row: int) -> None:
        texts, entries = self.kept.setdefault(name, (Texts(), array("I")))
        texts.add(value)
        entries.append(row)

    def __len__(self) -> int:
        return len(self._withdrawn)

    def find_superseded(self) -> npt.NDArray[np.bool_]:
        """Say for each entry whether a later one with the same key replaces or withdraws it.

        One with the same hashes also replaces it, since it is the same picture. A tombstone for one
        hash (see base.key_of_hash) withdraws the entries that have it.
        """
        count = len(self)
        result = np.zeros(count, bool)
        keys = np.frombuffer(self._keys, np.uint64).reshape(count, 2)
        (rows,) = np.nonzero(keys.any(axis=1))
        if rows.size:
            rows = rows[np.lexsort((rows, keys[rows, 1], keys[rows, 0]))]
            final = self.find_withdrawn()[rows] | np.frombuffer(self._replaces, bool)[rows]
            first = np.ones(rows.size, bool)
            first[1:] = (keys[rows[1:]] != keys[rows[:-1]]).any(axis=1)
            group = np.cumsum(first) - 1
            last_final = np.full(int(group[-1]) + 1, -1)
            np.maximum.at(last_final, group[final], rows[final])
            result[rows] = rows < last_final[group]
            self._withdraw_by_hash(keys, result)
            self._replace_by_same(rows, keys, result)
        return result

    def _withdraw_by_hash(self, keys: Array, result: npt.NDArray[np.bool_]) -> None:
        """Mark the entries that a later tombstone for one of their hashes withdraws."""
        replaces = np.frombuffer(self._replaces, bool)
        (graves,) = np.nonzero(self.find_withdrawn() & replaces & ~result)
        if not graves.size:
            return
        last = {keys[row].tobytes(): row for row in graves.tolist()}
        named = np.isin(keys[:, 0], keys[graves, 0]) & ~self.find_withdrawn() & ~result
        for row, kind, value in self._hashes_of(named):
            if row < last.get(key_of_hash(keys[row].tobytes(), kind, value), -1):
                result[row] = True

    def _replace_by_same(self, rows: Array, keys: Array, result: npt.NDArray[np.bool_]) -> None:
        """Mark the entries that a later one with their key and exactly their hashes replaces.

        `rows` are those with a key, in key order.
        """
        rows = rows[~self.find_withdrawn()[rows] & ~result[rows]]
        same = (keys[rows[1:]] == keys[rows[:-1]]).all(axis=1)
        repeated = np.zeros(rows.size, bool)
        repeated[1:] = same
        repeated[:-1] |= same
        rows = rows[repeated]
        if not rows.size:
            return
        prints = self._prints(rows)
        named = np.column_stack((keys[rows], prints))
        order = np.lexsort((rows, *named.T))
        again = (named[order[1:]] == named[order[:-1]]).all(axis=1)
        again &= prints[order[1:]].any(axis=1)
        result[rows[order[:-1][again]]] = True

    def _prints(self, rows: Array) -> Array:
        """Return uint64 (rows, LANES): equal for entries with equal hashes, 0 for none."""
        place = np.full(len(self), -1)
        place[rows] = np.arange(rows.size)
        prints = np.zeros((rows.size, LANES), np.uint64)
        for name, kind in self.kinds.items():
            owners = place[np.frombuffer(kind.entries, np.uint32)]
            hashes = np.frombuffer(kind.hashes, np.uint8).reshape(len(owners), -1)
            add_prints(prints, name, hashes[owners >= 0], owners[owners >= 0])
        for name, (texts, entries) in self.kept.items():
            owners = place[np.frombuffer(entries, np.uint32)]
            mine = np.nonzero(owners >= 0)[0]
            digests = b"".join(
                hashlib.blake2b(
                    texts.content[texts.ends[at] : texts.ends[at + 1]], digest_size=16
                ).digest()
                for at in mine.tolist()
            )
            add_prints(prints, name, np.frombuffer(digests, np.uint8).reshape(-1, 16), owners[mine])
        return prints

    def _hashes_of(self, wanted: npt.NDArray[np.bool_]) -> Iterator[tuple[int, str, bytes]]:
        """Yield (row, kind, hash) of every hash of these entries."""
        for name, kind in self.kinds.items():
            owners = np.frombuffer(kind.entries, np.uint32)
            size = len(kind.hashes) // len(owners)
            for at in np.nonzero(wanted[owners])[0].tolist():
                yield int(owners[at]), name, bytes(kind.hashes[at * size : (at + 1) * size])
        for name, (texts, rows) in self.kept.items():
            owners = np.frombuffer(rows, np.uint32)
            for at in np.nonzero(wanted[owners])[0].tolist():
                value = bytes(texts.content[texts.ends[at] : texts.ends[at + 1]])
                yield int(owners[at]), name, value

    def find_withdrawn(self) -> npt.NDArray[np.bool_]:
        """Say for each entry whether it is a tombstone."""
        return np.frombuffer(self._withdrawn, bool)

    def count_withdrawn(self, gone: npt.NDArray[np.bool_]) -> int:
        """Count tombstones that are not `gone`; several for the same id count as one."""
        keys = np.frombuffer(self._keys, np.uint64).reshape(-1, 2)[self.find_withdrawn() & ~gone]
        named = keys.any(axis=1)
        return np.unique(keys[named, 0]).size + int((~named).sum())

    def count_unmet(self, base: int) -> int:
        """Count the withdrawals after the first `base` entries that match no entry.

        Repeating a withdrawal of the base counts as a match. Each row is one
        withdrawal, which matches if one of its hashes does.
        """
        (graves,) = np.nonzero(self.find_withdrawn())
        new = graves >= base
        keys = np.frombuffer(self._keys, np.uint64).reshape(-1, 2)
        known = self._mark_known_to(graves[new], keys, base)
        replaces = np.frombuffer(self._replaces, bool)
        met: dict[tuple[bytes, int], bool] = {}
        lines = np.frombuffer(self._grave_lines, np.uint64)[new].tolist()
        for row, line in zip(graves[new].tolist(), lines, strict=True):
            key = keys[row].tobytes()
            names = (key, key[:8] + _WHOLE) if replaces[row] else (key[:8],)
            is_met = any(known.get(name, row) < row for name in names)
            met[key[:8], line] = met.get((key[:8], line), False) or is_met
        return sum(not each for each in met.values())

    def _mark_known_to(self, graves: Array, keys: Array, base: int) -> dict[bytes, int]:
        """Return the first row with each half-key or hash that tombstones may name."""
        withdrawn, replaces = self.find_withdrawn(), np.frombuffer(self._replaces, bool)
        named = np.isin(keys[:, 0], keys[graves, 0]) & keys.any(axis=1)
        named &= ~withdrawn | (np.arange(len(self)) < base)
        known: dict[bytes, int] = {}
        for row in np.nonzero(named)[0].tolist():
            key = keys[row].tobytes()
            known.setdefault(key[:8], row)
            if withdrawn[row]:
                known.setdefault(key if replaces[row] else key[:8] + _WHOLE, row)
        for row, kind, value in self._hashes_of(named):
            part = key_of_hash(keys[row].tobytes(), kind, value)
            known[part] = min(row, known.get(part, row))
        return known

    def entry_arrays(self) -> dict[str, Array]:
        """Return the columns of the entries, uint8, uint32 and uint64."""
        return {
            **self._ids.arrays("entry.id"),
            **self._updated.arrays("entry.updated"),
            "entry.about": np.frombuffer(self._about, np.uint32),
            "entry.key": np.frombuffer(self._keys, np.uint64).reshape(-1, 2),
            "entry.withdrawn": np.frombuffer(self._withdrawn, np.uint8),
            "entry.replaces": np.frombuffer(self._replaces, np.uint8),
        }

    def abouts(self) -> list[About]:
        """Return the meanings of the numbers in entry.about."""
        return list(self._abouts)
