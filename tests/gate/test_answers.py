"""What the answers of a gate come to."""

from itertools import chain, product

import pytest

from hashsweep.gate.answers import Answers
from hashsweep.gate.verdict import verdict
from hashsweep.model import Failure, Item, Match, Record
from hashsweep.report.outcome import DEFAULT, FailOn

NEAR = Match("pdq", 15, "l", "e", "", (), "near", (("pdq", 15),))
OVERTURNED = Match("pdq", 0, "l", "e", "", (), "close", (("pdq", 0),), decision="overturned")
CLEAN = [Record(Item("/clean"), compared=("md5",))]
MATCHED = [Record(Item("/match"), compared=("md5",), matches=[NEAR])]
ZIP = [Record(Item("/zip"), compared=("md5",), reasons=[Failure("decode", "not-looked-into")])]
CUT = [Record(Item("/cut"), compared=("md5",), reasons=[Failure("decode", "truncated")])]
BOTH = [Record(Item("/both"), reasons=[Failure("decode", "truncated")], matches=[NEAR])]
FRAME = [
    Record(Item("/gif"), compared=("pdq",)),
    Record(Item("/gif"), part="frame 2", matches=[NEAR]),
]
NOTHING = [Record(Item("/nothing"))]
REJECTED = [Record(Item("/no"), compared=("pdq",), matches=[OVERTURNED])]


def status(*files, accept=(), fail_on=DEFAULT, lists_used=True):
    """The exit status after these answers."""
    answers = Answers(frozenset(accept), FailOn.parse(fail_on))
    for records in files:
        answers.take(records)
    return answers.status(lists_used=lists_used)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([], 0), ([CLEAN], 0), ([MATCHED], 1), ([FRAME], 1), ([REJECTED], 0),
        ([ZIP], 4), ([CUT], 4), ([NOTHING], 4), ([BOTH], 5),
        ([CLEAN, MATCHED, CUT, CLEAN], 5), ([ZIP, CLEAN], 4),
    ],
)  # fmt: skip
def test_the_status_sums_up_all_answers(files, expected):
    """A later one takes nothing of an earlier one back; a list not used in full adds 4."""
    assert status(*files) == expected
    assert status(*files, lists_used=False) == expected | 4


@pytest.mark.parametrize("files", [*product([CLEAN, MATCHED, ZIP, CUT, BOTH, NOTHING], repeat=2)])
@pytest.mark.parametrize("accept", [(), ("truncated",), ("truncated", "not-looked-into")])
def test_the_status_agrees_with_the_verdicts(files, accept):
    """1 if any is a match; 4 if any failed, and for a match beside what was not accepted."""
    words = [verdict(records, frozenset(accept)) for records in files]
    reasons = {each.reason for each in chain(*(r.reasons for r in chain(*files)))}
    found = status(*files, accept=accept)

    assert bool(found & 1) == ("match" in words)
    assert bool(found & 4) == ("failed" in words or bool(reasons - set(accept)))


@pytest.mark.parametrize(
    ("fail_on", "expected"),
    [("tier:close", 0), ("tier:near", 1), ("incomplete", 4), ("truncated", 4), ("corrupt", 0),
     ("not-looked-into", 4), ("tier:close,incomplete", 4), ("match,truncated", 5)],
)  # fmt: skip
def test_what_counts_is_said_by_fail_on(fail_on, expected):
    """The answers themselves stay as they are."""
    assert status(MATCHED, CUT, ZIP, fail_on=fail_on) == expected
