"""Totals of a sweep."""

from hashsweep.model import NOTES, Failure, Item, Match, Possible, Record, Skipped
from hashsweep.report.sweep_json import to_json
from hashsweep.report.tally import Tally


def match(list_name="l", algorithm="pdq", tier="close", category="a", decision=None):
    """A match as the matcher makes it, and what was decided about it."""
    evidence = ((algorithm, 0),)
    return Match(algorithm, 0, list_name, "e", category, (), tier, evidence, decision=decision)


def test_records_add_up():
    """Each record counts once everywhere it belongs."""
    tally = Tally()
    tally.add(
        Record(
            Item("/a"),
            size=10,
            media_type="image/jpeg",
            decode_mode="fast/2",
            animated=False,
            hashes={"md5": b"", "pdq": b""},
            pdq_quality=49,
            matches=[match(), match("m", "md5", "exact-md5", "")],
        )
    )
    note = [Failure("hash", "not-compared")]
    tally.add(Record(Item("/b"), size=5, media_type="image/gif", animated=True, reasons=note))
    tally.add(Record(Item("/c"), reasons=[Failure("read", "gone")]))
    for number, kind in enumerate(("application/zip", None)):
        reasons = [Failure("decode", "not-looked-into")]
        tally.add(Record(Item(f"/{number}"), media_type=kind, reasons=reasons))
    tally.skip(Skipped("/d", "symlink"))

    assert to_json(tally.totals()) == {
        "items": 5,
        "bytes": 15,
        "failed": 1,
        "accepted": 0,
        "matched_items": 1,
        "matches": 2,
        "confirmed": 0,
        "overturned": 0,
        "low_quality": 1,
        "known_good": 0,
        "from_baseline": 0,
        "folders": 0,
        "accepted_folders": 0,
        "digest_from_source": 0,
        "not_compared": {"image/gif": 1},
        "not_looked_into": {"application/zip": 1, "application/octet-stream": 1},
        "with_frames": 1,
        "further_frames": 0,
        "in_other_shards": 0,
        "skipped": {"symlink": 1},
        "failures": {"read: gone": 1},
        "hashed": {"md5": 1, "pdq": 1},
        "media_types": {"image/jpeg": 1, "image/gif": 1, "application/zip": 1},
        "decode_modes": {"fast/2": 1},
        "by_ruleset": {"0": 5},
        "by_list": {"l": 1, "m": 1},
        "by_category": {"a": 1, "": 1},
        "by_algorithm": {"pdq": 1, "md5": 1},
        "by_tier": {"close": 1, "exact-md5": 1},
        "possible_items": 0,
    }


def test_a_file_and_its_frames_are_one_item():
    """Frames add hashes and matches; the file counts once, also among the matched."""
    tally = Tally()
    item = Item("/a.gif")
    for part in (None, "frame 2", "frame 3"):
        record = Record(item, part=part, hashes={"pdq": b""}, pdq_quality=10)
        record.animated = None if part else True
        record.matches = [match()] * (part is not None)
        tally.add(record)
    tally.add(Record(Item("/b.gif"), hashes={"pdq": b""}, matches=[match()]))
    counts = to_json(tally.totals())

    assert (counts["items"], counts["with_frames"], counts["further_frames"]) == (2, 1, 2)
    assert (counts["hashed"], counts["low_quality"]) == ({"pdq": 4}, 3)
    assert (counts["matched_items"], counts["matches"]) == (2, 3)


def test_leads_count_by_item_and_nowhere_else():
    """Of a file and its frames together, whether or not it matches."""
    leads = [Possible("l", "e", 36), Possible("l", "f", 40)]
    plain, led = Tally(), Tally()
    for tally, found in ((plain, []), (led, leads)):
        tally.add(Record(Item("/a"), possible=found))
        tally.add(Record(Item("/a"), part="frame 2", possible=found))
        tally.add(Record(Item("/b")))
        tally.add(Record(Item("/b"), part="frame 2", possible=found, matches=[match()]))
        tally.add(Record(Item("/c"), matches=[match()]))

    assert to_json(led.totals()) == to_json(plain.totals()) | {"possible_items": 2}


