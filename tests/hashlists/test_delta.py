"""Hashes that are new on a list."""

import random

import pytest

from hashsweep.hashlists.delta import ListDelta
from hashsweep.matching import mih
from hashsweep.model import Entry
from support.listed import compiled, entry
from support.planted import random_hashes

KINDS = {"md5": 16, "sha1": 20, "pdq": 32, "phash": 8}


def renewed(tmp_path, old, new):
    """The new hashes of a list of the second entries beside one of the first."""
    first = compiled(tmp_path, old, "old")
    second = compiled(tmp_path, new, "new")
    return ListDelta(first, second)


def hashes(of):
    """(algorithm, hash, entry id) of all that is new."""
    return {
        (name, row.tobytes(), of.describe(int(owner))[0])
        for name in of.algorithms
        for row, owner in zip(of.column(name).hashes, of.column(name).entries, strict=True)
    }


def of_entries(*entries):
    """The same of entries."""
    return {(name, value, each.entry_id) for each in entries for name, value in each.hashes}


A = entry("a", md5=b"a" * 16, pdq=b"p" * 32)
B = entry("b", md5=b"b" * 16)
C = entry("c", sha1=b"c" * 20)


def test_only_new_and_changed_entries_are_left(tmp_path):
    """All hashes of them, because together they may mean something else than before."""
    altered = entry("a", md5=b"a" * 16, pdq=b"q" * 32)

    assert hashes(renewed(tmp_path, [A, B], [altered, B, C])) == of_entries(altered, C)


@pytest.mark.parametrize(
    "now",
    [
        A._replace(entry_id="other"),
        A._replace(category="other", labels=("x",)),
        A._replace(hashes=A.hashes[::-1]),
    ],
)
def test_what_is_told_of_an_entry_does_not_make_it_new(tmp_path, now):
    """What would match it has matched it before."""
    found = renewed(tmp_path, [B, A], [now, B])

    assert (found.algorithms, found.hashes) == ((), {})


def test_another_quality_makes_an_entry_new(tmp_path):
    """A hash that was of too low a quality to match may match now."""
    now = A._replace(quality=90)

    assert hashes(renewed(tmp_path, [A._replace(quality=20)], [now])) == of_entries(now)


def test_an_entry_that_was_not_active_is_new(tmp_path):
    """What an earlier version had withdrawn was not compared."""
    key = {"key": "k"}
    grave = Entry("a", (), withdrawn=True, **key)
    back = A._replace(**key)
    other = tmp_path / "other"
    other.mkdir()

    assert hashes(renewed(tmp_path, [back, grave], [back])) == of_entries(back)
    assert hashes(renewed(other, [back], [back, grave])) == set()


def test_two_entries_that_swap_hashes_are_both_new(tmp_path):
    """Each hash was there, but not in this company."""
    one, two = entry("1", md5=b"a" * 16, pdq=b"p" * 32), entry("2", md5=b"b" * 16, pdq=b"q" * 32)
    now = (
        entry("1", md5=b"a" * 16, pdq=b"q" * 32),
        entry("2", md5=b"b" * 16, pdq=b"p" * 32),
    )

    assert hashes(renewed(tmp_path, [one, two], now)) == of_entries(*now)


@pytest.mark.parametrize("seed", range(20))
def test_entries_are_new_whose_set_of_hashes_is(tmp_path, seed):
    """Drawn from few hashes, so that many are shared."""
    dice = random.Random(seed)
    values = [(kind, dice.randbytes(size)) for kind, size in KINDS.items() for _ in range(2)]

    def drawn(name):
        some = dice.sample(values, dice.randint(1, 4))
        return Entry(name, tuple(some), quality=dice.choice((None, 50)))

    old, new = ([drawn(f"{side}{n}") for n in range(12)] for side in "on")
    known = [(sorted(each.hashes), each.quality) for each in old]
    expected = [each for each in new if (sorted(each.hashes), each.quality) not in known]

    assert hashes(renewed(tmp_path, old, new)) == of_entries(*expected)


def test_many_new_hashes_have_an_index(tmp_path):
    """They are searched like a list of their own, keys and qualities beside them."""
    rows = random_hashes(1, mih.SMALLEST + 1, 32)
    many = [entry(str(n), pdq=row.tobytes(), quality=n % 100) for n, row in enumerate(rows)]
    found = renewed(tmp_path, many[:1], many)
    column = found.column("pdq")

    assert found.name == "new"
    assert found.hashes == {"pdq": mih.SMALLEST}
    assert set(column.index) == {"ids", "starts", "blocks", "first_blocks"}
    assert (column.keys[1:] >= column.keys[:-1]).all()
    assert [int(q) for q in column.quality] == [int(owner) % 100 for owner in column.entries]
