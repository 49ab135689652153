"""Compares rows of earlier reports with lists: finds what a sweep with the same hashes would find.

Works by batch and column; only matches become objects. Runs in threads: numpy and
Arrow release the interpreter lock while they work. Knows no folder and no terminal.
"""

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from hashsweep.hashlists.compiled import CompiledList
from hashsweep.hashlists.delta import ListDelta
from hashsweep.hashlists.entry_status import EntryStatus
from hashsweep.matching.matcher import Matcher
from hashsweep.matching.possible import PossibleFinder, Prepared
from hashsweep.matching.queries import Queries
from hashsweep.media.other_types import find_visible
from hashsweep.model import (
    DIGESTS,
    LOW_QUALITY,
    NOTES,
    PDQ_MAX_DISTANCE,
    UNKNOWN_QUALITY,
    Failure,
    HashSpec,
    Item,
    Match,
    Record,
)
from hashsweep.rematch.frame_rows import add_frame_rows
from hashsweep.rematch.pool import Batch
from hashsweep.rematch.possible_column import build_column, find_leads
from hashsweep.rematch.stored_views import StoredViews
from hashsweep.report import retractions, schema
from hashsweep.report.columns import has_reason, with_columns
from hashsweep.report.retractions import Standing
from hashsweep.report.rows import judgement
from hashsweep.report.tally_columns import hash_columns
from hashsweep.sweep.coverage import FRAMES_LEFT_OUT, Wanted, why_not_clean
from hashsweep.variants import LEVELS

Flags = npt.NDArray[np.bool_]

_JUDGED = NOTES | {FRAMES_LEFT_OUT}
"""Reasons that depend on what the lists hold: they are determined again."""

_READ = ("decode", "hash")  # failures in these stages happen after all bytes were read


@dataclass(frozen=True, eq=False)
class Against:
    """What to compare rows with.

    `names` maps, for each report, the lists of its matches to their current names; `rulesets` are
    the new numbers of its rulesets. With
    `renewed`, rows without a match in their report are compared only with those hashes; `old` is
    then the earlier version of the only list. `decide` sets reviewers' decisions in the matches of
    one item's records, the file's own first; it is called from several threads. `views` are the
    kinds (variants.KINDS) that are compared, as far as rows keep them or their hash gives them.
    `possible` is what the search for leads needs, by list (matching.possible); None for no leads.
    """

    lists: Sequence[CompiledList]
    specs: Sequence[HashSpec]
    max_distance: Mapping[str, int]
    confirm: bool
    names: Sequence[Mapping[str, str]]
    rulesets: Sequence[Sequence[int]]
    renewed: ListDelta | None = None
    old: CompiledList | None = None
    compiled_from: int | None = None
    views: tuple[str, ...] = LEVELS["default"]
    decide: Callable[[Sequence[Record]], None] | None = None
    possible: Mapping[str, Prepared] | None = None


@dataclass
class Compared:
    """The results of a batch: rows of three tables, and counts.

    `lacking` counts items without a hash of an algorithm that a sweep would have computed, by
    algorithm; `lacking_items` those that lack any.
    """

    files: pa.Table
    matches: pa.Table
    retractions: pa.Table
    standing: Standing
    lacking: Counter[str] = field(default_factory=Counter)
    lacking_items: int = 0


