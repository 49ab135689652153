"""What the summary tells of a rematch."""

from hashsweep.output.rematch_summary import gaps, list_coverage, list_standing
from support.rematch_info import rematch_info
from support.reports import sweep

REPORTS = (
    {"report": "monday", "unused_hashes": {"pdq": "0"}, "not_looked_for": {"old\x1b": 6}},
    {"report": "evil\x1b"},
)
CHANGES = {"old": sweep().lists[0], "searched": {"md5": 3}}
STANDING = {"new": 1, "as_before": 2, "updated": 3, "retracted": {"gone": 4}}


def info(made_of=REPORTS, matches=STANDING):
    """Of a rematch of which there is all to tell."""
    return sweep(
        **rematch_info(
            made_of,
            changes=CHANGES,
            superseded=2,
            lacking={"sha1": 5},
            lacking_items=5,
            unfinished=["evil\x1b"],
            shards=[{"sources": ["/srv"], "of": 2, "there": [1]}],
            matches=matches,
        )
    )


def test_a_sweep_has_none_of_it():
    """Nothing is added to the summary of an ordinary report."""
    plain = sweep()

    assert [*list_coverage(plain), *list_standing(plain), *gaps(plain)] == []


def test_all_numbers_are_told():
    """Reports, what was left out of them, and what became of their matches."""
    assert {what: number for what, number, _ in list_coverage(info())} == {
        "reports matched again": 2, "superseded": 2, "pdq not used": 0, "no stored sha1": 5,
        "changed md5": 3,
    }  # fmt: skip
    assert {what: number for what, number, _ in list_standing(info())} == {
        "not matched before": 1, "as before": 2, "updated": 3, "retracted, gone": 4,
        "not looked for": 6,
    }  # fmt: skip
    assert [*list_standing(info())][-1][2].startswith(
        "matches with list old\\x1b in monday: no list has that name"
    )


def test_gaps_are_told_in_words_that_no_name_can_drive():
    """Each is a clause of the verdict."""
    assert gaps(info()) == [
        "5 files lack a hash that a new sweep would have compared",
        "evil\\x1b is unfinished, so items may be missing",
        "shard 2/2 missing",
    ]


def test_matches_that_were_never_matched_before_are_not_set_apart():
    """Where no list was matched before, "new" says nothing."""
    found = {"new": 7, "as_before": 0, "updated": 0, "retracted": {}}

    assert [what for what, *_ in list_standing(info(matches=found))] == ["not looked for"]
    assert [*list_standing(info(({},), found))] == []
