"""What `sweep.json` says of a report: one type, parsed and checked once, written in one form.

Every key is always there; null, an empty list or an empty object where it does not apply. Within
one layout keys may be added, and readers pass over those that they do not know; none is taken
away or given another meaning. `docs/reference/sweep-json.md` is made from this file.

Knows no row, no folder and no terminal.
"""

import datetime
import json
import math
import re
import uuid
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from hashsweep.errors import ReportError
from hashsweep.model import has_matchable, is_list_used
from hashsweep.report.carried_over import BaselineInfo, Ruleset, count_outdated

LAYOUT = 6
"""Number of the layout of reports: of `sweep.json` and of both tables.

Each change of what a key or a column means, or of its type, takes the next number. 1 to 5 were
never released.
"""

STATES = {
    "complete": "the sweep came to its end",
    "interrupted": "the sweep was stopped before its end",
    "running": "the sweep is still running",
    "killed": "the sweep was killed, or its machine stopped",
}
"""States of a report; `sweep.json` has `running` for one that was killed, too."""

State = Literal["complete", "interrupted", "running", "killed"]
Kind = Literal["sweep", "rematch"]

SEGMENT = re.compile(r"(files|matches|retractions)/part-[0-9]{5,}\.parquet")
"""Names that segments have within a report."""

Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Counts = dict[str, Count]
Moment = Annotated[datetime.datetime, Meta(tz=True)]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Distance = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Options = dict[str, Any]
Decoders = dict[str, str | None]


class Totals(Struct, frozen=True, kw_only=True):
    """What a sweep came to, in numbers (see tally.Tally, which adds them up)."""

    items: Annotated[Count, Meta(description="files and objects that came to a record")]
    bytes: Annotated[Count, Meta(description="bytes of those")]
    failed: Annotated[Count, Meta(description="items of which something was not done")]
    accepted: Annotated[Count, Meta(description="of these, items whose reasons are all accepted")]
    matched_items: Annotated[Count, Meta(description="items with a match that stands")]
    matches: Annotated[Count, Meta(description="pairs of an item and an entry that match")]
    confirmed: Annotated[Count, Meta(description="of these, matches that people confirmed")]
    overturned: Annotated[Count, Meta(description="matches that people overturned; not in others")]
    low_quality: Annotated[Count, Meta(description="pictures and frames too plain for PDQ")]
    known_good: Annotated[Count, Meta(description="items on a list of harmless files")]
    from_baseline: Annotated[Count, Meta(description="items whose hashes an earlier report had")]
    digest_from_source: Annotated[
        Count, Meta(description="items matched by a digest that their source states")
    ]
    not_compared: Annotated[
        Counts, Meta(description="items with the reason not-compared, by media type")
    ]
    not_looked_into: Annotated[
        Counts, Meta(description="items with the reason not-looked-into, by media type")
    ]
    with_frames: Annotated[Count, Meta(description="items of several frames or pages")]
    further_frames: Annotated[Count, Meta(description="their frames hashed beside the first")]
    in_other_shards: Annotated[Count, Meta(description="left to other shards")]
    skipped: Annotated[Counts, Meta(description="passed over by policy, by reason")]
    failures: Annotated[Counts, Meta(description="reasons of failed items, as `stage: reason`")]
    hashed: Annotated[Counts, Meta(description="pictures, frames and files by hash")]
    media_types: Annotated[Counts, Meta(description="items by media type")]
    decode_modes: Annotated[Counts, Meta(description="items by the way they were decoded")]
    by_list: Annotated[Counts, Meta(description="matches by list")]
    by_category: Annotated[Counts, Meta(description="matches by category")]
    by_algorithm: Annotated[Counts, Meta(description="matches by strongest hash")]
    by_tier: Annotated[Counts, Meta(description="matches by tier")]
    by_ruleset: Annotated[
        Counts, Meta(description="items by the number, in `rulesets`, of the rules applied to them")
    ]


class Platform(Struct, frozen=True, kw_only=True):
    """What a sweep ran on."""

    python: Annotated[str, Meta(description="version of Python")]
    system: Annotated[str, Meta(description="operating system, its version and processor")]