class Comparer:
    """Compares batches; for one thread at a time, because a compiled search reuses buffers."""

    def __init__(self, against: Against) -> None:
        """Prepare the search; large data stays in the lists' memory maps."""
        self._against = against
        self._specs = {spec.name: spec for spec in against.specs}
        exact = {name: spec for name, spec in self._specs.items() if spec.metric == "exact"}
        harmless = [each for each in against.lists if each.known_good]
        harmful = [each for each in against.lists if not each.known_good]
        distances, quick = against.max_distance, against.compiled_from
        self._matcher = Matcher(
            harmful, self._specs, distances, confirm=against.confirm, compiled_from=quick
        )
        self._known_good = Matcher(harmless, exact, {}) if harmless else None
        self._renewed = (
            Matcher([against.renewed], self._specs, distances, compiled_from=quick)
            if against.renewed
            else None
        )
        self._possible = (
            PossibleFinder(harmful, against.possible, distances.get("pdq", PDQ_MAX_DISTANCE))
            if against.possible
            else None
        )
        self._coverage = Wanted.by(harmful, against.specs)
        self._fates = {each.name: EntryStatus(each, against.old) for each in harmful}

    def compare(self, batch: Batch) -> Compared:
        """Return the results for the rows of whole items."""
        files, has_no_row = add_frame_rows(batch.files)
        batch = batch._replace(files=files)
        rows = _Rows(batch.files, self._specs)
        named, trusted = self._harmless(rows)
        to_query = {
            name: each.only(~trusted) if self._specs[name].reads == "picture" else each
            for name, each in rows.asked.items()
        }
        stored = to_query.get("pdq")
        views = StoredViews.read(batch.files, self._against.views)
        if stored is not None:
            to_query["pdq"] = views.add_to(stored)
        if self._renewed:
            again = self._renewed.find_near(to_query, rows.count) | _has_earlier(batch)
            again |= (~batch.files["known_good"].is_null().to_numpy())[rows.own]
            to_query = {name: each.only(again) for name, each in to_query.items()}
        found = list(self._matcher.find(to_query))
        if found and self._against.decide:
            found = _decide(batch.files, rows, found, self._against.decide)
        leads = find_leads(self._possible, stored, found) if self._possible and stored else {}
        matches = _match_rows(batch.files, rows.own, found)
        retracted, standing = retractions.diff_matches(
            batch.earlier,
            matches,
            self._against.names[batch.report],
            lambda rows: self._why(rows, batch, trusted, views),
        )
        carried = _carry_rows(batch.files, named, self._against.rulesets[batch.report])
        files = self._judge(carried, rows, trusted, views)
        place = files.column_names.index("possible")
        column = build_column(leads, files.num_rows)
        files = files.set_column(place, files.schema.field("possible"), column)
        if has_no_row.any():
            has_no_row[[*(row for row, _ in found), *leads]] = False
            files = files.filter(pa.array(~has_no_row))
        compared = Compared(files, matches, retracted, standing)
        self._count_lacking(rows, trusted, compared)
        return compared

    def _harmless(self, rows: "_Rows") -> tuple[pa.Array, Flags]:
        """Return the known-good list of each file, and the rows a sweep would not have decoded.

        A file that is surely harmless is not decoded, so no picture of it can match.
        """
        if self._known_good is None:
            return pa.nulls(rows.count, pa.string()), np.zeros(rows.count, bool)
        first, sure = self._known_good.find_naming_list(rows.asked, rows.count)
        names = pa.array(self._known_good.names, pa.string())
        return names.take(pa.array(first, mask=first < 0)), sure[rows.own]

    def _judge(
        self, files: pa.Table, rows: "_Rows", trusted: Flags, views: StoredViews
    ) -> pa.Table:
        """Return the rows with new columns: what was compared, and why not clean."""
        wanted = self._coverage
        reasons = files["reasons"].to_pylist()
        for each in reasons:
            each[:] = [reason for reason in each if reason["reason"] not in _JUDGED]
        doubtful = np.flatnonzero(self._may_be_unclean(files, rows))
        members: dict[int, list[int]] = {int(own): [] for own in doubtful}
        for at in np.flatnonzero(np.isin(rows.own, doubtful)).tolist():
            members[int(rows.own[at])].append(at)
        wanted_rows = sorted(place for places in members.values() for place in places)
        found = _records(_with_hashes(files).take(np.array(wanted_rows, np.int64)))
        records = dict(zip(wanted_rows, found, strict=True))
        for own, places in members.items():
            records[own].is_trusted = bool(trusted[own])
            members_of = [records[place] for place in places]
            if why := why_not_clean(members_of, wanted) or _describe_lost_frames(
                members_of, wanted
            ):
                reasons[own].append(
                    {"stage": why.stage, "reason": why.reason, "detail": why.detail or None}
                )
        failed = pa.array(any(why["reason"] not in NOTES for why in each) for each in reasons)
        columns = {
            "status": pc.if_else(failed.cast(pa.bool_()), "failed", "scanned"),
            "reasons": pa.array(reasons, files.schema.field("reasons").type),
            "looked_for": self._build_compared(rows, files, trusted, views),
        }
        for name, column in columns.items():
            place = files.column_names.index(name)
            files = files.set_column(place, files.schema.field(name), column)
        return files

    def _may_be_unclean(self, files: pa.Table, rows: "_Rows") -> Flags:
        """Say which files may get another reason; a superset, found by column."""
        is_own = np.zeros(rows.count, bool)
        is_own[rows.own] = True
        kinds = files["media_type"].combine_chunks().dictionary_encode()
        names = kinds.dictionary.to_pylist()
        seen = np.array([find_visible(name) == "more" for name in names] + [True], bool)
        codes = kinds.indices.fill_null(len(names)).to_numpy()
        doubtful = seen[codes] & is_own | ~self._has_all(rows, self._coverage.pictures)
        doubtful |= files["animated"].fill_null(False).to_numpy()  # noqa: FBT003
        lacking = np.zeros(rows.count, bool)
        lacking[rows.own[doubtful]] = True
        return lacking & is_own

    def _has_all(self, rows: "_Rows", names: Iterable[str]) -> Flags:
        """Say which rows have all of these hashes, in a quality that is compared."""
        there = np.ones(rows.count, bool)
        for name in names:
            there &= self._is_compared(rows, name)
        return there

    def _is_compared(self, rows: "_Rows", name: str) -> Flags:
        has = rows.has(name)
        if name == "pdq":
            has &= ~rows.is_low
        return has & (name not in self._coverage.idle)

    def _build_compared(
        self, rows: "_Rows", files: pa.Table, trusted: Flags, views: StoredViews
    ) -> pa.Array:
        """Return the column that says which hashes of each row were compared.

        Pictures of surely harmless files were not compared.
        """
        wanted = self._coverage
        names = sorted(wanted.pictures | wanted.digests)
        flags = [
            self._is_compared(rows, name) & ~(trusted & (name in wanted.pictures)) for name in names
        ]
        sets = np.zeros(rows.count, np.int64)
        for number, each in enumerate(flags):
            sets |= each.astype(np.int64) << number
        distinct, codes = np.unique(sets, return_inverse=True)
        values = [
            {"hashes": [name for number, name in enumerate(names) if code >> number & 1]}
            for code in distinct.tolist()
        ]
        hashes = pa.array(values, schema.LOOKED_FOR).take(pa.array(codes)).field("hashes")
        before = files["looked_for"].combine_chunks()
        kept = {each.name: pc.struct_field(before, each.name) for each in schema.LOOKED_FOR}
        compared = flags[names.index("pdq")] if "pdq" in names else np.zeros(rows.count, bool)
        kept |= {"hashes": hashes, "views": views.name_compared(compared)}
        arrays = [*kept.values()]
        return pa.StructArray.from_arrays(arrays, fields=[*schema.LOOKED_FOR])

    def _count_lacking(self, rows: "_Rows", trusted: Flags, compared: Compared) -> None:
        lacks_any = np.zeros(rows.count, bool)
        for name, spec in self._specs.items():
            wanted = rows.were_read if spec.reads == "bytes" else rows.may_be_pictures & ~trusted
            lacks = np.zeros(rows.count, bool)
            lacks[rows.own[wanted & ~rows.has(name)]] = True
            if lacks.any():
                compared.lacking[name] += int(np.count_nonzero(lacks))
                lacks_any |= lacks
        compared.lacking_items = int(np.count_nonzero(lacks_any))

    def _why(
        self,
        rows: Sequence[Mapping[str, Any]],
        batch: Batch,
        trusted: Flags,
        views: StoredViews,
    ) -> list[str]:
        """Say for each earlier match of a batch why it no longer holds."""
        names = self._against.names[batch.report]
        wanted: dict[str, list[str]] = {}
        for row in rows:
            wanted.setdefault(names[row["list"]], []).append(row["entry_id"])
        fates = {name: self._fates[name].of(ids) for name, ids in wanted.items()}
        places = _places(batch.files)
        reasons = []
        for row in rows:
            fate: str = fates[names[row["list"]]][row["entry_id"]]
            at = places[row["item_id"], row["part"]] if fate == "changed" else None
            if at is not None:
                fate = self._why_not(row, batch.files, at, views, trusted=bool(trusted[at]))
            reasons.append(fate)
        return reasons

    def _why_not(
        self,
        row: Mapping[str, Any],
        files: pa.Table,
        at: int,
        views: StoredViews,
        *,
        trusted: bool,
    ) -> str:
        """Say why a match no longer holds although its entry still exists."""
        used = {row["algorithm"], *(each["algorithm"] for each in row["evidence"] or ())}
        has = {n for n in used if n in files.column_names and files[n][at].is_valid}
        if trusted and not any(self._specs[n].reads == "bytes" for n in has if n in self._specs):
            return "known-good"
        if not views.has(at, row["variant"]):
            return "not-compared"  # by the picture then, by its hash alone now, which is weaker
        return "changed" if has else "not-compared"


