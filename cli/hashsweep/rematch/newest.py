"""Which items were already seen in a newer report: 16 bytes per item. Knows no file."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.uint64]
"""Ids of items as uint64 (n, 2), the first 8 bytes first (see item_index.halves)."""


class SeenItems:
    """A growing set of ids, queried many at a time."""

    def __init__(self) -> None:
        self._high, self._low = np.empty(0, np.uint64), np.empty(0, np.uint64)

    def __len__(self) -> int:
        return len(self._high)

    def add(self, ids: Sequence[Ids]) -> None:
        """Add ids; sorts all of them again, so few calls with many ids are best."""
        high = np.concatenate([self._high, *(each[:, 0] for each in ids)])
        low = np.concatenate([self._low, *(each[:, 1] for each in ids)])
        order = np.lexsort((low, high))
        self._high, self._low = high[order], low[order]

    def holds(self, ids: Ids) -> npt.NDArray[np.bool_]:
        """Say for each id whether it was added: bool (n,)."""
        result = np.zeros(len(ids), bool)
        place = np.searchsorted(self._high, ids[:, 0])
        left = np.arange(len(ids))
        while left.size:  # loops only if the first halves of two ids are equal
            left = left[place[left] < len(self._high)]
            left = left[self._high[place[left]] == ids[left, 0]]
            result[left] |= self._low[place[left]] == ids[left, 1]
            left = left[~result[left]]
            place[left] += 1
        return result
