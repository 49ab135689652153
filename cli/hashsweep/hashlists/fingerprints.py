"""Fingerprints of entries: equal if and only if their hashes are equal. Made by column.

Knows no list and no file.
"""

import numpy as np
import numpy.typing as npt

LANES = 2
"""64-bit words per fingerprint: enough that no two entries are equal by chance."""

_ODD = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)


def add_prints(
    prints: npt.NDArray[np.uint64],
    kind: str,
    hashes: npt.NDArray[np.uint8],
    entries: npt.NDArray[np.integer],
    more: npt.NDArray[np.uint8] | None = None,
) -> None:
    """Add hashes of one kind to the `prints` of their entries, uint64 (entries, LANES).

    `hashes` uint8 (n, bytes); `entries` (n,) says whose they are; `more` uint8 (n,) is something
    else that distinguishes hashes, such as their quality. Order does not matter.
    """
    missing = -hashes.shape[1] % 8
    padded = np.pad(hashes, ((0, 0), (0, missing))) if missing else hashes
    words = np.ascontiguousarray(padded).view(np.uint64)
    for lane in range(LANES):
        seed = np.uint64(int.from_bytes(f"{lane}{kind}".encode()[:8].ljust(8, b"\0")))
        mixed = np.full(len(hashes), seed)
        if more is not None:
            mixed += more
        for at in range(words.shape[1]):
            mixed = _mix(mixed ^ words[:, at])
        np.add.at(prints[:, lane], entries, _mix(mixed))


def _mix(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Spread each word's bits over the whole word (multiply, fold, twice)."""
    for _ in range(2):
        words = words * _ODD
        words ^= words >> _HALF
    return words