class Run(Struct, frozen=True, kw_only=True):
    """One run of a sweep: the whole of it, or what one call did of it."""

    started: Annotated[Moment, Meta(description="when this run began")]
    ended: Annotated[Moment | None, Meta(description="when it ended; null if it was killed")] = None
    hashsweep: Annotated[str, Meta(description="version of hashsweep")]
    options: Annotated[Options, Meta(description="options of this run, by name")]
    decoders: Annotated[Decoders, Meta(description="versions of what decodes pictures")]
    platform: Annotated[Platform, Meta(description="what it ran on")]
    host: Annotated[str, Meta(description="name of the machine")]
    items_before: Annotated[Count, Meta(description="items of the runs before")]
    bytes_before: Annotated[Count, Meta(description="bytes of the runs before")]
    items: Annotated[Count | None, Meta(description="items of this run; null until it ends")] = None
    bytes: Annotated[Count | None, Meta(description="bytes of this run; null until it ends")] = None
    workers_confined: Annotated[
        list[str] | None, Meta(description="power that its workers gave up; null until it ends")
    ] = None

    def __post_init__(self) -> None:
        """Refuse times that are none."""
        _check_moments(started=self.started, ended=self.ended)


class ListSource(Struct, frozen=True, kw_only=True):
    """One file that a list was made of."""

    path: Annotated[str, Meta(description="where it lay")]
    format: Annotated[str, Meta(description="format in which it was read")]
    sha256: Annotated[Sha256, Meta(description="SHA-256 of its bytes")]
    size: Annotated[Count, Meta(description="bytes")]
    modified: Annotated[Moment, Meta(description="when it was last written")]
    entries: Annotated[Count, Meta(description="entries read from it")]
    refusals: Annotated[Counts, Meta(description="rows that could not be used, by code")]
    refused_rows: Annotated[
        list[dict[str, Any]], Meta(description="the first of these: `line`, `code`, `detail`")
    ]

    def __post_init__(self) -> None:
        """Refuse a time that is none."""
        _check_moments(modified=self.modified)


class ListInfo(Struct, frozen=True, kw_only=True):
    """A list that was matched against. Holds none of its hashes."""

    name: Annotated[str, Meta(description="what the report calls it")]
    known_good: Annotated[bool, Meta(description="it names harmless files")]
    entries: Annotated[Count, Meta(description="entries in force")]
    withdrawn: Annotated[Count, Meta(description="entries that were taken back")]
    superseded: Annotated[Count, Meta(description="entries that later ones replaced")]
    hashes: Annotated[Counts, Meta(description="hashes in force, by algorithm")]
    low_quality: Annotated[Count, Meta(description="PDQs of too low a quality to match")]
    not_matchable_here: Annotated[Counts, Meta(description="hashes that nothing here computes")]
    created: Annotated[Moment, Meta(description="when it was compiled")]
    refused: Annotated[Counts, Meta(description="rows of its files not used, by code")]
    sources: Annotated[list[ListSource], Meta(description="the files that it was made of")]

    def __post_init__(self) -> None:
        """Refuse a time that is none."""
        _check_moments(created=self.created)

    @property
    def is_used(self) -> bool:
        """Whether all of it can be compared with: no row refused, and some hash to match."""
        return is_list_used(self.hashes, self.low_quality, self.refused)

    @property
    def has_matchable(self) -> bool:
        """Whether it holds any hash that can match."""
        return has_matchable(self.hashes, self.low_quality)

    @property
    def identity(self) -> tuple[Any, ...]:
        """What makes a list what it is: its counts, and the bytes of the files it came from.

        Lists with one identity match alike, whatever they are called and whenever they were
        compiled.
        """
        sources = tuple((source.format, source.sha256) for source in self.sources)
        hashes = tuple(sorted(self.hashes.items()))
        return (self.known_good, self.entries, self.withdrawn, self.superseded, hashes, sources)


class HashInfo(Struct, frozen=True, kw_only=True):
    """A hash algorithm as it was used."""

    name: Annotated[str, Meta(description="algorithm")]
    version: Annotated[str, Meta(description="version of its implementation")]
    bits: Annotated[Count, Meta(description="length of a hash")]
    max_distance: Annotated[Distance, Meta(description="largest distance of a match, inclusive")]
    min_quality: Annotated[
        int | None, Meta(description="lowest quality that is matched, inclusive; null for none")
    ]

    def __post_init__(self) -> None:
        """Refuse a distance that no two hashes have."""
        if self.max_distance > self.bits:
            raise ValueError(f"{self.max_distance} is no distance of {self.bits} bits")


