"""Whatever is asked, and in whichever way, the same is said of a file.

Drawn lists, drawn options and all kinds of files: the line, the JSON, the answer of a stream, the
explanation and the exit status of a gate agree with each other, with the row of a sweep, with the
one function that decides, and with a rematch of that sweep.
"""

import os
import random
from contextlib import ExitStack, closing

import pytest

from hashsweep.errors import REASONS
from hashsweep.gate import verdict
from hashsweep.gate.answers import Answers
from hashsweep.gate.framing import Lines
from hashsweep.gate.stream import Requests, answer
from hashsweep.hashlists.describe import is_used
from hashsweep.model import NOTES, Item
from hashsweep.report.outcome import DEFAULT, FailOn, status_of
from hashsweep.sweep.batches import in_order
from hashsweep.sweep.config import ScanConfig
from hashsweep.sweep.coverage import Wanted, why_not_clean
from hashsweep.sweep.work import prepare_work
from support.listed import compiled
from support.rematched import (
    DIGESTS,
    PICTURES,
    draw,
    drawn_entries,
    judged,
    rematched,
    rows,
    scanned,
)

KINDS = (*DIGESTS, *PICTURES)


@pytest.fixture(scope="module")
def media(tmp_path_factory):
    """The drawn files."""
    return draw(tmp_path_factory.mktemp("agreement") / "media")


@pytest.fixture(scope="module")
def base(media):
    """A report with every hash of them, made without a list."""
    return scanned(media, media.parent / "base", hashes=("all",))


def drawn_options(folder, files, dice):
    """Options of a gate: lists of some kinds, harmless files, and how files are read."""
    folder.mkdir()
    kinds = dice.choice([DIGESTS, ["pdq"], ["sha256", "pdq"], dice.sample(KINDS, 3)])
    lists = [
        str(compiled(folder, drawn_entries(files, dice, 6, kinds), f"list-{number}").path)
        for number in range(dice.randint(1, 2))
    ]
    good = []
    if dice.random() < 0.4:
        entries = drawn_entries(files, dice, 3, dice.choice((["md5"], ["sha1", "sha256"])))
        good = [str(compiled(folder, entries, "good", known_good=True).path)]
    return {
        "lists": tuple(lists),
        "known_good": tuple(good),
        "max_frames": dice.choice((1, 2, 8, 100)),
        "exact": dice.random() < 0.3,
        "accept": tuple(sorted(dice.sample([*REASONS], dice.choice((0, 0, 2, 12))))),
        "fail_on": dice.choice((DEFAULT, DEFAULT, "match", "tier:near,incomplete", "not-compared")),
    }


def answered(options, files):
    """What a gate says: records by name, as files and as a stream; what is wanted; the lists."""
    with ExitStack() as stack:
        work = prepare_work(ScanConfig(engine="serial", **options), stack, gate=True)
        with closing(in_order(work, (Item(name) for name in files))) as found:
            named = dict(zip(files, found, strict=True))
        reading, writing = os.pipe()
        os.write(writing, "".join(f"{name}\n" for name in files).encode())
        os.close(writing)
        with closing(answer(work, Requests(reading, Lines()))) as found:
            streamed = dict(found)
        os.close(reading)
        harmful = [each for each in work.lists if not each.known_good]
        return named, streamed, Wanted.by(harmful, work.specs), all(map(is_used, work.lists))


@pytest.mark.parametrize("seed", range(24))
def test_all_that_is_said_of_a_file_agrees(tmp_path, media, base, seed):
    """And `clean` is never said where the one function gives a reason."""
    dice = random.Random(seed)
    options = drawn_options(tmp_path / "lists", rows(base, "files"), dice)
    names = [str(path) for path in sorted(media.iterdir())]
    found, streamed, wanted, lists_used = answered(options, names)
    report = scanned(media, tmp_path / "report", **options)
    swept = {row["uri"]: row for row in rows(report, "files") if row["part"] is None}
    matched = {row["uri"] for row in rows(report, "matches")}
    accept = frozenset(options["accept"])
    answers = Answers(accept, FailOn.parse(options["fail_on"]))
    words = set()
    for name in names:
        records, row = found[name], swept[name]
        answers.take(records)
        told = verdict.as_json(name, records, accept)
        word = told["verdict"]
        words.add(word)

        assert streamed[name] == records
        assert verdict.line(name, records, accept).split("\t")[0] == word
        explained = verdict.explain(name, records, accept)
        assert explained.splitlines()[0] == verdict.line(name, records, accept)
        assert all(f": {each['reason']}, " in explained for each in told["reasons"])

        assert told["reasons"] == row["reasons"]
        assert told["compared"] == row["looked_for"]["hashes"]
        assert (word == "match") == (name in matched)
        assert (row["status"] == "failed") == any(
            each["reason"] not in NOTES for each in told["reasons"]
        )
        if word == "clean":
            assert told["reasons"] == []
            assert row["known_good"] or why_not_clean(records, wanted) is None
            assert row["known_good"] or told["compared"]
    status = answers.status(lists_used=lists_used)

    totals, fail_on = report.sweep.tally, FailOn.parse(options["fail_on"])
    is_incomplete = not lists_used or any(
        verdict.is_incomplete(records, accept) for records in found.values()
    )
    assert status == fail_on.status(totals, incomplete=is_incomplete)
    assert status_of(report.sweep) == fail_on.status(totals, incomplete=report.sweep.incomplete)
    assert is_incomplete >= report.sweep.incomplete
    if options["fail_on"] == DEFAULT:
        assert bool(status & 1) == ("match" in words)
        assert bool(status & 4) >= ("failed" in words)

    again = rematched([report], tmp_path / "again", **options)
    assert judged(again) == judged(report)
    assert status_of(again.sweep) == status_of(report.sweep)


def test_the_options_drawn_above_lead_to_every_verdict(tmp_path, media, base):
    """And to every note, so that the property speaks of something."""
    words, reasons = set(), set()
    names = [str(path) for path in sorted(media.iterdir())]
    for seed in range(24):
        dice = random.Random(seed)
        options = drawn_options(tmp_path / str(seed), rows(base, "files"), dice)
        found, *_ = answered(options, names)
        for records in found.values():
            words.add(verdict.verdict(records, frozenset(options["accept"])))
            reasons |= {each.reason for each in records[0].reasons}

    assert words == {"clean", "match", "failed", "accepted"}
    assert reasons >= NOTES
