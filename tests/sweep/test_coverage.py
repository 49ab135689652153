"""The one answer to whether an item can be clean: every row of the table, and what is policy."""

import io
import zipfile

import pytest
from PIL import Image

from hashsweep.errors import REASONS, STAGES
from hashsweep.hashers import HASHERS
from hashsweep.model import NOTES, Failure, Item, Match, Possible, Record
from hashsweep.sweep.coverage import DistinctFrames, Wanted, list_compared, why_not_clean
from hashsweep.sweep.worker import Sweeper, WorkerOptions
from support.answered import answered
from support.drawings import jpeg, png, scene
from support.listed import compiled, entry


def distinct_frames(records, keep):
    """The records that are kept, the item's own first, as it is noted in that."""
    frames = DistinctFrames(keep)
    kept = frames.take(records)
    frames.describe(records[0])
    return kept


SPECS = [HASHERS.load(name).spec for name in ("md5", "sha256", "pdq", "phash")]
BOTH = Wanted(frozenset({"pdq"}), frozenset({"sha256"}))
PICTURES = Wanted(frozenset({"pdq"}))
DIGESTS = Wanted(digests=frozenset({"sha256"}))
TWO = Wanted(frozenset({"pdq", "phash"}), frozenset({"sha256"}))
IDLE = Wanted(frozenset({"pdq"}), frozenset({"sha256"}), frozenset({"pdq"}))


def record(media_type="image/png", *hashes, **fields):
    """A file with its SHA-256 and these hashes."""
    values = dict.fromkeys(("sha256", *hashes), b"")
    return Record(Item("/a"), **{"media_type": media_type, "hashes": values} | fields)


def frame(number, *hashes, **fields):
    """A further frame."""
    return Record(Item("/a"), part=f"frame {number}", hashes=dict.fromkeys(hashes, b""), **fields)


FULL = record("image/png", "pdq", pdq_quality=100)
FILM = record("image/gif", "pdq", pdq_quality=100, animated=True, frames=3)


@pytest.mark.parametrize(
    ("records", "wanted", "reason"),
    [
        # a picture, compared in full or not
        ([FULL], BOTH, None),
        ([FULL], PICTURES, None),
        ([record("image/png", "pdq", pdq_quality=50)], BOTH, None),
        ([record("image/png", "pdq", pdq_quality=49)], BOTH, "not-compared"),
        ([record("image/png", "pdq", pdq_quality=0)], PICTURES, "not-compared"),
        ([record("image/png", "pdq")], BOTH, None),
        ([record()], BOTH, "not-compared"),
        ([FULL], TWO, "not-compared"),
        ([record("image/png", "pdq", "phash", pdq_quality=49)], TWO, "not-compared"),
        ([record("image/png", "pdq", "phash")], TWO, None),
        ([FULL], IDLE, "not-compared"),
        # digests are all that is listed
        ([record()], DIGESTS, None),
        ([record("image/heic")], DIGESTS, None),
        ([record("video/mp4")], DIGESTS, None),
        ([record("text/plain")], DIGESTS, None),
        ([record("application/zip")], DIGESTS, "not-looked-into"),
        ([record("application/octet-stream")], DIGESTS, "not-looked-into"),
        # types that hold no picture
        *(([record(kind)], BOTH, None) for kind in ("text/plain", "audio/flac", "font/woff2")),
        ([record("text/plain")], IDLE, None),
        ([record("text/plain")], PICTURES, "not-compared"),
        ([record("text/plain", hashes={})], BOTH, "not-compared"),
        # types that may hold some, and what nobody knows
        *(
            ([record(kind)], wanted, "not-looked-into")
            for kind in ("application/zip", "application/pdf", "video/mp4", "text/html", None,
                         "application/octet-stream", "application/x-elf", "x/never-heard-of")
            for wanted in (BOTH, PICTURES, IDLE)
        ),
        # every frame
        ([FILM, frame(2, "pdq"), frame(3, "pdq")], BOTH, None),
        ([record("image/gif", "pdq", animated=True, frames=3, frames_left=1)], BOTH,
         "frames-left-out"),
        ([FILM, frame(2, "pdq"), frame(3, "pdq", pdq_quality=3)], BOTH, "not-compared"),
        ([FILM, frame(2), frame(3, "pdq")], BOTH, "not-compared"),
        ([record("image/gif", animated=True, frames=900)], DIGESTS, None),
        # where it is policy, nothing is wanted
        ([record("application/zip", hashes={}, stated_hashes=("md5",))], BOTH, None),
        ([record("application/zip", is_trusted=True)], BOTH, None),
        ([record(is_trusted=True)], BOTH, None),
        ([record(known_good="by an MD5 alone")], BOTH, "not-compared"),
        ([record("application/zip", hashes={})], Wanted(), None),
        # what failed says itself what is missing, unless all was read
        ([record(reasons=[Failure("decode", "corrupt")])], BOTH, None),
        ([record(None, reasons=[Failure("read", "changed")], hashes={})], BOTH, None),
        ([record("text/plain", reasons=[Failure("read", "changed")])], BOTH, None),
        ([record("application/zip", reasons=[Failure("read", "changed")])], BOTH,
         "not-looked-into"),
        ([record("application/zip", reasons=[Failure("read", "changed"),
                                             Failure("decode", "corrupt")])], BOTH, None),
        ([record(reasons=[Failure("hash", "not-compared")])], BOTH, "not-compared"),
    ],
)  # fmt: skip
def test_why_an_item_is_not_clean(records, wanted, reason):
    """Every row of the table; the reason is a note, with a stage and a detail for people."""
    why = why_not_clean(records, wanted)

    assert (why and why.reason) == reason
    if why:
        assert why.stage in STAGES
        assert why.reason in REASONS
        assert (why.reason in NOTES) == (why.reason != "frames-left-out")
        assert why.detail