class DecisionsInfo(Struct, frozen=True, kw_only=True):
    """The file of --decisions."""

    sha256: Annotated[Sha256, Meta(description="SHA-256 of its bytes")]
    rows: Annotated[Count, Meta(description="its rows")]
    by_decision: Annotated[Counts, Meta(description="its rows by decision")]


class HotEntry(Struct, frozen=True, kw_only=True):
    """An entry that matches too many different pictures to be right."""

    list: Annotated[str, Meta(description="its list")]
    entry_id: Annotated[str | None, Meta(description="its id; null in an encrypted report")]
    files: Annotated[Count, Meta(description="files that match it")]
    pictures: Annotated[Count, Meta(description="different pictures among these")]


class SegmentInfo(Struct, frozen=True, kw_only=True):
    """A Parquet file of the report."""

    sha256: Annotated[Sha256, Meta(description="SHA-256 of its bytes")]
    rows: Annotated[Count, Meta(description="its rows")]
    bytes: Annotated[Count, Meta(description="its size")]


class ShardsInfo(Struct, frozen=True, kw_only=True):
    """Which shards there are of one sharded sweep."""

    sources: Annotated[list[str], Meta(description="what was swept")]
    of: Annotated[Count, Meta(description="into how many shards it was divided")]
    there: Annotated[list[Count], Meta(description="shards that are there, from 1")]

    def __post_init__(self) -> None:
        """Refuse shards that are none: they would pass for some that are missing."""
        if not all(1 <= number <= self.of for number in self.there):
            raise ValueError(f"`there` has what is no shard of {self.of}")


class ChangesInfo(Struct, frozen=True, kw_only=True):
    """What --changes came to."""

    old: Annotated[ListInfo, Meta(description="the list as it was")]
    searched: Annotated[Counts, Meta(description="hashes that changed, by algorithm")]


class StandingInfo(Struct, frozen=True, kw_only=True):
    """What became of earlier matches."""

    new: Annotated[Count, Meta(description="matches that were not there before")]
    as_before: Annotated[Count, Meta(description="matches that stand as they were")]
    updated: Annotated[Count, Meta(description="matches that stand and are told otherwise")]
    retracted: Annotated[Counts, Meta(description="matches that do not stand, by reason")]


class RematchInfo(Struct, frozen=True, kw_only=True):
    """What only a rematch has."""

    changes: Annotated[ChangesInfo | None, Meta(description="of --changes")]
    unfinished: Annotated[list[str], Meta(description="reports it was made of that are unfinished")]
    shards: Annotated[list[ShardsInfo], Meta(description="shards that it was made of")]
    superseded: Annotated[Count, Meta(description="items of which a newer report has rows")]
    lacking: Annotated[Counts, Meta(description="items without a hash that is wanted, by hash")]
    lacking_items: Annotated[Count, Meta(description="items that lack any")]
    matches: Annotated[StandingInfo, Meta(description="what became of earlier matches")]


class MadeOf(Struct, frozen=True, kw_only=True):
    """A report that a rematch was made of, as it was then."""

    run_id: Annotated[str, Meta(description="its run_id")]
    report: Annotated[str, Meta(description="where it lay")]
    state: Annotated[State, Meta(description="its state")]
    started: Annotated[Moment, Meta(description="when its sweep began")]
    ended: Annotated[Moment | None, Meta(description="when its sweep ended")]
    hashsweep: Annotated[str, Meta(description="version that wrote it")]
    decoders: Annotated[Decoders, Meta(description="versions of what decoded its pictures")]
    options: Annotated[Options, Meta(description="its options")]
    hashes: Annotated[list[HashInfo], Meta(description="its hashes")]
    sources: Annotated[list[str], Meta(description="its sources")]
    lists: Annotated[list[str], Meta(description="names of the lists it was matched against")]
    skipped: Annotated[Counts, Meta(description="what it passed over, by reason")]
    unused_hashes: Annotated[
        dict[str, str], Meta(description="its hashes of another version, with that version")
    ]
    not_looked_for: Annotated[
        Counts, Meta(description="its matches by lists that have no namesake in the rematch")
    ]
    superseded: Annotated[Count, Meta(description="its items of which a newer report has rows")]

    def __post_init__(self) -> None:
        """Refuse times and options that are none."""
        _check_moments(started=self.started, ended=self.ended)
        _check_options(self.options)


