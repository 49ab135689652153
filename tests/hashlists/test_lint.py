"""What is suspicious on a list: each code provoked once, and nothing said of a good list."""

import hashlib

import numpy as np
import pytest

from hashsweep.hashlists.lint import PROBLEMS, Problem, lint
from hashsweep.model import Entry
from support.listed import compiled, entry
from support.planted import random_hashes


def problems(folder, *entries):
    """What is found on a list of those entries."""
    return list(lint(compiled(folder, entries)))


@pytest.fixture
def good():
    """Entries with nothing wrong."""
    values = [(random_hashes(n, 1, 16), random_hashes(n, 1, 8)) for n in range(20)]
    return [
        entry(f"good{n}", md5=m.tobytes(), pdq=balanced(n), phash=p.tobytes(), quality=50)
        for n, (m, p) in enumerate(values)
    ]


def balanced(seed, ones=128):
    """A PDQ-like hash with that many set bits."""
    bits = np.zeros(256, np.uint8)
    bits[np.random.default_rng(seed).permutation(256)[:ones]] = 1
    return np.packbits(bits).tobytes()


def test_nothing_is_said_of_a_good_list(tmp_path, good):
    """No false alarm."""
    assert problems(tmp_path, *good) == []


@pytest.mark.parametrize(
    ("bad", "code", "algorithm"),
    [
        ({"pdq": balanced(99, 111)}, "unbalanced", "pdq"),
        ({"pdq": balanced(99, 145)}, "unbalanced", "pdq"),
        ({"pdq": bytes([0x0F, 0xF0] * 16)}, "low-entropy", "pdq"),
        ({"pdq": b"".join(bytes([n * 16 + 15 - n] * 4) for n in range(8))}, "low-entropy", "pdq"),
        ({"phash": bytes([1] * 7 + [2])}, "low-entropy", "phash"),
        ({"md5": hashlib.md5(b"").digest()}, "empty-file", "md5"),
        ({"sha1": hashlib.sha1(b"").digest()}, "empty-file", "sha1"),
        ({"sha256": hashlib.sha256(b"").digest()}, "empty-file", "sha256"),
        ({"pdq": balanced(99), "quality": 49}, "low-quality", "pdq"),
        ({"photodna": b"AAEC"}, "no-matchable-hash", ""),
        ({"md5": random_hashes(3, 1, 16).tobytes()}, "shared-hash", "md5"),
    ],
)
def test_each_problem_is_found(tmp_path, good, bad, code, algorithm):
    """By its stable code, with how many and which; an explanation stands beside it."""
    found = problems(tmp_path, *good, entry("bad", **bad))
    names = ("good3", "bad") if code == "shared-hash" else ("bad",)

    assert found == [Problem(code, algorithm, len(names), names)]
    assert code in PROBLEMS


@pytest.mark.parametrize(
    "fine",
    [
        {"pdq": balanced(99, 112)},
        {"pdq": balanced(99, 144)},
        {"pdq": balanced(99), "quality": 50},
        {"phash": bytes([1, 2, 3] * 2 + [1, 1])},
        {"md5": bytes([1, 2] * 8)},
    ],
)
def test_bounds_are_not_crossed(tmp_path, good, fine):
    """16 bits away from 128, quality 50, and any digest that is not of the empty file, will do."""
    assert problems(tmp_path, *good, entry("fine", **fine)) == []


def test_one_hash_twice_on_an_entry_is_not_shared(tmp_path):
    """Shared is what several entries have."""
    twice = Entry("twice", (("md5", b"0123456789abcdef"), ("md5", b"0123456789abcdef")))

    other = tmp_path / "other"
    other.mkdir()

    assert problems(tmp_path, twice) == []
    assert problems(other, twice, entry("other", md5=b"0123456789abcdef")) == [
        Problem("shared-hash", "md5", 3, ("twice", "other"))
    ]


def test_equal_beginnings_are_not_shared_hashes(tmp_path):
    """Hashes that differ after their first 8 bytes are two."""
    made = [entry(str(n), sha1=b"same 8 b" + b"%012d" % (n // 2 if n < 4 else n)) for n in range(9)]

    assert problems(tmp_path, *made) == [Problem("shared-hash", "sha1", 4, ("0", "1", "2", "3"))]


def test_only_the_first_few_are_named(tmp_path):
    """All are counted; five ids are enough to look at."""
    made = [entry(f"e{n}", pdq=balanced(n, 60 + n)) for n in range(9)]

    assert problems(tmp_path, *made) == [
        Problem("unbalanced", "pdq", 9, ("e0", "e1", "e2", "e3", "e4"))
    ]


def test_withdrawn_entries_are_not_looked_at(tmp_path):
    """What is not matched cannot match by mistake, and a tombstone needs no hash."""
    made = [
        entry("a", md5=hashlib.md5(b"").digest())._replace(key="a"),
        Entry("a", (), key="a", withdrawn=True),
        entry("b", md5=b"0123456789abcdef"),
    ]

    assert problems(tmp_path, *made) == []


def test_an_empty_list_has_no_problem(tmp_path):
    """Nothing to find, and no error."""
    assert problems(tmp_path) == []