@pytest.mark.parametrize(
    ("records", "wanted", "detail"),
    [
        ([record("image/png", "pdq", pdq_quality=3)], BOTH,
         "too plain for pdq: quality 3, below 50"),
        ([FULL], IDLE, "every listed pdq has a quality below 50"),
        ([record()], TWO, "no pdq and no phash"),
        ([FILM, frame(2), frame(3, "pdq")], BOTH, "frame 2: no pdq"),
        ([record("image/gif", "pdq", animated=True, frames=1200, frames_left=1199)], BOTH,
         "1,199 of 1,200"),
        ([record("application/zip")], BOTH, "application/zip"),
        ([record("text/plain")], PICTURES, "no hash of any kind that the lists hold"),
    ],
)  # fmt: skip
def test_the_detail_says_what_is_missing(records, wanted, detail):
    """And of which frame."""
    assert why_not_clean(records, wanted).detail == detail


def test_what_is_compared_is_there_and_counts():
    """In the order of the names; a PDQ of low quality, or with nothing to match, does not count."""
    found = record("image/png", "pdq", "phash", "md5", pdq_quality=50)

    assert list_compared(found, TWO) == ["pdq", "phash", "sha256"]
    assert list_compared(found, IDLE) == ["sha256"]
    found.pdq_quality = 49
    assert list_compared(found, TWO) == ["phash", "sha256"]
    assert list_compared(found, Wanted()) == []


PDQ, SHA256 = bytes(32), b"s" * 32


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([entry(pdq=PDQ)], PICTURES),
        ([entry(sha256=SHA256)], Wanted(digests=frozenset({"sha256"}), idle=frozenset({"pdq"}))),
        ([entry(pdq=PDQ, sha256=SHA256)], BOTH),
        ([entry(pdq=PDQ, sha256=SHA256, quality=49)], IDLE),
        ([entry(pdq=PDQ, sha256=SHA256, quality=50)], BOTH),
        ([entry(pdq=PDQ, quality=49), entry("f", pdq=PDQ, quality=50)], PICTURES),
        ([entry(pdq=PDQ, phash=b"p" * 8, sha256=SHA256)], TWO),
    ],
)  # fmt: skip
def test_what_is_wanted_is_what_the_lists_hold(tmp_path, entries, expected):
    """Of kinds that are computed; lists of harmless files want nothing."""
    good = compiled(tmp_path, [entry(md5=b"m" * 16)], "good", known_good=True)

    assert Wanted.by([compiled(tmp_path, entries), good], SPECS) == expected


