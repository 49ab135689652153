"""The nouns of hashsweep: item, hash, entry, match, record.

Plain frozen data. Knows no file format, no terminal, no process.
"""

import hashlib
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from hashsweep.variants import AS_IS, View

Metric = Literal["exact", "hamming"]
Reads = Literal["bytes", "picture"]
Status = Literal["scanned", "failed"]

TIERS = {
    "exact": "SHA-256 or SHA-1 equal: the same file",
    "exact-md5": "MD5 equal: the same file, unless it is a forged collision",
    "close": "PDQ at distance 0-10 (to 20 if a 64-bit hash agrees): the same picture",
    "near": "PDQ at distance 11-20 (or more if a 64-bit hash agrees): the same, slightly changed",
    "far": "PDQ at distance 21 or more, or two 64-bit hashes: probably the same picture",
    "altered": "PDQ of a part or the inside of the picture, or of a plain one: possibly the same",
    "weak": "only one 64-bit perceptual hash agrees: may well be chance with a large list",
    "collision": "MD5 equal but not the entry's SHA-256 or SHA-1: forged, or a wrong row",
}
"""How much a match weighs, strongest first (see matching/tiers.py)."""

OF_FILES = ("exact", "exact-md5", "collision")
"""Tiers of matches by digest, which say that files are equal, not that pictures look alike."""


PDQ_BITS = 256
"""Bits of a PDQ: no distance is larger."""

PDQ_MAX_DISTANCE = 31
"""Bits, inclusive, at which two PDQs match by default
(https://github.com/facebook/ThreatExchange/tree/main/pdq#matching)."""

CLOSE_DISTANCE = 10
"""Bits, inclusive, up to which PDQs show the same picture: copies in a cluster."""

UNKNOWN_QUALITY = 255
"""Marks an unknown quality in columns of uint8."""

DIGESTS = ("sha256", "sha1", "md5")
"""Hashes that show that files are equal, strongest first."""

DECISIONS = ("confirmed", "overturned")
"""What people can decide about a match."""

NOTES = frozenset({"not-looked-into", "not-compared"})
"""Reasons that keep an item from being clean without making it failed: it was read, and what can be
computed of it was compared."""

UNKNOWN_TYPE = "application/octet-stream"
"""The media type of unknown content."""

LOW_QUALITY = 50
"""PDQs of a quality below this (0-100) are matched at a smaller distance, or not at all: the
pictures have little detail (https://github.com/facebook/ThreatExchange/tree/main/pdq#matching:
discard <= 49)."""

LEAST_QUALITY = 10
"""Listed PDQs of a quality below this (0-100) match nothing: different plain pictures agree
(0 of 113,000 pairs of different pictures of quality 10-49 were within 46 bits; below 10 the first
ones are 16 bits apart, see benchmarks/README.md)."""


@dataclass(frozen=True, slots=True)
class LowQuality:
    """How hashes match where one or both have less quality than HashSpec.min_quality (0-100).

    They match at a distance <= `max_distance` (inclusive, in the hash's unit) if both have at least
    the quality `both`, or if the entry has `min_quality` and the file at least `file`. Where
    `--max-distance` is smaller, that holds. An unknown quality counts as a good one.
    """

    max_distance: int
    both: int
    file: int


PLAIN_PDQ = LowQuality(max_distance=22, both=LEAST_QUALITY, file=5)
"""When PDQs of plain pictures match (see LEAST_QUALITY)."""

PLAIN_NOTE = f"plain pictures, matched only up to {PLAIN_PDQ.max_distance} bits"
"""What is said of PDQs of a quality below LOW_QUALITY."""


@dataclass(frozen=True, slots=True)
class HashSpec:
    """What one hash algorithm is, and when two of its hashes match.

    `bits` is the length of a hash. Two hashes match when their Hamming distance is
    <= `max_distance` (inclusive, in bits; always 0 where `metric` is "exact") and, where
    `min_quality` is given, every known quality of the two is >= it (inclusive, 0-100). Below that
    they match as `low_quality` says, or not at all.
    `source` is where the algorithm and its threshold come from. `strength` ranks evidence:
    the higher, the less likely a match is chance. `tiers` are (tier, largest distance, inclusive,
    in the hash's own unit), nearest first; what is farther is `far`.
    """

    name: str
    version: str
    bits: int
    metric: Metric
    reads: Reads
    max_distance: int
    source: str
    strength: int
    min_quality: int | None = None
    low_quality: LowQuality | None = None
    tiers: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """Why something was not done for an item. `stage` and `reason` are codes (see errors.py)."""

    stage: str
    reason: str
    detail: str = ""