class _Rows:
    """The columns of a batch's files in the form the search needs.

    `own` int64 (rows,): index of the file's own row.
    """

    def __init__(self, files: pa.Table, specs: Mapping[str, HashSpec]) -> None:
        self.count = files.num_rows
        is_file = files["part"].is_null().to_numpy()
        self.own = np.maximum.accumulate(np.where(is_file, np.arange(self.count), 0))
        quality = files["pdq_quality"].fill_null(UNKNOWN_QUALITY).to_numpy().astype(np.uint8)
        self.asked = {
            name: to_query(files[name], quality) for name in specs if name in files.column_names
        }
        self.is_low = quality < LOW_QUALITY
        scanned = _equals(files["status"], "scanned")
        read = scanned | np.asarray(has_reason(files["reasons"], _READ, "stage"))
        self.were_read = read & is_file
        kinds = files["media_type"].fill_null("image/").combine_chunks()
        self.may_be_pictures = scanned & np.asarray(pc.starts_with(kinds, "image/"))

    def has(self, name: str) -> Flags:
        """Say for each row whether it has the hash."""
        result = np.zeros(self.count, bool)
        if name in self.asked:
            result[self.asked[name].records] = True
        return result


def to_query(column: pa.ChunkedArray, quality: npt.NDArray[np.uint8]) -> Queries:
    """Return a column of hashes (one chunk, null if there is none) as queries."""
    whole = column.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0) if whole.num_chunks else pa.array([], column.type)
    size = column.type.byte_width
    data = np.frombuffer(whole.buffers()[1] or b"", np.uint8)
    hashes = data[whole.offset * size : (whole.offset + len(whole)) * size].reshape(-1, size)
    having = np.flatnonzero(whole.is_valid().to_numpy(zero_copy_only=False))
    return Queries(having, hashes[having], quality[having], np.zeros(len(having), np.uint8))


