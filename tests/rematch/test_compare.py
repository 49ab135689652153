"""Batches of rows against lists."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from hashsweep.hashers import HASHERS
from hashsweep.hashlists.delta import ListDelta
from hashsweep.matching.possible import prepare
from hashsweep.matching.turned_bits import turn_hashes
from hashsweep.model import UNKNOWN_QUALITY
from hashsweep.rematch.compare import Against, Comparer, to_query
from hashsweep.rematch.pool import Batch
from hashsweep.report import schema
from support.listed import compiled, entry

SPECS = tuple(HASHERS.load(name).spec for name in ("sha256", "md5", "pdq", "phash"))
SHA256, MD5, PDQ, PHASH = b"s" * 32, b"m" * 16, bytes(range(32)), b"p" * 8

CORRUPT = {"stage": "decode", "reason": "corrupt", "detail": None}
NOTED = {"stage": "hash", "reason": "not-compared", "detail": "of old lists"}
LEFT = {"stage": "decode", "reason": "frames-left-out", "detail": "1 of 3"}
DENIED = {"stage": "read", "reason": "denied", "detail": "so"}


def row(name, part=None, **values):
    """A row of files: a picture that was scanned."""
    plain = {
        "item_id": name.encode().ljust(16, b"."), "uri": f"/{name}", "part": part,
        "status": "scanned", "reasons": [], "pdq_quality": 100,
        "media_type": None if part else "image/gif",
    }  # fmt: skip
    return plain | values


def match(name, entry_id, part=None, **values):
    """A row of matches."""
    plain = {
        "item_id": name.encode().ljust(16, b"."), "uri": f"/{name}", "part": part,
        "list": "known", "entry_id": entry_id, "algorithm": "pdq", "distance": 0, "tier": "close",
        "category": "", "labels": [], "evidence": [{"algorithm": "pdq", "distance": 0}],
    }  # fmt: skip
    return plain | values


def batch(*files, earlier=()):
    """A batch of these rows."""
    return Batch(
        0,
        pa.Table.from_pylist(list(files), schema=schema.FILES),
        pa.Table.from_pylist(list(earlier), schema=schema.MATCHES),
    )


def compare(lists, found, **options):
    """What the batch comes to."""
    options = {"max_distance": {}, "confirm": False, "names": [{"known": "known"}]} | options
    options.setdefault("rulesets", [[0]])
    return Comparer(Against(lists, SPECS, **options)).compare(found)


def told(table, *names):
    """These columns, row by row."""
    return [tuple(each[name] for name in names) for each in table.to_pylist()]


def looked_for(*hashes):
    """What a row says was compared."""
    return dict.fromkeys(each.name for each in schema.LOOKED_FOR) | {"hashes": [*hashes]}


@pytest.fixture
def known(tmp_path):
    """A list of a digest and a picture."""
    return compiled(tmp_path, [entry("file", sha256=SHA256), entry("picture", pdq=PDQ)])


def test_rows_of_files_are_carried_over(known):
    """All but what is a judgement of old lists stays as it is: what they left open goes, too."""
    told = {"stated_hashes": ["md5"], "reasons": [CORRUPT, NOTED], "mtime_ns": 5}
    old = row("x", status="failed", sha256=SHA256, known_good="old", from_baseline=False, **told)
    (new,) = compare([known], batch(old)).files.to_pylist()

    assert new == dict.fromkeys(schema.FILES.names) | old | {
        "known_good": None, "from_baseline": True, "reasons": [CORRUPT],
        "looked_for": looked_for("sha256") | {"ruleset": 0},
    }  # fmt: skip


def test_a_match_of_a_frame_has_the_digests_of_its_file(known):
    """And the frame's own PDQ."""
    files = [row("w"), row("x", md5=MD5, sha256=b"o" * 32), row("x", "frame 2", pdq=PDQ)]
    (found,) = compare([known], batch(*files)).matches.to_pylist()

    assert (found["part"], found["entry_id"], found["tier"]) == ("frame 2", "picture", "close")
    assert (found["md5"], found["sha256"], found["pdq"]) == (MD5, b"o" * 32, PDQ)


