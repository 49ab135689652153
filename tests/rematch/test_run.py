"""A rematch equals a sweep: drawn files, lists drawn from their hashes, every option."""

import errno
import fcntl
import random

import pytest

from hashsweep.errors import Interrupted, ListError, ReportError
from hashsweep.model import Entry
from hashsweep.output.listeners import Listener
from hashsweep.output.metrics import MetricsFile
from hashsweep.report.open_report import OpenReport
from hashsweep.report.retractions import WHY
from hashsweep.report.sweep_json import ShardsInfo, parse, serialize
from support.listed import compiled
from support.rematched import (
    COUNTS,
    DIGESTS,
    PICTURES,
    TOLD,
    draw,
    drawn_entries,
    drawn_entry,
    judged,
    keys,
    rematched,
    rows,
    scanned,
)
from support.watching import Watch

KINDS = (*DIGESTS, *PICTURES)


@pytest.fixture(scope="module")
def media(tmp_path_factory):
    """The drawn files."""
    return draw(tmp_path_factory.mktemp("rematch") / "media")


@pytest.fixture(scope="module")
def base(media):
    """A report with every hash of them, made without a list."""
    return scanned(media, media.parent / "base", hashes=("all",))


def drawn_lists(folder, files, dice):
    """Options that name some drawn lists."""
    folder.mkdir()
    kinds = dice.sample(KINDS, dice.randint(1, len(KINDS)))
    names = [
        str(compiled(folder, drawn_entries(files, dice, 12, kinds), f"list-{number}").path)
        for number in range(dice.randint(1, 3))
    ]
    good = []
    if dice.random() < 0.6:
        entries = drawn_entries(files, dice, 3, dice.choice((["md5"], ["sha1", "sha256"], DIGESTS)))
        good = [str(compiled(folder, entries, "good", known_good=True).path)]
    return {"lists": tuple(names), "known_good": tuple(good)}, kinds


def drawn_options(kinds, dice):
    """Options that say what a match is; only what the lists allow."""
    options = {}
    if dice.random() < 0.4 and not (len(kinds) == 1 and kinds[0] in PICTURES[1:]):
        options["confirm"] = True
    return options


@pytest.mark.parametrize("seed", range(30))
def test_a_rematch_equals_a_sweep_with_the_same_lists(tmp_path, media, base, seed):
    """The same matches, the same counts, and the same is said of what was compared and what not.

    Frames, failures, low quality, known-good, 64 bits. What is surely harmless has no rows of
    frames in a sweep, which does not decode it.
    """
    dice = random.Random(seed)
    options, kinds = drawn_lists(tmp_path / "lists", rows(base, "files"), dice)
    options |= drawn_options(kinds, dice)
    fresh = scanned(media, tmp_path / "plain", **options)
    computed = {each.name for each in fresh.sweep.hashes}
    distances = [
        (n, dice.choice((0, 3, 12, 40 if n == "pdq" else 20))) for n in PICTURES if n in computed
    ]
    if dice.random() < 0.5 and distances:
        options["max_distance"] = tuple(dice.sample(distances, 1))
        fresh = scanned(media, tmp_path / "fresh", **options)
    again = rematched([base], tmp_path / "again", **options)

    assert rows(again, "matches", TOLD) == rows(fresh, "matches", TOLD)
    assert [getattr(again.sweep.tally, name) for name in COUNTS] == [
        getattr(fresh.sweep.tally, name) for name in COUNTS
    ]
    assert again.sweep.rematch.lacking == {}
    assert rows(again, "retractions") == []
    told, expected = judged(again), judged(fresh)
    assert {key: told[key] for key in expected} == expected
    assert all(part is not None for _, part in told.keys() - expected)


def test_frames_that_were_left_out_fail_in_a_rematch_as_in_a_sweep(tmp_path, media):
    """By the lists of today: the report was made without one, or by one that wanted every frame."""
    pictures, digests = (
        compiled(tmp_path, [Entry("e", hashes)], name)
        for name, hashes in (
            ("pictures", (("pdq", b"\x5a" * 32), ("sha256", b"s" * 32))),
            ("digests", (("sha256", b"s" * 32),)),
        )
    )
    wanted = {"lists": (str(pictures.path),), "max_frames": 5}
    before = scanned(media, tmp_path / "before", hashes=("all",), max_frames=5)
    again = rematched([before], tmp_path / "again", **wanted)
    fresh = scanned(media, tmp_path / "fresh", **wanted)
    unwanted = rematched([fresh], tmp_path / "unwanted", lists=(str(digests.path),))
    columns = ("item_id", "part", "status", "reasons")

    assert rows(again, "files", columns) == rows(fresh, "files", columns)
    assert again.sweep.tally.failed == fresh.sweep.tally.failed
    assert "decode: frames-left-out" in again.sweep.tally.failures
    assert "decode: frames-left-out" not in unwanted.sweep.tally.failures
    assert unwanted.sweep.tally.failed == before.sweep.tally.failed < again.sweep.tally.failed


