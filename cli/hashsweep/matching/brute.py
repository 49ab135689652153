"""Compares every query with every hash: slow, obviously right, the oracle for the faster index."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from hashsweep.matching.base import Hashes, Hits, concatenate

_BLOCK = 1 << 18  # listed hashes compared at a time, so that memory stays small


class BruteIndex:
    """The Index that compares everything."""

    def __init__(self, hashes: Hashes) -> None:
        """`hashes`: uint8 (n, bytes), in any order."""
        self._words = _words(hashes)

    def find(self, queries: Hashes, max_distance: int) -> Hits:
        """Return all pairs at distance <= max_distance."""
        words = _words(queries)
        if len(words) <= len(self._words):
            return concatenate(list(_near(words, self._words, max_distance)))
        row, query, distance = concatenate(list(_near(self._words, words, max_distance)))
        place = np.lexsort((row, query))
        return Hits(query[place], row[place], distance[place])


def _near(
    few: npt.NDArray[np.uint64], many: npt.NDArray[np.uint64], max_distance: int
) -> Iterator[Hits]:
    """Yield (index in `few`, index in `many`, distance), by index in `few`."""
    for number, one in enumerate(few):
        for start in range(0, len(many), _BLOCK):
            distances = np.bitwise_count(many[start : start + _BLOCK] ^ one).sum(
                axis=1, dtype=np.int64
            )
            (places,) = np.nonzero(distances <= max_distance)
            if places.size:
                yield Hits(
                    np.full(places.size, number, np.int64), places + start, distances[places]
                )


def _words(hashes: Hashes) -> npt.NDArray[np.uint64]:
    """Return the hashes as 64-bit words, padded with zeros if necessary."""
    missing = -hashes.shape[1] % 8
    if missing:
        hashes = np.pad(hashes, ((0, 0), (0, missing)))
    return np.ascontiguousarray(hashes).view(np.uint64)
