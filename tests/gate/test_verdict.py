"""One file's outcome in one line."""

import json
from dataclasses import replace

import pytest

from hashsweep.errors import REASONS, REMEDIES
from hashsweep.gate import verdict
from hashsweep.model import Failure, Item, Match, Possible, Record

MATCH = Match("pdq", 4, "iwf", "entry-1", "A", ("x",), "close", (("pdq", 4),))
OVERTURNED = replace(MATCH, decision="overturned")
FAILURE = Failure("decode", "truncated", "3 bytes")
NOTE = Failure("decode", "not-looked-into", "application/zip")
ALL = frozenset(REASONS)


def record(**fields) -> Record:
    """One of which a digest was compared, unless it is said otherwise."""
    return Record(Item("/a"), **{"compared": ("sha256",), **fields})


@pytest.mark.parametrize(
    ("records", "expected", "incomplete"),
    [
        ([record()], "clean", False),
        ([record(matches=[MATCH])], "match", False),
        ([record(reasons=[FAILURE])], "failed", True),
        ([record(reasons=[FAILURE], matches=[MATCH])], "match", True),
        ([record(reasons=[NOTE])], "failed", True),
        ([record(reasons=[NOTE], matches=[MATCH])], "match", True),
        ([record(compared=())], "failed", True),
        ([record(compared=(), stated_hashes=("md5",))], "clean", False),
        ([record(compared=(), known_good="nsrl")], "clean", False),
        ([record(), record(part="frame 2")], "clean", False),
        ([record(), record(part="frame 2", compared=())], "clean", False),
        ([record(), record(part="frame 2", matches=[MATCH])], "match", False),
        ([record(reasons=[FAILURE]), record(part="frame 2")], "failed", True),
        ([record(known_good="nsrl")], "clean", False),
        ([record(known_good="nsrl", reasons=[NOTE])], "failed", True),
        ([record(matches=[OVERTURNED])], "clean", False),
        ([record(matches=[OVERTURNED], reasons=[NOTE])], "failed", True),
        ([record(matches=[OVERTURNED, MATCH])], "match", False),
        ([record(reasons=[FAILURE], matches=[OVERTURNED])], "failed", True),
    ],
)
def test_verdict(records, expected, incomplete):
    """A match is told whatever else went wrong, and what went wrong is told in any case.

    What was accepted is told in a word of its own, and is never clean.
    """
    accepted = "accepted" if expected == "failed" else expected

    for accept, word, is_lacking in ((frozenset(), expected, incomplete), (ALL, accepted, False)):
        assert verdict.verdict(records, accept) == word
        assert verdict.is_incomplete(records, accept) is is_lacking
        assert json.loads(verdict.as_line("a", records, accept))["verdict"] == word
        assert verdict.line("a", records, accept).split("\t")[:2] == [word, "a"]
        first = verdict.explain("a", records, accept).splitlines()[0]
        assert first == verdict.line("a", records, accept)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (set(), "failed"),
        ({"truncated"}, "failed"),
        ({"not-looked-into"}, "failed"),
        ({"corrupt", "denied"}, "failed"),
        ({"truncated", "not-looked-into"}, "accepted"),
    ],
)
def test_a_file_is_accepted_if_all_its_reasons_are(accept, expected):
    """Those of its parts included: one that nobody accepted is enough."""
    records = [record(reasons=[FAILURE]), record(part="frame 2", reasons=[NOTE])]

    assert verdict.verdict(records, accept) == expected


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


def test_a_lead_stands_beside_the_verdict_and_changes_nothing():
    """Of the file and of its frames; in the line and in JSON."""
    leads = [Possible("iwf", "e-1\x1b", 36), Possible("ngo", "e-2", 40)]
    records = [record(possible=leads[:1]), record(part="frame 2", possible=leads[1:])]
    plain = [record(), record(part="frame 2")]

    assert verdict.line("a", records) == (
        "clean\ta\tpossibly iwf: e-1\\x1b (pdq 36, not a match); "
        "possibly ngo: e-2 (pdq 40, not a match)"
    )
    assert verdict.as_json("a", records) == verdict.as_json("a", plain) | {
        "possible": [
            {"list": "iwf", "entry_id": "e-1\x1b", "distance": 36},
            {"list": "ngo", "entry_id": "e-2", "distance": 40},
        ]
    }
    assert verdict.verdict(records) == "clean"
    assert not verdict.is_incomplete(records)


def test_json_has_no_hash():
    """What matched is named by list and entry."""
    found = [record(matches=[MATCH], reasons=[NOTE], hashes={"pdq": b"\x5a" * 32})]
    told = verdict.as_json("a", found)

    assert "5a5a" not in json.dumps(told) + verdict.explain("a", found)
    assert told["matches"][0]["entry_id"] == "entry-1"


def test_json_gives_every_reason_with_its_detail():
    """`reason` is the first of `reasons`; a detail that is not there is null."""
    told = verdict.as_json("a", [record(reasons=[FAILURE, Failure("read", "changed")])])

    assert told["reason"] == "decode: truncated"
    assert told["reasons"] == [
        {"stage": "decode", "reason": "truncated", "detail": "3 bytes"},
        {"stage": "read", "reason": "changed", "detail": None},
    ]
    assert told["compared"] == ["sha256"]


def test_nothing_compared_is_a_reason_of_its_own():
    """Where no other is there; so the verdict and its reasons cannot disagree."""
    told = verdict.as_json("a", [record(compared=())])

    assert (told["verdict"], told["reason"]) == ("failed", "hash: not-compared")


def test_explain_says_what_was_compared_and_what_helps():
    """Frames with the same hashes in one line; a reason, its meaning, its detail, its remedy."""
    own = record(
        media_type="image/gif", width=9, height=5, frames=1200, decode_mode="exact",
        reasons=[NOTE, Failure("decode", "frames-left-out", "1,196 of 1,200")],
        compared=("pdq", "sha256"), known_good="nsrl",
    )  # fmt: skip
    frames = [record(part=f"frame {n}", compared=("pdq",) if n < 4 else ()) for n in (2, 3, 4)]
    _, *lines = verdict.explain("a", [own, *frames], {"not-looked-into"}).splitlines()

    assert lines == [
        "  what it is: image/gif, 9 x 5 pixels, 1,200 frames or pages, decoded exact",
        "  compared: pdq, sha256",
        "  compared of 2 further frames: pdq",
        "  compared of frame 4: nothing",
        f"  accepted: not-looked-into, {REASONS['not-looked-into']} (application/zip)",
        f"  not compared in full: frames-left-out, {REASONS['frames-left-out']} (1,196 of 1,200)",
        f"  what helps: {REMEDIES['frames-left-out']}",
        "  policy: the list nsrl says it is harmless",
    ]


def test_explain_of_what_was_never_opened():
    """Nothing is made up of it, and nothing in it can drive a terminal."""
    text = verdict.explain(
        "a\nb", [record(compared=(), reasons=[Failure("read", "gone", "\x1b[m")])]
    )

    assert text.splitlines() == [
        "failed\ta\\x0ab\tread: gone",
        "  what it is: unknown type",
        "  compared: nothing",
        f"  not compared in full: gone, {REASONS['gone']} (\\x1b[m)",
        f"  what helps: {REMEDIES['gone']}",
    ]