def test_the_lists_drawn_above_find_something(tmp_path, base):
    """The property is about matches of every tier, in frames and in failed files, too."""
    tiers, parts, failed = set(), set(), set()
    status = {row["item_id"]: row["status"] for row in rows(base, "files") if row["part"] is None}
    for seed in range(30):
        options, _ = drawn_lists(tmp_path / str(seed), rows(base, "files"), random.Random(seed))
        found = rows(rematched([base], tmp_path / f"r{seed}", **options), "matches")
        tiers |= {row["tier"] for row in found}
        parts |= {row["part"] for row in found}
        failed |= {status[row["item_id"]] for row in found}

    assert tiers >= {"exact", "exact-md5", "close", "near", "far", "altered", "weak"}
    assert parts >= {None, "frame 2", "frame 3"}
    assert failed == {"scanned", "failed"}


@pytest.mark.parametrize("seed", range(20))
def test_changes_give_what_a_full_rematch_gives(tmp_path, base, seed):
    """Of a list that has lost, won and altered entries: the same matches, the same retractions."""
    dice = random.Random(seed)
    files = rows(base, "files")
    kinds = dice.sample(KINDS, dice.randint(1, len(KINDS)))
    before = drawn_entries(files, dice, 16, kinds)
    after = []
    for entry in before:
        fate = dice.choice(("stays", "stays", "goes", "grave", "hashes", "category"))
        if fate == "grave":
            after += [entry, entry._replace(hashes=(), withdrawn=True)]
        elif fate == "hashes":
            after.append(drawn_entry(entry.entry_id, files, dice, kinds))
        elif fate != "goes":
            after.append(entry if fate == "stays" else entry._replace(category="C"))
    after += [drawn_entry(f"new{n}", files, dice, kinds) for n in range(4)]
    old = compiled(tmp_path, before, "monday")
    (tmp_path / "now").mkdir()
    new = compiled(tmp_path / "now", after, "monday" if seed % 2 else "tuesday")
    options = drawn_options(kinds, dice)
    if dice.random() < 0.3:
        options["known_good"] = (
            str(compiled(tmp_path, drawn_entries(files, dice, 3, DIGESTS), "good",
                         known_good=True).path),
        )  # fmt: skip
    first = rematched([base], tmp_path / "first", lists=(str(old.path),), **options)
    options["known_good"] = () if dice.random() < 0.5 else options.get("known_good", ())
    full = rematched([first], tmp_path / "full", lists=(str(new.path),), **options)
    part = rematched(
        [first], tmp_path / "part", lists=(str(new.path),), changes=old.path, **options
    )
    stands = {(*key[:2], key[3]) for key in keys(rows(full, "matches"))}
    gone = [
        row
        for row in rows(first, "matches")
        if (row["item_id"], row["part"], row["entry_id"]) not in stands
    ]

    assert rows(part, "matches") == rows(full, "matches")
    assert part.sweep.tally == full.sweep.tally
    assert keys(rows(part, "retractions")) == keys(gone)
    assert {row["why"] for row in rows(part, "retractions")} <= WHY.keys()
    if seed % 2:
        assert rows(part, "retractions") == rows(full, "retractions")


def test_an_interrupted_rematch_says_so(tmp_path, base):
    """What was matched is kept, and the new report is of no finished rematch."""
    known = compiled(tmp_path, drawn_entries(rows(base, "files"), random.Random(1), 4, DIGESTS))

    def stop(tally):
        raise KeyboardInterrupt

    with pytest.raises(Interrupted, match="start the rematch again"):
        rematched([base], tmp_path / "out", listeners=[Watch(stop)], lists=(str(known.path),))
    left = rematched([tmp_path / "out"], tmp_path / "next", lists=(str(known.path),))

    assert left.sweep.rematch_of[0].state == "interrupted"
    assert left.sweep.incomplete
    assert left.sweep.rematch.unfinished == [str(tmp_path / "out")]


def test_a_rematch_of_some_shards_is_incomplete(tmp_path, media):
    """Until the others are there, also as rematches."""
    known = compiled(tmp_path, [drawn_entry("e", [{"md5": b"m" * 16}], random.Random(1), ["md5"])])
    options = {"lists": (str(known.path),)}
    sweeps = [scanned(media, tmp_path / str(n), shard=(n, 3), hashes=("md5",)) for n in (1, 2, 3)]
    first = rematched(sweeps[:1], tmp_path / "first", **options)
    others = rematched(sweeps[1:], tmp_path / "others", **options)
    whole = rematched([first, others], tmp_path / "whole", **options)
    at_once = rematched(sweeps, tmp_path / "at-once", **options)

    assert first.sweep.rematch.shards == [ShardsInfo(sources=[str(media)], of=3, there=[1])]
    assert (first.gaps, others.gaps) == (["shard 2/3 and 1 more missing"], ["shard 1/3 missing"])
    assert (whole.gaps, whole.sweep.rematch) == ([], at_once.sweep.rematch)
    assert first.sweep.incomplete
    assert whole.sweep.tally == at_once.sweep.tally


