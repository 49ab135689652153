"""Counts the results of a sweep, record by record (tally_columns counts rows).

Knows no file and no terminal.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec
import numpy as np

from hashsweep.model import LOW_QUALITY, NOTES, UNKNOWN_TYPE, Record, Skipped
from hashsweep.report.plain_rows import PlainRows
from hashsweep.report.totals import Totals

_MOST_BYTES = 2**63 - 1  # what `sweep.json` holds; no files have so many, whatever a worker says


@dataclass
class Tally:
    """Totals of a sweep.

    `matched_items` counts items, the other match counts item x entry pairs. `with_frames` counts
    items with several frames, `further_frames` their frames hashed in addition to the first;
    `hashed`, `low_quality` and the match counts include frames, everything else counts items.
    `in_other_shards` counts what was left to other shards, items or not. `failures` counts reasons,
    and an item can have several; `accepted` counts failed items all of whose reasons are in
    --accept. `folders` are those of `failed` that are folders which could not be listed, and
    `accepted_folders` those of `accepted`. `not_compared` and `not_looked_into` count items by
    media type that cannot be clean although nothing failed (model.NOTES). `overturned` matches
    count nowhere else; `confirmed` ones are included in the others. `possible_items` counts items
    with leads, whether or not they match.
    """

    items: int = 0
    bytes: int = 0
    failed: int = 0
    accepted: int = 0
    folders: int = 0
    accepted_folders: int = 0
    matched_items: int = 0
    matches: int = 0
    confirmed: int = 0
    overturned: int = 0
    low_quality: int = 0
    known_good: int = 0
    from_baseline: int = 0
    digest_from_source: int = 0
    with_frames: int = 0
    further_frames: int = 0
    in_other_shards: int = 0
    not_compared: Counter[str] = field(default_factory=Counter)
    not_looked_into: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    hashed: Counter[str] = field(default_factory=Counter)
    media_types: Counter[str] = field(default_factory=Counter)
    decode_modes: Counter[str] = field(default_factory=Counter)
    by_list: Counter[str] = field(default_factory=Counter)
    by_category: Counter[str] = field(default_factory=Counter)
    by_algorithm: Counter[str] = field(default_factory=Counter)
    by_tier: Counter[str] = field(default_factory=Counter)
    by_ruleset: Counter[str] = field(default_factory=Counter)
    possible_items: int = 0
    _accept: frozenset[str] = field(default=frozenset(), repr=False, compare=False)
    _matched: bool = field(default=False, repr=False, compare=False)
    _is_possible: bool = field(default=False, repr=False, compare=False)

    @classmethod
    def create(cls, reasons: Iterable[str]) -> "Tally":
        """Return an empty tally of a sweep with these reasons of --accept."""
        return cls(_accept=frozenset(reasons))

    @property
    def accept(self) -> frozenset[str]:
        """The reasons of --accept."""
        return self._accept

    def skip(self, skipped: Skipped) -> None:
        """Count something that was skipped by policy."""
        self.skipped[skipped.reason] += 1

    def add(self, record: Record) -> None:
        """Count one record; those of further frames come right after their file's."""
        self.hashed.update(record.hashes.keys())
        self.low_quality += record.is_low
        if record.part is None:
            self._matched = self._is_possible = False
            self._add_file(record)
        else:
            self.further_frames += 1
        stand = [match for match in record.matches if match.stands]
        self.overturned += len(record.matches) - len(stand)
        self.matched_items += bool(stand) and not self._matched
        self._matched |= bool(stand)
        self.possible_items += bool(record.possible) and not self._is_possible
        self._is_possible |= bool(record.possible)
        for match in stand:
            self.matches += 1
            self.confirmed += match.decision == "confirmed"
            self.by_list[match.list_name] += 1
            self.by_category[match.category] += 1
            self.by_algorithm[match.algorithm] += 1
            self.by_tier[match.tier] += 1

    def add_plain(self, plain: PlainRows) -> None:
        """Count plain rows, as `add` counts their records one by one."""
        rows = plain.rows
        masks, numbers = np.unique(rows["there"], return_counts=True)
        for mask, number in zip(masks.tolist(), numbers.tolist(), strict=True):
            there = [name for at, name in enumerate(plain.hash_names) if mask >> at & 1]
            self.hashed.update(dict.fromkeys(there, number))
        qualities, sizes = rows["pdq_quality"], rows["size"]
        self.low_quality += int(np.count_nonzero((qualities < LOW_QUALITY) & (qualities >= 0)))
        self._add_bytes(sum(sizes[sizes > 0].tolist()))  # no overflow
        counts = np.bincount(rows["kind"], minlength=len(plain.kinds)).tolist()
        for kind, number in zip(plain.kinds, counts, strict=True):
            if number:
                self._add_file(kind, number)

    def _add_file(self, record: Record, number: int = 1) -> None:
        self.items += number
        self._add_bytes(record.size or 0)
        if record.media_type:
            self.media_types[record.media_type] += number
        if record.decode_mode:
            self.decode_modes[record.decode_mode] += number
        is_failed = record.status == "failed"
        self.failed += is_failed * number
        is_accepted = is_failed and record.is_accepted(self._accept)
        self.accepted += is_accepted * number
        self.folders += (is_failed and record.is_folder) * number
        self.accepted_folders += (is_accepted and record.is_folder) * number
        kind = record.media_type or UNKNOWN_TYPE
        noted = self.notes()
        for stage, reason in {(each.stage, each.reason) for each in record.reasons}:
            if reason in noted:
                noted[reason][kind] += number
            else:
                self.failures[f"{stage}: {reason}"] += number
        self.known_good += (record.known_good is not None) * number
        self.from_baseline += bool(record.from_baseline) * number
        self.digest_from_source += bool(record.stated_hashes) * number
        self.with_frames += bool(record.animated) * number
        self.by_ruleset[str(record.ruleset or 0)] += number

    def _add_bytes(self, size: int) -> None:
        self.bytes = min(self.bytes + size, _MOST_BYTES)

    def notes(self) -> dict[str, Counter[str]]:
        """Return the counter of each of model.NOTES."""
        return {reason: getattr(self, reason.replace("-", "_")) for reason in NOTES}

    def totals(self) -> Totals:
        """Return the current totals for `sweep.json`; counters have the largest first."""
        counts = {
            name: dict(value.most_common()) if isinstance(value, Counter) else value
            for name, value in vars(self).items()
            if not name.startswith("_")
        }
        return msgspec.convert(counts, Totals)
