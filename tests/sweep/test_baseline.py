"""Which hashes of an earlier report still hold."""

import datetime
import shutil

import pytest

from hashsweep.model import Failure, FrameHash, Item, Record
from hashsweep.report.carried_over import Ruleset
from hashsweep.report.folder import ReportFolder
from hashsweep.report.item_index import ItemIndex
from hashsweep.report.sweep_json import to_json
from hashsweep.report.writer import ReportWriter
from hashsweep.sweep.baseline import FRESH_NS, Baseline
from hashsweep.variants import View
from support.rematch_info import rematch_info
from support.reports import sweep

STARTED = datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)
OLD = int(STARTED.timestamp() * 1e9) - FRESH_NS - 1
RULESET = Ruleset(rules=1, hashsweep="0.3.0", decoders={})
HASHES = {"md5": bytes(range(16)), "pdq": bytes(32)}


@pytest.fixture
def baseline(tmp_path):
    """Make a baseline of records, by today's hashes and number of frames; `said` are changes."""

    def make(*records, hashes=None, max_frames=8, own=RULESET, reread=None, **said):
        with ReportFolder(tmp_path / "report") as folder:
            report = ReportWriter(folder)
            for each in records:
                report.add(each if isinstance(each, list) else [each])
            report.finish()
            earlier = ItemIndex(folder.segments("files"))
        hashed = [{"name": "md5", "version": "1"}, {"name": "pdq", "version": "1"}]
        about = sweep(started=STARTED.isoformat(), hashes=hashed, **said)
        today = {"md5": "1", "pdq": "1"} if hashes is None else hashes
        return Baseline(earlier, about, today, max_frames, own=own, reread=reread)

    return make


def seen(item, **facts):
    """The record of an item as it was."""
    return Record(item, size=item.size, mtime_ns=item.mtime_ns, hashes=dict(HASHES), **facts)


def test_an_unchanged_item_carries_what_is_known(baseline):
    """As a worker wrote it, times to the nanosecond."""
    item = Item("/a", 5, OLD)
    record = seen(item, media_type="image/gif", width=3, height=4, pdq_quality=70)
    carried = baseline(record).carry(item)
    (wire,) = carried.earlier

    record.ruleset = 0

    assert Record.from_wire(item, wire) == record
    assert (carried.uri, carried.size, carried.mtime_ns) == ("/a", 5, OLD)


@pytest.mark.parametrize(
    "now",
    [
        Item("/b", 5, OLD), Item("/a", 6, OLD), Item("/a", 5, OLD + 1), Item("/a", 5, None),
        Item("/a", None, OLD), Item("/a", 5, OLD, etag="x"),
        Item("/a", 5, OLD, failure=Failure("list", "denied")),
    ],
)  # fmt: skip
def test_anything_else_is_read(baseline, now):
    """Another path, size, time or token, or a source that could not look."""
    assert baseline(seen(Item("/a", 5, OLD))).carry(now) is now


def test_a_file_written_while_the_sweep_began_is_read(baseline):
    """It may have been written again within the same tick."""
    fresh = Item("/a", 5, OLD + 1)

    assert baseline(seen(fresh)).carry(fresh) is fresh


@pytest.mark.parametrize(
    "nanoseconds", [0, 1, 999, 1_000, 123_456_789, 999_999_999, 10**9, -1, -999, -(10**9) - 1]
)
def test_a_time_is_compared_to_the_nanosecond(baseline, nanoseconds):
    """Though the column of times has microseconds; also before 1970."""
    item = Item("/a", 5, nanoseconds)
    known = baseline(seen(item))

    assert known.carry(item).earlier
    for other in (-1, 1, 1_000, 10**9):
        changed = item._replace(mtime_ns=nanoseconds + other)
        assert known.carry(changed) is changed


@pytest.mark.parametrize(("first", "holds"), [(1, False), (2, True)])
def test_a_rematch_is_as_old_as_the_first_of_its_sweeps(baseline, first, holds):
    """It read nothing: a file of the time between may have changed since it was hashed."""
    item = Item("/a", 5, OLD)
    days = [f"2026-01-{first:02}T00:00:00+00:00" for first in (first, 3)]
    known = baseline(seen(item), observed=days, **rematch_info()).carry(item)

    assert (known.earlier is not None) == holds


def test_a_change_token_decides_where_there_is_one(baseline):
    """Object stores give a time of their own; the token is what changes."""
    stored = Item("s3://b/a", 5, OLD, etag="t")
    known = baseline(seen(stored))

    assert known.carry(Item("s3://b/a", 5, OLD + 10**12, etag="t")).earlier
    assert known.carry(Item("s3://b/a", 5, OLD, etag="u")).earlier is None


def test_what_failed_is_tried_again(baseline):
    """Decoders get better, and disks do."""
    item = Item("/a", 5, OLD)

    assert baseline(seen(item, reasons=[Failure("decode", "corrupt")])).carry(item) is item


def test_hashes_of_another_version_or_not_wanted_are_left_behind(baseline):
    """Different versions never match each other."""
    item = Item("/a", 5, OLD)
    (wire,) = baseline(seen(item), hashes={"md5": "2", "pdq": "1", "sha1": "1"}).carry(item).earlier

    assert wire["hashes"] == {"pdq": HASHES["pdq"].hex()}