class SweepInfo(Struct, frozen=True, kw_only=True):
    """All that `sweep.json` says of a sweep or a rematch."""

    layout: Annotated[int, Meta(description="number of the layout of this report")]
    kind: Annotated[Kind, Meta(description="`sweep`, or `rematch`: made of earlier reports")]
    hashsweep: Annotated[str, Meta(description="version of hashsweep that began it")]
    run_id: Annotated[str, Meta(description="UUID of this report")]
    state: Annotated[State, Meta(description="how far it came; `running` also if it was killed")]
    incomplete: Annotated[bool, Meta(description="something was not scanned or not compared")]
    started: Annotated[Moment, Meta(description="when it began")]
    ended: Annotated[Moment | None, Meta(description="when it ended")]
    error: Annotated[str | None, Meta(description="what stopped it")] = None
    sources: Annotated[list[str], Meta(description="what was swept")]
    mounts: Annotated[list[str], Meta(description="mounted disks among the sources")]
    options: Annotated[Options, Meta(description="options, by their names in the code")]
    lists: Annotated[list[ListInfo], Meta(description="what was matched against")]
    hashes: Annotated[list[HashInfo], Meta(description="what was computed and compared")]
    decoders: Annotated[Decoders, Meta(description="versions of what decodes pictures")]
    rulesets: Annotated[
        list[Ruleset],
        Meta(
            min_length=1,
            description="rules by which rows were looked at: those of this report, and those of "
            "the reports that rows were carried over from",
        ),
    ]
    platform: Annotated[Platform, Meta(description="what it ran on")]
    host: Annotated[str, Meta(description="name of the machine")]
    baseline: Annotated[BaselineInfo | None, Meta(description="of --baseline")]
    decisions: Annotated[DecisionsInfo | None, Meta(description="of --decisions")]
    encrypted: Annotated[str | None, Meta(description="id of the key of an encrypted report")]
    tally: Annotated[Totals, Meta(description="totals")]
    runs: Annotated[
        list[Run], Meta(min_length=1, description="the runs it took, the last one last")
    ]
    workers_confined: Annotated[
        list[str], Meta(description="power that the workers of all runs gave up")
    ] = []
    chance_matches: Annotated[
        dict[str, Annotated[float, Meta(ge=0)]],
        Meta(description="matches to expect by pure chance, by hash"),
    ] = {}
    hot: Annotated[
        list[HotEntry] | None,
        Meta(description="entries that match too much; null where nobody looked"),
    ] = None
    observed: Annotated[
        tuple[Moment, Moment] | None,
        Meta(description="of a rematch: when the first and last of its sweeps began"),
    ] = None
    rematch_of: Annotated[
        list[MadeOf] | None, Meta(description="of a rematch: the reports that it was made of")
    ] = None
    rematch: Annotated[RematchInfo | None, Meta(description="of a rematch: what it came to")] = None
    segments: Annotated[
        dict[str, SegmentInfo], Meta(description="the Parquet files, by name in the folder")
    ] = {}

    def __post_init__(self) -> None:
        """Refuse what no sweep could have written."""
        is_rematch = self.kind == "rematch"
        if any((each is not None) != is_rematch for each in (self.rematch, self.rematch_of)):
            raise ValueError("a rematch, and only a rematch, says what it was made of")
        for name in self.segments:
            if not SEGMENT.fullmatch(name):
                raise ValueError("`segments` names what is no file of a report")
        _check_moments(started=self.started, ended=self.ended)
        for moment in self.observed or ():
            _check_moments(observed=moment)
        _check_options(self.options)

    @property
    def max_frames(self) -> int:
        """The option --max-frames: how many frames of an item were hashed at most."""
        return int(self.options["max_frames"])

    @property
    def accept(self) -> frozenset[str]:
        """The option --accept: reasons that do not make the report incomplete."""
        return frozenset(self.options.get("accept", ()))

    @property
    def shard(self) -> tuple[int, int] | None:
        """The option --shard: its number, from 1, and into how many the sweep was divided."""
        return shard_of(self.options)

    @property
    def outdated(self) -> int:
        """Items that were looked at by earlier rules than those of the version that wrote this."""
        return count_outdated(self.rulesets, self.tally.by_ruleset)

    @property
    def is_matched(self) -> bool:
        """Whether any item has a match that stands."""
        return self.tally.matched_items > 0

    @property
    def sealed_as(self) -> str | None:
        """The id that the segments of an encrypted report carry; None for one that is not.

        Raises ReportError where it has none.
        """
        if not self.encrypted:
            return None
        try:
            return uuid.UUID(self.run_id).hex
        except ValueError as error:
            raise ReportError("sweep.json is damaged: an encrypted report has no id") from error

    def identities(self) -> dict[str, tuple[Any, ...]]:
        """Return what each list is, by the name that the report has for it."""
        return {each.name: each.identity for each in self.lists}


