"""The interface of every index. Knows no hash algorithm."""

from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint8]


class Hits(NamedTuple):
    """Pairs of a query and a listed hash: three int64 arrays of equal length.

    `query` and `row` are positions among the queries and the indexed hashes; `distance` in bits.
    """

    query: npt.NDArray[np.int64]
    row: npt.NDArray[np.int64]
    distance: npt.NDArray[np.int64]


class Index(Protocol):
    """Finds every listed hash within a distance of a query, and nothing else."""

    def find(self, queries: Hashes, max_distance: int) -> Hits:
        """Return all pairs at distance <= max_distance (inclusive); `queries` uint8 (m, bytes)."""


def no_hits() -> Hits:
    """Return an empty answer."""
    return Hits(*(np.empty(0, np.int64) for _ in range(3)))


def concatenate(parts: list[Hits]) -> Hits:
    """Return several answers as one."""
    if not parts:
        return no_hits()
    return Hits(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
