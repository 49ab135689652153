"""The content of `sweep.json`: one type, parsed and checked once, written in one form.

Every key is always present: null, an empty list or an empty object if it does not apply. Within
one layout keys may be added, and readers ignore those they do not know; none is removed
or given another meaning. `docs/reference/sweep-json.md` is generated from this file.

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
from hashsweep.model import describe_order, has_matchable, is_list_used
from hashsweep.report.carried_over import BaselineInfo, Ruleset, count_outdated
from hashsweep.report.resources import Resources
from hashsweep.report.totals import Count, Counts, Totals

LAYOUT = 7
"""Number of the layout of reports: of `sweep.json` and of both tables.

Each change to the meaning or type of a key or column takes the next number. 1 to 6 were
never released.
"""

STATES = {
    "complete": "the sweep finished",
    "interrupted": "the sweep was stopped before its end",
    "running": "the sweep is still running",
    "killed": "the sweep was killed, or its machine stopped",
}
"""States of a report; `sweep.json` also has `running` for a killed sweep."""

State = Literal["complete", "interrupted", "running", "killed"]
Kind = Literal["sweep", "rematch"]

SEGMENT = re.compile(r"(files|matches|retractions)/part-[0-9]{5,}\.parquet")
"""Names of segments within a report."""

Moment = Annotated[datetime.datetime, Meta(tz=True)]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Distance = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Options = dict[str, Any]
Decoders = dict[str, str | None]


class Platform(Struct, frozen=True, kw_only=True):
    """What a sweep ran on."""

    python: Annotated[str, Meta(description="version of Python")]
    system: Annotated[str, Meta(description="operating system, its version and processor")]


class Run(Struct, frozen=True, kw_only=True):
    """One run of a sweep: all of it, or the part done by one call."""

    started: Annotated[Moment, Meta(description="when this run began")]
    ended: Annotated[Moment | None, Meta(description="when it ended; null if it was killed")] = None
    hashsweep: Annotated[str, Meta(description="version of hashsweep")]
    options: Annotated[Options, Meta(description="options of this run, by name")]
    decoders: Annotated[Decoders, Meta(description="versions of the picture decoders")]
    platform: Annotated[Platform, Meta(description="what it ran on")]
    host: Annotated[str, Meta(description="name of the machine")]
    resources: Annotated[Resources, Meta(description="workers and memory, and what decided them")]
    items_before: Annotated[Count, Meta(description="items of previous runs")]
    bytes_before: Annotated[Count, Meta(description="bytes of previous runs")]
    items: Annotated[Count | None, Meta(description="items of this run; null until it ends")] = None
    bytes: Annotated[Count | None, Meta(description="bytes of this run; null until it ends")] = None
    workers_confined: Annotated[
        list[str] | None, Meta(description="privileges its workers gave up; null until it ends")
    ] = None

    def __post_init__(self) -> None:
        """Refuse invalid times."""
        _check_moments(started=self.started, ended=self.ended)


class ListSource(Struct, frozen=True, kw_only=True):
    """One file that a list was made from."""

    path: Annotated[str, Meta(description="where it was")]
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
        """Refuse an invalid time."""
        _check_moments(modified=self.modified)


class ListInfo(Struct, frozen=True, kw_only=True):
    """A list that was used. Holds none of its hashes."""

    name: Annotated[str, Meta(description="its name in the report")]
    known_good: Annotated[bool, Meta(description="it is a list of harmless files")]
    entries: Annotated[Count, Meta(description="active entries")]
    withdrawn: Annotated[Count, Meta(description="withdrawn entries")]
    superseded: Annotated[Count, Meta(description="entries replaced by later ones")]
    withdrawn_by: Annotated[
        Counts, Meta(description="entries that other lists of the sweep took back, by list")
    ]
    left_standing: Annotated[
        Counts, Meta(description="entries that they would take back if it were sure, by list")
    ]
    undated: Annotated[
        Count, Meta(description="entries replaced or withdrawn by the order of files alone")
    ]
    hashes: Annotated[Counts, Meta(description="active hashes, by algorithm")]
    low_quality: Annotated[
        Count, Meta(description="PDQs of too low a quality to be compared in full")
    ]
    not_matchable_here: Annotated[Counts, Meta(description="hashes that cannot be computed here")]
    created: Annotated[Moment, Meta(description="when it was compiled")]
    refused: Annotated[Counts, Meta(description="rows of its files not used, by code")]
    sources: Annotated[list[ListSource], Meta(description="the files it was made from")]

    def __post_init__(self) -> None:
        """Refuse an invalid time."""
        _check_moments(created=self.created)

    @property
    def notes(self) -> list[str]:
        """What people should know of how it was made ready, in words."""
        return describe_order(self.withdrawn_by, self.left_standing, self.undated)

    @property
    def is_used(self) -> bool:
        """Whether all of it can be used: no row refused, and some hash to match."""
        return is_list_used(self.hashes, self.low_quality, self.refused)

    @property
    def has_matchable(self) -> bool:
        """Whether it holds any hash that can match."""
        return has_matchable(self.hashes, self.low_quality)

    @property
    def identity(self) -> tuple[Any, ...]:
        """What identifies a list: its counts, and the bytes of the files it came from.

        Lists with the same identity match alike, whatever their names and whenever they were
        compiled.
        """
        sources = tuple((source.format, source.sha256) for source in self.sources)
        hashes = tuple(sorted(self.hashes.items()))
        return (self.known_good, self.entries, self.withdrawn, self.superseded, hashes, sources)


class HashInfo(Struct, frozen=True, kw_only=True):
    """A hash algorithm as used."""

    name: Annotated[str, Meta(description="algorithm")]
    version: Annotated[str, Meta(description="version of its implementation")]
    bits: Annotated[Count, Meta(description="length of a hash")]
    max_distance: Annotated[Distance, Meta(description="largest distance of a match, inclusive")]
    min_quality: Annotated[
        int | None,
        Meta(description="lowest quality matched at that distance, inclusive; null for none"),
    ]

    def __post_init__(self) -> None:
        """Refuse an impossible distance."""
        if self.max_distance > self.bits:
            raise ValueError(f"{self.max_distance} is not a distance of {self.bits}-bit hashes")


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
    """Which shards of one sharded sweep exist."""

    sources: Annotated[list[str], Meta(description="what was swept")]
    of: Annotated[Count, Meta(description="number of shards it was divided into")]
    there: Annotated[list[Count], Meta(description="shards that exist, from 1")]

    def __post_init__(self) -> None:
        """Refuse invalid shards: they could stand in for missing ones."""
        if not all(1 <= number <= self.of for number in self.there):
            raise ValueError(f"`there` names a shard that is not one of {self.of}")


class ChangesInfo(Struct, frozen=True, kw_only=True):
    """The effect of --changes."""

    old: Annotated[ListInfo, Meta(description="the list as it was")]
    searched: Annotated[Counts, Meta(description="hashes that changed, by algorithm")]


class StandingInfo(Struct, frozen=True, kw_only=True):
    """What became of earlier matches."""

    new: Annotated[Count, Meta(description="matches that were not there before")]
    as_before: Annotated[Count, Meta(description="matches that still hold, unchanged")]
    updated: Annotated[Count, Meta(description="matches that still hold, with changed details")]
    retracted: Annotated[Counts, Meta(description="matches that no longer hold, by reason")]


class RematchInfo(Struct, frozen=True, kw_only=True):
    """What only a rematch has."""

    changes: Annotated[ChangesInfo | None, Meta(description="of --changes")]
    unfinished: Annotated[list[str], Meta(description="reports it is based on that are unfinished")]
    shards: Annotated[list[ShardsInfo], Meta(description="shards it is based on")]
    superseded: Annotated[Count, Meta(description="items for which a newer report has rows")]
    lacking: Annotated[Counts, Meta(description="items without a wanted hash, by hash")]
    lacking_items: Annotated[Count, Meta(description="items that lack any")]
    matches: Annotated[StandingInfo, Meta(description="what became of earlier matches")]


class MadeOf(Struct, frozen=True, kw_only=True):
    """A report that a rematch is based on, as it was then."""

    run_id: Annotated[str, Meta(description="its run_id")]
    report: Annotated[str, Meta(description="where it was")]
    state: Annotated[State, Meta(description="its state")]
    started: Annotated[Moment, Meta(description="when its sweep began")]
    ended: Annotated[Moment | None, Meta(description="when its sweep ended")]
    hashsweep: Annotated[str, Meta(description="version that wrote it")]
    decoders: Annotated[Decoders, Meta(description="versions of its picture decoders")]
    options: Annotated[Options, Meta(description="its options")]
    hashes: Annotated[list[HashInfo], Meta(description="its hashes")]
    sources: Annotated[list[str], Meta(description="its sources")]
    lists: Annotated[list[str], Meta(description="names of the lists it used")]
    skipped: Annotated[Counts, Meta(description="what it skipped, by reason")]
    unused_hashes: Annotated[
        dict[str, str], Meta(description="its hashes with another version, and that version")
    ]
    not_looked_for: Annotated[
        Counts, Meta(description="its matches with lists whose names the rematch does not have")
    ]
    superseded: Annotated[Count, Meta(description="its items for which a newer report has rows")]

    def __post_init__(self) -> None:
        """Refuse invalid times and options."""
        _check_moments(started=self.started, ended=self.ended)
        _check_options(self.options)


class SweepInfo(Struct, frozen=True, kw_only=True):
    """Everything that `sweep.json` says about a sweep or a rematch."""

    layout: Annotated[int, Meta(description="number of the layout of this report")]
    kind: Annotated[Kind, Meta(description="`sweep`, or `rematch`: based on earlier reports")]
    hashsweep: Annotated[str, Meta(description="version of hashsweep that started it")]
    run_id: Annotated[str, Meta(description="UUID of this report")]
    state: Annotated[State, Meta(description="its state; `running` also if it was killed")]
    incomplete: Annotated[bool, Meta(description="something was not scanned or not compared")]
    started: Annotated[Moment, Meta(description="when it began")]
    ended: Annotated[Moment | None, Meta(description="when it ended")]
    error: Annotated[str | None, Meta(description="what stopped it")] = None
    sources: Annotated[list[str], Meta(description="what was swept")]
    mounts: Annotated[list[str], Meta(description="mounted disks among the sources")]
    options: Annotated[Options, Meta(description="options, by their names in the code")]
    lists: Annotated[list[ListInfo], Meta(description="the lists used")]
    hashes: Annotated[list[HashInfo], Meta(description="the hashes computed and compared")]
    decoders: Annotated[Decoders, Meta(description="versions of the picture decoders")]
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
    runs: Annotated[list[Run], Meta(min_length=1, description="its runs, the last one last")]
    workers_confined: Annotated[
        list[str], Meta(description="privileges that the workers of all runs gave up")
    ] = []
    chance_matches: Annotated[
        dict[str, Annotated[float, Meta(ge=0)]],
        Meta(description="matches to expect by pure chance, by hash"),
    ] = {}
    chance_by_class: Annotated[
        dict[str, Annotated[float, Meta(ge=0)]],
        Meta(
            description="matches to expect of PDQ by pure chance if all pictures, of the sweep and "
            "of its lists, were of one class, by class"
        ),
    ] = {}
    hot: Annotated[
        list[HotEntry] | None,
        Meta(description="entries that match too many pictures; null if not checked"),
    ] = None
    observed: Annotated[
        tuple[Moment, Moment] | None,
        Meta(description="for a rematch: when the first and last of its sweeps began"),
    ] = None
    rematch_of: Annotated[
        list[MadeOf] | None, Meta(description="for a rematch: the reports it is based on")
    ] = None
    rematch: Annotated[RematchInfo | None, Meta(description="for a rematch: its results")] = None
    segments: Annotated[
        dict[str, SegmentInfo], Meta(description="the Parquet files, by name in the folder")
    ] = {}

    def __post_init__(self) -> None:
        """Refuse what no sweep can have written."""
        is_rematch = self.kind == "rematch"
        if any((each is not None) != is_rematch for each in (self.rematch, self.rematch_of)):
            raise ValueError("a rematch, and only a rematch, says what it is based on")
        for name in self.segments:
            if not SEGMENT.fullmatch(name):
                raise ValueError("`segments` names a file that no report has")
        _check_moments(started=self.started, ended=self.ended)
        for moment in self.observed or ():
            _check_moments(observed=moment)
        _check_options(self.options)

    @property
    def max_frames(self) -> int:
        """The option --max-frames: the most frames hashed per item."""
        return int(self.options["max_frames"])

    @property
    def accept(self) -> frozenset[str]:
        """The option --accept: reasons that do not make the report incomplete."""
        return frozenset(self.options.get("accept", ()))

    @property
    def shard(self) -> tuple[int, int] | None:
        """The option --shard: its number, from 1, and the number of shards."""
        return shard_of(self.options)

    @property
    def outdated(self) -> int:
        """Items that were looked at by earlier rules than those of the version that wrote this."""
        return count_outdated(self.rulesets, self.tally.by_ruleset)

    @property
    def is_matched(self) -> bool:
        """Whether any item has a match that was not overturned."""
        return self.tally.matched_items > 0

    @property
    def sealed_as(self) -> str | None:
        """The id that the segments of an encrypted report carry; None for a plain report.

        Raises ReportError if it is missing.
        """
        if not self.encrypted:
            return None
        try:
            return uuid.UUID(self.run_id).hex
        except ValueError as error:
            raise ReportError("sweep.json is damaged: an encrypted report has no id") from error

    def identities(self) -> dict[str, tuple[Any, ...]]:
        """Return the identity of each list, by its name in the report."""
        return {each.name: each.identity for each in self.lists}


_NO_BYTES = re.compile("[\ud800-\udc7f\udd00-\udfff]")  # os.fsdecode never produces these


def shard_of(options: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return the option --shard as (number from 1, of how many), None if not given."""
    if not (shard := options.get("shard")):
        return None
    number, of = shard
    return number, of


