"""What one item comes to inside a worker."""

import hashlib
import io
import os
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from hashsweep.engines.base import NOTHING
from hashsweep.errors import ItemError
from hashsweep.hashers import HASHERS, Undecided
from hashsweep.model import Failure, HashSpec, Item
from hashsweep.storage import local
from hashsweep.sweep.worker import Sweeper, WorkerOptions, open_worker
from hashsweep.variants import LEVELS
from support.answered import answered
from support.drawings import draw, encode, jpeg, scene
from support.listed import compiled, entry
from support.profiles import SAMPLES, light, profile


def scan(path, *hashes, **options):
    """The record of one file."""
    return Sweeper(WorkerOptions(hashes, **options)).scan(Item(str(path)))[0]


@pytest.fixture
def photo(tmp_path):
    """A drawn picture as JPEG."""
    path = tmp_path / "photo.jpg"
    path.write_bytes(jpeg(scene(1)))
    return path


def test_a_picture_gets_every_hash_that_is_wanted(photo):
    """All hashes of all kinds come from one reading of the file."""
    record = scan(photo, *HASHERS.names)

    assert record.reasons == []
    assert set(record.hashes) == set(HASHERS.names)
    assert record.hashes["sha256"] == hashlib.sha256(photo.read_bytes()).digest()
    assert (record.media_type, record.width, record.height) == ("image/jpeg", 640, 480)
    assert (record.pdq_quality, record.animated) == (100, False)
    assert record.size == photo.stat().st_size
    assert record.mtime_ns == photo.stat().st_mtime_ns


def test_only_what_is_wanted_is_computed(photo):
    """A list of digests alone decodes no picture."""
    record = scan(photo, "md5")

    assert set(record.hashes) == {"md5"}
    assert (record.media_type, record.width) == ("image/jpeg", None)


@pytest.mark.parametrize("hashes", [("pdq",), ("md5", "pdq")])
def test_a_picture_has_the_same_hash_with_and_without_digests(photo, hashes):
    """Whether the bytes come from memory or from disk again makes no difference."""
    assert scan(photo, *hashes).hashes["pdq"] == scan(photo, "pdq").hashes["pdq"]


def test_a_file_too_large_for_memory_has_the_same_hashes(photo, monkeypatch):
    """Read in chunks, digests and picture come out the same."""
    whole = scan(photo, *HASHERS.names)
    monkeypatch.setattr(local, "WHOLE", 1000)
    monkeypatch.setattr(local, "CHUNK", 777)

    assert scan(photo, *HASHERS.names) == whole


def test_a_text_has_no_picture_hash_and_is_no_failure(tmp_path):
    """Where only PDQ is wanted, a text file is scanned all the same."""
    path = tmp_path / "notes.txt"
    path.write_text("no picture\n")
    record = scan(path, "pdq")

    assert (record.status, record.hashes) == ("scanned", {})
    assert record.media_type == "text/plain"


def test_a_corrupt_picture_keeps_its_digests(tmp_path, photo):
    """What was obtained before the failure stays in the record."""
    path = tmp_path / "head.jpg"
    path.write_bytes(photo.read_bytes()[:1500])
    record = scan(path, "sha256", "pdq")

    assert record.hashes == {"sha256": hashlib.sha256(path.read_bytes()).digest()}
    assert (record.reasons[0].stage, record.reasons[0].reason) == ("decode", "truncated")
    assert record.media_type == "image/jpeg"