def test_what_is_not_computed_is_not_wanted(tmp_path):
    """And several lists want what any of them does: one whose PDQs are of use is enough."""
    low = compiled(tmp_path, [entry(pdq=PDQ, quality=9)], "low")
    high = compiled(tmp_path, [entry(pdq=PDQ, sha256=SHA256)], "high")

    assert Wanted.by([low, high], SPECS) == BOTH
    assert Wanted.by([high], SPECS[:2]).pictures == frozenset()
    assert Wanted.by([], SPECS) == Wanted(idle=frozenset({"pdq"}))


def zipped(content):
    """An archive with one file in it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.jpg", content)
    return stream.getvalue()


def animated(*frames):
    """A GIF."""
    stream = io.BytesIO()
    frames[0].save(stream, "GIF", save_all=True, append_images=frames[1:])
    return stream.getvalue()


LOW = png(Image.linear_gradient("L").point(lambda value: value // 16))
FADING = animated(scene(1, 90, 60), Image.new("RGB", (90, 60)))

FILES = {
    "picture": (jpeg(scene(1)), None, None),
    "blank": (png(Image.new("RGB", (200, 150), (1, 2, 3))), "not-compared", "not-compared"),
    "faint": (LOW, "not-compared", "not-compared"),
    "text": (b"words\n", None, "not-compared"),
    "empty": (b"", "empty", "empty"),
    "audio": (b"fLaC" + bytes(60), None, "not-compared"),
    "archive": (zipped(jpeg(scene(1))), "not-looked-into", "not-looked-into"),
    "document": (b"%PDF-1.7\n", "not-looked-into", "not-looked-into"),
    "page": (b"<p>words", "not-looked-into", "not-looked-into"),
    "video": (b"\0\0\0\x18ftypmp42" + bytes(64), "not-looked-into", "not-looked-into"),
    "unknown": (bytes(range(256)), "not-looked-into", "not-looked-into"),
    "undecoded": (b"8BPS" + bytes(60), "unsupported-format", "unsupported-format"),
    "cut": (jpeg(scene(1))[:3000], "truncated", "truncated"),
    "frames": (animated(*(scene(n, 90, 60) for n in (1, 2, 3))), None, None),
    "fading": (FADING, "not-compared", "not-compared"),
    "long": (animated(*(scene(n, 90, 60) for n in range(1, 7))), *["frames-left-out"] * 2),
}
"""What a file holds, and why it is not clean where lists hold digests and PDQ, or PDQ alone."""


@pytest.mark.parametrize("name", FILES)
def test_files_are_judged_as_the_table_says(tmp_path, name):
    """Read from a disk, compared with lists, and on the wire to the parent."""
    content, *expected = FILES[name]
    path = tmp_path / "file"
    path.write_bytes(content)
    listed = [entry(pdq=b"\x5a" * 32, sha256=SHA256)], [entry(pdq=b"\x5a" * 32)]
    for number, (entries, reason) in enumerate(zip(listed, expected, strict=True)):
        known = compiled(tmp_path, entries, f"known-{number}")
        lists = ((str(known.path), known.stamp, known.name, False),)
        worker = Sweeper(WorkerOptions(known.algorithms, lists, max_frames=5))
        (records,) = answered(worker, [Item(str(path))])

        assert [each.reason for each in records[0].reasons] == [reason] * (reason is not None)
        assert (records[0].status == "scanned") == (reason is None or reason in NOTES)
        assert set(records[0].compared) <= records[0].hashes.keys()
        assert all(each.reasons == [] for each in records[1:])


def test_harmless_files_are_not_wanted_and_what_was_compared_is_told(tmp_path):
    """By SHA-256; one that only an MD5 names is decoded and has to be compared in full."""
    path = tmp_path / "blank.png"
    path.write_bytes(png(Image.new("RGB", (50, 50))))
    (plain,) = Sweeper(WorkerOptions(("md5", "sha256"))).scan(Item(str(path)))
    known = compiled(tmp_path, [entry(pdq=b"\x5a" * 32, sha256=SHA256)])
    found = []
    for kind in ("sha256", "md5"):
        good = compiled(tmp_path, [entry(**{kind: plain.hashes[kind]})], kind, known_good=True)
        lists = tuple((str(e.path), e.stamp, e.name, e.known_good) for e in (known, good))
        found += Sweeper(WorkerOptions(("md5", "sha256", "pdq"), lists)).scan(Item(str(path)))

    assert [each.known_good for each in found] == ["sha256", "md5"]
    assert [[why.reason for why in each.reasons] for each in found] == [[], ["not-compared"]]
    assert [each.compared for each in found] == [("sha256",), ("sha256",)]


def test_frames_that_say_nothing_new_are_not_kept():
    """Up to 10 bits from any that is kept; the first, those that match and those without a PDQ are.

    What is not kept has no say in what comes after it.
    """

    def shown(number, bits, **fields):
        part = f"frame {number}" if number > 1 else None
        return Record(
            Item("/a"), part=part, hashes={"pdq": ((1 << bits) - 1).to_bytes(32)}, **fields
        )

    match = Match("pdq", 0, "l", "e", "", (), "close", (("pdq", 0),))
    bare = Record(Item("/a"), part="frame 6")
    records = [
        shown(1, 0), shown(2, 10), shown(3, 11), shown(4, 0), shown(5, 20), bare,
        shown(7, 5, matches=[match]), shown(8, 22),
    ]  # fmt: skip

    assert [each.part for each in distinct_frames(records, 256)] == [
        None, "frame 3", "frame 6", "frame 7", "frame 8",
    ]  # fmt: skip
    assert distinct_frames(records[:1], 256) == records[:1]


def test_a_frame_with_a_lead_is_kept():
    """Or nobody would see what it possibly shows."""
    frames = [
        Record(Item("/a"), part=part, hashes={"pdq": bytes(32)}, pdq_quality=90)
        for part in (None, "frame 2", "frame 3")
    ]
    frames[2].possible = [Possible("known", "e", 36)]

    assert [each.part for each in distinct_frames(frames, 9)] == [None, "frame 3"]


def test_different_pdqs_of_all_frames_are_kept():
    """Up to a number; of the same PDQ the highest quality, and what is not kept is counted."""

    def shown(number, bits, quality=90):
        part = f"frame {number}" if number > 1 else None
        hashes = {"pdq": ((1 << bits) - 1).to_bytes(32)}
        return Record(Item("/a"), part=part, hashes=hashes, pdq_quality=quality)

    def kept(most):
        records = [
            shown(1, 0),
            shown(2, 1, 40),
            shown(3, 0),
            shown(4, 1, 50),
            shown(5, 2),
            shown(6, 200),
            shown(7, 3, None),
            Record(Item("/a"), part="frame 8"),
        ]
        own, *_ = distinct_frames(records, most)
        found = [(n, int.from_bytes(pdq).bit_length(), q) for n, pdq, q in own.frame_hashes]
        return found, own.frames_not_kept

    all_of_them = [(1, 0, 90), (4, 1, 50), (5, 2, 90), (6, 200, 90), (7, 3, None)]  # fmt: skip
    assert kept(256) == (all_of_them, 0)
    assert kept(5) == (all_of_them, 0)
    assert kept(2) == (all_of_them[:2], 2)  # frame 6 has a row
    assert kept(0) == ([], 4)