def test_low_quality_is_carried_over_and_not_matched(known):
    """Below 50; a quality that is not known is no low one."""
    files = [row(str(q), pdq=PDQ, pdq_quality=q) for q in (49, 50, None)]
    found = compare([known], batch(*files))

    assert told(found.matches, "uri") == [("/50",), ("/None",)]
    assert found.files["pdq_quality"].to_pylist() == [49, 50, None]


def test_known_good_files_have_no_picture_to_compare(tmp_path, known):
    """By SHA-256; an MD5 marks a file and spares nothing; frames are spared with it."""
    good = compiled(tmp_path, [entry("g", sha256=SHA256), entry("h", md5=MD5)], "good",
                    known_good=True)  # fmt: skip
    files = [
        row("sure", sha256=SHA256, pdq=PDQ), row("sure", "frame 2", pdq=PDQ),
        row("marked", md5=MD5, sha256=b"1" * 32, pdq=PDQ),
        row("other", md5=b"o" * 16, sha256=b"2" * 32, pdq=PDQ),
    ]  # fmt: skip
    found = compare([known, good], batch(*files))

    assert told(found.files, "uri", "known_good") == [
        ("/sure", "good"), ("/sure", None), ("/marked", "good"), ("/other", None),
    ]  # fmt: skip
    assert told(found.matches, "uri", "entry_id") == [
        ("/sure", "file"), ("/marked", "picture"), ("/other", "picture"),
    ]  # fmt: skip


FULL = {"sha256": b"1" * 32, "md5": MD5, "pdq": PDQ, "phash": PHASH}


@pytest.mark.parametrize(
    ("files", "lacking", "items"),
    [
        ([row("x", **FULL)], {}, 0),
        ([row("x", **FULL | {"phash": None})], {"phash": 1}, 1),
        ([row("x", **FULL | {"md5": None}), row("y")],
         {"sha256": 1, "md5": 2, "pdq": 1, "phash": 1}, 2),
        # a film has no PDQ in a sweep either
        ([row("x", media_type="video/mp4", sha256=b"1" * 32)], {"md5": 1}, 1),
        # what was not read may be anything
        ([row("x", media_type=None, stated_hashes=["md5"], md5=MD5)],
         {"sha256": 1, "pdq": 1, "phash": 1}, 1),
        # one item, however many of its frames
        ([row("x", **FULL), row("x", "frame 2", pdq=PDQ), row("x", "frame 3", pdq=PDQ)],
         {"phash": 1}, 1),
        # failed: all of it was read, or nothing
        ([row("x", status="failed", reasons=[CORRUPT], md5=MD5)], {"sha256": 1}, 1),
        ([row("x", status="failed", reasons=[DENIED], media_type=None)], {}, 0),
        ([row("x", status="failed", reasons=[DENIED, CORRUPT], md5=MD5)], {"sha256": 1}, 1),
    ],
)  # fmt: skip
def test_what_a_sweep_would_have_compared_is_counted(known, files, lacking, items):
    """By algorithm, and items that lack any."""
    found = compare([known], batch(*files))

    assert (found.lacking, found.lacking_items) == (lacking, items)


def test_a_known_good_picture_lacks_nothing(tmp_path, known):
    """A sweep would not decode it; its hashes that are not stored are not missed."""
    good = compiled(tmp_path, [entry("g", sha256=SHA256)], "good", known_good=True)
    found = compare([known, good], batch(row("x", sha256=SHA256, md5=MD5)))

    assert found.lacking_items == 0


def test_with_changes_other_entries_are_searched_for_what_matched(tmp_path, known):
    """Rows without a match see new entries alone; those with one, and known-good ones, see all."""
    old = compiled(tmp_path, [entry("picture", pdq=PDQ)], "old")
    files = [row(name, **FULL | {"sha256": SHA256}) for name in ("none", "before")]
    files.append(row("good", **FULL, known_good="once"))
    found = compare(
        [known], batch(*files, earlier=[match("before", "picture")]),
        renewed=ListDelta(old, known), old=old,
    )  # fmt: skip

    assert told(found.matches, "uri", "entry_id") == [
        ("/none", "file"), ("/none", "picture"), ("/before", "file"), ("/before", "picture"),
        ("/good", "picture"),
    ]  # fmt: skip
    nothing = compare(
        [known], batch(row("none", **FULL)), renewed=ListDelta(known, known), old=known
    )
    assert nothing.matches.num_rows == 0  # it would match, and so had matched before


