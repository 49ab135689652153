"""Every query against every hash: slow, plainly right, the oracle of the faster index."""

import numpy as np
import numpy.typing as npt

from hashsweep.matching.base import Hashes, Hits, joined

_BLOCK = 1 << 18  # listed hashes compared at a time, so that memory stays small


class BruteIndex:
    """The Index that looks at everything."""

    def __init__(self, hashes: Hashes) -> None:
        """`hashes`: uint8 (n, bytes), in any order."""
        self._words = _words(hashes)

    def find(self, queries: Hashes, max_distance: int) -> Hits:
        """Return all pairs at distance <= max_distance."""
        words = _words(queries)
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


def _words(hashes: Hashes) -> npt.NDArray[np.uint64]:
    """Return the hashes as 64-bit words, with zeros where the length is no multiple of that."""
    missing = -hashes.shape[1] % 8
    if missing:
        hashes = np.pad(hashes, ((0, 0), (0, missing)))
    return np.ascontiguousarray(hashes).view(np.uint64)
