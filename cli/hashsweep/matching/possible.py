"""Entries that a picture possibly shows: leads for people, found by a rule of two parts.

Two PDQs that are too far apart to match are a lead if they differ in at most MOST_BITS bits, and in
at most MOST_LOW_BITS of the 64 bits of the lowest frequencies (rows and columns 0 to 7 of 16). Both
numbers were chosen on photographs and altered copies of them; among receipts, screens, logos and
icons the rule also pairs different pictures. So a lead never counts as a match. Knows no file.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from hashsweep.matching import mih
from hashsweep.matching.base import Hashes, Hits, concatenate, no_hits
from hashsweep.matching.brute import BruteIndex
from hashsweep.matching.matcher import Column, Listed
from hashsweep.model import LOW_QUALITY, MOST_POSSIBLE, UNKNOWN_QUALITY, Possible, Record

MOST_BITS = 40
"""Bits of 256, inclusive, at which PDQs can be a lead. At 66, where altered copies still are, 46
pairs of different pictures of clothing fulfilled the rule; at 40 none did."""

MOST_LOW_BITS = 8
"""Bits of the 64 of the lowest frequencies, inclusive."""

_LOW_BYTES = [31, 29, 27, 25, 23, 21, 19, 17]
# A PDQ is 16 rows of 16 bits, the last row first: the second byte of each has columns 0 to 7

_AT_A_TIME = 1 << 18  # pairs compared in full at a time, so that memory stays small

Words = npt.NDArray[np.uint64]
Prepared = Mapping[str, npt.NDArray[Any]]
"""`words` uint64 (n,), and the arrays of mih.build over them, if they are indexed."""


def low_words(hashes: Hashes) -> Words:
    """Return the 64 bits of the lowest frequencies of PDQs, uint8 (n, 32): uint64 (n,)."""
    return np.ascontiguousarray(hashes[:, _LOW_BYTES]).view(np.uint64).reshape(-1)


def prepare(hashes: Hashes, *, indexed: bool) -> dict[str, npt.NDArray[Any]]:
    """Return what a search among these PDQs needs; without an index it compares every word."""
    words = low_words(hashes)
    return {"words": words, **(mih.build(_as_hashes(words)) if indexed else {})}


def _as_hashes(words: Words) -> Hashes:
    return words.view(np.uint8).reshape(-1, 8)


class PossibleIndex:
    """Finds every PDQ of a list that is a lead for a query, and nothing else."""

    def __init__(self, hashes: Hashes, prepared: Prepared) -> None:
        """`hashes` uint8 (n, 32), `prepared` the result of `prepare` for them."""
        self._hashes = hashes
        low = _as_hashes(prepared["words"])
        arrays = {name: array for name, array in prepared.items() if name != "words"}
        self._index = mih.MihIndex(low, arrays) if arrays else BruteIndex(low)

    def find(self, queries: Hashes, beyond: int) -> Hits:
        """Return all pairs at more than `beyond` bits that fulfil both parts of the rule.

        `queries` uint8 (m, 32); the distances are those of all 256 bits.
        """
        query, row, _ = self._index.find(_as_hashes(low_words(queries)), MOST_LOW_BITS)
        asked, listed = (
            np.ascontiguousarray(each).view(np.uint64) for each in (queries, self._hashes)
        )
        found = []
        for first in range(0, len(query), _AT_A_TIME):
            some = slice(first, first + _AT_A_TIME)
            bits = np.bitwise_count(asked[query[some]] ^ listed[row[some]])
            distance = bits.sum(axis=1, dtype=np.int64)
            is_lead = (distance > beyond) & (distance <= MOST_BITS)
            found.append(Hits(query[some][is_lead], row[some][is_lead], distance[is_lead]))
        return concatenate(found)


class _Target(NamedTuple):
    listed: Listed
    column: Column
    search: PossibleIndex


class PossibleFinder:
    """Finds the leads of records; one object serves a whole worker."""

    def __init__(
        self, lists: Iterable[Listed], prepared: Mapping[str, Prepared], beyond: int
    ) -> None:
        """`prepared` is by name of the list; nearer than `beyond` bits, inclusive, PDQs match."""
        self._beyond = beyond
        self._targets = []
        for each in lists:
            if each.name in prepared:
                column = each.column("pdq")
                index = PossibleIndex(column.hashes, prepared[each.name])
                self._targets.append(_Target(each, column, index))

    def note(self, records: Sequence[Record]) -> None:
        """Fill `possible` of each record; needs its matches. Only the stored picture counts."""
        having = [at for at, each in enumerate(records) if "pdq" in each.hashes]
        having = [at for at in having if not records[at].is_trusted]
        if not having:
            return
        quality = [records[at].pdq_quality for at in having]
        matched = {
            (at, match.list_name, match.entry_id) for at in having for match in records[at].matches
        }
        found = self.find(
            np.array(having, np.int64),
            np.frombuffer(b"".join(records[at].hashes["pdq"] for at in having), np.uint8).reshape(
                -1, 32
            ),
            np.array([UNKNOWN_QUALITY if each is None else each for each in quality], np.uint8),
            matched,
        )
        for at, leads in found.items():
            records[at].possible = leads

    def find(
        self,
        records: npt.NDArray[np.int64],
        hashes: Hashes,
        quality: npt.NDArray[np.uint8],
        matched: AbstractSet[tuple[int, str, str]],
    ) -> dict[int, list[Possible]]:
        """Return the leads of records by number, the nearest MOST_POSSIBLE of each, nearest first.

        `records` int64 (n,) are the numbers of the records, `hashes` uint8 (n, 32) their PDQs,
        `quality` uint8 (n,) 0-100 or UNKNOWN_QUALITY. `matched` are (record, list, entry id) of
        matches, by whatever hash or turn: these are no leads.
        """
        good = quality >= LOW_QUALITY
        records, hashes = records[good], hashes[good]
        nearest: dict[int, dict[tuple[str, str], int]] = {}
        for listed, column, index in self._targets if len(records) else ():
            query, row, distance = self._find_good(column, index, hashes)
            for record, entry, bits in zip(
                records[query].tolist(),
                column.entries[row].tolist(),
                distance.tolist(),
                strict=True,
            ):
                key = listed.name, listed.describe(entry)[0]
                if (record, *key) not in matched:
                    leads = nearest.setdefault(record, {})
                    leads[key] = min(bits, leads.get(key, bits))
        return {
            record: [
                Possible(*key, bits)
                for key, bits in sorted(leads.items(), key=lambda each: (each[1], each[0]))
            ][:MOST_POSSIBLE]
            for record, leads in nearest.items()
        }

    def _find_good(self, column: Column, index: PossibleIndex, hashes: Hashes) -> Hits:
        """Return the pairs whose listed PDQ has a quality that is good enough, or not known."""
        if self._beyond >= MOST_BITS:
            return no_hits()
        hits = index.find(hashes, self._beyond)
        good = column.quality[hits.row] >= LOW_QUALITY
        return Hits(*(each[good] for each in hits))
