"""The nouns: what they hold, and how a record travels between processes."""

import dataclasses
import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep import model
from hashsweep.errors import REASONS, STAGES
from hashsweep.model import (
    NOTES,
    TIERS,
    Failure,
    FrameHash,
    HashSpec,
    Item,
    Match,
    Possible,
    Record,
)
from hashsweep.variants import View


def test_item_id_is_a_digest_of_the_name() -> None:
    """The id is BLAKE2b-128 of the URI's bytes: the same in every report."""
    expected = hashlib.blake2b(b"/srv/a.jpg", digest_size=16).digest()
    assert Item("/srv/a.jpg").item_id == expected
    assert len(expected) == 16


def test_item_id_of_any_bytes() -> None:
    """A name that is not UTF-8 has an id of its own bytes."""
    item = Item(b"/srv/caf\xe9.jpg".decode("utf-8", "surrogateescape"))
    assert item.item_id == hashlib.blake2b(b"/srv/caf\xe9.jpg", digest_size=16).digest()


def test_item_id_does_not_depend_on_what_is_known() -> None:
    """Size, time and etag change; the id of a URI does not."""
    assert Item("a", size=5, mtime_ns=7, etag="x").item_id == Item("a").item_id


@pytest.mark.parametrize("noun", [HashSpec, Failure, Match, model.Skipped])
def test_nouns_are_frozen(noun: type) -> None:
    """Data does not change under those who share it."""
    assert dataclasses.fields(noun)
    assert noun.__dataclass_params__.frozen


def test_entries_are_frozen() -> None:
    """An entry is a tuple: nothing of it can be set, and it has no room for more."""
    entry = model.Entry("7", (("md5", bytes(16)),))
    for name in (*entry._fields, "more"):
        with pytest.raises(AttributeError):
            setattr(entry, name, "")
    assert entry == ("7", (("md5", bytes(16)),), "", "", (), "", "", None, 0, "", False, False)


def test_items_are_frozen() -> None:
    """An item is a tuple as well."""
    item = Item("a")
    for name in (*item._fields, "more"):
        with pytest.raises(AttributeError):
            setattr(item, name, "")


def test_item_id_of_a_version() -> None:
    """Each version of an object is an item of its own; none of them is the current one."""
    ids = {Item("a", version=version).item_id for version in (None, "", "1", "2")}
    assert len(ids) == 4


def test_status() -> None:
    """A record is scanned, unless something requested could not be done."""
    record = Record(Item("a"))
    assert record.status == "scanned"
    record.fail(Failure("read", "gone"))
    assert record.status == "failed"


@pytest.mark.parametrize("note", sorted(NOTES))
def test_a_note_is_no_failure(note: str) -> None:
    """What keeps an item from being clean does not make it a failed one; what failed stays so."""
    record = Record(Item("a"), reasons=[Failure("hash", note)])
    assert record.status == "scanned"
    record.fail(Failure("decode", "corrupt"))
    assert record.status == "failed"


def test_a_record_is_accepted_if_it_has_reasons_and_all_are() -> None:
    """A record without a reason needs nobody's acceptance."""
    record = Record(Item("a"))
    assert not record.is_accepted({"gone"})
    record.fail(Failure("read", "gone"))
    assert record.is_accepted({"gone", "corrupt"})
    record.fail(Failure("hash", "internal"))
    assert not record.is_accepted({"gone"})


def test_reasons_are_noted_in_their_order_and_once() -> None:
    """Nothing is no reason, and the same reason again is none more."""
    record, first, second = Record(Item("a")), Failure("read", "gone"), Failure("hash", "internal")
    for failure in (None, first, second, first, Failure("read", "gone"), None):
        record.fail(failure)
    assert record.reasons == [first, second]


def test_a_second_reason_does_not_take_the_place_of_the_first() -> None:
    """Reasons of one code that differ in their detail are both kept."""
    record = Record(Item("a"), reasons=[Failure("decode", "corrupt", "a")])
    record.fail(Failure("decode", "corrupt", "b"))
    assert [each.detail for each in record.reasons] == ["a", "b"]


def test_records_do_not_share() -> None:
    """What one record collects does not show up in another."""
    first, second = Record(Item("a")), Record(Item("b"))
    first.hashes["md5"] = b"x"
    first.matches.append(MATCH)
    first.fail(Failure("read", "gone"))
    assert (second.hashes, second.matches, second.reasons) == ({}, [], [])


MATCH = Match(
    algorithm="pdq",
    distance=12,
    list_name="known",
    entry_id="7",
    category="test",
    labels=("a", "b"),
    tier="near",
    evidence=(("pdq", 12), ("phash", 2)),
)

