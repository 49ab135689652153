"""A batch of records against all lists. Knows neither where hashes nor where lists come from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from hashsweep.matching.base import Hashes, Index
from hashsweep.matching.brute import BruteIndex
from hashsweep.matching.collisions import contradicted
from hashsweep.matching.exact import ExactIndex
from hashsweep.matching.searcher import searcher
from hashsweep.matching.tiers import is_forgeable, is_short, tier
from hashsweep.model import HashSpec, Match, Record


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
        """0-100, or more where the list does not say: uint8 (n,)."""

    @property
    def index(self) -> Mapping[str, npt.NDArray[Any]]:
        """What mih.build made of the hashes; may be empty."""


class Listed(Protocol):
    """A hash list as the matcher needs it."""

    @property
    def name(self) -> str:
        """What the list is called in reports."""

    @property
    def algorithms(self) -> tuple[str, ...]:
        """The hash kinds on it."""

    def column(self, algorithm: str) -> Column:
        """Return the hashes of one kind."""

    def describe(self, row: int) -> tuple[str, str, tuple[str, ...]]:
        """Return (entry id, category, labels)."""


Found = tuple[int, int, int]
"""A record, the first target of a list, and the row of an entry on that list."""


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
    ) -> None:
        """`max_distance` (bits, inclusive) overrides the spec's default by algorithm.

        With `confirm` a match on a 64-bit hash counts only if another hash agrees.
        """
        self._confirm = confirm
        self._targets = [
            _target(listed, specs[name], max_distance.get(name, specs[name].max_distance))
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
        """Fill `matches` of each record, one Match a list entry, strongest evidence first."""
        found: dict[Found, dict[str, int]] = {}
        for number, target in enumerate(self._targets):
            for record, row, distance in _hits(target, records):
                key = (record, self._firsts[number], row)
                evidence = found.setdefault(key, {})
                name = target.spec.name
                evidence[name] = min(distance, evidence.get(name, distance))
        denied = self._denied(found, records)
        for key, evidence in sorted(found.items()):
            record, number, row = key
            if self._confirm and len(evidence) == 1 and self._is_short(*evidence):
                continue
            doubted = denied.get(key, ())
            records[record].matches.append(self._match(number, row, evidence, doubted))

    def _is_short(self, algorithm: str) -> bool:
        return is_short(self._specs[algorithm])

    def _denied(
        self, found: Mapping[Found, Mapping[str, int]], records: Sequence[Record]
    ) -> dict[Found, list[str]]:
        """Return the digests that are equal although a stronger one of the entry says otherwise."""
        denied: dict[Found, list[str]] = {}
        for number, target in enumerate(self._targets):
            name, proofs = target.spec.name, self._proofs[self._firsts[number]]
            if not proofs or not is_forgeable(target.spec):
                continue
            suspects = [
                key
                for key, evidence in found.items()
                if key[1] == self._firsts[number]
                and name in evidence
                and not evidence.keys() & proofs.keys()
                and records[key[0]].hashes.keys() & proofs.keys()
            ]
            if suspects:
                asked = [(row, records[record].hashes) for record, _, row in suspects]
                for key, is_denied in zip(
                    suspects, contradicted(target.column, proofs, asked), strict=True
                ):
                    if is_denied:
                        denied.setdefault(key, []).append(name)
        return denied

    def _match(
        self, number: int, row: int, evidence: Mapping[str, int], denied: Sequence[str]
    ) -> Match:
        """Return the match; what is denied comes last and weighs nothing."""
        listed = self._targets[number].listed
        ranked = sorted(
            evidence.items(), key=lambda pair: (pair[0] in denied, -self._specs[pair[0]].strength)
        )
        algorithm, distance = ranked[0]
        entry_id, category, labels = listed.describe(row)
        return Match(
            algorithm=algorithm,
            distance=distance,
            list_name=listed.name,
            entry_id=entry_id,
            category=category,
            labels=labels,
            tier=tier([(self._specs[name], bits) for name, bits in ranked if name not in denied]),
            evidence=tuple(ranked),
        )


def _target(listed: Listed, spec: HashSpec, max_distance: int) -> _Target:
    column = listed.column(spec.name)
    index: Index
    if spec.metric == "exact":
        index = ExactIndex(column.hashes, column.keys)
    elif column.index:
        index = searcher(column.hashes, column.index)
    else:
        index = BruteIndex(column.hashes)
    return _Target(listed, spec, max_distance, column, index)


def _hits(target: _Target, records: Sequence[Record]) -> list[tuple[int, int, int]]:
    """Return (record, entry row, distance), quality checked on both sides where it is known."""
    name, least = target.spec.name, target.spec.min_quality
    asked = [
        at
        for at, record in enumerate(records)
        if name in record.hashes
        and (least is None or record.pdq_quality is None or record.pdq_quality >= least)
    ]
    if not asked:
        return []
    queries = np.frombuffer(b"".join(records[at].hashes[name] for at in asked), np.uint8)
    hits = target.index.find(queries.reshape(len(asked), -1), target.max_distance)
    query, row, distance = hits
    if least is not None:
        good = target.column.quality[row] >= least
        query, row, distance = query[good], row[good], distance[good]
    entries = target.column.entries[row].tolist()
    return list(zip((asked[q] for q in query.tolist()), entries, distance.tolist(), strict=True))