def test_an_overturned_match_counts_as_that_and_as_nothing_else():
    """An item of which all matches were overturned is no matched item; frames of it may be."""
    tally = Tally()
    tally.add(Record(Item("/a"), matches=[match(decision="overturned")] * 2))
    tally.add(Record(Item("/b"), matches=[match(decision="overturned")]))
    tally.add(Record(Item("/b"), part="frame 2", matches=[match("m", decision="confirmed")]))
    counts = to_json(tally.totals())

    assert (counts["overturned"], counts["confirmed"]) == (3, 1)
    assert (counts["matched_items"], counts["matches"], counts["by_list"]) == (1, 1, {"m": 1})


def test_an_item_of_several_reasons_fails_once():
    """Each of its reasons counts, one code once, whatever its details."""
    tally = Tally()
    reasons = [
        *(Failure("decode", "corrupt", detail) for detail in "ab"),
        Failure("read", "changed"),
    ]
    tally.add(Record(Item("/a"), reasons=reasons))
    tally.add(Record(Item("/b"), reasons=reasons[:1]))

    assert tally.totals().failed == 2
    assert tally.totals().failures == {"decode: corrupt": 2, "read: changed": 1}


def test_an_item_is_accepted_if_all_its_reasons_are():
    """One that is not makes it count as ever; what did not fail is no failure that is accepted."""
    tally = Tally.create(["corrupt", "not-looked-into"])
    corrupt, changed = Failure("decode", "corrupt"), Failure("read", "changed")
    note = Failure("decode", "not-looked-into")
    for number, reasons in enumerate(([corrupt], [corrupt, changed], [changed], [note], [])):
        tally.add(Record(Item(f"/{number}"), reasons=reasons))

    assert tally.accept == {"corrupt", "not-looked-into"}
    assert (tally.totals().failed, tally.totals().accepted) == (3, 1)
    assert tally.totals().not_looked_into == {"application/octet-stream": 1}


def test_every_note_has_a_count():
    """Reasons beside which an item is scanned are counted by media type, and nowhere else."""
    tally = Tally()
    for reason in NOTES:
        tally.add(Record(Item(reason), media_type="a/b", reasons=[Failure("hash", reason)]))
    totals = to_json(tally.totals())

    assert {reason: totals[reason.replace("-", "_")] for reason in NOTES} == {
        reason: {"a/b": 1} for reason in NOTES
    }
    assert (totals["failed"], totals["failures"]) == (0, {})


def test_where_hashes_come_from_is_counted_by_item():
    """From an earlier report, or as its source states them; frames of it are not counted."""
    tally = Tally()
    tally.add(Record(Item("/a"), from_baseline=True))
    tally.add(Record(Item("/a"), from_baseline=True, part="frame 2"))
    tally.add(Record(Item("/b"), stated_hashes=("md5",), hashes={"md5": b""}))

    assert (tally.totals().from_baseline, tally.totals().digest_from_source) == (1, 1)


def test_the_totals_are_those_of_now():
    """What was taken of them before does not grow with them."""
    tally = Tally()
    before = tally.totals()
    tally.add(Record(Item("/a"), hashes={"pdq": b""}))

    assert (before.items, before.hashed) == (0, {})
    assert (tally.totals().items, tally.totals().hashed) == (1, {"pdq": 1})


def test_the_largest_count_comes_first():
    """Readers of the JSON see what matters most at the top."""
    tally = Tally()
    for reason in ("symlink", "special", "special"):
        tally.skip(Skipped("/a", reason))

    assert list(to_json(tally.totals())["skipped"]) == ["special", "symlink"]
    assert list(tally.totals().skipped) == ["special", "symlink"]


def test_sizes_that_no_files_have_are_held_by_sweep_json():
    """A worker that was taken over may say anything."""
    tally = Tally()
    for number in range(3):
        tally.add(Record(Item(f"/{number}"), size=2**63 - 1))

    assert to_json(tally.totals())["bytes"] == 2**63 - 1
