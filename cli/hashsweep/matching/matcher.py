"""Matches a batch of records against all lists. Does not know where hashes or lists come from."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from hashsweep.matching.base import Hashes, Index, no_hits
from hashsweep.matching.brute import BruteIndex
from hashsweep.matching.collisions import find_contradicted
from hashsweep.matching.exact import ExactIndex
from hashsweep.matching.queries import Queries, of_record, of_records
from hashsweep.matching.searcher import searcher
from hashsweep.matching.tiers import is_forgeable, is_short, tier
from hashsweep.model import HashSpec, Match, Record
from hashsweep.variants import ALTERED, VARIANTS

_ALTERED = np.array([name in ALTERED for name in VARIANTS])


class Column(Protocol):
    """The hashes of one algorithm on a list (see hashlists.compiled.HashColumn)."""

    @property
    def hashes(self) -> Hashes:
        """uint8 (n, bytes), in the order of `keys`."""

    @property
    def keys(self) -> npt.NDArray[np.uint64]:
        """The first 8 bytes of each hash, big-endian: uint64 (n,), ascending."""

    @property
    def entries(self) -> npt.NDArray[np.uint32]:
        """The entry that each hash belongs to: uint32 (n,)."""

    @property
    def quality(self) -> npt.NDArray[np.uint8]:
        """0-100, or more if the list does not say: uint8 (n,)."""

    @property
    def index(self) -> Mapping[str, npt.NDArray[Any]]:
        """The result of mih.build for the hashes; may be empty."""


class Listed(Protocol):
    """What the matcher needs from a hash list."""

    @property
    def name(self) -> str:
        """The list's name in reports."""

    @property
    def algorithms(self) -> tuple[str, ...]:
        """Its hash kinds."""

    def column(self, algorithm: str) -> Column:
        """Return the hashes of one kind."""

    def describe(self, row: int) -> tuple[str, str, tuple[str, ...]]:
        """Return (entry id, category, labels)."""


Found = tuple[int, int, int]
"""A record, the first target of a list, and the row of an entry on that list."""

Agreement = tuple[bool, int, int]
"""Whether it has the tier `altered`, the distance in bits, and the position in VARIANTS of the view
that is at this distance. The smallest one counts: a view that shows the very same picture before
any other, then the nearest, then the first."""

Evidence = Mapping[str, Agreement]
"""The nearest hash of a record to an entry's, by algorithm."""


class _Agreeing(NamedTuple):
    """Pairs of a record and an entry whose hashes agree: arrays of equal length.

    `is_altered` is bool, the others int64. It says that the view shows less than the whole picture,
    or that one of the two qualities is low.
    """

    record: npt.NDArray[np.int64]
    row: npt.NDArray[np.int64]
    is_altered: npt.NDArray[np.bool_]
    distance: npt.NDArray[np.int64]
    variant: npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class _Target:
    """One algorithm of one list, ready to be searched."""

    listed: Listed
    spec: HashSpec
    max_distance: int
    column: Column
    index: Index


