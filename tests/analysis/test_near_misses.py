"""Near misses, against the plain comparison of every pair."""

from contextlib import ExitStack
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hashsweep.analysis import near_misses
from hashsweep.analysis.near_misses import WITHIN, distinct, nearest
from hashsweep.hashlists.access import Scratch
from hashsweep.hashlists.importing import ListOptions
from hashsweep.hashlists.opening import open_lists
from hashsweep.matching.distance import distance
from hashsweep.matching.turned_bits import turn_hashes
from hashsweep.model import Item, Record
from hashsweep.report.open_report import OpenReport
from support.planted import flipped, random_hashes
from support.reports import write_many


@pytest.fixture
def listed(tmp_path):
    """A function that opens a list of these PDQs, some with a quality."""
    with ExitStack() as held:

        def opening(hashes, quality=()):
            lines = ["pdq,pdq_quality"]
            for at, value in enumerate(hashes):
                grade = quality[at] if at < len(quality) else ""
                lines.append(f"{value.tobytes().hex()},{grade}")
            folder = Path(mkdtemp(dir=tmp_path))
            path = folder / "list.csv"
            path.write_text("\n".join(lines) + "\n")
            return open_lists(
                [str(path)], ListOptions(), Scratch(held, in_memory=False), set(), held
            )

        yield opening


def stored(path, hashes, quality=None, **options):
    """A report that holds these PDQs."""
    records = [
        Record(Item(f"/{n}"), hashes={"pdq": value.tobytes()}, pdq_quality=quality)
        for n, value in enumerate(hashes)
    ]
    return OpenReport(write_many(path, records, **options))


def test_pictures_are_counted_by_their_nearest_entry(tmp_path, listed):
    """As the distance of each pair says; what is farther than the band is not counted."""
    entries = random_hashes(1, 40, 32)
    bits = [0, 1, 2, 30, 31, 32, 40, 62, 63, 64, 80]
    asked = np.concatenate([flipped(entries[at : at + 1], n, at) for at, n in enumerate(bits)])
    found = nearest([stored(tmp_path / "a", asked, segment_rows=3)], listed(entries))
    plain = [min(distance(a.tobytes(), e.tobytes()) for e in entries) for a in asked]

    assert plain == bits
    assert [at for at, n in enumerate(found.counts) if n] == [n for n in bits if n <= WITHIN]
    assert (found.looked, found.stored, found.listed, found.lists) == (11, 11, 40, ("list",))


@given(st.integers(0, 2**32), st.integers(1, 12), st.integers(1, 12))
def test_the_nearest_is_found(seed, many, few):
    """Among any hashes, also those that differ in every bit."""
    listed = random_hashes(seed, few, 32)
    asked = np.concatenate([random_hashes(seed + 1, many, 32), listed[:1], ~listed[:1]])
    plain = [min(distance(a.tobytes(), e.tobytes()) for e in listed) for a in asked]

    got = near_misses._nearest(asked, listed)

    assert got.tolist() == [min(n, 255) for n in plain]


def test_blocks_of_a_long_list_are_all_looked_at(monkeypatch):
    """Wherever the nearest one lies."""
    monkeypatch.setattr(near_misses, "_BLOCK", 16)
    listed = random_hashes(3, 100, 32)
    asked = flipped(listed, 20)

    assert near_misses._nearest(asked, listed).tolist() == [20] * 100


def test_a_repeat_counts_once_and_a_poor_picture_not_at_all(tmp_path, listed):
    """Neither in reports nor on lists; an unknown quality is no poor one."""
    entries = random_hashes(1, 3, 32)
    once = stored(tmp_path / "a", np.concatenate([entries, entries]), quality=50)
    again = stored(tmp_path / "b", entries)
    poor = stored(tmp_path / "c", random_hashes(2, 5, 32), quality=49)

    assert nearest([once, again, poor], listed(entries)).counts[0] == 3
    found = nearest([once], listed(entries, quality=[49, 50]))
    assert (found.counts[0], found.listed) == (2, 2)


def test_turned_pictures_are_counted_apart(tmp_path, listed):
    """By the nearest of their turns; the pictures as they are have numbers of their own."""
    entries = random_hashes(1, 14, 32)
    turns = turn_hashes(entries)
    asked = np.concatenate(
        [flipped(turns[at, at % 7][None], bits, at) for at, bits in enumerate([0, 8, 31, 32, 63])]
    )
    found = nearest([stored(tmp_path / "a", asked)], listed(entries))

    assert [at for at, n in enumerate(found.turned_counts) if n] == [0, 8, 31, 32, 63]
    assert sum(found.counts) == 0
    assert (found.looked, found.turned_looked) == (5, 5)


def test_only_so_many_are_compared(tmp_path, listed, monkeypatch):
    """The limit is told before the work begins; a long list gets a smaller sample.

    No more pairs are compared than allowed, turned ones included.
    """
    told = []
    entries = random_hashes(1, 10, 32)
    asked = [stored(tmp_path / "a", random_hashes(2, 400, 32))]
    found = nearest(asked, listed(entries), 100, lambda *numbers: told.append(numbers))
    monkeypatch.setattr(near_misses, "COMPARISONS", 500.0)
    monkeypatch.setattr(near_misses, "LEAST", 20)
    small = nearest(asked, listed(entries), 100)

    assert (found.looked, found.turned_looked, told) == (100, 100, [(100, 100, 10)])
    assert 250 < found.stored < 650
    assert (small.looked, small.turned_looked) == (25, 3)
    assert small.listed * (small.looked + 7 * small.turned_looked) <= 500


@example([b"\0", b"\1"], 1)
@given(st.lists(st.binary(min_size=1, max_size=1), max_size=60), st.integers(1, 20))
def test_a_sample_is_of_different_hashes(values, most):
    """At most so many, all where they fit; the same however they come in pieces."""
    hashes = np.frombuffer(b"".join(v * 32 for v in values), np.uint8).reshape(-1, 32)
    sample, total = distinct([hashes[:10], hashes[10:]], most)
    other, _ = distinct([hashes[::-1]], most)
    rows = {row.tobytes() for row in sample}

    assert len(rows) == len(sample) == min(len(set(values)), most)
    assert rows <= {v * 32 for v in values}
    assert rows == {row.tobytes() for row in other}
    assert total == len(sample) or len(set(values)) > most


def test_the_total_is_estimated_well():
    """Of 20,000 with a sample of 1,000: within five times the standard error."""
    sample, total = distinct([random_hashes(n, 2_000, 32) for n in range(10)], 1_000)

    assert len(sample) == 1_000
    assert total == pytest.approx(20_000, rel=5 / 1_000**0.5)


def test_nothing_stored_is_nothing_found(tmp_path, listed):
    """A report without pictures is no error."""
    found = nearest([stored(tmp_path / "a", [])], listed(random_hashes(1, 3, 32)))

    assert (sum(found.counts), sum(found.turned_counts)) == (0, 0)
    assert (found.looked, found.turned_looked, found.stored) == (0, 0, 0)
