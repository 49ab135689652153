"""Finds equal MD5s that the entry's own SHA-256 or SHA-1 contradicts: forged, or a wrong row.

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
    """Say for each suspect, whose digest in `column` equals the entry's, whether a proof denies it.

    `proofs` are the list's stronger digests. A suspect is (entry row, the file's own digests). A
    proof denies it if the entry has other digests of that kind, as many as in `column`: only then
    is it certain that each of its files has one, and that this file's would be among them.
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
    """Return the hashes of some entries: with one pass over the hashes."""
    found: dict[int, set[bytes]] = {}
    wanted = np.zeros(max(column.entries.max(initial=0), rows.max(initial=0)) + 1, np.bool_)
    wanted[rows] = True  # a table is faster than np.isin
    for place in np.flatnonzero(wanted.take(column.entries)).tolist():
        found.setdefault(int(column.entries[place]), set()).add(column.hashes[place].tobytes())
    return found