DIGEST = {"sha256": b"o" * 32}
SEEN_3 = {"hashes": ["pdq"], "frames_seen": 3, "frames_left": 0, "frames_not_kept": 1}


@pytest.mark.parametrize(
    ("files", "reasons", "compared"),
    [
        ([row("x", **DIGEST, pdq=PDQ)], [], [["pdq", "sha256"]]),
        ([row("x", **DIGEST, pdq=PDQ, pdq_quality=49)], ["not-compared"], [["sha256"]]),
        ([row("x", **DIGEST)], ["not-compared"], [["sha256"]]),
        ([row("x", **DIGEST, media_type="text/plain")], [], [["sha256"]]),
        ([row("x", media_type="text/plain")], ["not-compared"], [[]]),
        ([row("x", **DIGEST, media_type="application/zip")], ["not-looked-into"], [["sha256"]]),
        ([row("x", **DIGEST, media_type=None)], ["not-looked-into"], [["sha256"]]),
        ([row("x", media_type=None, stated_hashes=["md5"], md5=MD5)], [], [[]]),
        ([row("x", **DIGEST, pdq=PDQ, animated=True, frames=2), row("x", "frame 2", pdq=PDQ)],
         [], [["pdq", "sha256"], ["pdq"]]),
        ([row("x", **DIGEST, pdq=PDQ, animated=True, frames=2), row("x", "frame 2")],
         ["not-compared"], [["pdq", "sha256"], []]),
        ([row("x", **DIGEST, pdq=PDQ, animated=True, frames=3, status="failed",
              looked_for=looked_for() | {"frames_seen": 2, "frames_left": 1}, reasons=[LEFT]),
          row("x", "frame 3", pdq=PDQ)],
         ["frames-left-out"], [["pdq", "sha256"], ["pdq"]]),
        ([row("x", **DIGEST, pdq=PDQ, animated=True, looked_for=SEEN_3),
          row("x", "frame 3", pdq=PDQ)],
         ["not-compared"], [["pdq", "sha256"], ["pdq"]]),
        ([row("x", **DIGEST, pdq=PDQ, animated=True, looked_for=SEEN_3, status="failed",
              reasons=[CORRUPT])], ["corrupt"], [["pdq", "sha256"]]),
        ([row("x", **DIGEST, status="failed", reasons=[CORRUPT])], ["corrupt"], [["sha256"]]),
        ([row("x", status="failed", reasons=[DENIED], media_type=None)], ["denied"], [[]]),
        ([row("x", **DIGEST, status="failed", reasons=[DENIED | {"reason": "changed"}],
              media_type="application/zip")], ["changed", "not-looked-into"], [["sha256"]]),
    ],
)  # fmt: skip
def test_what_was_compared_and_why_a_file_is_not_clean(known, files, reasons, compared):
    """As sweep.coverage says it of the records of a sweep, whatever else is in the batch."""
    others = [row("a", **DIGEST, pdq=PDQ), row("b", media_type="video/mp4")]
    found = compare([known], batch(others[0], *files, others[1])).files.to_pylist()[1:-1]

    assert [[each["reason"] for each in row["reasons"]] for row in found] == [
        reasons, *[[]] * (len(files) - 1),
    ]  # fmt: skip
    assert [row["looked_for"]["hashes"] for row in found] == compared


def test_pictures_of_harmless_files_are_not_compared_and_not_missed(tmp_path, known):
    """A row says what was compared, not what it has."""
    good = compiled(tmp_path, [entry("g", sha256=SHA256)], "good", known_good=True)
    files = [row("x", sha256=SHA256, pdq=PDQ), row("x", "frame 2", pdq=PDQ)]
    found = compare([known, good], batch(*files)).files

    assert [each["hashes"] for each in found["looked_for"].to_pylist()] == [["sha256"], []]
    assert found["reasons"].to_pylist() == [[], []]