@pytest.mark.parametrize(("max_frames", "parts"), [(8, [None, "frame 2"]), (2, None)])
def test_further_frames_come_along_if_as_many_are_wanted(baseline, max_frames, parts):
    """Fewer or more frames are others, and cost a reading."""
    item = Item("/a.gif", 5, OLD)
    frame = Record(item, part="frame 2", hashes={"pdq": bytes(32)}, pdq_quality=60)
    own = seen(item, animated=True, frames=9, frames_seen=2)
    carried = baseline([own, frame], max_frames=max_frames).carry(item)
    found = [wire.get("part") for wire in carried.earlier] if carried.earlier else None

    frame.ruleset = 0

    assert found == parts
    if parts:
        assert Record.from_wire(item, carried.earlier[1]) == frame


@pytest.mark.parametrize(("hashes", "kept"), [(None, True), ({"md5": "1", "pdq": "2"}, False)])
def test_kept_views_come_along(baseline, hashes, kept):
    """Unless today's PDQ is another one."""
    item = Item("/a", 5, OLD)
    views = {"mirrored": View(b"m" * 32, 70), "height-88": View(b"h" * 32, None)}
    record = seen(item, pdq_quality=70, views=views, kept_views=("turns", "windows"))
    (wire,) = baseline(record, hashes=hashes).carry(item).earlier
    carried = Record.from_wire(item, wire)

    assert carried.views == (views if kept else {})
    assert carried.kept_views == (record.kept_views if kept else ())


FILM = {"animated": True, "frames": 5, "frames_seen": 5}


def test_frames_without_rows_come_along_by_their_pdq(baseline):
    """In order of the frames, as a sweep has them."""
    item = Item("/a.gif", 5, OLD)
    hashes = (
        FrameHash(1, HASHES["pdq"], 90),
        FrameHash(2, b"2" * 32, 60),
        FrameHash(4, b"4" * 32, None),
    )
    own = seen(item, animated=True, frames=4, frames_seen=4, frame_hashes=hashes, frames_not_kept=0)
    frame = Record(item, part="frame 2", hashes={"pdq": b"2" * 32}, pdq_quality=60)
    added = baseline([own, frame]).carry(item).earlier[-1]
    found = Record.from_wire(item, added)
    assert (found.part, found.hashes, found.pdq_quality) == ("frame 4", {"pdq": b"4" * 32}, None)


@pytest.mark.parametrize(
    ("lost", "hashes", "count"), [(0, None, 3), (1, None, 0), (0, {"md5": "1"}, 2)]
)
def test_a_frame_that_is_not_kept_costs_a_reading(baseline, lost, hashes, count):
    """Another list may know it; where no PDQ is wanted, none comes along."""
    item = Item("/a.gif", 5, OLD)
    kept = (FrameHash(1, HASHES["pdq"], 90), FrameHash(4, b"4" * 32, None))
    own = seen(
        item, animated=True, frames=4, frames_seen=4, frame_hashes=kept, frames_not_kept=lost
    )
    frame = Record(item, part="frame 2", hashes={"pdq": b"2" * 32}, pdq_quality=60)
    carried = baseline([own, frame], hashes=hashes).carry(item)

    assert len(carried.earlier or ()) == count


def test_the_last_of_several_rows_of_one_path_counts(baseline):
    """A path that was named twice, and changed between."""
    old, new = Item("/a", 5, OLD - 5), Item("/a", 7, OLD)
    known = baseline(seen(old), seen(new))

    assert known.carry(new).earlier
    assert known.carry(old).earlier
    assert known.earlier.met == 2


def test_a_carried_row_says_by_which_rules_it_was_looked_at(baseline):
    """Those of its sweep have another number in the new report; today's own come first."""
    older = [{"rules": 0, "hashsweep": "0.2.0", "decoders": {}}, to_json(RULESET)]
    one, two = Item("/a", 5, OLD), Item("/b", 5, OLD)
    known = baseline(seen(one), seen(two, ruleset=1), rulesets=older)

    assert known.rulesets == [RULESET, Ruleset(rules=0, hashsweep="0.2.0", decoders={})]
    assert [known.carry(each).earlier[0]["ruleset"] for each in (one, two)] == [1, 0]


@pytest.mark.parametrize("share", [(1, 3), (2, 3), (1, 1), (5, 7)])
def test_every_unchanged_file_is_read_again_in_its_turn(baseline, tmp_path, share):
    """Each just once while the shares go round, and the next report continues after the last."""
    items = [Item(f"/{number}", 5, OLD) for number in range(50)]
    before, turns = None, []
    for _ in range(share[1]):
        told = {"run_id": "", "report": "", "reread": before and to_json(before)}
        known = baseline(*map(seen, items), reread=share, baseline=told)
        turns.append({item.uri for item in items if known.carry(item) is item})
        before = known.reread
        shutil.rmtree(tmp_path / "report")

    assert sum(map(len, turns)) == len(items) * share[0]
    assert set().union(*turns) == {item.uri for item in items}
    assert before.first == -share[0] % share[1]


def test_another_number_of_shares_begins_anew(baseline):
    """The first share of them."""
    told = {"take": 1, "of": 30, "first": 20}
    known = baseline(
        seen(Item("/a")), reread=(1, 7), baseline={"run_id": "", "report": "", "reread": told}
    )

    assert known.reread.first == 0
