"""What a worker packs is a row where little is to be said, and JSON for all else."""

import pytest

from hashsweep.model import Failure, FrameHash, HashSpec, Item, Match, Possible, Record
from hashsweep.sweep.packing import HEAD, Packer, hash_sizes
from hashsweep.sweep.results import Inspector
from hashsweep.variants import View

SIZES = {"md5": 16, "pdq": 32}
ITEM = Item("/a", etag="tag")
MATCH = Match("pdq", 3, "l", "e", "c", ("x",), "close", (("pdq", 3),))
FULL = {
    "etag": "other",
    "mtime_ns": 2**63,
    "frames": 3,
    "frames_seen": 3,
    "kept_views": ("turns",),
    "views": {"mirrored": View(bytes(32), 9)},
    "frame_hashes": (FrameHash(1, bytes(32), 9),),
    "matches": [MATCH],
    "possible": [Possible("l", "e", 36)],
    "reasons": [Failure("decode", "corrupt", "so")],
}


def taken(found, parts=(), ahead=None):
    """What the parent takes it for."""
    payload = Packer(SIZES).pack(found, parts)
    return Inspector(SIZES).inspect(payload, [each[0].item for each in found], ahead)


@pytest.mark.parametrize("name", FULL)
def test_what_fits_no_row_is_told_in_json(name):
    """Nothing of it is lost, and plain rows beside it stay plain."""
    kept = {"kept_views": ("turns",)} if name == "views" else {}
    full = Record(ITEM, hashes={"pdq": bytes(32)}, **{name: FULL[name]} | kept)
    plain = Record(Item("/b"), size=3)
    found = taken([[plain], [full], [plain]])

    assert (len(found.plain), list(found.at), found.found) == (2, [0, 2], [[full]])
    assert found.by_item(3) == [[plain], [full], [plain]]


def test_an_item_with_frames_is_told_in_json():
    """With its own record first."""
    records = [Record(ITEM), Record(ITEM, part="frame 2")]

    assert taken([records]).found == [records]
    assert taken([records]).plain is None


def test_parts_of_the_item_ahead_come_beside():
    """They belong to no item that is done."""
    part = Record(Item("/next"), part="frame 2")
    found = taken([[Record(ITEM)]], [part], Item("/next"))

    assert (len(found.plain), found.parts) == (1, [part])


def test_a_hash_that_the_parent_does_not_know_fits_no_row():
    """It is refused as any other nonsense, as a failed record."""
    (records,) = taken([[Record(ITEM, hashes={"sha1": bytes(20)})]]).found

    assert [each.reason for each in records[0].reasons] == ["internal"]


def test_the_same_kind_is_told_once():
    """However many rows there are; and so is a table of kinds that was seen before."""
    records = [[Record(Item(f"/{number}"), media_type="image/png")] for number in range(9)]
    table, said, packed = HEAD.unpack_from(Packer(SIZES).pack(records))

    assert (table, said) == (len(b'[{"media_type": "image/png"}]'), 0)
    assert packed == 9 * (30 + 48)


def test_sizes_are_those_of_all_hashes_and_of_a_stated_md5():
    """In an order that worker and parent share."""
    spec = HashSpec("own", "1", 24, "exact", "bytes", 0, "", 1)

    assert list(hash_sizes([spec]).items()) == [("md5", 16), ("own", 3)]