@pytest.mark.parametrize(
    ("entry_id", "values", "why"),
    [
        ("nobody", {"pdq": PDQ}, "gone"),
        ("picture", {"pdq": b"\xf0" * 32}, "changed"),
        ("picture", {}, "not-compared"),
        ("picture", {"pdq": PDQ, "sha256": b"g" * 32}, "known-good"),
        ("picture", {"sha256": b"g" * 32}, "known-good"),
    ],
)
def test_retractions_say_why(tmp_path, known, entry_id, values, why):
    """The entry is not there, its hash differs, or there is nothing left to compare."""
    good = compiled(tmp_path, [entry("g", sha256=b"g" * 32)], "good", known_good=True)
    found = compare([known, good], batch(row("x", **values), earlier=[match("x", entry_id)]))

    assert told(found.retractions, "uri", "entry_id", "why") == [("/x", entry_id, why)]
    assert found.standing.retracted == {why: 1}


def test_a_match_by_the_turned_picture_is_not_denied_by_its_hash(known):
    """The sweep had the picture; its hash alone turns less exactly."""
    earlier = match("x", "picture") | {"variant": "rotated-90"}
    found = compare([known], batch(row("x", pdq=b"\xf0" * 32), earlier=[earlier]))

    assert found.standing.retracted == {"not-compared": 1}


def test_a_file_that_is_known_good_says_so_however_it_matched(tmp_path, known):
    """That is the true reason: nothing of it is compared."""
    good = compiled(tmp_path, [entry("g", sha256=b"g" * 32)], "good", known_good=True)
    earlier = match("x", "picture") | {"variant": "mirrored"}
    found = compare([known, good], batch(row("x", pdq=PDQ, sha256=b"g" * 32), earlier=[earlier]))

    assert found.standing.retracted == {"known-good": 1}


def test_stored_hashes_are_turned(known):
    """A mirrored copy is found without its picture, and the row says how it was compared."""
    turned = turn_hashes(np.frombuffer(PDQ, np.uint8)[None, :])[0]
    rows = [row(str(at), pdq=value.tobytes()) for at, value in enumerate(turned)]
    found = compare([known], batch(*rows))
    off = compare([known], batch(*rows), kinds=())

    assert len({each["variant"] for each in found.matches.to_pylist()}) > 1
    assert found.matches.num_rows > off.matches.num_rows
    assert {*found.files["looked_for"].combine_chunks().field("views").to_pylist()[0]} == {
        "turns-of-hash"
    }
    assert off.files["looked_for"].combine_chunks().field("views").to_pylist()[0] is None


def test_what_people_decided_is_set_item_by_item(known):
    """Records come with the hashes of their rows, the file's own first, and only where matched."""
    seen = []

    def decide(records):
        seen.append([(r.item.uri, r.item.item_id[:2], r.part, sorted(r.hashes)) for r in records])
        for record in records:
            record.matches[:] = [replace(m, decision="overturned") for m in record.matches]

    files = [
        row("w"), row("x", sha256=b"1" * 32), row("x", "frame 2"), row("x", "frame 3", pdq=PDQ),
        row("y", sha256=SHA256, pdq=PDQ, uri="/\\xff", uri_bytes=b"/\xff"),
    ]  # fmt: skip
    found = compare([known], batch(*files), decide=decide)

    assert seen == [
        [("/x", b"x.", None, ["sha256"]), ("/x", b"x.", "frame 3", ["pdq"])],
        [("/\udcff", b"y.", None, ["pdq", "sha256"])],
    ]
    assert told(found.matches, "part", "entry_id", "decision") == [
        ("frame 3", "picture", "overturned"), (None, "file", "overturned"),
        (None, "picture", "overturned"),
    ]  # fmt: skip


def test_a_column_of_hashes_is_taken_as_it_lies():
    """Nulls, slices and chunks of it."""
    values = [b"a" * 8, None, b"c" * 8, b"d" * 8]
    column = pa.chunked_array(
        [pa.array(values[:3], pa.binary(8)), pa.array(values[3:], pa.binary(8))]
    )
    quality = pa.array([10, 20, 30, UNKNOWN_QUALITY], pa.uint8()).to_numpy()

    whole, part = to_query(column, quality), to_query(column.slice(1, 2), quality[1:3])

    assert whole.records.tolist() == [0, 2, 3]
    assert [each.tobytes() for each in whole.hashes] == [b"a" * 8, b"c" * 8, b"d" * 8]
    assert whole.quality.tolist() == [10, 30, UNKNOWN_QUALITY]
    assert (part.records.tolist(), part.hashes.tobytes()) == ([1], b"c" * 8)
    assert len(to_query(column.slice(0, 0), quality[:0]).records) == 0


