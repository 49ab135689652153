"""Matches counted by what they are."""

from collections import Counter

from hashsweep.output.page.counts import count_matches
from hashsweep.report.open_report import OpenReport
from support.reports import matched, write_many


def test_every_match_is_counted_once(tmp_path):
    """Over segments and reports: as a loop over the records counts them."""
    records = [matched(number) for number in range(50)]
    first = write_many(tmp_path / "a", records[:30], segment_rows=7)
    second = write_many(tmp_path / "b", records[30:])
    found = count_matches([OpenReport(first), OpenReport(second)])
    matches = [record.matches[0] for record in records]

    assert found.rows == 50
    assert found.by == Counter((m.tier, m.algorithm, m.list_name, m.category) for m in matches)
    assert found.of("list") == Counter((m.list_name,) for m in matches)
    assert found.of("list", "category") == Counter((m.list_name, m.category) for m in matches)
    assert found.pdq == Counter(m.distance for m in matches if m.algorithm == "pdq")


def test_a_pdq_counts_beside_a_stronger_hash(tmp_path):
    """The distance of an exact copy's picture is known, too."""
    both = matched(0, evidence=(("sha256", 0), ("pdq", 2)))
    found = count_matches([OpenReport(write_many(tmp_path / "a", [both]))])

    assert found.pdq == {2: 1}


def test_what_was_overturned_counts_apart(tmp_path):
    """And in nothing else."""
    given = [matched(1, decision="overturned"), matched(2, decision="confirmed"), matched(3)]
    found = count_matches([OpenReport(write_many(tmp_path / "a", given))])

    assert (found.rows, found.overturned, found.by.total()) == (2, 1, 2)
