"""Near misses: distances between stored hashes of pictures and hash lists.

Pictures just beyond the match limit are counted, so that a team can choose its limit from
its own traffic; they do not become matches, and no media is read. Knows no terminal.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from hashsweep.hashlists.compiled import CompiledList
from hashsweep.matching.base import Hashes
from hashsweep.matching.turned_bits import turn_hashes
from hashsweep.model import LOW_QUALITY
from hashsweep.report.open_report import OpenReport
from hashsweep.variants import TURNS

WITHIN = 63
"""Bits up to which near misses are counted: twice PDQ's limit, still beyond chance (8 standard
deviations below 128 bits, the distance of unrelated pictures)."""

MOST = 100_000
"""Most different stored hashes that are compared."""

COMPARISONS = 4e10
"""Most pairs of hashes that are compared: a few minutes. Longer lists get a smaller sample."""

LEAST = 1_000
"""Hashes that are compared in any case: as they are stored, and again in all turns together."""

_BLOCK = 1 << 15  # listed hashes at a time: 1 MB, which fits a processor's cache
_BYTES = 32

FARTHEST = 8 * _BYTES
"""Most bits in which two PDQs can differ."""

Words = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Nearest:
    """Different stored PDQs by their distance to the nearest listed one.

    `counts` has one number per distance, 0 to WITHIN. `looked` PDQs were compared, of `stored`
    different ones (an estimate if that is more), with the `listed` PDQs of `lists`.
    `turned_counts` are those of the nearest of seven turns, made of the stored bits of
    `turned_looked` of the same PDQs; these may be fewer, as each takes seven comparisons.
    """

    counts: tuple[int, ...]
    turned_counts: tuple[int, ...]
    looked: int
    turned_looked: int
    stored: int
    listed: int
    lists: tuple[str, ...]


def nearest(
    reports: Iterable[OpenReport],
    lists: Sequence[CompiledList],
    most: int = MOST,
    tell: Callable[[int, int, int], None] = lambda _looked, _turned, _listed: None,
) -> Nearest:
    """Compare the PDQs in reports with those on lists, as they are stored and turned.

    Of more than `most` different ones (fewer if the lists are long), an even sample is
    taken, the same each time; an even part of it is turned. `tell` is called once, with the numbers
    of hashes that are compared as stored, of those that are also turned, and of listed ones.
    Raises ReportError.
    """
    listed = _search_lists(lists)
    room = int(COMPARISONS / max(len(listed), 1))
    sample, stored = distinct(read_stored(reports), min(most, max(room // 2, LEAST)))
    turned = sample[: max(room - len(sample), LEAST) // len(TURNS)]
    tell(len(sample), len(turned), len(listed))
    of_turns = _nearest(turn_hashes(turned).reshape(-1, _BYTES), listed)
    nearest_turn = of_turns.reshape(-1, len(TURNS)).min(axis=1)
    names = tuple(each.name for each in lists)
    return Nearest(
        _count(_nearest(sample, listed)),
        _count(nearest_turn),
        len(sample),
        len(turned),
        stored,
        len(listed),
        names,
    )


def read_stored(reports: Iterable[OpenReport]) -> Iterator[Hashes]:
    """Yield the PDQs of reports that are good enough to be matched: uint8 (n, 32), with repeats."""
    for report in reports:
        for part in report.segments("files"):
            for group in range(part.groups):
                rows = part.group(group, ["pdq", "pdq_quality"])
                good = pc.greater_equal(pc.fill_null(rows["pdq_quality"], LOW_QUALITY), LOW_QUALITY)
                rows = rows.filter(pc.and_(good, pc.is_valid(rows["pdq"])))
                yield _bytes(rows["pdq"])


def distinct(hashes: Iterable[Hashes], most: int) -> tuple[Hashes, int]:
    """Return at most `most` different hashes, evenly drawn, and the total number.

    The hashes whose mixed bits are the smallest numbers are kept, in that order, so that the first
    ones are an even sample, too. Repeats fall together, and memory does not grow. If not all fit,
    the total is an estimate from how close together those numbers lie (Bar-Yossef et al. 2002, k
    minimum values), good to 1/sqrt(most).
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


def _count(distances: npt.NDArray[np.int64]) -> tuple[int, ...]:
    """Return how many lie at each distance, 0 to WITHIN."""
    counts = np.bincount(distances[distances <= WITHIN], minlength=WITHIN + 1)
    return tuple(counts.tolist())


def _mix(hashes: Hashes) -> Words:
    """Return 64 bits of each hash that look random: splitmix64's finalizer over its four words."""
    mixed = np.zeros(len(hashes), np.uint64)
    for word in _words(hashes).T:
        mixed ^= word
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1)):
            mixed ^= mixed >> np.uint64(shift)
            mixed *= np.uint64(factor)
    return mixed


def _search_lists(lists: Iterable[CompiledList]) -> Hashes:
    """Return the PDQs of good quality on lists of harmful content: uint8 (n, 32)."""
    found = [np.empty((0, _BYTES), np.uint8)]
    for each in lists:
        if "pdq" in each.algorithms and not each.known_good:
            column = each.column("pdq")
            found.append(column.hashes[column.quality >= LOW_QUALITY])
    return np.concatenate(found)


def _nearest(asked: Hashes, listed: Hashes) -> npt.NDArray[np.int64]:
    """Return the distance to the nearest listed hash for each in `asked`: bits, int64 (n,).

    Compares every pair: at twice the match limit an index visits more (benchmarks/README.md).
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
