"""What became of entries."""

import pytest

from hashsweep.hashlists.entry_status import EntryStatus
from hashsweep.model import Entry
from support.listed import compiled, entry

MD5 = (("md5", b"a" * 16),)


def fate(tmp_path, name, new, old=()):
    """What became of the entry of this id."""
    second = compiled(tmp_path, new, "new")
    first = compiled(tmp_path, old, "old") if old else None
    return EntryStatus(second, first).of([name])[name]


def grave(name, key="k"):
    """A tombstone."""
    return Entry(name, (), key=key, withdrawn=True)


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ([entry("a", md5=b"x" * 16)], "changed"),
        ([entry("b", md5=b"x" * 16)], "gone"),
        ([Entry("a", MD5, key="k"), grave("a")], "withdrawn"),
        ([Entry("a", MD5, key="k"), grave("a tombstone of another name")], "withdrawn"),
        ([grave("a")], "withdrawn"),
        ([Entry("a", MD5, key="k"), grave("a"), Entry("a", MD5, key="k")], "changed"),
        ([Entry("a", MD5, key="k"), Entry("renamed", MD5, key="k", replaces=True)], "changed"),
    ],
)
def test_an_entry_is_known_again_by_its_id(tmp_path, new, expected):
    """And what superseded it by the key that they share."""
    assert fate(tmp_path, "a", [*new, entry("other", md5=b"o" * 16)], ()) == expected


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ([grave("t")], "withdrawn"),
        ([Entry("renamed", MD5, key="k")], "changed"),
        ([grave("t", "other")], "gone"),
        ([Entry("a", MD5, key="other")], "changed"),
    ],
)
def test_with_the_older_list_its_key_is_known(tmp_path, new, expected):
    """Also where the new list tells nothing of the id."""
    assert fate(tmp_path, "a", new, [Entry("a", MD5, key="k")]) == expected


def test_many_are_asked_at_once_and_again(tmp_path):
    """Each gets its own answer, repeated ones too; ids of any text are found."""
    new = compiled(tmp_path, [entry("ä\udcff", md5=b"x" * 16), grave("g")])
    fates = EntryStatus(new)

    assert fates.of([]) == {}
    assert fates.of(["g", "none", "g"]) == {"g": "withdrawn", "none": "gone"}
    assert fates.of(["ä\udcff", "none"]) == {"ä\udcff": "changed", "none": "gone"}
