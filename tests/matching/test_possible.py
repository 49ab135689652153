"""Leads: exactly the pairs that fulfil both parts of the rule, and none that matches."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from hashsweep.hashers import HASHERS
from hashsweep.matching import mih
from hashsweep.matching.possible import (
    MOST_BITS,
    MOST_LOW_BITS,
    PossibleFinder,
    PossibleIndex,
    low_words,
    prepare,
)
from hashsweep.media.picture import open_picture
from hashsweep.media.sniff import sniff
from hashsweep.model import MOST_POSSIBLE, UNKNOWN_QUALITY, Item, Match, Possible, Record
from support.drawings import scene
from support.listed import compiled, entry
from support.planted import pairs, random_hashes


def apart(value, low, high, seed=0):
    """The PDQ with so many bits of rows and columns 0 to 7 turned over, and so many others."""
    rng = np.random.default_rng(seed)
    grid = np.zeros((16, 16), np.uint8)
    is_low = np.zeros((16, 16), bool)
    is_low[:8, :8] = True
    for where, count in ((is_low, low), (~is_low, high)):
        places = np.flatnonzero(where)
        grid.reshape(-1)[rng.permutation(places)[:count]] = 1
    mask = np.packbits(grid.reshape(-1)[::-1])
    return (np.frombuffer(value, np.uint8) ^ mask).tobytes()


def as_rows(values):
    return np.frombuffer(b"".join(values), np.uint8).reshape(-1, 32)


def by_the_rule(queries, hashes, beyond):
    """All leads as (query, row, distance), bit by bit."""
    found = []
    for number, one in enumerate(queries):
        for row, other in enumerate(hashes):
            differ = np.unpackbits(one ^ other)[::-1].reshape(16, 16)
            distance = int(differ.sum())
            if beyond < distance <= MOST_BITS and differ[:8, :8].sum() <= MOST_LOW_BITS:
                found.append((number, row, distance))
    return found


def test_the_low_word_has_rows_and_columns_0_to_7():
    """Each of its bits is one of these, and no other bit is in it."""
    for place in range(256):
        row, column = divmod(place, 16)
        grid = np.zeros(256, np.uint8)
        grid[place] = 1
        (word,) = low_words(np.packbits(grid[::-1])[None])
        assert int(word).bit_count() == (row < 8 and column < 8)


def test_those_are_the_lowest_frequencies_of_a_picture():
    """Fine grain changes many bits of a picture's PDQ, and hardly any of these."""

    def pdq(pixels):
        stream = BytesIO()
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(stream, "png")
        kind = sniff(stream.getvalue()[:4096], stream.getvalue()[-32:])
        picture = open_picture(stream, kind, exact=True, max_pixels=10**6)
        return np.frombuffer(HASHERS.load("pdq").hash(picture)[0], np.uint8)[None]

    plain = np.asarray(scene(3, 256, 256).convert("L")).astype(float)
    rows, columns = np.mgrid[:256, :256] / 256
    fine = sum(
        np.cos(np.pi * n * rows) * np.cos(np.pi * (25 - n) * columns + n) for n in range(11, 16)
    )
    one, other = pdq(plain), pdq(plain + 25 * fine)
    low = np.bitwise_count(low_words(one) ^ low_words(other)).sum()
    every = np.bitwise_count(one ^ other).sum()

    assert every >= 8
    assert low <= every / 8


@pytest.mark.parametrize("is_indexed", [False, True])
@pytest.mark.parametrize("beyond", [31, 20, 0])
def test_the_index_finds_what_the_rule_says(monkeypatch, is_indexed, beyond):
    """Every pair, once, at its distance; planted at both bounds of both parts."""
    monkeypatch.setattr(mih, "SMALLEST", 100)
    queries = random_hashes(1, 6, 32)
    planted = [
        apart(one.tobytes(), low, high, seed)
        for seed, one in enumerate(queries)
        for low, high in ((0, 40), (8, 32), (8, 33), (9, 23), (0, 32), (1, 30), (8, 24), (0, 0))
    ]
    hashes = np.concatenate([as_rows(planted), random_hashes(2, 300, 32), as_rows(planted[:5])])
    made = prepare(hashes, indexed=is_indexed)

    assert ("ids" in made) == is_indexed
    assert pairs(PossibleIndex(hashes, made).find(queries, beyond)) == by_the_rule(
        queries, hashes, beyond
    )
    assert len(by_the_rule(queries, hashes, 31)) > 20


def test_many_candidates_are_compared_in_parts(monkeypatch):
    """With the same answer."""
    monkeypatch.setattr("hashsweep.matching.possible._AT_A_TIME", 7)
    queries = random_hashes(1, 5, 32)
    hashes = as_rows([apart(queries[n % 5].tobytes(), 1, 34, n) for n in range(60)])
    found = PossibleIndex(hashes, prepare(hashes, indexed=False)).find(queries, 31)

    assert pairs(found) == by_the_rule(queries, hashes, 31)
    assert len(found.query) == 60