def _check_moments(**moments: datetime.datetime | None) -> None:
    """Raise ValueError for a time that UTC cannot express; names its key."""
    for name, moment in moments.items():
        try:
            if moment is not None:
                moment.astimezone(datetime.UTC)
        except OverflowError as error:
            raise ValueError(f"`{name}` is not a valid time in UTC") from error


def _check_options(options: Mapping[str, Any]) -> None:
    """Raise ValueError for impossible values of options that readers use."""
    frames = options.get("max_frames")
    if type(frames) is not int or frames < 0:
        raise ValueError("`max_frames` is not a number of frames")
    accept = options.get("accept", [])
    if not isinstance(accept, (list, tuple)) or not all(isinstance(e, str) for e in accept):
        raise ValueError("`accept` is not a list of reasons")
    if type(options.get("fail_on", "")) is not str:
        raise ValueError("`fail_on` is not text")
    if shard := options.get("shard"):
        if not isinstance(shard, (list, tuple)) or [type(each) for each in shard] != [int, int]:
            raise ValueError("`shard` is not a shard")
        if not 1 <= shard[0] <= shard[1]:
            raise ValueError("`shard` is not a shard")


def _finite(text: str) -> float:
    """Return a number; ValueError for NaN, Infinity and 1e999, which could not be written back."""
    if not math.isfinite(number := float(text)):
        raise ValueError(text)
    return number


