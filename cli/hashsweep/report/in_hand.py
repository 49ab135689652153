"""Which items are being worked on, noted on disk: what is left of a sweep that is killed at once.

A file of fixed places, without a flush for each: the kill of all processes leaves it as it was, a
reset of the machine may leave an older state. Knows neither sweep nor item: only ids of 16 bytes.
"""

import json
import os
import struct
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

IN_HAND = "in-hand"
"""The file's name in a report folder."""

MOST = 64
"""Ids in one place at most."""

ID_BYTES = 16

_COUNT = struct.Struct("<I")
_PLACE_BYTES = _COUNT.size + MOST * ID_BYTES
_LONGEST = 64 << 20  # bytes of such a file; a longer one is not ours


@dataclass(frozen=True)
class Suspicion:
    """How often a sweep was killed while an item was in hand, and how often at last alone."""

    deaths: int = 0
    alone: int = 0


@dataclass(frozen=True)
class Traces:
    """What such a file holds: suspects of earlier deaths, and what was in hand at the end."""

    suspects: Mapping[bytes, Suspicion] = field(default_factory=dict)
    in_hand: frozenset[bytes] = frozenset()

    def after_death(self) -> dict[bytes, Suspicion]:
        """Return all suspects, if the sweep was killed: those in hand are by one death more."""
        found = dict(self.suspects)
        for each in self.in_hand:
            before = found.get(each, Suspicion())
            alone = before.alone + 1 if len(self.in_hand) == 1 else 0
            found[each] = Suspicion(before.deaths + 1, alone)
        return found


def read_traces(path: Path) -> Traces:
    """Return what the file holds; nothing if there is none, or it is damaged."""
    try:
        with path.open("rb") as stream:
            content = stream.read(_LONGEST)
        head, _, places = content.partition(b"\n")
        suspects = {
            bytes.fromhex(each): Suspicion(int(deaths), int(alone))
            for each, (deaths, alone) in json.loads(head).items()
        }
        in_hand = {
            places[at : at + ID_BYTES]
            for start in range(0, len(places) - _PLACE_BYTES + 1, _PLACE_BYTES)
            for at in _ids_at(places, start)
        }
    except (OSError, ValueError, TypeError, AttributeError):
        return Traces()
    return Traces(suspects, frozenset(in_hand))


def _ids_at(places: bytes, start: int) -> range:
    count = min(_COUNT.unpack_from(places, start)[0], MOST)
    first = start + _COUNT.size
    return range(first, first + count * ID_BYTES, ID_BYTES)


def head_of(suspects: Mapping[bytes, Suspicion]) -> bytes:
    """Return the beginning of a file, which holds nothing in hand."""
    deaths = {each.hex(): [one.deaths, one.alone] for each, one in suspects.items()}
    return json.dumps(deaths).encode() + b"\n"


class InHand:
    """The file while a sweep runs; what the disk refuses is not noted, and no error is raised."""

    def __init__(self, path: Path) -> None:
        """Go on behind the beginning that is there (head_of); raises OSError."""
        self._file = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        self._start = os.fstat(self._file).st_size
        self._places = 0
        self._free: list[int] = []

    def take(self, ids: Sequence[bytes], *, flush: bool = False) -> int:
        """Note that items (MOST at most) are in hand; return the place of the note.

        With `flush` it also survives a reset of the machine.
        """
        if self._free:
            place = self._free.pop()
        else:
            place, self._places = self._places, self._places + 1
        content = _COUNT.pack(len(ids)) + b"".join(ids)
        self._write(place, content.ljust(_PLACE_BYTES, b"\0"))
        if flush:
            with suppress(OSError):
                os.fsync(self._file)
        return place

    def give_back(self, place: int) -> None:
        """Note that none of the items at a place is in hand any more."""
        self._write(place, _COUNT.pack(0))
        self._free.append(place)

    def clear(self) -> None:
        """Note that nothing is in hand."""
        with suppress(OSError):
            os.ftruncate(self._file, self._start)
        self._places, self._free = 0, []

    def close(self) -> None:
        """Close the file, which stays."""
        os.close(self._file)

    def _write(self, place: int, content: bytes) -> None:
        with suppress(OSError):
            os.pwrite(self._file, content, self._start + place * _PLACE_BYTES)
