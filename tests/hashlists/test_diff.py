"""What changed from one version of a list to the next."""

from collections import Counter

import pytest

from hashsweep.hashlists.diff import Change, changes, content, identity
from hashsweep.hashlists.formats.base import key_of_hash
from hashsweep.model import Entry
from support.listed import compiled


def row(entry_id, seed=1, **more):
    """An entry with one made-up MD5."""
    return Entry(entry_id, (("md5", b"%016d" % seed),), **more)


def differences(folder, old, new):
    """All changes from one list to another."""
    return list(changes(compiled(folder, old, "old"), compiled(folder, new, "new")))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ([], [row("a")], [("added", "a")]),
        ([row("a")], [], [("removed", "a")]),
        ([row("a")], [row("a")], []),
        ([row("a", 1)], [row("a", 2)], [("changed", "a")]),
        ([row("a", category="1")], [row("a", category="2")], [("changed", "a")]),
        ([row("a", scheme="UK")], [row("a", scheme="US")], [("changed", "a")]),
        ([row("a")], [row("a", labels=("x",))], [("changed", "a")]),
        ([row("a")], [row("a", source="other", updated="2026-01-01")], []),
        ([row("a", key="k")], [row("b", key="k")], []),
        ([row("a", key="k")], [row("a", key="l")], [("added", "a"), ("removed", "a")]),
        ([row("a", key="k")], [Entry("x", (), key="k", withdrawn=True)], [("withdrawn", "a")]),
        ([], [Entry("x", (), key="k", withdrawn=True)], []),
        ([Entry("x", (), key="k", withdrawn=True)], [row("a", key="k")], [("added", "a")]),
        ([Entry("x", (), key="k", withdrawn=True)], [], []),
        ([row("a", key="k")], [Entry("x", (), key="k", withdrawn=True), row("a", key="k")], []),
    ],
)
def test_each_difference(tmp_path, old, new, expected):
    """Added, changed, withdrawn, removed: by key, else by id."""
    assert differences(tmp_path, old, new) == [Change(*each) for each in expected]


@pytest.mark.parametrize("word", ["line", "record", "row"])
def test_numbers_of_lines_are_no_names(tmp_path, word):
    """A row that moved down is the same; one that is new is told by its new place."""
    old = [row(f"{word}-1", 1), row(f"{word}-2", 2), row(f"{word}-3", 3)]
    new = [row(f"{word}-1", 9), row(f"{word}-2", 1), row(f"{word}-3", 3)]

    assert differences(tmp_path, old, new) == [
        Change("added", f"{word}-1"), Change("removed", f"{word}-2"),
    ]  # fmt: skip


@pytest.mark.parametrize("entry_id", ["line-", "line-1a", "online-1", "Line-1"])
def test_what_only_looks_like_a_number_of_a_line_is_a_name(tmp_path, entry_id):
    """An id that ends otherwise is the list's own."""
    assert differences(tmp_path, [row(entry_id, 1)], [row(entry_id, 2)]) == [
        Change("changed", entry_id)
    ]


def test_a_list_does_not_differ_from_itself(tmp_path):
    """Nor where names or rows without a name are repeated, or entries hold many hashes."""
    both = (("md5", b"1" * 16), ("pdq", b"2" * 32), ("photodna", b"x"))
    made = [
        row("a", 1), row("a", 2), row("a", 1),
        row("line-4", 7), row("line-5", 7), row("line-6", 7),
        Entry("b", both, key="k", quality=60), Entry("b", both, key="k"),
        row("c", 3, key="c"), row("c", 4, key="c", replaces=True),
        Entry("d", (), key="d", withdrawn=True),
    ]  # fmt: skip

    assert differences(tmp_path, made, made) == []


def test_the_order_of_entries_and_of_their_hashes_is_no_difference(tmp_path):
    """A list that was only sorted anew is the same."""
    pair = (("md5", b"1" * 16), ("md5", b"2" * 16))
    old = [Entry("a", pair), row("b", 3), row("b", 4)]
    new = [row("b", 4), Entry("a", pair[::-1]), row("b", 3)]

    assert differences(tmp_path, old, new) == []


def test_repeated_names_are_counted(tmp_path):
    """One of three equal rows gone, one of two changed, one more than there was."""
    old = [row("a"), row("a"), row("a"), row("b", 1), row("b", 2), row("c")]
    new = [row("a"), row("a"), row("b", 1), row("b", 3), row("c"), row("c")]
    counts = Counter(change.what for change in differences(tmp_path, old, new))

    assert counts == {"removed": 1, "changed": 1, "added": 1}


def test_a_withdrawal_takes_all_of_its_name(tmp_path):
    """As it does where the list is compiled."""
    old = [row("a", 1, key="k"), row("b", 2, key="k"), row("c", 3)]
    new = [row("c", 3), Entry("x", (), key="k", withdrawn=True)]

    assert differences(tmp_path, old, new) == [Change("withdrawn", "a"), Change("withdrawn", "b")]


def test_a_withdrawal_by_hashes_takes_what_has_one_of_them(tmp_path):
    """Once, however many of its hashes are named; the rest of its case is still there."""
    both = (("md5", b"1" * 16), ("pdq", b"2" * 32))
    graves = [
        Entry("a", (), key=key_of_hash("k", *pair), replaces=True, withdrawn=True)
        for pair in (*both, ("sha1", b"3" * 20))
    ]
    old = [Entry("a", both, key="k"), row("a", 2, key="k"), row("b", 3, key="l")]
    new = [*graves, row("a", 2, key="k"), row("a", 4, key="k"), row("b", 3, key="l")]

    assert differences(tmp_path, old, new) == [Change("added", "a"), Change("withdrawn", "a")]


def test_identity_and_content_are_16_bytes():
    """They stand for an entry without its hashes being kept."""
    made = row("a", key=b"0123456789abcdef")

    assert (identity(made), len(content(made))) == (b"0123456789abcdef", 16)
