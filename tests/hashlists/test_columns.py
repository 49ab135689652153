"""Entries in columns: what the builder makes of them is tested with it."""

from hashsweep.hashlists.columns import EntryColumns
from hashsweep.model import Entry

HASH = bytes(range(16))


def test_entries_without_a_line_are_counted_in_their_list():
    """Also where they are collected in several parts."""
    parts = [EntryColumns(frozenset({"md5"}), first) for first in (0, 2)]
    for columns in parts:
        for _ in range(2):
            columns.add(Entry(HASH.hex(), (("md5", HASH),)))

    assert b"".join(part.ids.content for part in parts) == b"line-1line-2line-3line-4"


def test_what_cannot_be_computed_is_kept_as_text():
    """In columns of its own; hashes lie side by side."""
    columns = EntryColumns(frozenset({"md5"}))
    columns.add(Entry("a", (("md5", HASH), ("photodna", b"abc"))))
    columns.add(Entry("b", (("photodna", b"d"),)))
    texts, owners = columns.kept["photodna"]

    assert (bytes(texts.content), texts.ends.tolist(), owners.tolist()) == (
        b"abcd", [0, 3, 4], [0, 1],
    )  # fmt: skip
    assert (bytes(columns.kinds["md5"].hashes), len(columns)) == (HASH, 2)
