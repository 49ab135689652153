"""Finds near hashes by multi-index hashing: exact at every distance, faster than brute force.

Each band has a table of buckets (hashes by their bits in that band). A query looks up every
key within the band's radius and compares all candidates in full. The arrays are flat, so
they can be in a memory map that all workers share. Knows no list and no hash algorithm.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from hashsweep.matching.bands import Band, bands, masks, probes, radii
from hashsweep.matching.base import Hashes, Hits, concatenate
from hashsweep.matching.brute import BruteIndex

SMALLEST = 2_048
"""Shorter lists get no index: brute force is as fast."""

LENGTHS = (64, 128, 256)
"""Lengths in bits of hashes that can be indexed; others are searched by brute force."""

WIDE_FROM = 300_000
"""Lists of this length or more use wide bands (measured, see benchmarks/)."""

_PROBES = 1 << 17  # lookups and candidates at a time: arrays that fit the second-level cache
_CANDIDATES = 1 << 20  # candidates at a time if one bucket is huge

_UP_TO = np.arange(_CANDIDATES)

Words = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]


def build(hashes: Hashes) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of an index over uint8 (n, bytes); none for a short list.

    `ids` uint32 (bands, n): rows in the order of their keys in that band. `starts` uint32: for
    each band 2**width + 1 numbers, where the rows of each key begin; one band after another.
    `counts` uint8: for each band 2**width numbers, rows of each key (255 for that or more).
    """
    if len(hashes) < SMALLEST:
        return {}
    words = _words(hashes)
    cut = _cut(len(hashes), words.shape[1])
    ids = np.empty((len(cut), len(words)), np.uint32)
    starts, counts = [], []
    for number, band in enumerate(cut):
        keys = band.keys(words)
        ordered = keys.astype(np.uint64) << np.uint64(32)
        ordered |= np.arange(len(keys), dtype=np.uint64)
        ordered.sort()
        ids[number] = ordered.astype(np.uint32)  # the lower 32 bits
        sizes = np.bincount(keys, minlength=1 << band.width)
        starts.append(np.concatenate(([0], np.cumsum(sizes))).astype(np.uint32))
        counts.append(np.minimum(sizes, 255).astype(np.uint8))
    return {"ids": ids, "starts": np.concatenate(starts), "counts": np.concatenate(counts)}


def _cut(n: int, words: int) -> tuple[Band, ...]:
    return bands(words, wide=n >= WIDE_FROM)


def _words(hashes: Hashes) -> Words:
    return np.ascontiguousarray(hashes).view(np.uint64)