def test_rows_keep_the_rules_by_which_they_were_looked_at(known):
    """By the number that these have in the new report."""
    rows = [row(name, sha256=SHA256, looked_for=looked_for("sha256")) for name in "xy"]
    rows[0]["looked_for"]["ruleset"], rows[1]["looked_for"]["ruleset"] = 1, 0
    found = compare([known], batch(*rows), rulesets=[[2, 1]]).files

    assert [each["ruleset"] for each in found["looked_for"].to_pylist()] == [1, 2]


def test_frames_of_which_only_the_pdq_is_kept_are_compared(known):
    """One that matches gets a row, as in a sweep; the others leave no trace."""
    other, low = bytes(31) + b"\x01", bytes(31) + b"\x03"
    hashes = [(1, other, 90), (2, PDQ, 80), (3, low, 20), (4, other, None), (5, b"o" * 32, 100)]
    hashes = [{"frame": n, "pdq": pdq, "quality": quality} for n, pdq, quality in hashes]
    seen = looked_for() | {"ruleset": 0, "frames_seen": 5, "frames_left": 0, "frames_not_kept": 0}
    own = row(
        "x", **DIGEST, pdq=b"o" * 32, animated=True, frames=5, frame_hashes=hashes, looked_for=seen
    )
    with_row = row("x", "frame 5", pdq=b"o" * 32)
    found = compare([known], batch(row("a"), own, with_row, row("z", pdq=b"o" * 32)))
    files = found.files.to_pylist()

    assert [(each["uri"], each["part"]) for each in files] == [
        ("/a", None),
        ("/x", None),
        ("/x", "frame 5"),
        ("/x", "frame 2"),
        ("/z", None),
    ]
    assert told(found.matches, "part", "entry_id") == [("frame 2", "picture")]
    assert files[1]["frame_hashes"] == hashes
    assert [each["detail"] for each in files[1]["reasons"]] == [
        "frame 3: too plain for pdq: quality 20, below 50"
    ]
    assert (files[3]["pdq"], files[3]["pdq_quality"], files[3]["from_baseline"]) == (PDQ, 80, True)
    assert files[3]["looked_for"]["hashes"] == ["pdq"]


def test_leads_are_a_column_and_no_matches(tmp_path):
    """Of stored rows, and of a frame that has no row yet: then it gets one."""
    far = np.frombuffer(PDQ, np.uint8).copy()
    far[[0, 2, 4, 6]] ^= 0xFF
    lead, other = far.tobytes(), bytes(255 - each for each in PDQ)
    made = compiled(tmp_path, [entry("e", pdq=lead)])
    hashes = [{"frame": 1, "pdq": other, "quality": 90}, {"frame": 5, "pdq": PDQ, "quality": 90}]
    found = batch(
        row("a", pdq=PDQ, possible=[{"list": "gone", "entry_id": "x", "distance": 33}]),
        row("b", pdq=other, animated=True, frame_hashes=hashes),
        row("c", pdq=PDQ, pdq_quality=49),
    )
    words = {"known": prepare(made.column("pdq").hashes, indexed=True)}
    kept = {"rulesets": [[0]]}
    with_leads, without = (
        compare([made], found, possible=words, **kept),
        compare([made], found, **kept),
    )

    cell = [{"list": "known", "entry_id": "e", "distance": 32}]
    assert [
        (each["uri"], each["part"], each["possible"]) for each in with_leads.files.to_pylist()
    ] == [("/a", None, cell), ("/b", None, None), ("/b", "frame 5", cell), ("/c", None, None)]
    assert [each["possible"] for each in without.files.to_pylist()] == [None] * 3
    assert with_leads.matches.num_rows == 0
    assert with_leads.files["status"].to_pylist()[:2] == without.files["status"].to_pylist()[:2]