FULL = Record(
    Item("/srv/a.jpg"),
    part="frame 3",
    reasons=[Failure("decode", "truncated", "ends early"), Failure("hash", "internal")],
    size=12_345_678_901,
    mtime_ns=1_700_000_000_123_456_789,
    etag="9e107d9d",
    from_baseline=True,
    stated_hashes=("md5",),
    media_type="image/jpeg",
    width=4000,
    height=3000,
    animated=False,
    frames=3,
    decode_mode="fast/8",
    hashes={"md5": bytes(range(16)), "pdq": bytes(32)},
    views={"mirrored": View(bytes(32), 0), "height-88": View(bytes(range(32)), None)},
    kept_views=("turns", "windows"),
    pdq_quality=0,
    known_good="stock photographs",
    compared_views=("turns",),
    compared=("md5", "pdq"),
    frames_seen=3,
    frames_left=0,
    frames_not_kept=1,
    frame_hashes=(FrameHash(1, bytes(32), 0), FrameHash(3, bytes(range(32)), None)),
    ruleset=2,
    matches=[MATCH, dataclasses.replace(MATCH, labels=(), variant="mirrored")],
    possible=[Possible("known", "e-7", 36)],
)


def there_and_back(record: Record) -> Record:
    """Through JSON, as between a worker and its parent."""
    return Record.from_wire(record.item, json.loads(json.dumps(record.to_wire())))


def test_everything_survives_the_wire() -> None:
    """A record that uses every field comes back equal, types included."""
    back = there_and_back(FULL)
    assert back == FULL
    assert isinstance(back.stated_hashes, tuple)
    assert isinstance(back.matches[0].labels, tuple)
    assert isinstance(back.matches[0].evidence[0], tuple)


def test_full_record_uses_every_field() -> None:
    """The record above leaves out no field, so a new one cannot be forgotten on the wire.

    Only what a worker alone has to know stays with it.
    """
    for field in dataclasses.fields(Record):
        if field.name == "is_trusted":
            assert not FULL.is_trusted
            continue
        assert getattr(FULL, field.name) not in (None, [], {}, ()), field.name


def test_empty_record_is_an_empty_wire() -> None:
    """What is not known costs nothing on the wire, and comes back as not known."""
    record = Record(Item("a"))
    assert record.to_wire() == {}
    assert there_and_back(record) == record


def test_zero_and_false_are_known() -> None:
    """Quality 0 and "not animated" are facts, and survive."""
    record = Record(Item("a"), animated=False, pdq_quality=0, size=0)
    assert record.to_wire() == {"animated": False, "pdq_quality": 0, "size": 0}
    assert there_and_back(record) == record


@given(
    detail=st.text(),
    hashes=st.dictionaries(st.sampled_from(["md5", "pdq", "phash"]), st.binary(max_size=40)),
    size=st.none() | st.integers(0, 2**63),
    labels=st.lists(st.text(), max_size=3).map(tuple),
)
def test_any_content_survives_the_wire(
    detail: str, hashes: dict[str, bytes], size: int | None, labels: tuple[str, ...]
) -> None:
    """Whatever text and bytes a record holds, it comes back equal."""
    record = Record(Item("a"), reasons=[Failure("read", "gone", detail)], size=size, hashes=hashes)
    record.matches.append(dataclasses.replace(MATCH, labels=labels))
    assert there_and_back(record) == record


@pytest.mark.parametrize(
    "wire",
    [
        {"reasons": ["read", "gone", "x"]},
        {"reasons": [["read", "gone"]]},
        {"reasons": [5]},
        {"reasons": 5},
        {"stated_hashes": 5},
        {"from_baseline": 1},
        {"size": "3"},
        {"width": 2.5},
        {"animated": 1},
        {"media_type": ["image/png"]},
        {"hashes": {"md5": "no hex"}},
        {"hashes": {"md5": 5}},
        {"matches": [["too", "short"]]},
        {"matches": [5]},
        {"matches": [["pdq", 1, "l", "e", "c", [], "far", [["pdq"]], "as-is"]]},
    ],
    ids=str,
)
def test_junk_on_the_wire(wire: dict[str, Any]) -> None:
    """A broken worker's answer is an error that the engine expects, never a half record."""
    with pytest.raises((ValueError, TypeError, KeyError)):
        Record.from_wire(Item("a"), wire)


def test_unknown_fields_are_left_out() -> None:
    """What this version does not know of does no harm."""
    assert Record.from_wire(Item("a"), {"later": 1, "size": 3}) == Record(Item("a"), size=3)


def test_tiers_are_described() -> None:
    """Every tier says in words how much its matches weigh, strongest first."""
    assert list(TIERS) == [
        "exact", "exact-md5", "close", "near", "far", "altered", "weak", "collision",
    ]  # fmt: skip
    assert all(TIERS.values())


def test_failure_of_the_example_is_in_the_tables() -> None:
    """Stages and reasons of failures are codes that errors.py explains."""
    assert {each.stage for each in FULL.reasons} <= STAGES.keys()
    assert {each.reason for each in FULL.reasons} <= REASONS.keys()
    assert REASONS.keys() >= NOTES
