"""Rules by which rows were looked at, of several reports."""

from hashsweep.report.carried_over import Ruleset, count_outdated, merge_rulesets, renumber
from hashsweep.report.tally import Tally
from support.reports import record, sweep

OLD, NOW, NEW = (Ruleset(rules=n, hashsweep=f"0.{n}", decoders={"pillow": "1"}) for n in range(3))


def test_each_has_one_number():
    """One's own first; those of each report are found by its numbers."""
    merged, numbers = merge_rulesets([NOW], [[OLD, NOW], [NEW], [NOW, OLD]])

    assert merged == [NOW, OLD, NEW]
    assert numbers == [[1, 0], [2], [0, 1]]


def test_counts_follow():
    """What has no ruleset keeps its number, so that it is never taken for current."""
    assert renumber({"0": 3, "1": 2}, [1, 1]) == {"1": 5}
    assert renumber({"0": 3, "7": 2}, [1]) == {"1": 3, "7": 2}


def test_what_was_looked_at_by_earlier_rules_is_counted():
    """Later versions of the same rules are as good; a number of no ruleset is not."""
    tally = Tally()
    for number in (0, 0, 1, 2, 3, 9):
        one = record(f"/{number}", 1)
        one.ruleset = number
        tally.add(one)
    same = Ruleset(rules=1, hashsweep="0.0", decoders={})
    rulesets = [NOW, OLD, same, NEW]

    assert count_outdated(rulesets, tally.by_ruleset) == 2
    assert sweep(tally).outdated == 4
