"""Records of parts that are held until their item is done, loose or packed."""

from itertools import chain

from hashsweep.model import Item, Match, Record
from hashsweep.sweep.long_items import LOOSE, LongItem, Parts

ITEM = Item("/a")
FOUND = Match("pdq", 3, "known", "e1", "A1", ("l",), "close", (("pdq", 3),), variant="turned-90")


def frames(first, last):
    """Records of frames, `last` exclusive; every tenth matches."""
    return [
        Record(
            ITEM,
            part=f"frame {number}",
            hashes={"pdq": number.to_bytes(32)},
            pdq_quality=90,
            matches=[FOUND] if number % 10 == 0 else [],
        )
        for number in range(first, last)
    ]


def test_an_item_with_few_parts_has_all_its_records():
    """Its own first, then the parts in the order in which they came."""
    parts = Parts()
    other = Item("/a")  # called alike: not the same request
    parts.add(ITEM, frames(2, 5))
    parts.add(other, [Record(other, part="frame 2")])
    parts.add(ITEM, frames(5, 9))

    assert parts.end([Record(ITEM), *frames(9, 11)]) == [Record(ITEM), *frames(2, 11)]
    assert parts
    assert len(parts.end([Record(other)])) == 2
    assert not parts
    assert parts.end([Record(ITEM)]) == [Record(ITEM)]


def test_an_item_with_many_parts_can_be_read_again_and_again():
    """The packed records are what they were."""
    parts = Parts()
    for start in range(2, 3 * LOOSE + 100, 64):
        parts.add(ITEM, frames(start, start + 64))
    end = start + 64
    found = parts.end([Record(ITEM, matches=[FOUND]), *frames(end, end + 3)])

    assert isinstance(found, LongItem)
    assert len(found.packed) == 3
    assert (found.rows, found.matches) == (end + 2, len(range(10, end + 3, 10)) + 1)
    for _ in range(2):
        chunks = [*found.chunks()]
        assert chunks[0] == [found.own]
        assert [*chain(*chunks[1:])] == frames(2, end + 3)


def test_packed_records_are_small():
    """Some hundred bytes each with their hashes, and without what a part is called."""
    parts = Parts()
    parts.add(ITEM, frames(2, LOOSE + 2))
    found = parts.end([Record(ITEM)])

    assert sum(map(len, found.packed)) < 100 * LOOSE