STORED = random_hashes(7, 1, 32).tobytes()


def finder(folder, entries, beyond=31, name="known"):
    """A finder over one compiled list."""
    made = compiled(folder, entries, name)
    words = prepare(made.column("pdq").hashes, indexed=False)
    return PossibleFinder([made], {name: words}, beyond)


def record(**fields):
    """A picture with a PDQ."""
    return Record(Item("/a"), **({"hashes": {"pdq": STORED}, "pdq_quality": 100} | fields))


def leads(found, one):
    """What is noted on a record."""
    found.note([one])
    return one.possible


def test_a_record_gets_the_nearest_leads(tmp_path):
    """At most MOST_POSSIBLE, the nearest first; of an entry the nearest of its hashes."""
    rows = [entry(f"e{n:02}", pdq=apart(STORED, 2, 31 + n % 6, n)) for n in range(40)]
    rows.append(entry("two", pdq=apart(STORED, 0, 35))._replace(
        hashes=(("pdq", apart(STORED, 0, 36)), ("pdq", apart(STORED, 0, 32))))
    )  # fmt: skip
    found = leads(finder(tmp_path, rows), record())

    assert len(found) == MOST_POSSIBLE
    assert found[0] == Possible("known", "two", 32)
    assert [each.distance for each in found] == sorted(each.distance for each in found)
    assert found[1:4] == [Possible("known", f"e{n:02}", 33) for n in (0, 6, 12)]


@pytest.mark.parametrize(
    ("listed", "stored", "is_lead"),
    [(100, 100, True), (50, 50, True), (49, 100, False), (100, 49, False), (None, None, True)],
)
def test_both_need_quality(tmp_path, listed, stored, is_lead):
    """If it is known."""
    rows = [entry("e", quality=listed, pdq=apart(STORED, 2, 34))]

    assert bool(leads(finder(tmp_path, rows), record(pdq_quality=stored))) == is_lead


def test_what_matches_is_no_lead(tmp_path):
    """By whatever hash or turn it does; nor is what is nearer than a match."""
    rows = [entry("e", pdq=apart(STORED, 2, 34)), entry("near", pdq=apart(STORED, 2, 20))]
    match = Match("md5", 0, "known", "e", "", (), "exact-md5", (("md5", 0),))
    elsewhere = Match("md5", 0, "other", "e", "", (), "exact-md5", (("md5", 0),))
    found = finder(tmp_path, rows)

    assert leads(found, record(matches=[match])) == []
    assert leads(found, record(matches=[elsewhere])) == [Possible("known", "e", 36)]


def test_the_distance_of_matches_moves_the_bound(tmp_path):
    """--max-distance: from the first distance that does not match, to 40."""
    rows = [entry("near", pdq=apart(STORED, 2, 20)), entry("far", pdq=apart(STORED, 2, 34))]

    for number, (beyond, expected) in enumerate(
        {20: ["near", "far"], 31: ["far"], 36: [], 40: [], 60: []}.items()
    ):
        found = finder(tmp_path, rows, beyond, f"list {number}")
        assert [each.entry_id for each in leads(found, record())] == expected


def test_only_the_stored_picture_is_compared(tmp_path):
    """No turn, and no frame's hash without a record; a file that is surely harmless has none."""
    rows = [entry("e", pdq=apart(STORED, 2, 34))]
    found = finder(tmp_path, rows)
    other = {"pdq": random_hashes(9, 1, 32).tobytes()}

    assert leads(found, record(hashes=other, views={"mirrored": STORED})) == []
    assert leads(found, record(is_trusted=True)) == []
    assert leads(found, record(hashes={})) == []
    assert leads(found, record()) == [Possible("known", "e", 36)]


def test_each_record_has_its_own(tmp_path):
    """Several at a time, and lists that nobody prepared are left out."""
    first = compiled(tmp_path, [entry("a", pdq=apart(STORED, 2, 34))], "first")
    second = compiled(tmp_path, [entry("b", pdq=apart(STORED, 1, 32))], "second")
    third = compiled(tmp_path, [entry("c", pdq=apart(STORED, 1, 32))], "third")
    words = {
        each.name: prepare(each.column("pdq").hashes, indexed=True) for each in (first, second)
    }
    records = [record(hashes={}), record(), record(hashes={"pdq": bytes(32)}), record()]
    PossibleFinder([first, second, third], words, 31).note(records)

    expected = [Possible("second", "b", 33), Possible("first", "a", 36)]
    assert [each.possible for each in records] == [[], expected, [], expected]


def test_unknown_quality_is_that_of_the_columns():
    """A rematch gives columns, where 255 marks it."""
    hashes = as_rows([STORED])
    found = PossibleFinder([], {}, 31).find(
        np.array([3]), hashes, np.array([UNKNOWN_QUALITY], np.uint8), set()
    )

    assert found == {}