def test_a_damaged_picture_is_hashed_from_what_is_left_and_stays_failed(tmp_path, photo):
    """One byte that was cut off evades nothing: both hashes and the failure are in the record."""
    path = tmp_path / "cut.jpg"
    path.write_bytes(photo.read_bytes()[:-1])
    record, whole = scan(path, "sha256", "pdq"), scan(photo, "sha256", "pdq")

    assert (record.status, record.reasons[0].reason) == ("failed", "truncated")
    assert record.hashes["pdq"] == whole.hashes["pdq"]
    assert record.hashes["sha256"] != whole.hashes["sha256"]
    assert (record.width, record.height, record.pdq_quality) == (640, 480, 100)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_profile_that_cannot_be_applied_fails_the_file(tmp_path, form):
    """A viewer may show another picture than the one compared; asked for by default."""
    path, known = tmp_path / "a", compiled(tmp_path, [entry("a", pdq=b"1" * 32)])
    odd = profile(light(1 - SAMPLES)).replace(b"curv", b"cunv")
    scene(1).save(path, form, icc_profile=odd)
    lists = ((str(known.path), known.stamp, "own", False),)
    record, left_out = (
        scan(path, "pdq", lists=lists, views=LEVELS[level]) for level in ("default", "turns")
    )

    assert record.reasons == [Failure("decode", "unsupported-format", "its colour profile")]
    assert (record.status, record.decode_mode, len(record.hashes["pdq"])) == ("failed", "exact", 32)
    assert left_out.status == "scanned"


def test_a_profile_of_a_further_page_fails_the_file_as_well(tmp_path):
    """The first page may have an ordinary one, or none."""
    path, known = tmp_path / "a.tif", compiled(tmp_path, [entry("a", pdq=b"1" * 32)])
    odd = profile(light(1 - SAMPLES)).replace(b"curv", b"cunv")
    with tifffile.TiffWriter(path) as writer:
        for seed, given in ((1, None), (2, odd)):
            page = np.asarray(scene(seed, 320, 240), np.uint16) * 257
            writer.write(page, photometric="rgb", metadata=None, iccprofile=given)
    lists = ((str(known.path), known.stamp, "own", False),)

    assert scan(path, "pdq", lists=lists).reasons == [
        Failure("decode", "unsupported-format", "its colour profile")
    ]


def test_the_quality_of_a_damaged_picture_counts_what_was_decoded(tmp_path):
    """A plain half that is there makes no picture of quality, whatever would have followed."""
    page = np.asarray(scene(1, 640, 480)).copy()
    page[:300] = 180
    whole, cut = tmp_path / "whole.bmp", tmp_path / "cut.bmp"
    Image.fromarray(page[::-1]).save(whole)  # stored from below: the plain part comes first
    Image.fromarray(page).save(cut)
    cut.write_bytes(cut.read_bytes()[: -(640 * 3 * 300)])
    assert scan(whole, "pdq").pdq_quality > 80
    whole.write_bytes(whole.read_bytes()[: -(640 * 3 * 200)])

    assert scan(cut, "pdq").pdq_quality > 20  # the detailed part is what is left of this one
    record = scan(whole, "pdq", keep_views=True)
    assert record.pdq_quality < 5
    assert record.views
    assert all(view.quality <= record.pdq_quality for view in record.views.values())


def test_a_damaged_frame_is_hashed_before_it_fails_its_file(tmp_path):
    """The frame at which an animation breaks off is compared as far as it goes."""
    path = tmp_path / "cut.gif"
    scene(1).save(path, save_all=True, append_images=[scene(2)])
    path.write_bytes(path.read_bytes()[:-20])
    first, second = Sweeper(WorkerOptions(("pdq",))).scan(Item(str(path)))
    distance = np.unpackbits(
        np.frombuffer(second.hashes["pdq"], np.uint8)
        ^ np.frombuffer(scan_of(scene(2), tmp_path).hashes["pdq"], np.uint8)
    ).sum()

    assert ([each.reason for each in first.reasons], second.reasons) == (["truncated"], [])
    assert distance <= 10


def scan_of(image, folder):
    """The record of a picture, stored as PNG."""
    image.save(folder / "reference.png")
    return scan(folder / "reference.png", "pdq")


def test_a_recognised_format_without_decoder_is_a_failure(tmp_path):
    """A picture that could not be looked at never passes for scanned."""
    path = tmp_path / "drawing.psd"
    path.write_bytes(b"8BPS" + bytes(100))
    record = scan(path, "sha256", "pdq")

    assert record.reasons[0].reason == "unsupported-format"
    assert set(record.hashes) == {"sha256"}


