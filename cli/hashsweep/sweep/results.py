"""Turns a worker's untrusted answer into records that a report can hold, or into a failed one.

A worker opens files chosen by strangers and might be taken over by one. Knows no terminal.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hashsweep.errors import REASONS, STAGES
from hashsweep.model import (
    MOST_POSSIBLE,
    TIERS,
    Failure,
    Item,
    Match,
    Possible,
    Record,
    Wire,
)
from hashsweep.report.plain_rows import PlainRows
from hashsweep.report.row_layout import KIND_FIELDS, UNKNOWN, row_type
from hashsweep.sweep.packing import HEAD, IN_JSON
from hashsweep.variants import names_of

_SMALL = range(2**31)  # width, height and frames are columns of 32 bits
_LARGE = range(2**63)  # sizes are columns of 64 bits
_DISTANCE = range(2**31)  # distances are columns of 32 bits
_PDQ_BYTES = 32
_MOST_REASONS = 16  # each stage gives one or two, and parts may give scanning.MOST_NAMED
_QUALITY = range(101)  # of a PDQ
_QUALITY_OR_NONE = range(UNKNOWN, 101)
_MOST_TABLES, _LONGEST_TABLE = 1024, 64 * 1024
# So many tables of kinds are remembered, and as many kinds; bytes of one at most.
_NO_ITEM = Item("")


@dataclass(frozen=True)
class Results:
    """What an answer says: plain rows, and the records of all other items, with the places of both.

    `parts` are records of parts of the item ahead. The records of an item that had parts in an
    earlier answer do not have them again.
    """

    plain: PlainRows | None
    at: Sequence[int]
    found: Sequence[list[Record]] = ()
    parts: Sequence[Record] = ()

    def by_item(self, count: int) -> list[list[Record]]:
        """Return the records of each of `count` items, in their order."""
        every: list[list[Record]] = [[] for _ in range(count)]
        others = iter(self.found)
        if self.plain is not None:
            for place, record in zip(self.at, self.plain.records(), strict=True):
                every[place] = [record]
        return [each or next(others) for each in every]


class Inspector:
    """Checks the answers of workers that compute hashes of these sizes, in bytes."""

    def __init__(self, sizes: Mapping[str, int]) -> None:
        """`sizes` are those of packing.Packer."""
        self._sizes = sizes
        self._type = row_type(sizes)
        self._places = {name: place for place, name in enumerate(sizes)}
        self._tables: dict[bytes, tuple[list[Record], npt.NDArray[np.uint16]]] = {}
        self._kinds: dict[str, Record] = {}

    def inspect(self, payload: bytes, items: Sequence[Item], ahead: Item | None) -> Results:
        """Return what a payload says of these items; raises ValueError if it makes no sense.

        Records in JSON that no report can hold become failed ones.
        """
        if len(payload) < HEAD.size:
            raise ValueError("no head")
        table, said, packed = HEAD.unpack_from(payload)
        if HEAD.size + table + said + packed != len(payload):
            raise ValueError("lengths that do not add up")
        if packed != len(items) * self._type.itemsize:
            raise ValueError("another number of rows")
        rows = np.frombuffer(payload, self._type, len(items), HEAD.size + table + said)
        if not said:
            kinds = self._check_rows(rows, payload[HEAD.size :][:table])
            return Results(PlainRows(items, rows, kinds), range(len(items)))
        in_json = rows["kind"] == IN_JSON
        wires, parts = self._decode(payload[HEAD.size + table :][:said])
        count = int(np.count_nonzero(in_json))
        if len(wires) != count or (parts and ahead is None):
            raise ValueError("records of other items")
        others = [item for item, is_other in zip(items, in_json, strict=True) if is_other]
        found = [records(each, wire, self._sizes) for each, wire in zip(others, wires, strict=True)]
        told = parts_of(ahead, parts, self._sizes) if ahead is not None else ()
        if count == len(items):
            return Results(None, (), found, told)
        if count:
            rows, items = rows[~in_json], [i for i, j in zip(items, in_json, strict=True) if not j]
        kinds = self._check_rows(rows, payload[HEAD.size :][:table])
        return Results(
            PlainRows(items, rows, kinds), np.flatnonzero(~in_json).tolist(), found, told
        )

    @staticmethod
    def _decode(said: bytes) -> tuple[list[list[Wire]], list[Wire]]:
        if not said:
            return [], []
        match json.loads(said):
            case [list() as wires, list() as parts]:
                shaped = all(isinstance(each, list) and each for each in wires)
                if shaped and all(
                    isinstance(each, dict) for one in (*wires, parts) for each in one
                ):
                    return wires, parts
        raise ValueError("not records")

    def _check_rows(self, rows: npt.NDArray[np.void], table: bytes) -> list[Record]:
        """Return the kinds of rows; raises ValueError for values that no column can hold."""
        kinds, needed = self._tables.get(table) or self._read_table(table)
        places = rows["kind"]
        if places.max() >= len(kinds):
            raise ValueError("no such kind")
        there = rows["there"]
        if (needed[places] & ~there).any() or there.max() >> len(self._sizes):
            raise ValueError("hashes that are stated or compared but missing, or no hashes")
        qualities = rows["pdq_quality"]
        least = min(rows[name].min() for name in ("width", "height", "size"))
        if least < UNKNOWN or qualities.min() < UNKNOWN or qualities.max() not in _QUALITY_OR_NONE:
            raise ValueError("numbers that no column can hold")
        return kinds

    def _read_table(self, table: bytes) -> tuple[list[Record], npt.NDArray[np.uint16]]:
        match json.loads(table):
            case list() as wires if len(wires) < IN_JSON:
                kinds = [self._read_kind(wire) for wire in wires]
            case _:
                raise ValueError("not a table of kinds")
        needed = [
            sum(1 << self._places[name] for name in {*kind.compared, *kind.stated_hashes})
            for kind in kinds
        ]
        found = kinds, np.array(needed, np.uint16)
        if len(table) <= _LONGEST_TABLE:
            if len(self._tables) >= _MOST_TABLES:
                self._tables.clear()
            self._tables[table] = found
        return found

    def _read_kind(self, wire: object) -> Record:
        """Return a kind, the same object for the same kind; raises ValueError."""
        text = json.dumps(wire)
        if text not in self._kinds:
            if not isinstance(wire, dict) or not wire.keys() <= {*KIND_FIELDS}:
                raise ValueError("not a kind")
            names = {*self._sizes}.intersection(wire.get("compared", ()))
            names |= {*self._sizes}.intersection(wire.get("stated_hashes", ()))
            hashes = {name: "00" * self._sizes[name] for name in names}
            try:
                kind = Record.from_wire(_NO_ITEM, {**wire, "hashes": hashes})
                _check(kind, self._sizes)
            except (TypeError, KeyError, AttributeError) as error:
                raise ValueError("not a kind") from error
            if kind.status == "failed":
                raise ValueError("a kind that failed")
            kind.hashes = {}
            if len(self._kinds) >= _MOST_TABLES:
                self._kinds.clear()
            self._kinds[text] = kind
        return self._kinds[text]


def failed(item: Item, failure: Failure) -> list[Record]:
    """Return the record of an item whose worker died."""
    return [Record(item, reasons=[failure], size=item.size, mtime_ns=item.mtime_ns)]


def records(item: Item, wires: Sequence[Wire], sizes: Mapping[str, int]) -> list[Record]:
    """Return one item's records; `sizes` are the bytes of every hash they may have."""
    try:
        return _read(item, wires, sizes, first=0)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        return failed(item, Failure("work", "internal", f"no record: {type(error).__name__}"))