@pytest.mark.parametrize(
    ("stop", "status"),
    [(KeyboardInterrupt(), 130), (ReportError("the disk is full"), 2)],
)
def test_metrics_tell_of_a_rematch_that_was_stopped(tmp_path, base, stop, status):
    """While it runs, and how it ended: who waits for the last success learns that it is none."""
    known = compiled(tmp_path, drawn_entries(rows(base, "files"), random.Random(1), 4, DIGESTS))
    file = tmp_path / "rematch.prom"
    during = []

    def watch(tally):
        during.append(file.read_text())
        raise stop

    with pytest.raises((Interrupted, ReportError)):
        rematched(
            [base],
            tmp_path / "out",
            listeners=[MetricsFile(file), Watch(watch)],
            lists=(str(known.path),),
        )

    assert 'hashsweep_sweep_running{sweep="rematch"} 1\n' in during[0]
    assert "hashsweep_sweep_end_timestamp_seconds" not in during[0]
    assert 'hashsweep_sweep_running{sweep="rematch"} 0\n' in file.read_text()
    assert f'hashsweep_sweep_exit_status{{sweep="rematch"}} {status}\n' in file.read_text()


@pytest.mark.parametrize("changed", ["new", "old"])
def test_a_list_that_is_written_into_ends_the_rematch(tmp_path, media, changed):
    """The list itself, and what it was when the report was matched against it."""
    lists = {
        name: compiled(tmp_path, [Entry(name, (("md5", b"5" * 16),))], name)
        for name in ("old", "new")
    }
    report = scanned(media, tmp_path / "report", lists=(str(lists["old"].path),))

    def begin(_):
        with lists[changed].path.open("ab") as stream:
            stream.write(b"more")

    with pytest.raises(ListError, match="changed in place while in use"):
        rematched(
            [report],
            tmp_path / "out",
            changes=lists["old"].path,
            listeners=[Watch(begin=begin)],
            lists=(str(lists["new"].path),),
        )

    assert OpenReport(tmp_path / "out").state == "interrupted"


def test_a_fault_is_no_finished_rematch_either(tmp_path, base):
    """An error of the run stays in sweep.json beside the state."""
    known = compiled(tmp_path, drawn_entries(rows(base, "files"), random.Random(1), 4, DIGESTS))

    def fail(tally):
        raise ReportError("the disk is full")

    with pytest.raises(ReportError, match="the disk is full"):
        rematched([base], tmp_path / "out", listeners=[Watch(fail)], lists=(str(known.path),))
    about = rematched([tmp_path / "out"], tmp_path / "next", lists=(str(known.path),)).sweep

    assert about.rematch_of[0].state == "interrupted"
    assert OpenReport(tmp_path / "out").sweep.error == "the disk is full"


def test_what_a_rematch_says_is_read_as_it_was_returned(tmp_path, base):
    """From its first words, which say what it is made of, to its last."""
    known = compiled(tmp_path, drawn_entries(rows(base, "files"), random.Random(1), 4, DIGESTS))
    said = []
    report = rematched(
        [base], tmp_path / "out", lists=(str(known.path),), listeners=[Watch(begin=said.append)]
    )
    (first,), last = said, report.sweep

    assert (first.kind, first.state, first.incomplete) == ("rematch", "running", True)
    assert parse(serialize(first), "r") == first
    assert (last.kind, last.state, last.run_id) == ("rematch", "complete", first.run_id)
    assert last.observed == (base.sweep.started, base.sweep.started)
    assert [each.run_id for each in last.rematch_of] == [base.sweep.run_id]
    assert last.tally.items == last.tally.from_baseline == base.sweep.tally.items


def test_a_folder_without_locks_is_told_of(tmp_path, base, monkeypatch):
    """As a sweep does, in the same words."""

    def flock(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    class Heard(Listener):
        def __init__(self):
            self.lines = []

        def tell(self, text):
            self.lines.append(text)

    known = compiled(tmp_path, drawn_entries(rows(base, "files"), random.Random(1), 4, DIGESTS))
    monkeypatch.setattr(fcntl, "flock", flock)
    heard = Heard()
    rematched([base], tmp_path / "out", listeners=[heard], lists=(str(known.path),))

    (line,) = heard.lines
    assert line.startswith("hashsweep: ")
    assert "file system without locks" in line