class MihIndex:
    """The Index over arrays made by `build`."""

    def __init__(self, hashes: Hashes, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """`hashes` uint8 (n, bytes), as given to `build`."""
        self._hashes = hashes
        self._table = _words(hashes)
        self._cut = _cut(len(hashes), self._table.shape[1])
        self._arrays = arrays
        sizes = [1 << band.width for band in self._cut]
        self._ids = arrays["ids"]
        self._starts = _pieces(arrays["starts"], [size + 1 for size in sizes])
        self._counts = _pieces(arrays["counts"], sizes)

    @cached_property
    def _brute(self) -> BruteIndex:
        return BruteIndex(self._hashes)

    def find(self, queries: Hashes, max_distance: int) -> Hits:
        """Return all pairs at distance <= max_distance, each once, ordered by query and row."""
        cut, reach = self._cut, radii(self._cut, max_distance)
        cost = sum(
            probes(band.width, radius) * (1 + len(self._table) / (1 << band.width))
            for band, radius in zip(cut, reach, strict=True)
        )
        if cost > len(self._table):
            return self._brute.find(queries, max_distance)
        return self._search(queries, max_distance)

    def _search(self, queries: Hashes, max_distance: int) -> Hits:
        asked = _words(queries)
        reach = radii(self._cut, max_distance)
        parts = [
            hits
            for number, radius in enumerate(reach)
            if radius >= 0
            for hits in self._find_in_band(number, radius, asked, max_distance)
        ]
        return _unique(concatenate(parts), len(self._table))

    def _find_in_band(
        self, number: int, radius: int, asked: Words, max_distance: int
    ) -> Iterator[Hits]:
        band = self._cut[number]
        flips = masks(band.width, radius)
        found = len(flips) * len(self._table) / (1 << band.width)
        step = 1 << max(int(_PROBES / (len(flips) / 2 + found)).bit_length() - 1, 0)
        keys = band.keys(asked)
        for first in range(0, len(keys), step):
            some = keys[first : first + step]
            looked = (flips[:, None] ^ some).ravel()
            counts = self._counts[number].take(looked)
            filled = np.flatnonzero(counts)
            if filled.size:
                query = filled & (step - 1) if len(some) == step else filled % len(some)
                query += first
                buckets = self._buckets(number, looked.take(filled), counts.take(filled))
                for part in _spread(query, *buckets):
                    yield self._compare(asked, *part, self._ids[number], max_distance)

    def _buckets(
        self, number: int, keys: npt.NDArray[np.uint32], counts: npt.NDArray[np.uint8]
    ) -> tuple[Numbers, Numbers]:
        """Return the starts of some keys' buckets, and their numbers of rows."""
        starts = self._starts[number].take(keys).astype(np.int64)
        sizes = counts.astype(np.int64)
        full = np.flatnonzero(counts == 255)  # noqa: PLR2004 - the count says "that or more"
        if full.size:
            sizes[full] = self._starts[number].take(keys[full].astype(np.int64) + 1) - starts[full]
        return starts, sizes

    def _compare(
        self,
        asked: Words,
        query: Numbers,
        places: Numbers,
        ids: npt.NDArray[np.uint32],
        max_distance: int,
    ) -> Hits:
        """Compare candidates in full: first 128 bits, which reject nearly all, then the rest."""
        rows = ids.take(places)
        distance = np.zeros(len(rows), np.uint16)
        for first in range(0, self._table.shape[1], 2):
            listed = _pairs(self._table, first)[rows].view(np.uint64)
            wanted = _pairs(asked, first)[query].view(np.uint64)
            bits = np.bitwise_count(np.bitwise_xor(listed, wanted, out=listed))
            each = len(bits) // max(len(rows), 1)
            for word in range(each):
                distance += bits[word::each]
            near = np.flatnonzero(distance <= max_distance)
            query, rows, distance = query.take(near), rows.take(near), distance.take(near)
        return Hits(query, rows.astype(np.int64), distance.astype(np.int64))


def _pieces(flat: npt.NDArray[Any], sizes: list[int]) -> list[npt.NDArray[Any]]:
    ends = np.cumsum(sizes)
    return [flat[end - size : end] for end, size in zip(ends, sizes, strict=True)]


def _pairs(words: Words, first: int) -> npt.NDArray[Any]:
    """Return words first and first + 1 of each hash as one 16-byte value: fast to gather."""
    if words.shape[1] == 1:
        return words[:, 0]
    pairs: npt.NDArray[Any] = words.view(np.complex128)[:, first // 2]
    return pairs


def _spread(query: Numbers, starts: Numbers, sizes: Numbers) -> Iterator[tuple[Numbers, Numbers]]:
    """Yield (query, index into the ids) for each row of each bucket, a bounded number at a time."""
    ends = np.cumsum(sizes)
    total = int(ends[-1])
    shift = starts - ends
    shift += sizes  # index = position in the whole expansion + shift
    if total <= _CANDIDATES:
        yield np.repeat(query, sizes), np.repeat(shift, sizes) + _UP_TO[:total]
        return
    for low in range(0, total, _CANDIDATES):
        high = min(low + _CANDIDATES, total)
        first, last = np.searchsorted(ends, (low, high - 1), "right")
        some = slice(first, last + 1)
        taken = np.minimum(ends[some], high) - np.maximum(ends[some] - sizes[some], low)
        places = np.repeat(shift[some] + low, taken) + _UP_TO[: high - low]
        yield np.repeat(query[some], taken), places


def _unique(hits: Hits, n: int) -> Hits:
    """Drop pairs that several bands have found."""
    _, first = np.unique(hits.query * n + hits.row, return_index=True)
    return Hits(*(column[first] for column in hits))