def test_what_only_looked_like_a_tga_is_an_unknown_file(tmp_path):
    """A weak signature that does not decode is no failure."""
    path = tmp_path / "data.bin"
    path.write_bytes(bytes([0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 200, 0, 200, 0, 24, 0]) + b"x" * 9)
    record = scan(path, "md5", "pdq")

    assert (record.status, record.media_type) == ("scanned", "application/octet-stream")
    assert set(record.hashes) == {"md5"}


def without_footer(width, height):
    """A whole TGA in the form that shows itself by its header alone."""
    scene(1, width, height).save(buffer := io.BytesIO(), "TGA")
    content = buffer.getvalue()
    assert content.endswith(b"TRUEVISION-XFILE.\0")
    return content[:-26]


@pytest.mark.parametrize(
    ("name", "failure", "media_type"),
    [
        ("x.tga", [("decode", "truncated")], "image/x-tga"),
        ("X.TGA", [("decode", "truncated")], "image/x-tga"),
        ("x.bin", [], "application/octet-stream"),
    ],
)
def test_a_weak_signature_counts_with_the_name_that_goes_with_it(
    tmp_path, name, failure, media_type
):
    """Half a TGA is a failure if it is named so, and an unknown file if it is not."""
    (tmp_path / name).write_bytes(without_footer(60, 40)[:3000])
    record = scan(tmp_path / name, "md5", "pdq")

    assert [(each.stage, each.reason) for each in record.reasons] == failure
    assert record.media_type == media_type
    assert set(record.hashes) == ({"md5", "pdq"} if failure else {"md5"})


def test_a_picture_with_a_weak_signature_that_is_too_large_is_a_failure(tmp_path):
    """Only what does not decode is taken for another file, not what was never decoded."""
    (tmp_path / "x.bin").write_bytes(without_footer(60, 40))
    within = scan(tmp_path / "x.bin", "pdq", max_pixels=2400)
    over = scan(tmp_path / "x.bin", "pdq", max_pixels=2399)

    assert (within.reasons, set(within.hashes)) == ([], {"pdq"})
    assert over.reasons == [Failure("decode", "too-many-pixels", "60 x 40")]
    assert over.media_type == "image/x-tga"


class DyingDisk(io.FileIO):
    """A file of which nothing more can be read."""

    def readinto(self, _):
        raise OSError(5, "Input/output error")

    def read(self, _=-1):
        raise OSError(5, "Input/output error")


def test_a_disk_that_fails_under_a_weak_signature_is_a_failure(tmp_path, monkeypatch):
    """A file that could not be read to its end is not taken for one that is no picture."""
    (tmp_path / "x.bin").write_bytes(without_footer(60, 40))
    real = local.LocalFile.ends

    def ends(file, head, tail):
        found = real(file, head, tail)
        with file.stream:
            file.stream = DyingDisk(os.dup(file.stream.fileno()))
        return found

    monkeypatch.setattr(local.LocalFile, "ends", ends)

    assert scan(tmp_path / "x.bin", "pdq").reasons == [
        Failure("read", "io-error", "Input/output error")
    ]


def test_a_picture_is_told_by_its_content(tmp_path):
    """The name plays no part."""
    path = tmp_path / "notes.txt"
    path.write_bytes(encode("hills", "png"))

    assert set(scan(path, "pdq").hashes) == {"pdq"}


def test_too_many_pixels_are_refused(tmp_path):
    """--max-pixels bounds what is decoded."""
    path = tmp_path / "large.png"
    Image.new("L", (101, 100)).save(path)
    record = scan(path, "pdq", max_pixels=10_000)

    assert (record.reasons[0].stage, record.reasons[0].reason) == ("decode", "too-many-pixels")


@pytest.mark.parametrize(
    ("make", "failure"),
    [
        (lambda path: None, Failure("read", "gone", "No such file or directory")),
        (lambda path: path.touch(), Failure("read", "empty")),
        (lambda path: path.mkdir(), Failure("read", "not-regular")),
        (os.mkfifo, Failure("read", "not-regular")),
    ],
)
def test_what_cannot_be_read_is_a_failure_with_its_reason(tmp_path, make, failure):
    """No file, no bytes, no regular file: each has its code, and nothing blocks."""
    path = tmp_path / "item"
    make(path)

    assert scan(path, "md5").reasons == [failure]


