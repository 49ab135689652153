"""A compiled hash list: entries in columns, hashes sorted, opened by memory map.

Written by `compile_lists`, read by `CompiledList`. Knows no source format and no index.
"""

import json
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hashsweep.hashlists import container
from hashsweep.model import Entry

UNKNOWN_QUALITY = 255
SUFFIX = ".hsl"


@dataclass(frozen=True, eq=False)
class HashColumn:
    """All hashes of one algorithm on a list, in the order of their first 8 bytes.

    `hashes` uint8 (n, bits / 8); `keys` uint64 (n,), those first 8 bytes as big-endian numbers;
    `entries` uint32 (n,), rows of the entry columns; `quality` uint8 (n,), 0-100 or
    UNKNOWN_QUALITY.
    """

    hashes: npt.NDArray[np.uint8]
    keys: npt.NDArray[np.uint64]
    entries: npt.NDArray[np.uint32]
    quality: npt.NDArray[np.uint8]


class _Words:
    """Strings to small numbers, in order of first use."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, word: str) -> int:
        return self._numbers.setdefault(word, len(self._numbers))

    def words(self) -> list[str]:
        return list(self._numbers)


@dataclass
class _Gathered:
    """The hashes of one algorithm while they are read."""

    hashes: bytearray = field(default_factory=bytearray)
    entries: "array[int]" = field(default_factory=lambda: array("I"))
    quality: bytearray = field(default_factory=bytearray)


def compile_list(
    entries: Iterable[Entry], path: Path, *, name: str, sources: Iterable[Mapping[str, Any]]
) -> None:
    """Write `entries` to a new compiled list at `path`; raises OSError.

    `sources` is called for after the last entry was drawn, so it may count as they pass.
    """
    hashes: dict[str, _Gathered] = {}
    ids, ends = bytearray(), array("Q", [0])
    categories, labels = array("I"), array("I")
    category_words, label_words = _Words(), _Words()
    for row, entry in enumerate(entries):
        ids += entry.entry_id.encode("utf-8", "surrogateescape")
        ends.append(len(ids))
        categories.append(category_words.number(entry.category))
        labels.append(label_words.number(json.dumps(entry.labels)))
        for algorithm, value in entry.hashes:
            gathered = hashes.setdefault(algorithm, _Gathered())
            gathered.hashes += value
            gathered.entries.append(row)
            gathered.quality.append(UNKNOWN_QUALITY if entry.quality is None else entry.quality)
    arrays: dict[str, npt.NDArray[Any]] = {
        "entry.id.bytes": np.frombuffer(bytes(ids), np.uint8),
        "entry.id.ends": np.frombuffer(ends, np.uint64),
        "entry.category": np.frombuffer(categories, np.uint32),
        "entry.labels": np.frombuffer(labels, np.uint32),
    }
    for algorithm, gathered in hashes.items():
        arrays.update(_sorted(algorithm, gathered))
    meta = {
        "name": name,
        "entries": len(categories),
        "hashes": {algorithm: len(found.entries) for algorithm, found in hashes.items()},
        "categories": category_words.words(),
        "label_sets": label_words.words(),
        "sources": [dict(source) for source in sources],
    }
    container.write(path, meta, arrays)


def _sorted(algorithm: str, found: _Gathered) -> dict[str, npt.NDArray[Any]]:
    count = len(found.entries)
    hashes = np.frombuffer(found.hashes, np.uint8).reshape(count, -1)
    keys = np.ascontiguousarray(hashes[:, :8]).view(">u8").reshape(-1).astype(np.uint64)
    order = np.argsort(keys, kind="stable")
    return {
        f"{algorithm}.hashes": hashes[order],
        f"{algorithm}.keys": keys[order],
        f"{algorithm}.entries": np.frombuffer(found.entries, np.uint32)[order],
        f"{algorithm}.quality": np.frombuffer(found.quality, np.uint8)[order],
    }


class CompiledList:
    """A compiled list, open. Raises ListError when damaged; see container.Container."""

    def __init__(self, path: Path, *, verify: bool = True, stamp: str | None = None) -> None:
        """Map the file; `verify` checks every byte of it."""
        self._file = container.Container(path, verify=verify, stamp=stamp)
        self.stamp = self._file.stamp
        self.meta = self._file.meta
        self.name: str = self.meta["name"]
        self._ids = self._file.array("entry.id.bytes")
        self._ends = self._file.array("entry.id.ends")
        self._category = self._file.array("entry.category")
        self._labels = self._file.array("entry.labels")

    @property
    def algorithms(self) -> tuple[str, ...]:
        """Names of all hash kinds on the list, matchable here or not."""
        return tuple(self.meta["hashes"])

    def column(self, algorithm: str) -> HashColumn:
        """Return the hashes of one algorithm."""
        parts = ("hashes", "keys", "entries", "quality")
        return HashColumn(*(self._file.array(f"{algorithm}.{part}") for part in parts))

    def describe(self, row: int) -> tuple[str, str, tuple[str, ...]]:
        """Return (entry id, category, labels) of one entry."""
        start, stop = int(self._ends[row]), int(self._ends[row + 1])
        entry_id = self._ids[start:stop].tobytes().decode("utf-8", "surrogateescape")
        category: str = self.meta["categories"][self._category[row]]
        labels = tuple(json.loads(self.meta["label_sets"][self._labels[row]]))
        return entry_id, category, labels

    def categories(self) -> dict[str, int]:
        """Return how many entries each category has."""
        counts = Counter(dict(enumerate(np.bincount(self._category).tolist())))
        return {self.meta["categories"][code]: count for code, count in counts.items()}
