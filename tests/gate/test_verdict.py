"""One file's outcome in one line."""

import json
from dataclasses import replace

import pytest

from hashsweep.gate import verdict
from hashsweep.model import Failure, Item, Match, Record

MATCH = Match("pdq", 4, "iwf", "entry-1", "A", ("x",), "close", (("pdq", 4),))
OVERTURNED = replace(MATCH, decision="overturned")
FAILURE = Failure("decode", "truncated")


def record(**fields) -> Record:
    return Record(Item("/a"), **{"hashes": {"sha256": b"\0" * 32}, **fields})


@pytest.mark.parametrize(
    ("records", "expected", "incomplete"),
    [
        ([record()], "clean", False),
        ([record(matches=[MATCH])], "match", False),
        ([record(reasons=[FAILURE])], "failed", True),
        ([record(reasons=[FAILURE], matches=[MATCH])], "match", True),
        ([record(hashes={})], "failed", True),
        ([record(hashes={"pdq": bytes(32)}, pdq_quality=49)], "failed", True),
        ([record(hashes={"pdq": bytes(32)}, pdq_quality=50)], "clean", False),
        ([record(hashes={"pdq": bytes(32), "phash": bytes(8)}, pdq_quality=0)], "clean", False),
        ([record(), record(part="frame 2")], "clean", False),
        ([record(), record(part="frame 2", matches=[MATCH])], "match", False),
        ([record(reasons=[FAILURE]), record(part="frame 2")], "failed", True),
        ([record(known_good="nsrl")], "clean", False),
        ([record(matches=[OVERTURNED])], "clean", False),
        ([record(matches=[OVERTURNED, MATCH])], "match", False),
        ([record(reasons=[FAILURE], matches=[OVERTURNED])], "failed", True),
    ],
)
def test_verdict(records, expected, incomplete):
    """A match is told whatever else went wrong, and what went wrong is told in any case."""
    assert verdict.verdict(records) == expected
    assert verdict.is_incomplete(records) is incomplete
    assert json.loads(json.dumps(verdict.as_json("a", records)))["verdict"] == expected
    assert verdict.line("a", records).split("\t")[:2] == [expected, "a"]


def test_the_line_gives_every_reason():
    """Matches, the failure beside them, and what a list of harmless files says."""
    both = record(reasons=[FAILURE], matches=[MATCH], known_good="nsrl")

    assert verdict.line("a\tb", [both]) == (
        "match\ta\\x09b\tiwf: entry-1 (pdq 4, close); decode: truncated; known good: nsrl"
    )


def test_what_was_decided_stands_beside_the_match():
    """An overturned match is told, though it is none."""
    found = [record(matches=[OVERTURNED])]

    assert verdict.line("a", found) == "clean\ta\tiwf: entry-1 (pdq 4, close, overturned)"
    assert verdict.as_json("a", found)["matches"][0]["decision"] == "overturned"


def test_json_has_no_hash():
    """What matched is named by list and entry."""
    told = verdict.as_json("a", [record(matches=[MATCH], hashes={"pdq": b"\x5a" * 32})])

    assert "5a5a" not in json.dumps(told)
    assert told["matches"][0]["entry_id"] == "entry-1"
