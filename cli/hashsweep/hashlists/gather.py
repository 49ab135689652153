"""Entries into columns: what a compiled list is made from.

Holds numbers and bytes, not objects, so that ten million entries fit in memory. Knows no file.
"""

import hashlib
from array import array
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from hashsweep.model import Entry

UNKNOWN_QUALITY = 255

_REMEMBERED = 100_000  # combinations of category, labels and source that are looked up at once

Array = npt.NDArray[Any]


class Words:
    """Repeating values to small numbers, in order of first use."""

    def __init__(self) -> None:
        """Start without any word."""
        self._numbers: dict[Hashable, int] = {}

    def number(self, word: Hashable) -> int:
        """Return the word's number, giving it the next one if it is new."""
        return self._numbers.setdefault(word, len(self._numbers))

    def words(self) -> list[Hashable]:
        """Return all words; each stands at its number."""
        return list(self._numbers)


@dataclass
class Texts:
    """Many strings as one run of bytes and where each ends."""

    content: bytearray = field(default_factory=bytearray)
    ends: "array[int]" = field(default_factory=lambda: array("Q", [0]))

    def add(self, text: bytes) -> None:
        """Append one."""
        self.content += text
        self.ends.append(len(self.content))

    def arrays(self, name: str) -> dict[str, Array]:
        """Return uint8 `name.bytes` and uint64 `name.ends` (one more than there are texts)."""
        return {
            f"{name}.bytes": np.frombuffer(self.content, np.uint8),
            f"{name}.ends": np.frombuffer(self.ends, np.uint64),
        }


@dataclass
class Kind:
    """The hashes of one kind while they are read, and the entry each belongs to."""

    hashes: bytearray = field(default_factory=bytearray)
    entries: "array[int]" = field(default_factory=lambda: array("I"))
    quality: bytearray = field(default_factory=bytearray)


class Gathered:
    """All entries of a list, by column."""

    def __init__(self, computable: frozenset[str]) -> None:
        """`computable` are the kinds whose hashes have a fixed length; others are texts."""
        self._computable = computable
        self.kinds: dict[str, Kind] = {}
        self.kept: dict[str, tuple[Texts, array[int]]] = {}
        self._ids = Texts()
        self._updated = Texts()
        self._words = {name: Words() for name in ("category", "labels", "source")}
        self._columns = [array("I") for _ in self._words]
        self._abouts: dict[tuple[str, str, tuple[str, ...], str], tuple[int, ...]] = {}
        self._withdrawn = bytearray()
        self._replaces = bytearray()
        self._keys = bytearray()

    def add(self, entry: Entry) -> None:
        """Take one entry. Written for speed: ten million pass here."""
        row = len(self._withdrawn)
        self._ids.add(entry.entry_id.encode("utf-8", "surrogateescape"))
        self._updated.add(entry.updated.encode("utf-8", "replace"))
        about = (entry.scheme, entry.category, entry.labels, entry.source)
        numbers = self._abouts.get(about) or self._number(about)
        for column, number in zip(self._columns, numbers, strict=True):
            column.append(number)
        self._withdrawn.append(entry.withdrawn)
        self._replaces.append(entry.replaces)
        self._keys += _key(entry.key)
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

    def _number(self, about: tuple[str, str, tuple[str, ...], str]) -> tuple[int, ...]:
        scheme, category, labels, source = about
        words: tuple[Hashable, ...] = ((scheme, category), labels, source)
        pairs = zip(self._words.values(), words, strict=True)
        numbers = tuple(known.number(word) for known, word in pairs)
        if len(self._abouts) < _REMEMBERED:
            self._abouts[about] = numbers
        return numbers

    def _keep(self, name: str, value: bytes, row: int) -> None:
        texts, entries = self.kept.setdefault(name, (Texts(), array("I")))
        texts.add(value)
        entries.append(row)

    def __len__(self) -> int:
        return len(self._withdrawn)

    def superseded(self) -> npt.NDArray[np.bool_]:
        """Say of each entry whether a later one with the same key replaces or withdraws it."""
        count = len(self)
        result = np.zeros(count, bool)
        keys = np.frombuffer(self._keys, np.uint64).reshape(count, 2)
        (rows,) = np.nonzero(keys.any(axis=1))
        if rows.size:
            rows = rows[np.lexsort((rows, keys[rows, 1], keys[rows, 0]))]
            final = self.withdrawn()[rows] | np.frombuffer(self._replaces, bool)[rows]
            first = np.ones(rows.size, bool)
            first[1:] = (keys[rows[1:]] != keys[rows[:-1]]).any(axis=1)
            group = np.cumsum(first) - 1
            last_final = np.full(int(group[-1]) + 1, -1)
            np.maximum.at(last_final, group[final], rows[final])
            result[rows] = rows < last_final[group]
        return result

    def withdrawn(self) -> npt.NDArray[np.bool_]:
        """Say of each entry whether it is a tombstone."""
        return np.frombuffer(self._withdrawn, bool)

    def entry_arrays(self) -> dict[str, Array]:
        """Return the columns of the entries, uint8, uint32 and uint64."""
        return {
            **self._ids.arrays("entry.id"),
            **self._updated.arrays("entry.updated"),
            **{
                f"entry.{name}": np.frombuffer(numbers, np.uint32)
                for name, numbers in zip(self._words, self._columns, strict=True)
            },
            "entry.key": np.frombuffer(self._keys, np.uint64).reshape(-1, 2),
            "entry.withdrawn": np.frombuffer(self._withdrawn, np.uint8),
            "entry.replaces": np.frombuffer(self._replaces, np.uint8),
        }

    def words(self) -> dict[str, list[Hashable]]:
        """Return what the numbers in the columns stand for."""
        return {name: words.words() for name, words in self._words.items()}


def _key(key: str | bytes) -> bytes:
    """16 bytes that stand for a key: BLAKE2b-128 of it, zeros for none."""
    if not key:
        return bytes(16)
    if isinstance(key, bytes):
        return key
    return hashlib.blake2b(key.encode("utf-8", "surrogateescape"), digest_size=16).digest()
