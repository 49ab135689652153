"""Deletions in one list of a sweep, and entries of another."""

import os
from contextlib import ExitStack

import pytest

from hashsweep.hashlists.access import Scratch
from hashsweep.hashlists.describe import facts
from hashsweep.hashlists.importing import ListOptions
from hashsweep.hashlists.opening import open_lists
from support.deliveries import active, ncmec, stopncii, tat, threatexchange
from support.list_samples import md5


def opened(folder, stack, *texts):
    """Lists of a sweep made of these texts."""
    folder = folder / os.urandom(8).hex()
    folder.mkdir()
    for n, text in enumerate(texts):
        (folder / f"list{n}").write_text(text)
        (folder / f"list{n}").chmod(0o600)
    names = [str(folder / f"list{n}") for n in range(len(texts))]
    return open_lists(names, ListOptions(), Scratch(stack, in_memory=False), set(), stack)


@pytest.mark.parametrize("form", [ncmec, stopncii, tat, threatexchange])
def test_a_deletion_in_another_list_of_the_same_feed(tmp_path, form):
    """It is taken out of the list, in either order, and said."""
    texts = [form([(1, 1, 1), (2, 1, 2), (3, 1, 3)]), form([(1, 2, None), (3, 1, None)])]
    for order in (texts, texts[::-1]):
        with ExitStack() as stack:
            first, second = opened(tmp_path, stack, *order)
            entries, other = (first, second) if order is texts else (second, first)
            entries.verify()
            assert (len(active(entries)), entries.meta["active"]) == (2, 2)
            assert sum(entries.column(a).hashes.shape[0] for a in entries.algorithms) == 2
            assert entries.notes == [
                f"1 entry withdrawn by list {other.name}, which is newer and names the same source"
            ]
            assert entries.meta["withdrawn_by"] == {other.name: 1}
            assert other.notes == []


@pytest.mark.parametrize(
    ("entry", "grave", "left"),
    [
        ("IWF,2026-01-01", "IWF,2026-01-02", 0),
        ("iwf,2026-01-01", "IWF,2026-01-02", 0),
        ("IWF,2026-01-01", "Other,2026-01-02", 1),
        (",2026-01-01", ",2026-01-02", 1),
        ("IWF,", "IWF,2026-01-02", 1),
        ("IWF,2026-01-01", "IWF,", 1),
    ],
)
@pytest.mark.parametrize("value", ["", md5(1)])
def test_a_deletion_in_another_table(tmp_path, entry, grave, left, value):
    """Only where both name one source and have a time; else it is said that the entry stays."""
    head = "id,md5,source,updated,status\n"
    texts = (
        f"{head}a,{md5(1)},{entry},\nb,{md5(2)},{entry},\n",
        f"{head}a,{value},{grave},withdrawn\n",
    )
    with ExitStack() as stack:
        first, _ = opened(tmp_path, stack, *texts)
        assert len(active(first)) == 1 + left
        assert ("stays on it" if left else "which is newer") in first.notes[0]
        told = facts(first)
        assert told["left_standing" if left else "withdrawn_by"] == {"list1": 1}


def test_an_older_deletion_says_nothing(tmp_path):
    """The entry came back, or was never meant."""
    with ExitStack() as stack:
        lists = opened(tmp_path, stack, ncmec([(1, 3, 1)]), ncmec([(1, 2, None), (2, 1, 1)]))
        assert [each.notes for each in lists] == [[], []]