class Item(NamedTuple):
    """One thing to scan: where it is and what its source already knows about it.

    A tuple, because inventories make hundreds of thousands per second. `uri` is a local path or an
    object's URI (`s3://bucket/key` with the key as it is); bytes of a name that are not UTF-8 are
    held as lone surrogates (os.fsdecode). `size` in bytes, `mtime_ns` in nanoseconds since 1970
    UTC. `etag` is a change token and never evidence. `failure` is set where the source itself found
    that the item cannot be read. `earlier` is what an earlier report holds about it, if it has not
    changed since: Record.to_wire of its records.

    `version` names the version of an object to fetch, None the current one. `md5` is the source's
    own MD5 of the whole content (16 bytes). `link` is where to fetch the item if that is not
    `uri`: a URL that carries its own permission, and so a secret.
    """

    uri: str
    size: int | None = None
    mtime_ns: int | None = None
    etag: str | None = None
    columns: Mapping[str, str] | None = None
    failure: Failure | None = None
    earlier: Sequence[Mapping[str, Any]] | None = None
    version: str | None = None
    md5: bytes | None = None
    link: str | None = None

    @property
    def item_id(self) -> bytes:
        """16 bytes that name this item in every report: BLAKE2b-128 of its URI's bytes.

        A version that is not the current one is named by its URI, a NUL byte and the version.
        """
        name = self.uri.encode("utf-8", "surrogateescape")  # os.fsencode, but quicker
        if self.version is not None:
            name += b"\0" + self.version.encode("utf-8", "surrogateescape")
        return hashlib.blake2b(name, digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something a source found and skipped by policy, with a stable reason code."""

    uri: str
    reason: str


class Entry(NamedTuple):
    """One known piece of content on a hash list; a tuple, because imports make millions of them.

    `hashes` pairs an algorithm's name with the raw hash, or with the text of a hash that is
    only stored (hashlists/kinds.py). `scheme` says whose `category` it is; `source` is the member
    or body behind the entry; `updated` is the list's own date, ISO 8601. `quality` is the PDQ
    quality the list gives (0-100), if it gives one. `line` is the entry's line in its
    file, from 1.

    `key` names the entry across updates, if the format has such a name: a later entry with
    the same key replaces an earlier one if `replaces` is set. `withdrawn` marks a tombstone:
    it withdraws all earlier entries with its key, and is never matched. (A compiled list knows
    only 16 bytes of BLAKE2b of a key; those serve as the key, too.)
    """

    entry_id: str
    hashes: tuple[tuple[str, bytes], ...]
    category: str = ""
    scheme: str = ""
    labels: tuple[str, ...] = ()
    source: str = ""
    updated: str = ""
    quality: int | None = None
    line: int = 0
    key: str | bytes = ""
    replaces: bool = False
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row of a hash list that could not be used. `detail` never holds the hash itself.

    `count` is how many rows it stands for: those behind a damaged place, where that is known.
    """

    line: int
    code: str
    detail: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Match:
    """An item's hash within its algorithm's distance of an entry's.

    `distance` in bits. `evidence` holds every (algorithm, distance) that agreed, strongest
    first; `algorithm` and `distance` repeat its first pair. `decision` is what reviewers decided
    about this content and entry before: "confirmed", "overturned", or None.
    """

    algorithm: str
    distance: int
    list_name: str
    entry_id: str
    category: str
    labels: tuple[str, ...]
    tier: str
    evidence: tuple[tuple[str, int], ...]
    variant: str = AS_IS  # one of variants.VARIANTS
    decision: str | None = None

    @property
    def stands(self) -> bool:
        """Whether it counts: reviewers have not overturned it."""
        return self.decision != "overturned"


class Possible(NamedTuple):
    """An entry that a picture possibly shows: a lead, never a match (matching/possible.py).

    `distance` in bits of PDQ.
    """

    list_name: str
    entry_id: str
    distance: int


MOST_POSSIBLE = 10
"""Leads that a record keeps, the nearest ones."""


RULES = 3
"""Number of the rules by which this version looks at files.

Raised by whatever lets a file be recognised, decoded or compared that was not before, so that rows
of earlier reports can say that they were looked at by less.
"""


class FrameHash(NamedTuple):
    """The PDQ of one frame of a file, counted from 1; `quality` 0-100, None if it is not known."""

    frame: int
    pdq: bytes
    quality: int | None


def name_frame(number: int) -> str:
    """Return what a further frame of a file, from 2, is called as its part."""
    return f"frame {number}"


def frame_number(part: str | None) -> int:
    """Return the number of a frame by its part: that of the file itself is 1."""
    return 1 if part is None else int(part.removeprefix("frame "))


Wire = dict[str, Any]
"""A record as plain JSON values (Record.to_wire)."""


@dataclass(slots=True)
class Record:
    """The result for one item: exactly one per item and part, scanned or failed, never none.

    A failed record keeps what was obtained before the failure: a picture that cannot be
    decoded still has its digests, and they still match. `reasons` says what was not done, in the
    order in which it came up. The file itself has no `part`; something inside it (a frame) has, and
    comes after it with the same item. `frames` counts all of the file's, where there are several; a
    frame that cannot be had makes the file's own record a failed one. `from_baseline` says that the
    hashes come from an earlier report and nothing was read; `stated_hashes` names those that the
    source states and that nothing was read to compute. `is_trusted` says that
    a list of harmless files names it by a digest that nobody can forge, so that it was not decoded.
    `views` are the PDQs of the picture otherwise than as it is stored, by variants.VARIANTS; they
    are compared. `kept_views` names the kinds of those that are kept (--keep-views): a picture may
    have none of a kind. `compared_views` names the kinds that were compared, as in
    variants.KINDS, or OF_HASH where only a stored hash was at hand.
    `compared` names the hashes that were compared with lists, `frames_seen` counts all frames that
    were, also those of which no record is kept, `frames_left` those that were not. `frame_hashes`
    are the different PDQs of its frames, `frames_not_kept` counts frames of which neither a record
    nor the PDQ is kept. `ruleset` is the number, in sweep.json, of the rules by which it was looked
    at. `etag` is what the store gave as it was read. `possible` are leads, MOST_POSSIBLE at most.
    """

    item: Item
    part: str | None = None
    reasons: list[Failure] = field(default_factory=list)
    size: int | None = None
    mtime_ns: int | None = None
    etag: str | None = None
    from_baseline: bool | None = None
    stated_hashes: tuple[str, ...] = ()
    media_type: str | None = None
    width: int | None = None
    height: int | None = None
    animated: bool | None = None
    frames: int | None = None
    decode_mode: str | None = None
    hashes: dict[str, bytes] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    kept_views: tuple[str, ...] = ()
    pdq_quality: int | None = None
    known_good: str | None = None
    is_trusted: bool = False
    compared: tuple[str, ...] = ()
    compared_views: tuple[str, ...] = ()
    frames_seen: int | None = None
    frames_left: int | None = None
    frames_not_kept: int | None = None
    frame_hashes: tuple[FrameHash, ...] = ()
    ruleset: int | None = None
    matches: list[Match] = field(default_factory=list)
    possible: list[Possible] = field(default_factory=list)

    @property
    def status(self) -> Status:
        """`failed` if anything requested could not be done."""
        return "failed" if any(each.reason not in NOTES for each in self.reasons) else "scanned"

    @property
    def is_folder(self) -> bool:
        """Whether this is a folder that could not be listed: no file's path ends in a slash."""
        return self.item.uri.startswith("/") and self.item.uri.endswith("/")

    def is_accepted(self, accept: AbstractSet[str]) -> bool:
        """Whether it has reasons and all of them are in `accept`."""
        return bool(self.reasons) and all(each.reason in accept for each in self.reasons)

    def fail(self, failure: Failure | None) -> None:
        """Add a reason, if there is one and it is not there yet."""
        if failure is not None and failure not in self.reasons:
            self.reasons.append(failure)

    @property
    def is_low(self) -> bool:
        """Whether its PDQ has a quality known to be too low to be compared like any other."""
        return self.pdq_quality is not None and self.pdq_quality < LOW_QUALITY

    def to_wire(self) -> Wire:
        """Return this record as plain JSON values, without its item (the parent holds that)."""
        wire: Wire = {name: value for name in _PLAIN if (value := getattr(self, name)) is not None}
        if self.reasons:
            wire["reasons"] = [[each.stage, each.reason, each.detail] for each in self.reasons]
        for name in _NAMES:
            if names := getattr(self, name):
                wire[name] = list(names)
        if self.frame_hashes:
            wire["frame_hashes"] = [[n, pdq.hex(), q] for n, pdq, q in self.frame_hashes]
        if self.hashes:
            wire["hashes"] = {name: value.hex() for name, value in self.hashes.items()}
        if self.views:
            wire["views"] = [
                [name, view.pdq.hex(), view.quality] for name, view in self.views.items()
            ]
        if self.matches:
            wire["matches"] = [[getattr(m, name) for name in _MATCH] for m in self.matches]
        if self.possible:
            wire["possible"] = [[*each] for each in self.possible]
        return wire

    @classmethod
    def from_wire(cls, item: Item, wire: Wire) -> "Record":
        """Rebuild a record from `to_wire`; raises ValueError, TypeError or KeyError on junk."""
        record = cls(item, **{name: wire[name] for name in _PLAIN if name in wire})
        for name, kind in _PLAIN.items():
            if not isinstance(getattr(record, name), kind | None):
                raise TypeError(name)
        for stage, reason, detail in wire.get("reasons", ()):
            record.reasons.append(Failure(str(stage), str(reason), str(detail)))
        for name in _NAMES:
            setattr(record, name, tuple(str(each) for each in wire.get(name, ())))
        record.frame_hashes = tuple(
            FrameHash(number, bytes.fromhex(pdq), quality)
            for number, pdq, quality in wire.get("frame_hashes", ())
        )
        for name, value in wire.get("hashes", {}).items():
            record.hashes[name] = bytes.fromhex(value)
        record.views = {
            name: View(bytes.fromhex(pdq), quality) for name, pdq, quality in wire.get("views", ())
        }
        for row in wire.get("matches", ()):
            values = dict(zip(_MATCH, row, strict=True))
            values["labels"] = tuple(values["labels"])
            values["evidence"] = tuple((a, d) for a, d in values["evidence"])
            record.matches.append(Match(**values))
        record.possible = [Possible(*row) for row in wire.get("possible", ())]
        return record


def has_matchable(hashes: Mapping[str, int], low_quality: int) -> bool:
    """Say whether a list has a hash that can be compared in full; its `low_quality` PDQs cannot.

    Those have a quality below LOW_QUALITY and match at a smaller distance, or not at all.
    """
    return sum(hashes.values()) > low_quality


def is_list_used(hashes: Mapping[str, int], low_quality: int, refused: Mapping[str, int]) -> bool:
    """Say whether a list is used in full: no row was refused, and some hash can match.

    `hashes` counts active ones by algorithm, `refused` the unused rows by code.
    """
    return has_matchable(hashes, low_quality) and not any(refused.values())


def describe_order(
    withdrawn_by: Mapping[str, int], left_standing: Mapping[str, int], undated: int
) -> list[str]:
    """Return, in words, what other lists and the order of its files decided of a list's entries.

    `withdrawn_by` counts entries taken back by other lists, by their names; `left_standing` those
    that they would take back if it were sure; `undated` what only the order of files decided.
    """
    found = [
        f"{_count_entries(count)} withdrawn by list {name}, which is newer and names the same "
        "source"
        for name, count in withdrawn_by.items()
    ]
    found += [
        f"{_count_entries(count)} withdrawn by list {name} stay{'s' * (count == 1)} on it: the "
        "lists name different sources, or a timestamp is missing (lists merge joins them)"
        for name, count in left_standing.items()
    ]
    if undated:
        were = "was" if undated == 1 else "were"
        found.append(
            f"{_count_entries(undated)} {were} replaced or withdrawn by the order of the files "
            "alone: a timestamp is missing"
        )
    return found


def _count_entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count:,} entries"


_PLAIN: dict[str, type] = {
    "part": str,
    "size": int,
    "mtime_ns": int,
    "etag": str,
    "from_baseline": bool,
    "media_type": str,
    "width": int,
    "height": int,
    "animated": bool,
    "frames": int,
    "frames_seen": int,
    "frames_left": int,
    "frames_not_kept": int,
    "ruleset": int,
    "decode_mode": str,
    "pdq_quality": int,
    "known_good": str,
}
_NAMES = ("stated_hashes", "compared", "compared_views", "kept_views")
_MATCH = (
    "algorithm",
    "distance",
    "list_name",
    "entry_id",
    "category",
    "labels",
    "tier",
    "evidence",
    "variant",
)
