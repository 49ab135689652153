"""What the search for leads needs, beside the lists."""

import os
from contextlib import ExitStack
from pathlib import Path

import pytest

from hashsweep.errors import ListError
from hashsweep.hashlists.access import Scratch
from hashsweep.hashlists.low_words import list_searchable, open_low_words, write_low_words
from hashsweep.matching import mih
from hashsweep.matching.possible import prepare
from support.listed import compiled, entry
from support.planted import random_hashes


@pytest.fixture
def lists(tmp_path):
    """With PDQs, without, and of harmless files."""
    rows = [entry(f"e{n}", pdq=value.tobytes()) for n, value in enumerate(random_hashes(1, 50, 32))]
    return [
        compiled(tmp_path, rows, "pdq"),
        compiled(tmp_path, [entry(md5=b"1" * 16)], "md5"),
        compiled(tmp_path, rows, "good", known_good=True),
    ]


def test_only_lists_with_pdqs_that_can_match_are_searched(lists):
    """Known-good lists never match by picture."""
    assert [each.name for each in list_searchable(lists)] == ["pdq"]


@pytest.mark.parametrize("indexed", [False, True])
@pytest.mark.parametrize("in_memory", [False, True])
def test_what_is_written_is_what_was_prepared(lists, monkeypatch, indexed, in_memory):
    """In a file without a name, for its owner alone, which is gone with the command."""
    monkeypatch.setattr(mih, "SMALLEST", 20)
    with ExitStack() as stack:
        scratch = Scratch(stack, in_memory=in_memory)
        ((name, path, stamp),) = write_low_words(lists, scratch, indexed=indexed)
        expected = prepare(lists[0].column("pdq").hashes, indexed=indexed)
        opened = open_low_words(path, stamp)

        assert name == "pdq"
        assert ("ids" in opened) == indexed
        assert {key: array.tolist() for key, array in opened.items()} == {
            key: array.tolist() for key, array in expected.items()
        }
        assert Path(path).stat().st_mode & 0o777 == 0o400
    assert not os.path.exists(path)


def test_another_file_is_refused(lists):
    """A worker opens what its parent wrote, or nothing."""
    with ExitStack() as stack:
        scratch = Scratch(stack, in_memory=True)
        ((_, path, stamp),) = write_low_words(lists, scratch, indexed=False)
        with pytest.raises(ListError, match="changed in place"):
            open_low_words(path, stamp + "0")