def parse(content: bytes, where: str) -> SweepInfo:
    """Parse the bytes of a `sweep.json`; `where` names it in messages.

    Raises ReportError for damage, saying where, and for another layout.
    """
    try:
        found = json.loads(content.decode("ascii"), parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError) as error:
        raise ReportError(f"report {where} is damaged: it is not JSON") from error
    if not isinstance(found, dict):
        raise ReportError(f"report {where} is damaged: it is not an object")
    if (layout := found.get("layout")) != LAYOUT:
        if "report_version" in found or type(layout) is int:
            by = str(found.get("hashsweep"))[:20].encode("ascii", "replace").decode()
            raise ReportError(
                f"report {where} has another layout, of hashsweep {by}: read it with that version"
            )
        raise ReportError(f"report {where} is damaged: it does not state its layout")
    if _NO_BYTES.search(json.dumps(found, ensure_ascii=False)):
        raise ReportError(f"report {where} is damaged: it contains invalid text")
    try:
        return msgspec.convert(found, SweepInfo)
    except msgspec.ValidationError as error:
        raise ReportError(f"report {where} is damaged: {error}") from error
    except UnicodeEncodeError as error:  # a lone surrogate, which only names may have
        why = "a time or a code is not valid Unicode"
        raise ReportError(f"report {where} is damaged: {why}") from error


def to_json(info: Struct) -> Any:
    """Return plain JSON values: times as ISO 8601 in UTC, every key present."""
    return msgspec.to_builtins(info)


def serialize(info: SweepInfo) -> bytes:
    """Return the bytes of a `sweep.json`: ASCII, one key per line.

    Invalid UTF-8 in names becomes lone surrogates, escaped.
    """
    return (json.dumps(to_json(info), indent=2, ensure_ascii=True) + "\n").encode("ascii")
