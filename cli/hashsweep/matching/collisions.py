"""An equal MD5 that the entry's own SHA-256 or SHA-1 contradicts: a forged file, or a wrong row.

Knows no list format and no picture.
"""

from collections.abc import Iterable, Mapping
from typing import Protocol

import numpy as np
import numpy.typing as npt

from hashsweep.matching.base import Hashes


class Column(Protocol):
    """The hashes of one digest on a list, and their entries (see matcher.Column)."""

    @property
    def hashes(self) -> Hashes:
        """uint8 (n, bytes)."""

    @property
    def entries(self) -> npt.NDArray[np.uint32]:
        """The entry that each hash belongs to: uint32 (n,)."""


def find_contradicted(
    column: Column,
    proofs: Mapping[str, Column],
    suspects: Iterable[tuple[int, Mapping[str, bytes]]],
) -> list[bool]:
    """Say of each suspect, whose digest in `column` is the entry's, whether a proof denies it.

    `proofs` are the list's stronger digests. A suspect is (entry row, the file's own digests). A
    proof denies if the entry has others, and as many of them as it has of `column`: only then is
    it sure that each of its files has one, and that this file's would be among them.
    """
    suspects = list(suspects)
    rows = np.unique(np.array([row for row, _ in suspects], np.uint32))
    count = {row: len(found) for row, found in _by_entry(column, rows).items()}
    denied = [False] * len(suspects)
    for name, proof in proofs.items():
        listed = _by_entry(proof, rows)
        for at, (row, own) in enumerate(suspects):
            if name in own and (theirs := listed.get(row)):
                denied[at] |= len(theirs) == count[row] and own[name] not in theirs
    return denied


def _by_entry(column: Column, rows: npt.NDArray[np.uint32]) -> dict[int, set[bytes]]:
    """Return the hashes of some entries: one look at which entry each hash belongs to."""
    found: dict[int, set[bytes]] = {}
    wanted = np.zeros(max(column.entries.max(initial=0), rows.max(initial=0)) + 1, np.bool_)
    wanted[rows] = True  # a table is quicker than np.isin
    for place in np.flatnonzero(wanted.take(column.entries)).tolist():
        found.setdefault(int(column.entries[place]), set()).add(column.hashes[place].tobytes())
    return found
