"""Decides what of an item was compared and what was not, and so whether it can be clean.

An item is clean only if every kind of hash that the lists hold was compared for
everything in it that a person could see. What the user chose to leave out is policy: it
is recorded, but it is not a reason. Knows no report and no terminal.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hashsweep.hashlists.compiled import CompiledList
from hashsweep.hashlists.describe import low_quality
from hashsweep.media.other_types import find_visible
from hashsweep.model import (
    CLOSE_DISTANCE,
    LOW_QUALITY,
    NOTES,
    UNKNOWN_TYPE,
    Failure,
    FrameHash,
    HashSpec,
    Record,
    frame_number,
)

NOT_COMPARED = "not-compared"
NOT_LOOKED_INTO = "not-looked-into"
FRAMES_LEFT_OUT = "frames-left-out"

_REMEMBERED = 1024
"""Frames with which later ones of a file are compared, to keep those that differ."""

_BESIDE = NOTES | {"changed"}
"""Reasons that need a note on what was not compared, because everything was read."""


@dataclass(frozen=True)
class Wanted:
    """What has to be compared: hashes that the lists hold and that are computed here.

    `pictures` are hashes of pictures, `digests` those of files. Both are empty if there is no
    list, as for a sweep that only computes hashes. `idle` are those for which the lists hold
    nothing that can match, such as only PDQs of too low a quality.
    """

    pictures: frozenset[str] = frozenset()
    digests: frozenset[str] = frozenset()
    idle: frozenset[str] = frozenset()

    @classmethod
    def by(cls, lists: Iterable[CompiledList], specs: Iterable[HashSpec]) -> "Wanted":
        """Return what is wanted when these lists are compared by these hashes."""
        harmful = [each for each in lists if not each.known_good]
        listed = {name for each in harmful for name in each.algorithms}
        reads = {spec.name: spec.reads for spec in specs if spec.name in listed}
        usable = any(each.meta["hashes"].get("pdq", 0) > low_quality(each) for each in harmful)
        return cls(
            frozenset(name for name, what in reads.items() if what == "picture"),
            frozenset(name for name, what in reads.items() if what == "bytes"),
            frozenset() if usable else frozenset({"pdq"}),
        )


def list_compared(record: Record, wanted: Wanted) -> list[str]:
    """Return the wanted hashes that were compared for one file, or for one thing inside it.

    A PDQ of low quality does not count: it was compared at a smaller distance only, or not at all.
    """
    return sorted(
        name
        for name in record.hashes.keys() & (wanted.pictures | wanted.digests) - wanted.idle
        if name != "pdq" or not record.is_low
    )


def why_not_clean(records: Sequence[Record], wanted: Wanted) -> Failure | None:
    """Return why an item cannot be clean besides its own failures; None if it has no such reason.

    `records` are all of it, its own first.
    """
    lacking = (find_lacking(each, wanted) for each in records[1:])
    return judge(records[0], wanted, next(filter(None, lacking), None))


def judge(own: Record, wanted: Wanted, lacking: Failure | None) -> Failure | None:
    """Return why an item cannot be clean besides its own failures; None if it has no such reason.

    `own` is its own record, `lacking` what was not compared of a part inside it (find_lacking of
    the first part that has any). Nothing is wanted from an item that a list of harmless files
    names by an unforgeable digest, or whose source states everything requested: that is
    policy. A failed item itself says what was not compared, unless its bytes merely differ from
    what its source announced.
    """
    if own.stated_hashes or own.is_trusted or not (wanted.pictures or wanted.digests):
        return None
    if any(each.reason not in _BESIDE for each in own.reasons):
        return None
    if own.status == "failed" and own.media_type is None:  # it was not read at all
        return None
    media_type = own.media_type or UNKNOWN_TYPE
    holds = find_visible(media_type)
    if holds == "more" and (wanted.pictures or not media_type.startswith("video/")):
        return Failure("decode", NOT_LOOKED_INTO, media_type)
    if holds == "picture" and wanted.pictures:
        return find_lacking(own, wanted) or lacking or _describe_left_out(own)
    if not list_compared(own, wanted):
        return Failure("hash", NOT_COMPARED, "no hash of any kind that the lists hold")
    return None


class DistinctFrames:
    """Decides which records of an item's frames are kept; all were compared.

    Kept are the item's own, those that match or have leads, and those whose PDQ differs by more
    than CLOSE_DISTANCE bits from that of each one kept before (of the last _REMEMBERED). The item's
    own gets the different PDQs of all, so many at most, that another list can be compared with them
    later. Memory does not grow with the number of frames.
    """

    def __init__(self, keep: int) -> None:
        """`keep` is the number of PDQs that the item's own record gets at most."""
        self._keep = keep
        self._kept: deque[int] = deque(maxlen=_REMEMBERED)
        self._found: dict[bytes, FrameHash] = {}
        self._is_kept: set[bytes] = set()  # of the same frames as `_kept`, and more at times
        self._not_kept = 0

    def take(self, records: Iterable[Record]) -> list[Record]:
        """Return those of the item's next records that are kept; the first is its own."""
        return [record for record in records if self._is_wanted(record)]

    def _is_wanted(self, record: Record) -> bool:
        pdq = record.hashes.get("pdq")
        value = int.from_bytes(pdq) if pdq else None
        is_wanted = (
            record.part is None
            or bool(record.matches or record.possible)
            or value is None
            or all((value ^ each).bit_count() > CLOSE_DISTANCE for each in self._kept)
        )
        if pdq is not None and value is not None:
            if is_wanted:
                self._kept.append(value)
                self._is_kept.add(pdq)
                if len(self._is_kept) > 2 * _REMEMBERED:
                    self._is_kept = {each.to_bytes(len(pdq)) for each in self._kept}
            self._note(record, pdq)
            self._not_kept += pdq not in self._found and pdq not in self._is_kept
        return is_wanted

    def _note(self, record: Record, pdq: bytes) -> None:
        """Note a PDQ; of the same one that of the highest quality counts."""
        known, quality = self._found.get(pdq), record.pdq_quality
        is_better = known is not None and (quality or 0) > (known.quality or 0)
        if is_better or (known is None and len(self._found) < self._keep):
            self._found[pdq] = FrameHash(frame_number(record.part), pdq, quality)

    def describe(self, own: Record) -> None:
        """Note in the item's own record what its frames came to."""
        own.frame_hashes = tuple(self._found.values())
        own.frames_not_kept = self._not_kept


def find_lacking(record: Record, wanted: Wanted) -> Failure | None:
    """Return what of a picture was not compared; None if all of it was."""
    if missing := wanted.pictures.difference(list_compared(record, wanted)):
        return Failure("hash", NOT_COMPARED, _describe(record, sorted(missing), wanted))
    return None


def _describe_left_out(own: Record) -> Failure | None:
    if own.frames_left:
        return Failure("decode", FRAMES_LEFT_OUT, f"{own.frames_left:,} of {own.frames:,}")
    return None


def _describe(record: Record, missing: Sequence[str], wanted: Wanted) -> str:
    """Return which hashes were not compared, and why, for people."""
    where = f"{record.part}: " if record.part else ""
    if wanted.idle.intersection(missing):
        return f"{where}every listed pdq has a quality below {LOW_QUALITY}"
    if record.is_low and "pdq" in missing:
        return f"{where}too plain for pdq: quality {record.pdq_quality}, below {LOW_QUALITY}"
    return f"{where}no {' and no '.join(missing)}"