_NO_BYTES = re.compile("[\ud800-\udc7f\udd00-\udfff]")  # no byte of a name (os.fsdecode) stands so


def shard_of(options: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return the option --shard as (number from 1, of how many), None without it."""
    if not (shard := options.get("shard")):
        return None
    number, of = shard
    return number, of


def _check_moments(**moments: datetime.datetime | None) -> None:
    """Raise ValueError for a time that is none in UTC, by the key that it has."""
    for name, moment in moments.items():
        try:
            if moment is not None:
                moment.astimezone(datetime.UTC)
        except OverflowError as error:
            raise ValueError(f"`{name}` is a time that is none in UTC") from error


def _check_options(options: Mapping[str, Any]) -> None:
    """Raise ValueError for options that readers use and that cannot be."""
    frames = options.get("max_frames")
    if type(frames) is not int or frames < 0:
        raise ValueError("`max_frames` is no number of frames")
    accept = options.get("accept", [])
    if not isinstance(accept, (list, tuple)) or not all(isinstance(e, str) for e in accept):
        raise ValueError("`accept` is no list of reasons")
    if type(options.get("fail_on", "")) is not str:
        raise ValueError("`fail_on` is no text")
    if shard := options.get("shard"):
        if not isinstance(shard, (list, tuple)) or [type(each) for each in shard] != [int, int]:
            raise ValueError("`shard` is no shard")
        if not 1 <= shard[0] <= shard[1]:
            raise ValueError("`shard` is no shard")


def _finite(text: str) -> float:
    """Return a number; ValueError for NaN, Infinity and 1e999, which could not be written again."""
    if not math.isfinite(number := float(text)):
        raise ValueError(text)
    return number


def parse(content: bytes, where: str) -> SweepInfo:
    """Return what the bytes of a `sweep.json` say; `where` names it in messages.

    Raises ReportError for damage, with the place in it, and for another layout.
    """
    try:
        found = json.loads(content.decode("ascii"), parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError) as error:
        raise ReportError(f"report {where} is damaged: it is no JSON") from error
    if not isinstance(found, dict):
        raise ReportError(f"report {where} is damaged: it is no object")
    if (layout := found.get("layout")) != LAYOUT:
        if "report_version" in found or type(layout) is int:
            by = str(found.get("hashsweep"))[:20].encode("ascii", "replace").decode()
            raise ReportError(
                f"report {where} has another layout, of hashsweep {by}: that version reads it"
            )
        raise ReportError(f"report {where} is damaged: it does not say which layout it has")
    if _NO_BYTES.search(json.dumps(found, ensure_ascii=False)):
        raise ReportError(f"report {where} is damaged: a text that is none")
    try:
        return msgspec.convert(found, SweepInfo)
    except msgspec.ValidationError as error:
        raise ReportError(f"report {where} is damaged: {error}") from error
    except UnicodeEncodeError as error:  # a lone surrogate, which names alone may have
        why = "a text that is not Unicode stands in the place of a time or a code"
        raise ReportError(f"report {where} is damaged: {why}") from error


def to_json(info: Struct) -> Any:
    """Return plain JSON values: times as ISO 8601 in UTC, every key there."""
    return msgspec.to_builtins(info)


def serialize(info: SweepInfo) -> bytes:
    """Return the bytes of a `sweep.json`: ASCII, a key a line.

    Names that are not UTF-8 have their bytes as lone surrogates, escaped.
    """
    return (json.dumps(to_json(info), indent=2, ensure_ascii=True) + "\n").encode("ascii")
