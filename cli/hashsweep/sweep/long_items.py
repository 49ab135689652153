"""Records of parts of items that are not done; those of an item with very many are packed.

So the memory that they take grows by some hundred bytes per part at most, whatever matched. Knows
no file and no terminal.
"""

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from hashsweep.model import Item, Record

LOOSE = 2_000
"""Records of parts of one item that are held as they are."""

_LEVEL = 1  # of zlib: hashes hardly get smaller, names and keys do at any level


@dataclass
class _Held:
    item: Item  # so that no other one gets its identity
    loose: list[Record] = field(default_factory=list)
    packed: list[bytes] = field(default_factory=list)
    rows: int = 0
    matches: int = 0


@dataclass(frozen=True)
class LongItem:
    """The records of an item with very many parts; it is done.

    `own` is its own record, `last` are those of the parts that came with it. `rows` and `matches`
    are how many there are in all.
    """

    own: Record
    last: Sequence[Record]
    packed: Sequence[bytes]
    rows: int
    matches: int

    def chunks(self) -> Iterator[list[Record]]:
        """Yield all records, its own first; those that were packed are made anew each time."""
        yield [self.own]
        for each in self.packed:
            yield [
                Record.from_wire(self.own.item, wire) for wire in json.loads(zlib.decompress(each))
            ]
        yield [*self.last]


class Parts:
    """What there is of the parts of items that are not done; belongs to one run."""

    def __init__(self) -> None:
        """There is nothing yet."""
        self._held: dict[int, _Held] = {}  # by identity: a name can be asked for again

    def __bool__(self) -> bool:
        """Whether any item is awaited of which parts are here."""
        return bool(self._held)

    def add(self, item: Item, records: Sequence[Record]) -> None:
        """Take the records of the next parts of an item."""
        held = self._held.setdefault(id(item), _Held(item))
        held.loose += records
        held.rows += len(records)
        held.matches += sum(len(each.matches) for each in records)
        if len(held.loose) >= LOOSE:
            held.packed.append(_pack(held.loose))
            held.loose = []

    def end(self, records: list[Record]) -> "list[Record] | LongItem":
        """Return all records of an item that is done; these came with its own, which is first."""
        own, *last = records
        held = self._held.pop(id(own.item), None)
        if held is None:
            return records
        if not held.packed:
            return [own, *held.loose, *last]
        count = sum(len(each.matches) for each in records)
        return LongItem(
            own, [*held.loose, *last], held.packed, held.rows + len(records), held.matches + count
        )


def _pack(records: Sequence[Record]) -> bytes:
    return zlib.compress(json.dumps([each.to_wire() for each in records]).encode(), _LEVEL)
