"""Entries that match too many different pictures."""

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.analysis import hot_entries as hot
from hashsweep.analysis.hot_entries import hot_entries
from hashsweep.matching.distance import distance
from hashsweep.report.sweep_json import HotEntry
from support import reports
from support.planted import flipped, random_hashes
from support.reports import found, open_report

CENTRES = random_hashes(7, 12, 32)
PDQS = [flipped(CENTRES[n : n + 1], bits, n).tobytes() for n in range(12) for bits in (0, 4, 9)]

MATCH = st.tuples(
    st.sampled_from(["a", "b"]),
    st.sampled_from(["l", "m"]),
    st.sampled_from(["close", "altered", "far", "weak", "exact", "exact-md5", "collision"]),
)
ITEMS = st.lists(
    st.tuples(
        st.lists(MATCH, max_size=3),
        st.sampled_from([None, *PDQS]),
        st.none() | st.integers(0, 6).map(lambda n: bytes([n]) * 32),
    ),
    max_size=40,
)


def match(entry="e", of="l", tier="close", algorithm="pdq", **more):
    """A match with that entry."""
    return reports.match(entry, tier, 0, algorithm, of=of, category="cat", **more)


def pictures(contents):
    """How many groups (digest, PDQ) pairs are, by comparing every pair until nothing changes."""
    contents = list(contents)
    groups = list(range(len(contents)))
    while True:
        before = list(groups)
        for one, (digest, pdq) in enumerate(contents):
            for other, (beside, near) in enumerate(contents):
                same = digest is not None and digest == beside
                if same or (None not in (pdq, near) and distance(pdq, near) <= 10):
                    groups[one] = groups[other] = min(groups[one], groups[other])
        if groups == before:
            return len(set(groups))


@given(
    items=ITEMS,
    after=st.integers(1, 5),
    segment_rows=st.integers(1, 30),
    at_a_time=st.sampled_from([1, 8, hot._AT_A_TIME]),
)
def test_an_entry_is_hot_by_its_different_pictures(
    tmp_path_factory, items, after, segment_rows, at_a_time
):
    """Counted over all segments; digests do not count, and copies and near copies once."""
    files, contents = defaultdict(set), defaultdict(list)
    records = []
    for number, (matches, pdq, digest) in enumerate(items):
        name = f"/{number}"
        hashes = {n: v for n, v in (("pdq", pdq), ("sha256", digest)) if v}
        records.append([found(name, [match(*each) for each in matches], **hashes)])
        for entry, listed, tier in matches:
            if tier in ("close", "altered", "far", "weak"):
                files[listed, entry].add(name)
                near = None if tier == "altered" else pdq  # plain pictures look alike
                contents[listed, entry].append((digest or pdq or name, near))
    report = open_report(tmp_path_factory.mktemp("hot") / "r", records, segment_rows=segment_rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hot, "_AT_A_TIME", at_a_time)
        told = hot_entries(report, after)

    counts = {key: pictures(each) for key, each in contents.items()}
    expected = [
        HotEntry(list=key[0], entry_id=key[1], files=len(files[key]), pictures=n)
        for key, n in counts.items()
        if n > after and len(files[key]) > after
    ]
    assert told == sorted(expected, key=lambda e: (-e.pictures, e.list, e.entry_id))


def test_frames_of_one_file_are_one_file(tmp_path):
    """A film of many pictures does not make its entry hot; many of them do."""

    def film(name, seed):
        frames = random_hashes(seed, 10, 32)
        return [
            found(name, [match()], part=f"frame {n}" if n else None, pdq=frames[n].tobytes())
            for n in range(10)
        ]

    assert hot_entries(open_report(tmp_path / "one", [film("/a", 1)]), 3) == []
    several = open_report(tmp_path / "several", [film(f"/{n}", n) for n in range(4)])
    assert hot_entries(several, 3) == [HotEntry(list="l", entry_id="e", files=4, pictures=40)]


def test_what_is_held_is_bounded(tmp_path, monkeypatch):
    """Thousands of copies of few pictures make room; beyond a number, more is not counted."""
    monkeypatch.setattr(hot, "MOST_PICTURES", 30)
    monkeypatch.setattr(hot, "_AT_MOST", 120)
    few = np.repeat(random_hashes(1, 25, 32), 40, axis=0)
    copies = [flipped(few, 3, 1), random_hashes(2, 500, 32)]
    records = [
        [found(f"/{entry}/{n}", [match(str(entry))], pdq=pdq.tobytes())]
        for entry, hashes in enumerate(copies)
        for n, pdq in enumerate(hashes)
    ]
    few_told, many_told = sorted(
        hot_entries(open_report(tmp_path / "r", records, segment_rows=90), 20),
        key=lambda each: each.entry_id,
    )

    assert (few_told.files, few_told.pictures) == (1000, 25)
    assert (many_told.files, many_told.pictures) == (500, 30)
    others = open_report(tmp_path / "s", records)
    assert [hot_entries(others, after) for after in (499, 500)] == [[many_told], []]


def test_matches_without_hashes_count_files(tmp_path):
    """They say nothing of contents."""
    report = open_report(tmp_path / "r", [[found(f"/{n}", [match()])] for n in range(5)])

    assert hot_entries(report, 4) == [HotEntry(list="l", entry_id="e", files=5, pictures=5)]
    assert hot_entries(report, 5) == []


def test_an_entry_that_parts_of_many_screens_match_is_hot(tmp_path, monkeypatch):
    """Views count by the picture that they are of: copies of one screen are one."""
    monkeypatch.setattr(hot, "ALTERED", frozenset({"left half"}))
    screens = random_hashes(3, 6, 32)
    seen = [*screens, *flipped(screens, 4, 1)]

    def report(variant):
        tier = [match(tier="altered", variant=variant)]
        records = [[found(f"/{n}", tier, pdq=pdq.tobytes())] for n, pdq in enumerate(seen)]
        return open_report(tmp_path / variant, records)

    by_part, plain = hot_entries(report("left half"), 5), hot_entries(report("as-is"), 5)

    assert by_part == [HotEntry(list="l", entry_id="e", files=12, pictures=6)]
    assert [each.pictures for each in plain] == [12]