def _places(files: pa.Table) -> defaultdict[tuple[bytes, str | None], int | None]:
    """Return the index of each item's and part's row."""
    ids, parts = (files[name].to_pylist() for name in ("item_id", "part"))
    found = {key: at for at, key in enumerate(zip(ids, parts, strict=True))}
    return defaultdict(lambda: None, found)


def _has_earlier(batch: Batch) -> Flags:
    """Say for each row whether its item has a match in its report."""
    found = pc.is_in(batch.files["item_id"], value_set=batch.earlier["item_id"])
    return np.asarray(found)


class _Stored(Item):
    """An item with the id from its row."""

    row_id = b""

    @property
    def item_id(self) -> bytes:
        """16 bytes, as in the report."""
        return self.row_id


def _decide(
    files: pa.Table,
    rows: "_Rows",
    found: Sequence[tuple[int, Match]],
    decide: Callable[[Sequence[Record]], None],
) -> list[tuple[int, Match]]:
    """Pass each item with matches to `decide` as records; return the matches it leaves."""
    at = sorted({place for row, _ in found for place in (row, int(rows.own[row]))})
    records = dict(zip(at, _records(_with_hashes(files).take(at)), strict=True))
    for row, match in found:
        records[row].matches.append(match)
    for _, places in groupby(at, key=lambda row: int(rows.own[row])):
        decide([records[row] for row in places])
    return [(row, match) for row in at for match in records[row].matches]


