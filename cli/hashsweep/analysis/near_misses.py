"""Near misses: how far the pictures of reports are from those of hash lists, from stored hashes.

What lies a little beyond the limit of a match is counted, so that a team can choose its limit from
its own traffic; no match is made of it and no media is read. Knows no terminal.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from hashsweep.hashlists.compiled import CompiledList
from hashsweep.matching.base import Hashes
from hashsweep.model import LOW_QUALITY
from hashsweep.report.open_report import OpenReport

WITHIN = 63
"""Bits to which near misses are looked for: twice PDQ's limit, and still no chance (8 standard
deviations below the 128 bits at which two pictures that have nothing in common lie)."""

MOST = 100_000
"""Different stored hashes that are compared at most."""

COMPARISONS = 4e10
"""Pairs of hashes that are compared at most: a few minutes. Longer lists get a smaller sample."""

LEAST = 1_000
"""Hashes that are compared even so."""

_BLOCK = 1 << 15  # listed hashes at a time: 1 MB, which a processor's cache holds
_BYTES = 32

FARTHEST = 8 * _BYTES
"""Bits in which two PDQs differ at most."""

Words = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Nearest:
    """Different stored PDQs by the distance of the nearest listed one.

    `counts` has a number each distance, 0 to WITHIN. `looked` PDQs were compared, of `stored`
    different ones (about so many, where that is more), with the `listed` PDQs of `lists`.
    """

    counts: tuple[int, ...]
    looked: int
    stored: int
    listed: int
    lists: tuple[str, ...]


def nearest(
    reports: Iterable[OpenReport],
    lists: Sequence[CompiledList],
    most: int = MOST,
    tell: Callable[[int, int], None] = lambda _looked, _listed: None,
) -> Nearest:
    """Compare the PDQs that reports hold with those of lists.

    Of more than `most` different ones, and of fewer where the lists are long, an even sample is
    taken, the same each time. `tell` is called once, with how many are compared with how many.
    Raises ReportError.
    """
    listed = _search_lists(lists)
    room = int(COMPARISONS / max(len(listed), 1))
    sample, stored = distinct(stored_hashes(reports), min(most, max(room, LEAST)))
    tell(len(sample), len(listed))
    found = _nearest(sample, listed)
    counts = np.bincount(found[found <= WITHIN], minlength=WITHIN + 1)
    names = tuple(each.name for each in lists)
    return Nearest(tuple(counts.tolist()), len(sample), stored, len(listed), names)


def stored_hashes(reports: Iterable[OpenReport]) -> Iterator[Hashes]:
    """Yield the PDQs of reports that are good enough to be matched: uint8 (n, 32), with repeats."""
    for report in reports:
        for part in report.segments("files"):
            for group in range(part.groups):
                rows = part.group(group, ["pdq", "pdq_quality"])
                good = pc.greater_equal(pc.fill_null(rows["pdq_quality"], LOW_QUALITY), LOW_QUALITY)
                rows = rows.filter(pc.and_(good, pc.is_valid(rows["pdq"])))
                yield _bytes(rows["pdq"])


def distinct(hashes: Iterable[Hashes], most: int) -> tuple[Hashes, int]:
    """Return at most so many different hashes, evenly drawn, and how many there are in all.

    Those whose mixed bits make the smallest numbers are kept, so a repeat is met by itself and
    memory does not grow. Where not all fit, the total is an estimate from how close together those
    numbers lie (Bar-Yossef et al. 2002, k minimum values), good to 1/sqrt(most).
    """
    kept, marks = np.empty((0, _BYTES), np.uint8), np.empty(0, np.uint64)
    full = False
    for some in hashes:
        both = np.concatenate([marks, _mix(some)])
        marks, first = np.unique(both, return_index=True)
        full = full or len(marks) > most
        kept = np.concatenate([kept, some])[first[:most]]
        marks = marks[:most]
    if not full:
        return kept, len(kept)
    return kept, round((most - 1) / ((int(marks[-1]) + 1) / 2**64))


def _mix(hashes: Hashes) -> Words:
    """Return 64 bits of each hash that look random: splitmix64's finish, over its four words."""
    mixed = np.zeros(len(hashes), np.uint64)
    for word in _words(hashes).T:
        mixed ^= word
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1)):
            mixed ^= mixed >> np.uint64(shift)
            mixed *= np.uint64(factor)
    return mixed


def _search_lists(lists: Iterable[CompiledList]) -> Hashes:
    """Return the PDQs of lists of harmful content that are good enough: uint8 (n, 32)."""
    found = [np.empty((0, _BYTES), np.uint8)]
    for each in lists:
        if "pdq" in each.algorithms and not each.known_good:
            column = each.column("pdq")
            found.append(column.hashes[column.quality >= LOW_QUALITY])
    return np.concatenate(found)


def _nearest(asked: Hashes, listed: Hashes) -> npt.NDArray[np.int64]:
    """Return the distance of the nearest listed hash for each that is asked: bits, int64 (n,).

    Looks at every pair: at twice a match's limit an index visits more than that (DESIGN.md).
    """
    queries, columns = _words(asked), np.ascontiguousarray(_words(listed).T)
    best = np.full(len(queries), FARTHEST, np.int64)
    for at in range(0, columns.shape[1], _BLOCK):
        block = columns[:, at : at + _BLOCK]
        differing = np.empty(block.shape[1], np.uint64)
        bits, more = (np.empty(block.shape[1], np.uint8) for _ in range(2))
        for number, query in enumerate(queries):
            np.bitwise_count(np.bitwise_xor(block[0], query[0], out=differing), out=bits)
            for word in range(1, len(query)):
                np.bitwise_xor(block[word], query[word], out=differing)
                bits += np.bitwise_count(differing, out=more)
            least = int(bits.min())
            if not least and not (block == query[:, None]).all(axis=0).any():
                least = int(bits[bits != 0].min(initial=255))  # 256 became 0 in 8 bits
            best[number] = min(best[number], least)
    return best


def _words(hashes: Hashes) -> Words:
    return np.ascontiguousarray(hashes).view(np.uint64)


def _bytes(column: pa.ChunkedArray) -> Hashes:
    """Return a column of 32 bytes without nulls as uint8 (n, 32)."""
    joined = b"".join(column.to_pylist())
    return np.frombuffer(joined, np.uint8).reshape(-1, _BYTES)
