"""Finds near hashes by multi-index hashing: exact at every distance, faster than brute force.

Each band has a table of buckets (hashes by their bits in that band). A query looks up every
key within the band's radius, drops what differs too much in the next band, of which the bits lie in
the order of the buckets, and compares what is left in full. The arrays are flat, so they can be in
a memory map that all workers share. Knows no list and no hash algorithm.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from hashsweep.matching.bands import KEYS, cut, masks, most_of_two, probes, radii
from hashsweep.matching.base import Hashes, Hits, concatenate
from hashsweep.matching.brute import BruteIndex

SMALLEST = 2_048
"""Shorter lists get no index: brute force is as fast."""

LENGTHS = (64, 128, 256)
"""Lengths in bits of hashes that can be indexed; others are searched by brute force."""

BLOCK = 8
"""Keys in a block: 16 bytes, which numpy gathers as one number."""

_AT_A_TIME = 1 << 15  # look-ups and blocks: arrays that fit the second-level cache
_BLOCKS = 1 << 17  # blocks at a time if one bucket is huge

_UP_TO = np.arange(_BLOCKS)

Words = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]
Rows = npt.NDArray[np.uint32]


def build(hashes: Hashes) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of an index over uint8 (n, bytes); none for a short list.

    `ids` uint32 (bands, n): rows in the order of their keys in that band. `starts` uint32
    (bands, KEYS + 1): where in `ids` the rows of each key begin; the last is n. `blocks` uint16
    (blocks, BLOCK): for each key of each band the next band's keys of the same rows, filled up to
    whole blocks with 0; after the last band comes the first. `first_blocks` uint32
    (bands * KEYS + 1): where in `blocks` those of each key begin; the last is their number.
    """
    if len(hashes) < SMALLEST:
        return {}
    keys = np.ascontiguousarray(cut(hashes).T)
    sizes = np.stack([np.bincount(own, minlength=KEYS) for own in keys])
    starts = np.zeros((len(keys), KEYS + 1), np.uint32)
    np.cumsum(sizes, axis=1, out=starts[:, 1:])
    first_blocks = np.zeros(sizes.size + 1, np.uint32)
    np.cumsum(-(-sizes // BLOCK), out=first_blocks[1:])
    blocks = np.zeros((int(first_blocks[-1]), BLOCK), np.uint16)
    ids = np.empty(keys.shape, np.uint32)
    for band, own in enumerate(keys):
        ids[band] = np.argsort(own, kind="stable")
        ordered = own.take(ids[band])
        shift = first_blocks[band * KEYS :].take(ordered).astype(np.int64) * BLOCK
        shift -= starts[band].take(ordered)
        following = keys[(band + 1) % len(keys)].take(ids[band])
        blocks.reshape(-1)[shift + np.arange(len(ordered))] = following
    return {"ids": ids, "starts": starts, "blocks": blocks, "first_blocks": first_blocks}


@dataclass(frozen=True, eq=False)
class _Plan:
    """What every search at one distance looks up: arrays of one number per look-up.

    `flips` are xored to the key of `band`; `after` is the next band, `first_key` the number of the
    band's first key among those of all. `most` bits may differ in the next band, uint8: as many
    as most_of_two leaves. `queries` are looked up at a time.
    """

    flips: Numbers
    band: Numbers
    after: Numbers
    first_key: Numbers
    most: npt.NDArray[np.uint8]
    queries: int


def _plan(bands: int, blocks: int, max_distance: int) -> _Plan:
    reach = radii(bands, max_distance)
    needed = [band for band in range(bands) if reach[band] >= 0]
    flips = [masks(reach[band]) for band in needed]
    band = np.repeat(needed, [len(each) for each in flips])
    found = len(band) * blocks / (bands * KEYS)
    return _Plan(
        flips=np.concatenate(flips).astype(np.int64),
        band=band,
        after=(band + 1) % bands,
        first_key=band * KEYS,
        most=np.concatenate(
            [
                most_of_two(reach, number) - np.bitwise_count(each).astype(np.uint8)
                for number, each in zip(needed, flips, strict=True)
            ]
        ),
        queries=max(int(_AT_A_TIME / (len(band) + found)), 1),
    )


class MihIndex:
    """The Index over arrays made by `build`."""

    def __init__(self, hashes: Hashes, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """`hashes` uint8 (n, bytes), as given to `build`."""
        self._hashes = hashes
        self._table = _words(hashes)
        self._ids, self._starts = arrays["ids"], arrays["starts"]
        self._bands = len(self._ids)
        self._first_blocks = arrays["first_blocks"]
        self._blocks = arrays["blocks"].view(np.complex128).reshape(-1)
        self._plans: dict[int, _Plan] = {}

    @cached_property
    def _brute(self) -> BruteIndex:
        return BruteIndex(self._hashes)

    def find(self, queries: Hashes, max_distance: int) -> Hits:
        """Return all pairs at distance <= max_distance, each once, ordered by query and row."""
        looked = sum(probes(radius) for radius in radii(self._bands, max_distance))
        if looked * (1 + len(self._table) / KEYS) > len(self._table):
            return self._brute.find(queries, max_distance)
        return self._search(queries, max_distance)

    def _search(self, queries: Hashes, max_distance: int) -> Hits:
        if max_distance not in self._plans:
            self._plans[max_distance] = _plan(self._bands, len(self._blocks), max_distance)
        plan = self._plans[max_distance]
        asked, keys = _words(queries), cut(queries).astype(np.int64)
        parts = [
            self._compare(asked, first + query, rows, max_distance)
            for first in range(0, len(asked), plan.queries)
            for query, rows in self._find_candidates(keys[first : first + plan.queries], plan)
        ]
        return _unique(concatenate(parts), len(self._table))

    def _find_candidates(self, keys: Numbers, plan: _Plan) -> Iterator[tuple[Numbers, Rows]]:
        """Yield (query, row) of what is near in a band and in the next one; keys are (n, bands)."""
        looked = keys.take(plan.band, axis=1)
        looked ^= plan.flips
        looked += plan.first_key
        looked = looked.reshape(-1)
        wanted = keys.take(plan.after, axis=1).astype(np.uint16).reshape(-1)
        most = np.tile(plan.most, len(keys))
        first = self._first_blocks.take(looked)
        counts = self._first_blocks.take(looked + 1) - first
        for bucket, begun, taken, places in _spread(first, counts):
            differing = self._blocks.take(places).view(np.uint16).reshape(-1, BLOCK)
            some = slice(bucket, bucket + len(taken))
            differing ^= np.repeat(wanted[some], taken)[:, None]
            is_near = np.bitwise_count(differing) <= np.repeat(most[some], taken)[:, None]
            near = np.flatnonzero(is_near)
            if near.size:
                block, lane = np.divmod(near, BLOCK)
                ends = np.cumsum(taken)
                at = np.searchsorted(ends, block, "right")
                offset = (block - (ends - taken).take(at) + begun * (at == 0)) * BLOCK + lane
                yield self._rows(looked, at + bucket, offset, plan)

    def _rows(
        self, looked: Numbers, at: Numbers, offset: Numbers, plan: _Plan
    ) -> tuple[Numbers, Rows]:
        """Return (query, row) of the keys at some offsets in the buckets of look-ups `at`."""
        query, probe = np.divmod(at, len(plan.band))
        band = plan.band.take(probe)
        key = looked.take(at) - plan.first_key.take(probe)
        place = self._starts[band, key] + offset
        is_row = place < self._starts[band, key + 1]  # and not what fills its last block
        return query[is_row], self._ids[band[is_row], place[is_row]]

    def _compare(self, asked: Words, query: Numbers, rows: Rows, max_distance: int) -> Hits:
        """Compare candidates in full."""
        differing = self._table.take(rows, axis=0)
        differing ^= asked.take(query, axis=0)
        distance = np.bitwise_count(differing).sum(axis=1, dtype=np.int64)
        near = np.flatnonzero(distance <= max_distance)
        return Hits(query.take(near), rows.take(near).astype(np.int64), distance.take(near))


def _words(hashes: Hashes) -> Words:
    return np.ascontiguousarray(hashes).view(np.uint64)


def _spread(first: Rows, counts: Rows) -> Iterator[tuple[int, int, Numbers, Numbers]]:
    """Yield the place of each block of each bucket, a bounded number at a time.

    As (number of the first bucket, how many of its blocks came before, blocks of each bucket,
    places).
    """
    ends = np.cumsum(counts, dtype=np.int64)
    total = int(ends[-1])
    shift = first - ends
    shift += counts  # place = position in the whole expansion + shift
    if total <= _BLOCKS:
        places = np.repeat(shift, counts)
        places += _UP_TO[:total]
        yield 0, 0, counts.astype(np.int64), places
        return
    for low in range(0, total, _BLOCKS):
        high = min(low + _BLOCKS, total)
        bucket, last = (int(at) for at in np.searchsorted(ends, (low, high - 1), "right"))
        some = slice(bucket, last + 1)
        begins = ends[some] - counts[some]
        taken = np.minimum(ends[some], high) - np.maximum(begins, low)
        places = np.repeat(shift[some] + low, taken) + _UP_TO[: high - low]
        yield bucket, max(low - int(begins[0]), 0), taken, places


def _unique(hits: Hits, n: int) -> Hits:
    """Drop pairs that several bands have found."""
    _, first = np.unique(hits.query * n + hits.row, return_index=True)
    return Hits(*(column[first] for column in hits))