def test_a_link_put_in_place_of_a_file_is_not_followed(tmp_path, photo):
    """What became a link after it was listed is not read."""
    path = tmp_path / "link"
    path.symlink_to(photo)

    assert [each.reason for each in scan(path, "md5").reasons] == ["not-regular"]


def test_a_gate_follows_links(tmp_path, photo):
    """A file is what its user named, by whatever name; a loop of links is no file."""
    (tmp_path / "link").symlink_to("photo.jpg")
    (tmp_path / "loop").symlink_to("loop")
    looped = scan(tmp_path / "loop", "md5", follow=True)

    assert scan(tmp_path / "link", "md5", follow=True).hashes == scan(photo, "md5").hashes
    assert [each.reason for each in looped.reasons] == ["not-regular"]


@pytest.mark.parametrize("more", [0, 1])
def test_a_file_may_be_so_large_and_no_larger(photo, more):
    """The bound is inclusive; what is larger is not read at all."""
    record = scan(photo, "md5", max_size=photo.stat().st_size - more)

    assert [each.reason for each in record.reasons] == ["too-large"] * more
    assert bool(record.hashes) == (not more)


def test_a_failure_of_the_source_is_passed_on(photo):
    """An item that the source could not examine is not opened."""
    failure = Failure("list", "denied")
    record = Sweeper(WorkerOptions(("md5",))).scan(Item(str(photo), failure=failure))[0]

    assert (record.reasons, record.hashes) == ([failure], {})


class FaultyHasher:
    """A picture hasher of another package that does what a test wants."""

    spec = HashSpec("faulty", "1", 64, "hamming", "picture", 0, "tests", 1)
    known = ()

    def __init__(self, act):
        self.hash = act


def raising(error):
    """An act that raises."""

    def act(_):
        raise error

    return act


@pytest.mark.parametrize(
    ("act", "failure"),
    [
        (raising(LookupError("x\ny")), Failure("hash", "internal", "LookupError: x?y")),
        (raising(RecursionError()), Failure("hash", "internal", "RecursionError: ")),
        (raising(MemoryError()), Failure("hash", "out-of-memory", "MemoryError: ")),
        (raising(ItemError("hash", "corrupt", "so")), Failure("hash", "corrupt", "so")),
        (lambda _: (b"short", None), Failure("hash", "internal", "faulty gave 5 bytes")),
        (lambda _: None, Failure("hash", "internal",
                                 "TypeError: cannot unpack non-iterable NoneType object")),
    ],
)  # fmt: skip
def test_a_hasher_that_goes_wrong_costs_one_item(photo, monkeypatch, act, failure):
    """Whatever a hasher raises or returns is a failed record that keeps its digests."""
    real = HASHERS.load
    monkeypatch.setattr(
        HASHERS, "load", lambda name: FaultyHasher(act) if name == "faulty" else real(name)
    )
    record = scan(photo, "md5", "faulty")

    assert record.reasons == [failure]
    assert set(record.hashes) == {"md5"}


def test_a_file_that_changes_while_it_is_read_is_a_failure(photo, monkeypatch):
    """Hashes of half an old and half a new file are of no file at all."""
    real = local.LocalFile.chunks

    def chunks(file):
        with photo.open("ab") as stream:
            stream.write(b"more")
        return real(file)

    monkeypatch.setattr(local.LocalFile, "chunks", chunks)
    record = scan(photo, "md5", "pdq")

    assert (record.reasons, record.hashes) == ([Failure("read", "changed")], {})


def test_a_batch_has_one_list_of_wires_for_each_item(photo, tmp_path):
    """Items are announced one by one and answered in order."""
    begun = []
    items = [Item(str(photo)), Item(str(tmp_path / "gone")), Item(str(photo))]
    results = answered(open_worker({"hashes": ["md5"]}), items, begun.append)

    assert begun == [0, 1, 2, NOTHING]
    assert [len(records) for records in results] == [1, 1, 1]
    assert [bool(records[0].reasons) for records in results] == [False, True, False]


