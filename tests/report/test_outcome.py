"""What makes the exit status nonzero."""

from dataclasses import fields
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.errors import REASONS, UNSAFE_TO_ACCEPT, ReportError, UsageProblem, exit_code
from hashsweep.model import NOTES, TIERS, Failure, Item, Match, Record
from hashsweep.report.outcome import (
    DEFAULT,
    FailOn,
    fail_on_of,
    parse_accepted,
    reasons_of,
    status_of,
)
from hashsweep.report.tally import Tally


def totals(*tiers, reasons=()):
    """Totals of an item with a match of each of these tiers, and of one with these reasons."""
    tally = Tally()
    made = [Match("pdq", 0, "l", "e", "", (), tier, (("pdq", 0),)) for tier in tiers]
    tally.add(Record(Item("/a"), matches=made))
    tally.add(Record(Item("/b"), reasons=[Failure("read", reason) for reason in reasons]))
    return tally.totals()


def report(words=None, *tiers, incomplete=False, state="complete", outdated=0, lacking=None):
    """A report with these words of --fail-on, as far as the status asks for it."""
    rematch = None if lacking is None else SimpleNamespace(lacking_items=lacking)
    options = {} if words is None else {"fail_on": words}
    return SimpleNamespace(
        options=options,
        tally=totals(*tiers),
        incomplete=incomplete,
        state=state,
        outdated=outdated,
        rematch=rematch,
    )


@pytest.mark.parametrize(
    ("words", "found", "incomplete", "expected"),
    [
        ("match", totals(), True, 0),
        ("match", totals("weak"), True, 1),
        ("match", totals("collision"), False, 1),
        ("incomplete", totals("exact"), False, 0),
        ("incomplete", totals("exact"), True, 4),
        ("match,incomplete", totals("far"), True, 5),
        (" match , incomplete ", totals("far"), True, 5),
        ("tier:exact", totals("exact-md5", "weak"), False, 0),
        ("tier:near", totals("far", "weak"), True, 0),
        ("tier:near", totals("far", "near"), False, 1),
        ("tier:near", totals("exact"), False, 1),
        ("tier:collision", totals("collision"), False, 1),
        ("corrupt", totals(reasons=["corrupt", "changed"]), True, 4),
        ("corrupt", totals(reasons=["changed"]), True, 0),
        ("not-compared", totals(reasons=["not-compared"]), False, 4),
        ("not-compared", totals(reasons=["not-looked-into"]), False, 0),
        ("frames-left-out,tier:close", totals("close", reasons=["frames-left-out"]), True, 5),
    ],
)
def test_the_status_by_words_and_totals(words, found, incomplete, expected):
    """A value replaces the default; 1 is for matches, 4 for all else, 5 for both."""
    assert FailOn.parse(words).status(found, incomplete=incomplete) == expected


def test_a_tier_means_itself_and_all_stronger_ones():
    """In the order of model.TIERS, which is that of the documentation."""
    names = [*TIERS]
    for number, tier in enumerate(names):
        assert FailOn.parse(f"tier:{tier}").tiers == {*names[: number + 1]}
    assert FailOn.parse(f"tier:{names[-1]}") == FailOn.parse("match")


@given(st.sets(st.sampled_from([*TIERS])), st.sets(st.sampled_from([*REASONS])), st.booleans())
def test_the_default_is_what_it_was_before_there_was_a_choice(tiers, reasons, incomplete):
    """Any match, and whatever makes the report incomplete; a note alone counts for nothing."""
    found = totals(*sorted(tiers), reasons=sorted(reasons))

    assert FailOn.parse(DEFAULT) == FailOn()
    assert FailOn().status(found, incomplete=incomplete) == exit_code(
        matches=bool(tiers), incomplete=incomplete
    )


@given(st.sets(st.sampled_from([*REASONS])))
def test_reasons_are_found_again_in_totals(reasons):
    """Those of failures and those beside which an item is scanned."""
    assert reasons_of(totals(reasons=sorted(reasons))) == reasons


@pytest.mark.parametrize(
    "words",
    ["", "match,", "matches", "tier:", "tier:match", "tier:nearer", "near", "Match", "read"],
)
def test_words_that_mean_nothing_are_refused(words):
    """A misspelt word must not look like one that never comes true."""
    with pytest.raises(UsageProblem, match=r"--fail-on: '.*' is not one of match, tier:TIER"):
        FailOn.parse(words)


@pytest.mark.parametrize("unsafe", [False, True])
def test_reasons_may_stand_between_commas_or_be_named_again(unsafe):
    """White space around them is none of them."""
    found = parse_accepted(["corrupt, truncated", "not-looked-into"], unsafe=unsafe)

    assert found == {"corrupt", "truncated", "not-looked-into"}
    assert parse_accepted([], unsafe=unsafe) == frozenset()


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_what_nobody_knows_is_accepted_only_on_purpose(reason):
    """All others are."""
    assert parse_accepted([reason], unsafe=True) == {reason}
    if reason not in UNSAFE_TO_ACCEPT:
        assert parse_accepted([reason], unsafe=False) == {reason}
        return
    with pytest.raises(UsageProblem, match=f"--accept {reason} may hide unknown faults"):
        parse_accepted(["corrupt", reason], unsafe=False)


@pytest.mark.parametrize("word", ["", "junk", "decode: corrupt", "Corrupt", "match"])
def test_an_unknown_reason_is_refused(word):
    """It would accept nothing, and nobody would learn that."""
    with pytest.raises(UsageProblem, match="is not a reason"):
        parse_accepted([f"corrupt,{word}"], unsafe=True)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (report(), 0),
        (report(None, "far"), 1),
        (report(None, incomplete=True), 4),
        (report(DEFAULT, "far", incomplete=True), 5),
        (report("tier:near", "far"), 0),
        (report("match", "far", incomplete=True), 1),
        (report(DEFAULT, state="interrupted"), 4),
        (report(DEFAULT, state="killed"), 4),
        (report("match", state="killed"), 0),
    ],
)
def test_the_status_of_a_report_is_that_of_its_own_words(found, expected):
    """One without any, and one that did not come to its end, are judged by the default."""
    assert status_of(found) == expected


def test_words_of_a_report_that_are_none_are_damage():
    """Nobody wrote them with this program."""
    assert fail_on_of(report("match")) == FailOn(incomplete=False)
    with pytest.raises(ReportError, match=r"sweep\.json is damaged: --fail-on"):
        fail_on_of(report("junk"))


def test_notes_are_no_failures():
    """So that what is only not clean does not make a sweep incomplete."""
    assert totals(reasons=sorted(NOTES)).failed == 0
    assert {each.name for each in fields(FailOn)} == {"tiers", "incomplete", "reasons", "outdated"}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (report("match,incomplete", outdated=3, lacking=3), 0),
        (report("match,incomplete,outdated"), 0),
        (report("match,incomplete,outdated", outdated=3), 4),
        (report("outdated", "far", lacking=1), 4),
        (report("match,outdated", "far", outdated=1), 5),
    ],
)
def test_rows_of_earlier_rules_count_where_that_is_asked_for(found, expected):
    """--require-current: looked at by earlier rules, or without a hash of today's."""
    assert status_of(found) == expected
