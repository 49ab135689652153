"""Counts of narrow tables; what they come to for whole reports is in test_stats.py."""

from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc

from hashsweep.analysis.counting import Counting
from hashsweep.analysis.observations import Codes

NAMES = ("media-type", "reason", "known_good", "list", "category", "algorithm", "tier")


def table(*rows):
    """Files of two reports: (report, item)."""
    return pa.table(
        {
            "report": pa.array([report for report, _ in rows], pa.int32()),
            "item_id": pa.array([item * 16 for _, item in rows], pa.binary(16)),
            "size": [10 + report for report, _ in rows],
            "failed": [report == 0 for report, _ in rows],
            "hashed": [report == 1 for report, _ in rows],
            "known_good": pa.nulls(len(rows), pa.int32()),
            "media-type": pa.nulls(len(rows), pa.int32()),
            "reason": pa.nulls(len(rows), pa.int32()),
        }
    )


FILES = table((0, b"a"), (0, b"b"), (1, b"a"), (1, b"c"))


def counting(by, periods, covered=None):
    """What counts by these."""
    return Counting(by, periods, covered or [({}, [0, 1])], {name: Codes() for name in NAMES})


def test_an_item_counts_once_as_it_was_last():
    """In each period; in one alone, once in all."""
    of_days = counting(["day"], [{"day": "1"}, {"day": "2"}])
    of_all = counting([], [{}, {}])
    for each in (of_days, of_all):
        each.add_reports()
        each.add_files(FILES)

    assert of_days.counts == {
        ("1",): Counter(reports=1, seen=2, bytes=20, unreadable=2),
        ("2",): Counter(reports=1, seen=2, bytes=22, hashed=2),
    }
    assert of_all.counts == {(): Counter(reports=2, seen=3, bytes=32, hashed=2, unreadable=1)}


def test_files_count_where_a_sweep_had_the_list():
    """A list that was added later was compared with less."""
    found = counting(["list"], [{}, {}], [({"list": "new"}, [1]), ({"list": "old"}, [0, 1])])
    found.add_reports()
    found.add_files(FILES)

    assert {key: counts["seen"] for key, counts in found.counts.items()} == {
        ("new",): 2, ("old",): 3,
    }  # fmt: skip


def test_shares_add_up():
    """Counts of one share after the other are those of all at once."""
    whole, shares = (counting(["day"], [{"day": "1"}] * 2) for _ in range(2))
    whole.add_files(FILES)
    for item in (b"a", b"b", b"c"):
        shares.add_files(FILES.filter(pc.equal(FILES["item_id"], item * 16)))
    shares.add_files(pa.table({}))

    assert shares.counts == whole.counts