class Matcher:
    """Finds the matches of records; one object serves a whole worker."""

    def __init__(
        self,
        lists: Iterable[Listed],
        specs: Mapping[str, HashSpec],
        max_distance: Mapping[str, int],
        *,
        confirm: bool = False,
        compiled_from: int | None = None,
    ) -> None:
        """`max_distance` (bits, inclusive) overrides the spec's default by algorithm.

        With `confirm` a match on a 64-bit hash counts only if another hash agrees.
        For `compiled_from` see searcher.
        """
        self._confirm = confirm
        self._targets = [
            _target(
                listed, specs[name], max_distance.get(name, specs[name].max_distance), compiled_from
            )
            for listed in lists
            for name in listed.algorithms
            if name in specs
        ]
        self._specs = {target.spec.name: target.spec for target in self._targets}
        first: dict[int, int] = {}
        self._firsts = [
            first.setdefault(id(target.listed), at) for at, target in enumerate(self._targets)
        ]
        self._proofs: dict[int, dict[str, Column]] = {at: {} for at in self._firsts}
        for at, target in zip(self._firsts, self._targets, strict=True):
            if target.spec.metric == "exact" and not is_forgeable(target.spec):
                self._proofs[at][target.spec.name] = target.column

    def match(self, records: Sequence[Record]) -> None:
        """Fill `matches` of each record, one Match per list entry, strongest evidence first.

        An entry matches once: by the nearest of the views that show the very same picture (as
        stored, turned), if one of them is within its distance; else by the nearest other view.
        """
        asked = {
            name: of_records(name, spec.bits // 8, records) for name, spec in self._specs.items()
        }
        for record, match in self.find(asked):
            records[record].matches.append(match)

    def find(self, asked: Mapping[str, Queries]) -> Iterator[tuple[int, Match]]:
        """Yield (record, Match) by record, list and entry; `asked` are hashes by algorithm."""
        found: dict[Found, dict[str, Agreement]] = {}
        for number, target, hits in self._hits(asked):
            name = target.spec.name
            columns = (column.tolist() for column in hits)
            for record, row, *agreement in zip(*columns, strict=True):
                evidence = found.setdefault((record, self._firsts[number], row), {})
                this = (agreement[0], agreement[1], agreement[2])
                evidence[name] = min(this, evidence.get(name, this))
        denied = self._find_denied(found, asked)
        for key, evidence in sorted(found.items()):
            record, number, row = key
            if self._confirm and len(evidence) == 1 and self._is_short(*evidence):
                continue
            yield record, self._match(number, row, evidence, denied.get(key, ()))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the lists that can be searched, in order."""
        return tuple(self._targets[first].listed.name for first in dict.fromkeys(self._firsts))

    def find_near(self, asked: Mapping[str, Queries], count: int) -> npt.NDArray[np.bool_]:
        """Say for `count` records whether any of their hashes is near any listed one."""
        result = np.zeros(count, bool)
        for _, _, hits in self._hits(asked):
            result[hits.record] = True
        return result

    def find_naming_list(
        self, asked: Mapping[str, Queries], count: int
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """Say for `count` records which list names them first, and whether for certain.

        Only for lists of digests, numbered as in `names`; -1 means none. Certain means a match
        of tier "exact" on any list; one of tier "collision" does not count.
        """
        order = {first: number for number, first in enumerate(dict.fromkeys(self._firsts))}
        none = len(order)
        first, sure = np.full(count, none, np.int64), np.zeros(count, bool)
        proven: dict[int, list[npt.NDArray[np.int64]]] = {at: [] for at in order}
        hits = sorted(self._hits(asked), key=lambda each: is_forgeable(each[1].spec))
        for number, target, found in hits:
            at, own = self._firsts[number], found.record << 32 | found.row
            counts = np.ones(len(own), bool)
            if is_forgeable(target.spec):
                counts = np.isin(own, np.concatenate([*proven[at], own[:0]]))
                rows = zip(found.record.tolist(), found.row.tolist(), counts, strict=True)
                doubtful = [(record, at, row) for record, row, is_proven in rows if not is_proven]
                equal = {target.spec.name: (False, 0, 0)}
                denied = self._find_denied(dict.fromkeys(doubtful, equal), asked)
                counts[~counts] = [key not in denied for key in doubtful]
            else:
                proven[at].append(own)
                sure[found.record] = True
            np.minimum.at(first, found.record[counts], order[at])
        return np.where(first == none, -1, first), sure

    def _hits(self, asked: Mapping[str, Queries]) -> Iterator[tuple[int, _Target, _Agreeing]]:
        for number, target in enumerate(self._targets):
            if target.spec.name in asked:
                yield number, target, _hits(target, asked[target.spec.name])

    def _is_short(self, algorithm: str) -> bool:
        return is_short(self._specs[algorithm])

    def _find_denied(
        self, found: Mapping[Found, Evidence], asked: Mapping[str, Queries]
    ) -> dict[Found, list[str]]:
        """Return the equal digests that a stronger digest of the entry contradicts."""
        denied: dict[Found, list[str]] = {}
        for number, target in enumerate(self._targets):
            name, proofs = target.spec.name, self._proofs[self._firsts[number]]
            if not proofs or not is_forgeable(target.spec):
                continue
            own = {
                key: digests
                for key, evidence in found.items()
                if key[1] == self._firsts[number]
                and name in evidence
                and not evidence.keys() & proofs.keys()
                and (digests := of_record(asked, key[0], proofs))
            }
            suspects = [(row, digests) for (_, _, row), digests in own.items()]
            answers = find_contradicted(target.column, proofs, suspects) if suspects else []
            for key, is_denied in zip(own, answers, strict=True):
                if is_denied:
                    denied.setdefault(key, []).append(name)
        return denied

    def _match(self, number: int, row: int, evidence: Evidence, denied: Sequence[str]) -> Match:
        """Return the match; denied evidence comes last and carries no weight."""
        listed = self._targets[number].listed
        ranked = sorted(
            evidence.items(), key=lambda pair: (pair[0] in denied, -self._specs[pair[0]].strength)
        )
        algorithm, (_, distance, variant) = ranked[0]
        entry_id, category, labels = listed.describe(row)
        return Match(
            algorithm=algorithm,
            distance=distance,
            list_name=listed.name,
            entry_id=entry_id,
            category=category,
            labels=labels,
            tier=tier(
                [
                    (self._specs[name], bits, is_altered)
                    for name, (is_altered, bits, _) in ranked
                    if name not in denied
                ]
            ),
            evidence=tuple((name, bits) for name, (_, bits, _) in ranked),
            variant=VARIANTS[variant],
        )


def _target(
    listed: Listed, spec: HashSpec, max_distance: int, compiled_from: int | None
) -> _Target:
    column = listed.column(spec.name)
    index: Index
    if spec.metric == "exact":
        index = ExactIndex(column.hashes, column.keys)
    elif column.index:
        index = searcher(column.hashes, column.index, compiled_from)
    else:
        index = BruteIndex(column.hashes)
    return _Target(listed, spec, max_distance, column, index)


def _hits(target: _Target, asked: Queries) -> _Agreeing:
    """Return what agrees with the target's hashes; quality is checked on both sides if known.

    Plain pictures need a search of their own, at a smaller distance; pictures of good quality meet
    plain entries in the one that they need anyway. Views of variants.ALTERED are compared
    only where both sides have a good quality.
    """
    least, low = target.spec.min_quality, target.spec.low_quality
    if least is None:
        return _search(target, asked, target.max_distance)
    is_good = asked.quality >= least
    found = _search(target, asked.at(is_good), target.max_distance, least)
    if low is None:
        return found
    is_plain = ~is_good & (asked.quality >= low.file) & ~_ALTERED[asked.variants]
    if not is_plain.any():
        return found
    plain = _search(target, asked.at(is_plain), min(low.max_distance, target.max_distance), least)
    return _Agreeing(*(np.concatenate(pair) for pair in zip(found, plain, strict=True)))


def _search(
    target: _Target, asked: Queries, max_distance: int, least: int | None = None
) -> _Agreeing:
    """Return what agrees at <= `max_distance`; where one quality is below `least`, by the rule."""
    if len(asked.records):
        query, row, distance = target.index.find(asked.hashes, max_distance)
    else:
        query, row, distance = no_hits()
    is_altered = _ALTERED[asked.variants[query]]
    if least is not None:
        listed, own = target.column.quality[row], asked.quality[query]
        is_low = (listed < least) | (own < least)
        counts = ~is_low
        if low := target.spec.low_quality:
            enough = (listed >= low.both) & (own >= low.both)
            enough |= (listed >= least) & (own >= low.file)
            counts |= enough & (distance <= low.max_distance) & ~is_altered
        query, row, distance = query[counts], row[counts], distance[counts]
        is_altered = (is_altered | is_low)[counts]
    return _Agreeing(
        asked.records[query],
        target.column.entries[row].astype(np.int64),
        is_altered,
        distance,
        asked.variants[query].astype(np.int64),
    )