def test_a_large_jpeg_is_decoded_fast_unless_exact_is_wanted(tmp_path):
    """The record says how the picture was decoded."""
    path = tmp_path / "large.jpg"
    draw("hills").resize((1200, 1100)).save(path)

    assert scan(path, "pdq").decode_mode == "fast/4"
    assert scan(path, "pdq", exact=True).decode_mode == "exact"


def test_what_a_scaled_decode_leaves_open_is_decoded_in_full(tmp_path):
    """A mirrored picture: half of its coefficients tie. All hashes are then of the full picture."""
    image = draw("hills").resize((1200, 1100))
    image.paste(image.crop((0, 0, 600, 1100)).transpose(Image.Transpose.FLIP_LEFT_RIGHT), (600, 0))
    path = tmp_path / "mirrored.jpg"
    image.save(path, quality=88)
    names = ("phash", "pdq", "dhash")
    found, full = scan(path, *names), scan(path, *names, exact=True)

    assert (found.reasons, found.decode_mode) == ([], "exact")
    assert (found.hashes, found.pdq_quality) == (full.hashes, full.pdq_quality)
    assert scan(path, "phash").decode_mode == "fast/4"


def test_a_full_decode_that_fails_leaves_no_hash_of_the_scaled_one(tmp_path, monkeypatch):
    """The item is a failure, with its digests."""

    def undecided(_):
        raise Undecided

    path = tmp_path / "large.jpg"
    draw("hills").resize((1200, 1100)).save(path)
    real = HASHERS.load
    monkeypatch.setattr(
        HASHERS, "load", lambda name: FaultyHasher(undecided) if name == "faulty" else real(name)
    )
    record = scan(path, "md5", "pdq", "faulty", max_pixels=1200 * 1100)

    assert record.reasons == [Failure("hash", "internal", "Undecided: ")]
    assert set(record.hashes) <= {"md5", "pdq"}
    assert record.decode_mode == "exact"


def test_every_format_is_hashed_whatever_its_bytes_are_named(tmp_path):
    """GIF, WebP, TIFF, BMP, AVIF, JPEG 2000 and others go through the same way."""
    for form in ("gif", "webp", "tiff", "bmp"):
        path = tmp_path / "picture"
        draw("hills").save(buffer := io.BytesIO(), form)
        path.write_bytes(buffer.getvalue())

        assert scan(path, "pdq").reasons == [], form


def test_names_that_are_not_utf8_are_opened(tmp_path, photo):
    """The item's URI leads to the file by its bytes."""
    path = os.fsencode(tmp_path) + b"/\xff\n.jpg"
    Path(os.fsdecode(path)).write_bytes(photo.read_bytes())

    assert scan(os.fsdecode(path), "md5").reasons == []


def animation(path, count=5):
    """An animation of different pictures, in a file."""
    first, *others = [scene(seed, 160, 120) for seed in range(1, count + 1)]
    first.save(path, save_all=True, append_images=others)
    return path


def records(path, *hashes, item=None, **options):
    """All records of one file."""
    return Sweeper(WorkerOptions(hashes, **options)).scan(item or Item(str(path)))


def test_further_frames_are_records_of_their_own(tmp_path):
    """The file has its digests and its first frame's hash, each further frame its own hash."""
    path = animation(tmp_path / "a.png")
    first, *others = records(path, "sha256", "pdq", max_frames=3)
    stills = []
    for seed in (1, 3, 5):
        scene(seed, 160, 120).save(tmp_path / "still.png")
        stills.append(scan(tmp_path / "still.png", "pdq").hashes["pdq"])

    assert [each.part for each in others] == ["frame 3", "frame 5"]
    assert [each.hashes["pdq"] for each in (first, *others)] == stills
    assert [set(each.hashes) for each in others] == [{"pdq"}] * 2
    assert (first.part, first.frames, first.size) == (None, 5, path.stat().st_size)


