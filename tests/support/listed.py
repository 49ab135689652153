"""Compiled lists made of entries, for the tests."""

from hashsweep.hashlists.compiled import SUFFIX, CompiledList, compile_list
from hashsweep.model import Entry


def compiled(folder, entries, name="known", *, known_good=False, **options):
    """A list of those entries, compiled with its indexes to a new file in the folder and open."""
    path = folder / f"{name}{SUFFIX}"
    about = {
        "name": name,
        "known_good": known_good,
        "created": "2026-11-22T12:00:00+00:00",
        "sources": [],
    }
    compile_list(entries, path, about=lambda: about)
    return CompiledList(path, **options)


def entry(entry_id="e", category="", labels=(), quality=None, **hashes):
    """An Entry with these hashes, by algorithm."""
    return Entry(entry_id, tuple(hashes.items()), category, labels=labels, quality=quality)
