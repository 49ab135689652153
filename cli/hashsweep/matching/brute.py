"""Every query against every hash: slow, plainly right, the oracle of the faster index."""

import numpy as np

from hashsweep.matching.base import Hashes, Hits, joined

_BLOCK = 1 << 18  # listed hashes compared at a time, so that memory stays small


class BruteIndex:
    """The Index that looks at everything."""

    def __init__(self, hashes: Hashes) -> None:
        """`hashes`: uint8 (n, bytes), bytes a multiple of 8, in any order."""
        self._words = np.ascontiguousarray(hashes).view(np.uint64)

    def find(self, queries: Hashes, max_distance: int) -> Hits:
        """Return all pairs at distance <= max_distance."""
        words = np.ascontiguousarray(queries).view(np.uint64)
        parts = []
        for number, query in enumerate(words):
            for start in range(0, len(self._words), _BLOCK):
                block = self._words[start : start + _BLOCK]
                distances = np.bitwise_count(block ^ query).sum(axis=1, dtype=np.int64)
                (rows,) = np.nonzero(distances <= max_distance)
                if rows.size:
                    asked = np.full(rows.size, number, np.int64)
                    parts.append(Hits(asked, rows + start, distances[rows]))
        return joined(parts)
