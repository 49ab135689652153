"""Applies reviewers' earlier decisions about matches, from a CSV file, to new matches.

A row is about a content and an entry: confirmed, or overturned, which suppresses the match. A row
that cannot be understood is an error, because skipping it would bring back a match or hide one.
Knows no terminal and writes nothing.
"""

import hashlib
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from hashsweep.analysis.clusters import content_id, content_key
from hashsweep.analysis.decisions_file import Decision, RowProblem, as_name, rows
from hashsweep.errors import UsageProblem
from hashsweep.hashlists.compiled import CompiledList
from hashsweep.matching.brute import BruteIndex
from hashsweep.model import CLOSE_DISTANCE, Match, Record
from hashsweep.report.sweep_json import DecisionsInfo

Key = TypeVar("Key", bound=Hashable)


@dataclass
class _OfEntry:
    """Decisions about one entry, by what they apply to.

    `files` holds the rows for a file with all its frames, `pictures_of` those that
    apply only to its own picture because they also name that, or its cluster.
    """

    files: dict[bytes, Decision] = field(default_factory=dict)
    pictures_of: dict[bytes, Decision] = field(default_factory=dict)
    pdqs: dict[bytes, Decision] = field(default_factory=dict)
    clusters: dict[str, Decision] = field(default_factory=dict)
    _index: tuple[list[Decision], BruteIndex] | None = None

    def add(self, row: Decision) -> None:
        """Add a row, the latest first: of several for the same, the first one holds."""
        for digest in row.sha256:
            _put(self.pictures_of if row.pdqs or row.clusters else self.files, digest, row)
        for pdq in row.pdqs:
            _put(self.pdqs, pdq, row)
        for cluster in () if row.sha256 or row.pdqs else row.clusters:
            _put(self.clusters, cluster, row)

    def near(self, pdq: bytes) -> Iterator[tuple[int, Decision]]:
        """Yield (distance, decision) within CLOSE_DISTANCE."""
        if not self.pdqs:
            return
        if self._index is None:
            hashes = np.frombuffer(b"".join(self.pdqs), np.uint8).reshape(len(self.pdqs), -1)
            self._index = [*self.pdqs.values()], BruteIndex(hashes)
        found, index = self._index
        hits = index.find(np.frombuffer(pdq, np.uint8)[None], CLOSE_DISTANCE)
        for row, distance in zip(hits.row.tolist(), hits.distance.tolist(), strict=True):
            yield distance, found[row]


class Decisions:
    """All decisions of a file, ready to be applied to records."""

    def __init__(self, path: Path) -> None:
        """Read the file; raises UsageProblem, naming the line, if any of it cannot be used."""
        try:
            content = path.read_bytes()
        except OSError as error:
            raise UsageProblem(f"--decisions {path}: {error.strerror}") from error
        counts: Counter[str] = Counter()
        decided = []
        try:
            for row in rows(content):
                counts[row.decision or "undecided"] += 1
                decided += [row] * (row.decision is not None)
            self._by_entry: dict[tuple[str, str], _OfEntry] = {}
            for row in sorted(decided, key=lambda row: row.when, reverse=True):
                self._by_entry.setdefault((row.list_name, row.entry_id), _OfEntry()).add(row)
        except RowProblem as problem:
            raise UsageProblem(f"--decisions {path}: {problem}") from problem
        self.info = DecisionsInfo(
            sha256=hashlib.sha256(content).hexdigest(),
            rows=counts.total(),
            by_decision=dict(counts),
        )
        """What `sweep.json` says about the file."""

    def warnings(self, lists: Iterable[CompiledList]) -> list[str]:
        """Return warnings about rows for other lists than these; such rows have no effect."""
        known = {as_name(each.name) for each in lists}
        others = sorted({name for name, _ in self._by_entry} - known - {""})
        if not others:
            return []
        named = ", ".join(others[:3]) + (", ..." if len(others) > 3 else "")  # noqa: PLR2004
        there = ", ".join(sorted(known)) or "none"
        return [f"--decisions has rows about list {named}, which is not used here (lists: {there})"]

    def apply(self, records: Sequence[Record]) -> None:
        """Set `decision` of the matches of one item's records, the file's own first."""
        for record in records:
            for number, match in enumerate(record.matches):
                if decision := self._decision(match, record, records[0]):
                    record.matches[number] = replace(match, decision=decision)

    def _decision(self, match: Match, record: Record, own: Record) -> str | None:
        """Return the most specific decision; `own` is the file's record.

        A decision for the file comes before one for its picture, and that before the cluster;
        for a frame, one for the file with all its frames comes last. Then the nearer PDQ wins,
        then one that names the list.
        """
        entry = as_name(match.entry_id)
        names = (as_name(match.list_name), "")
        known = [found for name in names if (found := self._by_entry.get((name, entry)))]
        if not known:
            return None
        row = (
            (record.part is None and _of_file(known, own))
            or _of_picture(known, record)
            or _of_content(known, record, own)
            or _of_frames(known, own)
        )
        return row.decision if row else None


def _of_file(known: Sequence[_OfEntry], own: Record) -> Decision | None:
    sha256 = own.hashes.get("sha256", b"")
    for each in known:
        found = [table.get(sha256) for table in (each.files, each.pictures_of)]
        if row := _latest([row for row in found if row]):
            return row
    return None


def _of_frames(known: Sequence[_OfEntry], own: Record) -> Decision | None:
    """Return the decision for a file with all its frames."""
    sha256 = own.hashes.get("sha256", b"")
    return next((row for each in known if (row := each.files.get(sha256))), None)


def _of_picture(known: Sequence[_OfEntry], record: Record) -> Decision | None:
    if (pdq := _pdq(record)) is None:
        return None
    near = [
        ((distance, order), row)
        for order, each in enumerate(known)
        for distance, row in each.near(pdq)
    ]
    nearest = min((at for at, _ in near), default=None)
    return _latest([row for at, row in near if at == nearest])


def _of_content(known: Sequence[_OfEntry], record: Record, own: Record) -> Decision | None:
    if not any(each.clusters for each in known):
        return None
    name = content_id(content_key(own.item.item_id, record.part, own.hashes, _pdq(record)))
    return next((row for each in known if (row := each.clusters.get(name))), None)


def _pdq(record: Record) -> bytes | None:
    """Return the PDQ unless its quality is low; analysis.own_hashes makes rows by the same rule."""
    return None if record.is_low else record.hashes.get("pdq")


def _latest(found: Sequence[Decision]) -> Decision | None:
    """Return the latest; of several, the one that hides nothing."""
    return max(found, key=lambda row: (row.when, row.decision == "confirmed"), default=None)


def _put(table: dict[Key, Decision], key: Key, row: Decision) -> None:
    """Keep the later of two rows for the same; they come latest first."""
    before = table.setdefault(key, row)
    if before.when == row.when and before.decision != row.decision:
        raise RowProblem(
            row.line, f"contradicts line {before.line}: give the valid one a later `when`"
        )
