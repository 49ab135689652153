"""Finds suspicious rows on a list: ones that would match nothing, everything, or by mistake.

Needs an open compiled list. Names entries by id, never by hash.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hashsweep.hashlists.compiled import CompiledList, HashColumn
from hashsweep.model import LOW_QUALITY

PROBLEMS = {
    "unbalanced": "a PDQ hash with far from 128 set bits: not a PDQ, or not of a picture",
    "low-entropy": "a perceptual hash with few different bytes: a blank, striped or drawn picture",
    "shared-hash": "one hash under several entries: each file that has it matches all of them",
    "empty-file": "the digest of an empty file: it would match all empty files",
    "low-quality": "a PDQ hash with quality below 50: matched up to 22 bits, below 10 never",
    "no-matchable-hash": "an entry whose hashes all cannot be computed here",
}
"""Stable codes of suspicious entries; such entries are still used."""

_BALANCE = 16  # set bits away from 128; the algorithm gives 128, or fewer if coefficients tie
_FEW_BYTES = 4  # a picture's hash has more different byte values than a quarter of its bytes
_SHOWN = 5

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Problem:
    """One kind of suspicious entry on a list: how many, and the ids of the first few."""

    code: str
    algorithm: str
    count: int
    examples: tuple[str, ...]


def lint(compiled: CompiledList) -> Iterator[Problem]:
    """Yield what is suspicious, by algorithm."""
    for name in compiled.algorithms:
        column = compiled.column(name)
        for code, check in _CHECKS.items():
            rows = check(name, column)
            if rows.size:
                yield _problem(compiled, code, name, column.entries[rows].astype(np.int64))
    lonely = _without_hashes(compiled)
    if lonely.size:
        yield _problem(compiled, "no-matchable-hash", "", lonely)


def _problem(compiled: CompiledList, code: str, name: str, entries: Rows) -> Problem:
    first = np.unique(entries)[:_SHOWN].tolist()
    return Problem(code, name, entries.size, tuple(compiled.describe(row)[0] for row in first))


def _find_unbalanced(name: str, column: HashColumn) -> Rows:
    if name != "pdq":
        return np.empty(0, np.int64)
    words = np.ascontiguousarray(column.hashes).view(np.uint64)
    bits = np.bitwise_count(words).sum(axis=1, dtype=np.int64)
    return np.nonzero(np.abs(bits - 128) > _BALANCE)[0]


def _low_entropy(name: str, column: HashColumn) -> Rows:
    if name in _EMPTY:
        return np.empty(0, np.int64)
    ordered = np.sort(column.hashes, axis=1)
    different: Rows = (np.diff(ordered, axis=1) != 0).sum(axis=1) + 1
    return np.nonzero(different <= column.hashes.shape[1] // _FEW_BYTES)[0]


def _find_shared(_name: str, column: HashColumn) -> Rows:
    same = np.zeros(len(column.keys) + 1, bool)
    same[1:-1] = column.keys[1:] == column.keys[:-1]
    (rows,) = np.nonzero(same[1:] | same[:-1])  # equal hashes are adjacent
    values = np.ascontiguousarray(column.hashes[rows]).view(f"V{column.hashes.shape[1]}")
    _, group = np.unique(values.reshape(-1), return_inverse=True)
    owners = column.entries[rows]
    lowest = np.full(group.max(initial=-1) + 1, 2**32 - 1, np.uint32)
    highest = np.zeros_like(lowest)
    np.minimum.at(lowest, group, owners)
    np.maximum.at(highest, group, owners)
    shared: Rows = rows[(lowest != highest)[group]]
    return shared


def _empty_file(name: str, column: HashColumn) -> Rows:
    if name not in _EMPTY:
        return np.empty(0, np.int64)
    empty = np.frombuffer(_EMPTY[name], np.uint8)
    return np.nonzero((column.hashes == empty).all(axis=1))[0]


def _low_quality(name: str, column: HashColumn) -> Rows:
    low = column.quality < LOW_QUALITY
    return np.nonzero(low)[0] if name == "pdq" else np.empty(0, np.int64)


def _without_hashes(compiled: CompiledList) -> Rows:
    lonely = ~compiled.inactive()
    for name in compiled.algorithms:
        lonely[compiled.column(name).entries] = False
    return np.nonzero(lonely)[0]


_EMPTY = {
    name: hashlib.new(name, usedforsecurity=False).digest() for name in ("md5", "sha1", "sha256")
}
_CHECKS: dict[str, Callable[[str, HashColumn], Rows]] = {
    "unbalanced": _find_unbalanced,
    "low-entropy": _low_entropy,
    "shared-hash": _find_shared,
    "empty-file": _empty_file,
    "low-quality": _low_quality,
}
