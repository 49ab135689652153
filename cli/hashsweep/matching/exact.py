"""Finds equal digests by binary search."""

import numpy as np
import numpy.typing as npt

from hashsweep.matching.base import Hashes, Hits, no_hits


class ExactIndex:
    """An Index for max_distance 0 over hashes in the order of their first 8 bytes."""

    def __init__(self, hashes: Hashes, keys: npt.NDArray[np.uint64]) -> None:
        """`hashes`: uint8 (n, bytes >= 8), in the order of `keys`: their first 8 bytes.

        The keys are given, not derived, so that an open list stays one shared memory map.
        """
        self._hashes = hashes
        self._keys = keys

    def find(self, queries: Hashes, max_distance: int = 0) -> Hits:
        """Return all equal pairs; any distance other than 0 is a ValueError."""
        if max_distance:
            raise ValueError("digests have no distance but 0")
        if not len(self._keys):
            return no_hits()
        keys = prefixes(queries)
        order = np.argsort(keys)  # sorted, the search walks through memory instead of jumping
        ordered = keys[order]
        first = np.searchsorted(self._keys, ordered)
        inside = first < len(self._keys)
        (met,) = np.nonzero(inside & (self._keys[np.where(inside, first, 0)] == ordered))
        if not met.size:
            return no_hits()
        first = first[met]
        spread = np.searchsorted(self._keys, ordered[met], "right") - first
        query = np.repeat(order[met], spread)
        within = np.arange(query.size) - np.repeat(np.cumsum(spread) - spread, spread)
        row = np.repeat(first, spread) + within
        same = (self._hashes[row] == queries[query]).all(axis=1)
        query, row = query[same].astype(np.int64), row[same].astype(np.int64)
        place = np.lexsort((row, query))
        return Hits(query[place], row[place], np.zeros(place.size, np.int64))


def prefixes(hashes: Hashes) -> npt.NDArray[np.uint64]:
    """Return the first 8 bytes of each row as big-endian numbers: uint64, (n,)."""
    first = np.ascontiguousarray(hashes[:, :8])
    return first.view(">u8").reshape(-1).astype(np.uint64)
