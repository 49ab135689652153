"""Hashes with known distances between them, for the tests of the indexes."""

import numpy as np

from hashsweep.matching import mih


def random_hashes(seed: int, count: int, size: int) -> np.ndarray:
    """uint8 (count, size), evenly spread."""
    return np.random.default_rng(seed).integers(0, 256, (count, size), dtype=np.uint8)


def flipped(hashes: np.ndarray, bits: int, seed: int = 0) -> np.ndarray:
    """Each hash with exactly `bits` of its bits turned over."""
    places = np.random.default_rng(seed).random((len(hashes), 8 * hashes.shape[1]))
    return hashes ^ np.packbits(places.argsort(axis=1) < bits, axis=1)


def clustered(seed: int, count: int, size: int, centres: int = 4) -> np.ndarray:
    """uint8 (count, size): few centres, each row some bits away from one; many are equal."""
    rng = np.random.default_rng(seed)
    rows = random_hashes(seed, centres, size)[rng.integers(centres, size=count)]
    noise = rng.random((count, size * 8)) < rng.choice([0, 0.01, 0.05, 0.1], (count, 1))
    return rows ^ np.packbits(noise, axis=1)


def pairs(hits) -> list[tuple[int, int, int]]:
    """The answer of an index as sorted (query, row, distance)."""
    return sorted(zip(*(column.tolist() for column in hits), strict=True))


def indexed(kind, hashes: np.ndarray):
    """An index of that class over hashes that, as those of an open list, cannot be written."""
    arrays = mih.build(hashes)
    for array in (hashes, *arrays.values()):
        array.flags.writeable = False
    return kind(hashes, arrays)