def test_one_frame_is_what_the_limit_of_one_gives(tmp_path):
    """With --max-frames 1 an animation is its first frame, and it is said that there are more."""
    (record,) = records(animation(tmp_path / "a.gif"), "pdq", max_frames=1)

    assert (record.animated, record.frames) == (True, None)


def test_a_frame_that_cannot_be_had_fails_the_file(tmp_path):
    """What came before it is kept: hashes of the file and of the frames that were there."""
    path = animation(tmp_path / "a.gif", 8)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 5 // 8])
    first, *others = records(path, "md5", "pdq")

    assert (first.reasons[0].stage, first.reasons[0].reason) == ("decode", "truncated")
    assert set(first.hashes) == {"md5", "pdq"}
    assert 0 < len(others) < 7
    assert all(not each.reasons and each.hashes for each in others)


def known_before(path, *hashes, **options):
    """An item of this file with what a sweep found of it before."""
    found = records(path, *hashes, **options)
    return Item(str(path), earlier=[record.to_wire() for record in found])


@pytest.mark.parametrize("name", ["a.png", "photo.jpg", "notes.txt"])
def test_what_is_known_from_before_is_not_read(tmp_path, photo, name):
    """The hashes hold as they are, further frames included; the file need not even be there."""
    path = animation(tmp_path / "a.png") if name == "a.png" else tmp_path / name
    if name == "notes.txt":
        path.write_text("no picture")
    item = known_before(path, "sha256", "pdq")
    before = records(path, "sha256", "pdq")
    path.unlink()
    after = records(path, "sha256", "pdq", item=item)

    assert [each.hashes for each in after] == [each.hashes for each in before]
    assert all(each.from_baseline and not each.reasons for each in after)


@pytest.mark.parametrize(
    ("before", "now", "options"),
    [
        (("md5",), ("sha256",), {}),
        (("md5",), ("md5", "pdq"), {}),
        (("md5", "pdq"), ("md5", "pdq"), {"exact": True}),
    ],
)
def test_what_is_not_known_from_before_is_read(tmp_path, before, now, options):
    """A hash that the earlier report lacks, or has from the fast path alone, costs a reading."""
    path = tmp_path / "large.jpg"
    path.write_bytes(jpeg(scene(1, 1100, 1100)))
    (record,) = records(path, *now, item=known_before(path, *before), **options)

    assert (record.from_baseline, record.reasons) == (None, [])
    assert set(record.hashes) == set(now)


def test_pages_of_the_same_samples_and_other_sizes_are_each_compared(tmp_path):
    """What is noise at one width can be a picture at another; only what is shown again is not."""
    cover, picture = scene(1, 90, 60), scene(2, 90, 60)
    torn = Image.frombytes("RGB", (100, 54), picture.tobytes())
    path = tmp_path / "pages.tif"
    cover.save(path, save_all=True, append_images=[torn, picture, picture])
    own, *further = Sweeper(WorkerOptions(("pdq",))).scan(Item(str(path)))

    assert (own.frames, own.frames_seen, own.frames_left) == (4, 4, 0)
    assert [(each.part, each.width) for each in further] == [("frame 2", 100), ("frame 3", 90)]


@pytest.mark.parametrize(("seconds", "seen"), [(None, 4), (3600, 4), (0, 1)])
def test_frames_for_which_there_is_no_time_are_left_out_and_said_so(tmp_path, seconds, seen):
    """What was compared by then stays; --timeout would have taken all of it."""
    path = tmp_path / "pages.gif"
    first, *others = [scene(number, 90, 60) for number in range(4)]
    first.save(path, save_all=True, append_images=others)
    known = compiled(tmp_path, [entry("e", pdq=bytes(32))])
    lists = ((str(known.path), known.stamp, "known", False),)
    own, *_ = Sweeper(WorkerOptions(("pdq",), lists, frame_seconds=seconds)).scan(Item(str(path)))

    assert (own.frames_seen, own.frames_left) == (seen, 4 - seen)
    assert [each.reason for each in own.reasons] == ["frames-left-out"] * (seen < 4)