def _describe_lost_frames(records: Sequence[Record], wanted: Wanted) -> Failure | None:
    """Return why an item with several frames is not compared in full: some are not stored."""
    own = records[0]
    lost = own.frames_not_kept
    if not lost or own.status == "failed" or own.is_trusted or not wanted.pictures:
        return None
    return Failure("hash", "not-compared", f"{lost:,} frames that are not in the report")


def _with_hashes(files: pa.Table) -> pa.Table:
    """Return the columns that `_records` needs."""
    names = (
        *("item_id", "uri", "uri_bytes", "part", "reasons", "stated_hashes", "media_type"),
        *("animated", "frames", "pdq_quality", "looked_for"),
    )
    return files.select([*names, *hash_columns(files.schema)])


def _records(rows: pa.Table) -> Iterator[Record]:
    names = hash_columns(rows.schema)
    for row in rows.to_pylist():
        item = _Stored(row["uri"] if row["uri_bytes"] is None else os.fsdecode(row["uri_bytes"]))
        item.row_id = row["item_id"]
        hashes = {name: row[name] for name in names if row[name] is not None}
        record = Record(item, row["part"], hashes=hashes, pdq_quality=row["pdq_quality"])
        for why in row["reasons"]:
            if why["reason"] in _JUDGED:
                continue  # by other lists
            record.fail(Failure(why["stage"], why["reason"], why["detail"] or ""))
        record.media_type = row["media_type"]
        record.animated, record.frames = row["animated"], row["frames"]
        looked_for = row["looked_for"] or {}
        record.frames_seen = looked_for.get("frames_seen")
        record.frames_left = looked_for.get("frames_left")
        record.frames_not_kept = looked_for.get("frames_not_kept")
        record.stated_hashes = tuple(row["stated_hashes"] or ())
        yield record


def _match_rows(
    files: pa.Table, own: npt.NDArray[np.int64], found: Sequence[tuple[int, Match]]
) -> pa.Table:
    """Return the rows of `matches`."""
    if not found:
        return schema.MATCHES.empty_table()
    at = np.array([row for row, _ in found], np.int64)
    columns = {name: files[name].take(at) for name in ("item_id", "uri", "part", "pdq")}
    columns |= {name: files[name].take(own[at]) for name in DIGESTS}
    judged = [judgement(match) for _, match in found]
    for name in judged[0]:
        columns[name] = pa.array([each[name] for each in judged], schema.MATCHES.field(name).type)
    return with_columns(pa.table(columns), schema.MATCHES)


def _carry_rows(files: pa.Table, known_good: pa.Array, rulesets: Sequence[int]) -> pa.Table:
    """Return the rows of `files` for the new report; `rulesets` are their new numbers."""
    changed = {
        "from_baseline": pa.array(np.ones(files.num_rows, bool)),
        "known_good": known_good,
        "looked_for": _renumber_rulesets(files["looked_for"].combine_chunks(), rulesets),
    }
    for name, column in changed.items():
        at = files.column_names.index(name)
        files = files.set_column(at, files.schema.field(name), column)
    return files


def _renumber_rulesets(looked_for: pa.StructArray, numbers: Sequence[int]) -> pa.StructArray:
    """Return the column with the number that each row's ruleset has in the new report."""
    old = pc.struct_field(looked_for, "ruleset").fill_null(0)
    new = pa.array(numbers, pa.int32()).take(old)
    fields = [*schema.LOOKED_FOR]
    arrays = [new if f.name == "ruleset" else pc.struct_field(looked_for, f.name) for f in fields]
    return pa.StructArray.from_arrays(arrays, fields=fields)


def _equals(column: pa.ChunkedArray, value: str) -> Flags:
    return np.asarray(pc.equal(column, value).fill_null(False))  # noqa: FBT003