def parts_of(item: Item, wires: Sequence[Wire], sizes: Mapping[str, int]) -> list[Record]:
    """Return records of an item's parts; raises ValueError if one makes no sense."""
    try:
        return _read(item, wires, sizes, first=1)
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError("no record") from error


def _read(
    item: Item, wires: Sequence[Wire], sizes: Mapping[str, int], *, first: int
) -> list[Record]:
    """Return checked records; they are numbered from `first`, and 0 is the item's own."""
    found = [Record.from_wire(item, wire) for wire in wires]
    for number, record in enumerate(found, first):
        if (record.part is None) != (number == 0):
            raise ValueError("a record of no part, or no record of the file")
        _check(record, sizes)
    return found


def _check(record: Record, sizes: Mapping[str, int]) -> None:
    """Raise ValueError, TypeError or AttributeError for values that no column can hold."""
    _check_hashes(record, sizes)
    if len(record.reasons) > _MOST_REASONS:
        raise ValueError("more reasons than an item can have")
    for failure in record.reasons:
        failure.detail.encode()
        if failure.stage not in STAGES or failure.reason not in REASONS:
            raise ValueError(failure.reason)
    for number, there in _numbers(record):
        if number is not None and not (type(number) is int and number in there):
            raise ValueError(number)
    if type(record.mtime_ns) is bool:  # any number will do: impossible times are left out
        raise TypeError("mtime_ns")
    for text in (record.part, record.media_type, record.decode_mode):
        if text is not None:
            text.encode()
    for match in record.matches:
        _check_match(match)
    _check_leads(record.possible)


def _check_leads(leads: Sequence[Possible]) -> None:
    if len(leads) > MOST_POSSIBLE:
        raise ValueError("more leads than a record keeps")
    for each in leads:
        _check_names(each.list_name, each.entry_id)
        if type(each.distance) is not int or each.distance not in _DISTANCE:
            raise ValueError(each.distance)


def _check_hashes(record: Record, sizes: Mapping[str, int]) -> None:
    for name, value in record.hashes.items():
        if len(value) != sizes.get(name):
            raise ValueError(name)
    if any(len(each.pdq) != _PDQ_BYTES for each in record.frame_hashes):
        raise ValueError("frame_hashes")
    if any(len(each.pdq) != _PDQ_BYTES for each in record.views.values()):
        raise ValueError("views")
    if not record.views.keys() <= names_of(record.kept_views):
        raise ValueError("views that do not exist")
    if not {*record.stated_hashes, *record.compared} <= record.hashes.keys():
        raise ValueError("hashes that are stated or compared but missing")


def _small_numbers(record: Record) -> tuple[int | None, ...]:
    frames = record.frames, record.frames_seen, record.frames_left, record.frames_not_kept
    return record.width, record.height, *frames, record.ruleset


def _numbers(record: Record) -> Iterator[tuple[int | None, range]]:
    """Yield numbers, each with the range its column can hold."""
    yield from ((each, _SMALL) for each in _small_numbers(record))
    yield from ((record.size, _LARGE), (record.pdq_quality, _QUALITY))
    for number, _, quality in record.frame_hashes:
        yield from ((number, _SMALL), (quality, _QUALITY))
    yield from ((each.quality, _QUALITY) for each in record.views.values())
    for match in record.matches:
        yield match.distance, _DISTANCE
        yield from ((distance, _DISTANCE) for _, distance in match.evidence)


def _check_match(match: Match) -> None:
    if match.tier not in TIERS or match.distance is None:
        raise ValueError(match.tier)
    for text in (match.algorithm, match.variant, *(name for name, _ in match.evidence)):
        text.encode()
    _check_names(match.list_name, match.entry_id, match.category, *match.labels)


def _check_names(*texts: str) -> None:
    for text in texts:
        text.encode("utf-8", "surrogateescape")  # written as safe_text.as_text returns it
