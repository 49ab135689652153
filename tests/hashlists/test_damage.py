"""A compiled list damaged at a thousand places: refused each time, never a crash or an answer."""

from itertools import pairwise

import numpy as np
import pytest

from hashsweep.errors import ListError
from hashsweep.hashlists.compiled import CompiledList
from hashsweep.matching import mih
from hashsweep.model import Entry
from support.listed import compiled
from support.planted import random_hashes

PLACES = 1000
SEED = 20261122
ENTRIES = 400


@pytest.fixture
def path(tmp_path, monkeypatch):
    """A list that has every kind of array, 1.5 MB with its index."""
    monkeypatch.setattr(mih, "SMALLEST", ENTRIES // 2)
    sizes = {"md5": 16, "sha1": 20, "sha256": 32, "phash": 8}
    rows = [
        Entry(
            entry_id=f"entry {number}",
            hashes=(
                *((kind, random_hashes(number, 1, size).tobytes()) for kind, size in sizes.items()),
                ("photodna", b"text %d" % number),
                *([("pdq", random_hashes(9999 + number, 1, 32).tobytes())] * (number % 4 == 0)),
            ),
            category=f"c{number % 5}",
            labels=(f"l{number % 3}",),
            quality=100,
            key=f"k{number % 350}",
            replaces=number % 2 == 0,
            withdrawn=number % 40 == 39,
        )
        for number in range(ENTRIES)
    ]
    return compiled(tmp_path, rows).path


def parts(path):
    """(start, end) of the header, of each array with its padding, and of the contents."""
    container = CompiledList(path)._file
    starts = sorted({section.start for section in container._sections.values()})
    length = path.stat().st_size
    contents = int.from_bytes(path.read_bytes()[8:16], "little")
    edges = [0, *starts, contents, length]
    return [(a, b) for a, b in pairwise(edges) if a < b]


def flip(rng, whole, at):
    """A few bits turned over."""
    for place in {at, *rng.integers(len(whole), size=rng.integers(3)).tolist()}:
        whole[place] ^= 1 << int(rng.integers(8))


def blank(rng, whole, at):
    """A range of zeros, as of a sector that could not be read, or of ones."""
    size = int(rng.choice([1, 16, 512, 4096]))
    part = whole[at : at + size]
    fill = 0 if any(part) and rng.integers(4) else 0xFF
    whole[at : at + size] = bytes([fill]) * len(part)


def cut(rng, whole, at):
    """The end missing, or its last bytes alone."""
    del whole[at if rng.integers(2) else -1 - int(rng.integers(200)) :]


def insert(rng, whole, at):
    """Some bytes more; half of the time as many fewer at the end."""
    size = int(rng.integers(1, 70))
    whole[at:at] = rng.bytes(size)
    if rng.integers(2):
        del whole[-size:]


def swap(rng, whole, at):
    """Two blocks in each other's place, half of the time where pages of a disk begin."""
    size = int(rng.choice([1, 8, 64, 4096, 32768]))
    other = int(rng.integers(len(whole) - size))
    if rng.integers(2):
        at, other = at // 4096 * 4096, other // 4096 * 4096
    if abs(at - other) >= size and max(at, other) + size <= len(whole):
        one, two = whole[at : at + size], whole[other : other + size]
        whole[at : at + size], whole[other : other + size] = two, one


def overwrite(rng, whole, at):
    """A part of the file in another place as well."""
    size = int(rng.choice([8, 512, 4096]))
    source = int(rng.integers(len(whole) - size))
    whole[at : at + size] = whole[source : source + size][: len(whole) - at]


KINDS = [flip, blank, cut, insert, swap, overwrite]


def test_a_thousand_damages_are_refused(path):
    """Every one, wherever it is: in small arrays and in the header as often as in large ones."""
    rng = np.random.default_rng(SEED)
    whole = path.read_bytes()
    ranges = parts(path)
    refused = 0
    while refused < PLACES:
        start, end = ranges[rng.integers(len(ranges))] if rng.integers(2) else (0, len(whole))
        kind = KINDS[rng.integers(len(KINDS))]
        damaged = bytearray(whole)
        kind(rng, damaged, int(rng.integers(start, end)))
        if damaged == whole:
            continue  # zeros over zeros, equal blocks swapped: no damage
        path.write_bytes(damaged)
        with pytest.raises(ListError, match=r"damaged|another version"):
            CompiledList(path)
        refused += 1

    path.write_bytes(whole)
    assert len(CompiledList(path)) == ENTRIES


def test_the_list_under_test_has_everything(path):
    """An index, all kinds of columns, superseded and withdrawn entries."""
    opened = CompiledList(path)
    names = opened._file.names

    assert {"phash.index.ids", "pdq.quality", "sha1.keys", "kept.photodna.bytes"} <= set(names)
    assert min(opened.meta["withdrawn"], opened.meta["superseded"]) > 5
    assert sum(end - start for start, end in parts(path)) == path.stat().st_size
