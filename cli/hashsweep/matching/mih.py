"""Finds near hashes by multi-index hashing: exact at every distance, faster than brute force.

Each band has a table of buckets (hashes by their bits in that band). A query looks up every
key within the band's radius, drops what differs too much in the next band, and compares what is
left in full. The arrays are flat, so they can be in a memory map that all workers share. Knows no
list and no hash algorithm.
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

_PROBES = 1 << 17  # lookups and candidates at a time: arrays that fit the second-level cache
_CANDIDATES = 1 << 20  # candidates at a time if one bucket is huge

_UP_TO = np.arange(_CANDIDATES)

Words = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]
Rows = npt.NDArray[np.uint32]


def build(hashes: Hashes) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of an index over uint8 (n, bytes); none for a short list.

    `ids` uint32 (bands, n): rows in the order of their keys in that band. `following` uint16
    (bands, n): the keys of these rows in the next band; after the last comes the first. `starts`
    uint32 (bands, KEYS + 1): where in `ids` the rows of each key begin; the last is n.
    """
    if len(hashes) < SMALLEST:
        return {}
    keys = np.ascontiguousarray(cut(hashes).T)
    ids = np.empty(keys.shape, np.uint32)
    following = np.empty_like(keys)
    starts = np.zeros((len(keys), KEYS + 1), np.uint32)
    for band, own in enumerate(keys):
        ids[band] = np.argsort(own, kind="stable")
        following[band] = keys[(band + 1) % len(keys)].take(ids[band])
        np.cumsum(np.bincount(own, minlength=KEYS), out=starts[band, 1:])
    return {"ids": ids, "following": following, "starts": starts}


@dataclass(frozen=True, eq=False)
class _Plan:
    """What every search at one distance looks up: arrays of one number per look-up.

    `flips` are xored to the key of `band`; `after` is the next band; `first_start` and `first_row`
    are where the band begins in `starts` and `ids`. `most` bits may differ in the next band.
    `queries` are looked up at a time.
    """

    flips: Numbers
    band: Numbers
    after: Numbers
    first_start: Numbers
    first_row: Numbers
    most: int
    queries: int


def _plan(bands: int, rows: int, max_distance: int) -> _Plan:
    reach = radii(bands, max_distance)
    needed = [band for band in range(bands) if reach[band] >= 0]
    flips = [masks(reach[band]) for band in needed]
    band = np.repeat(needed, [len(each) for each in flips])
    candidates = len(band) * rows / KEYS
    return _Plan(
        flips=np.concatenate(flips).astype(np.int64),
        band=band,
        after=(band + 1) % bands,
        first_start=band * (KEYS + 1),
        first_row=band * rows,
        most=max(most_of_two(reach, each) for each in needed),
        queries=max(int(_PROBES / (len(band) + candidates)), 1),
    )


class MihIndex:
    """The Index over arrays made by `build`."""

    def __init__(self, hashes: Hashes, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """`hashes` uint8 (n, bytes), as given to `build`."""
        self._hashes = hashes
        self._table = _words(hashes)
        self._ids, self._following, self._starts = (
            arrays[name].reshape(-1) for name in ("ids", "following", "starts")
        )
        self._bands = len(arrays["ids"])
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
            self._plans[max_distance] = _plan(self._bands, len(self._table), max_distance)
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
        looked += plan.first_start
        starts = self._starts.take(looked.ravel())
        looked += 1
        sizes = self._starts.take(looked.ravel()) - starts
        filled = np.flatnonzero(sizes)
        if not filled.size:
            return
        query, probe = np.divmod(filled, len(plan.band))
        wanted = keys[query, plan.after.take(probe)].astype(np.uint16)
        places = starts.take(filled) + plan.first_row.take(probe)
        for some, taken, spread in _spread(places, sizes.take(filled).astype(np.int64)):
            differing = np.repeat(wanted[some], taken)
            differing ^= self._following.take(spread)
            near = np.flatnonzero(np.bitwise_count(differing) <= plan.most)
            if near.size:
                bucket = np.searchsorted(np.cumsum(taken), near, "right")
                yield query[some].take(bucket), self._ids.take(spread.take(near))

    def _compare(self, asked: Words, query: Numbers, rows: Rows, max_distance: int) -> Hits:
        """Compare candidates in full."""
        differing = self._table.take(rows, axis=0)
        differing ^= asked.take(query, axis=0)
        distance = np.bitwise_count(differing).sum(axis=1, dtype=np.int64)
        near = np.flatnonzero(distance <= max_distance)
        return Hits(query.take(near), rows.take(near).astype(np.int64), distance.take(near))


def _words(hashes: Hashes) -> Words:
    return np.ascontiguousarray(hashes).view(np.uint64)


def _spread(starts: Numbers, sizes: Numbers) -> Iterator[tuple[slice, Numbers, Numbers]]:
    """Yield the place of each row of each bucket, a bounded number at a time.

    As (which buckets, rows of each, places).
    """
    ends = np.cumsum(sizes)
    total = int(ends[-1])
    shift = starts - ends
    shift += sizes  # place = position in the whole expansion + shift
    if total <= _CANDIDATES:
        places = np.repeat(shift, sizes)
        places += _UP_TO[:total]
        yield slice(None), sizes, places
        return
    for low in range(0, total, _CANDIDATES):
        high = min(low + _CANDIDATES, total)
        first, last = np.searchsorted(ends, (low, high - 1), "right")
        some = slice(first, last + 1)
        taken = np.minimum(ends[some], high) - np.maximum(ends[some] - sizes[some], low)
        yield some, taken, np.repeat(shift[some] + low, taken) + _UP_TO[: high - low]


def _unique(hits: Hits, n: int) -> Hits:
    """Drop pairs that several bands have found."""
    _, first = np.unique(hits.query * n + hits.row, return_index=True)
    return Hits(*(column[first] for column in hits))
