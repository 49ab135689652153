"""Pictures that the decoder refuses, and that are looked at all the same."""

import io
import struct
from functools import cache

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from hashsweep.errors import ItemError
from hashsweep.hashers import HASHERS
from hashsweep.hashers.damaged_pdq import rate_decoded
from hashsweep.media import MAX_PIXELS
from hashsweep.media.frames import Frames
from hashsweep.media.picture import Picture, open_picture
from hashsweep.media.sniff import HEAD, sniff
from support import drawings

PHOTO = drawings.scene(3, 960, 720)


def saved(image, form, **options):
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def decoded(data, *, exact=False) -> Picture:
    kind = sniff(data[:HEAD], data[-32:])
    return open_picture(io.BytesIO(data), kind, exact=exact, max_pixels=MAX_PIXELS)


def distance(first, second):
    """Bits between the PDQs of two pictures."""
    values = [HASHERS.load("pdq").hash(each)[0] for each in (first, second)]
    return int(np.unpackbits(np.bitwise_xor(*(np.frombuffer(v, np.uint8) for v in values))).sum())


def strips(image, compression):
    """A TIFF whose directory stands before its strips, as that of a camera does."""
    raw = np.asarray(image)
    parts = [raw[at : at + 16].tobytes() for at in range(0, len(raw), 16)]
    if compression == 8:
        import zlib

        parts = [zlib.compress(part) for part in parts]
    count, tags = len(parts), []
    fixed = [(256, image.width), (257, image.height), (259, compression), (262, 2), (277, 3)]
    for tag, value in [*fixed, (278, 16)]:
        tags.append((tag, 4, 1, struct.pack("<I", value)))
    start = 8 + 2 + 12 * 9 + 4
    places = start + 6
    sizes = places + 4 * count
    at = sizes + 4 * count
    offsets = [at + sum(map(len, parts[:n])) for n in range(count)]
    tags += [(258, 3, 3, struct.pack("<I", start)), (273, 4, count, struct.pack("<I", places))]
    tags.append((279, 4, count, struct.pack("<I", sizes)))
    directory = b"".join(struct.pack("<HHI", *tag[:3]) + tag[3] for tag in sorted(tags))
    return b"".join(
        [
            *(b"II*\0\x08\0\0\0", struct.pack("<H", len(tags)), directory, bytes(4)),
            *(struct.pack("<3H", 8, 8, 8), struct.pack(f"<{count}I", *offsets)),
            *(struct.pack(f"<{count}I", *map(len, parts)), *parts),
        ]
    )


DRAWN = {  # as callables: whoever only collects the tests draws nothing
    "jpeg": lambda: saved(PHOTO, "JPEG", quality=88),
    "jpeg, grey": lambda: saved(PHOTO.convert("L"), "JPEG", quality=88),
    "jpeg, cmyk": lambda: saved(PHOTO.convert("CMYK"), "JPEG", quality=88),
    "jpeg, progressive": lambda: saved(PHOTO, "JPEG", quality=88, progressive=True),
    "jpeg, restarts": lambda: saved(PHOTO, "JPEG", quality=88, restart_marker_rows=1),
    "jpeg, large": lambda: saved(drawings.scene(3, 2400, 1800), "JPEG", quality=80),
    "png": lambda: saved(PHOTO, "PNG"),
    "png, palette": lambda: saved(PHOTO.quantize(200), "PNG"),
    "gif": lambda: saved(PHOTO.quantize(200), "GIF", interlace=0),
    "gif, interlaced": lambda: saved(PHOTO.quantize(200), "GIF", interlace=1),
    "gif, transparent": lambda: saved(PHOTO.quantize(200), "GIF", interlace=0, transparency=0),
    "bmp": lambda: saved(PHOTO, "BMP"),
    "bmp, palette": lambda: saved(PHOTO.quantize(200), "BMP"),
    "webp": lambda: saved(PHOTO, "WEBP", quality=80),
    "webp, lossless": lambda: saved(PHOTO, "WEBP", lossless=True),
    "webp, alpha": lambda: saved(PHOTO.convert("RGBA"), "WEBP", quality=80),
    "tiff": lambda: saved(PHOTO, "TIFF"),
    "tiff, strips": lambda: strips(PHOTO, 1),
    "tiff, deflated strips": lambda: strips(PHOTO, 8),
    "ppm": lambda: saved(PHOTO, "PPM"),
}


@cache
def drawn(form):
    """The whole file of this form."""
    return DRAWN[form]()


@pytest.mark.parametrize("form", DRAWN)
@pytest.mark.parametrize("share", [0.999, 0.99, 0.9])
@pytest.mark.parametrize("exact", [True, False])
def test_a_picture_that_breaks_off_is_found(form, share, exact):
    """Of 99 and of 90 % of its bytes the hash is within reach of the whole, and it says so."""
    data = drawn(form)
    whole = decoded(data, exact=exact)
    picture = decoded(data[: int(len(data) * share)], exact=exact)

    assert (picture.damage.stage, picture.damage.reason) == ("decode", "truncated")
    assert (picture.width, picture.height) == (whole.width, whole.height)
    assert picture.decode_mode == whole.decode_mode
    assert distance(picture, whole) <= (31 if share == 0.9 else 12)
    assert picture.rows is None or rate_decoded(picture) >= 50


@pytest.mark.parametrize("form", ["jpeg", "jpeg, progressive", "jpeg, grey", "webp"])
def test_one_byte_that_was_cut_off_changes_nothing(form):
    """Viewers show such a file as if it were whole."""
    data = drawn(form)
    picture = decoded(data[:-1])

    assert picture.damage.reason == "truncated"
    assert distance(picture, decoded(data)) <= 2


@pytest.mark.parametrize("form", [f for f in DRAWN if "progressive" not in f and "gif" not in f])
def test_less_than_a_tenth_is_not_hashed(form):
    """The failure stays, and there is no picture."""
    data = drawn(form)
    with pytest.raises(ItemError) as caught:
        decoded(data[: len(data) // 25])

    assert caught.value.reason in ("truncated", "corrupt")


def segment(code, body):
    return b"\xff" + bytes([code]) + struct.pack(">H", len(body) + 2) + body


BESIDE_PIXELS = {
    "short JFIF": segment(0xE0, b"JFIF\0\1"),
    "short Photoshop block": segment(0xED, b"Photoshop 3.0\x008BIM\4"),
    "profile without a number": segment(0xE2, b"ICC_PROFILE\0"),
    "EXIF that is none": segment(0xE1, b"Exif\0\0junk"),
    "EXIF of nothing": segment(0xE1, b"Exif\0\0"),
    "index of pictures that is none": segment(0xE2, b"MPF\0junk"),
    "index of pictures that breaks off": segment(0xE2, b"MPF\0II*\0\x08\0\0\0\1\0"),
    "comment of nothing": segment(0xFE, b""),
    "unknown segment": segment(0xE7, b"x"),
}


@pytest.mark.parametrize("name", BESIDE_PIXELS)
def test_metadata_of_a_jpeg_does_not_decide(name):
    """The picture is decoded, and nothing is failed."""
    data = drawn("jpeg")
    picture = decoded(data[:2] + BESIDE_PIXELS[name] + data[2:])

    assert (picture.damage, picture.rows) == (None, None)
    assert distance(picture, decoded(data)) == 0


def test_a_short_adobe_segment_is_damage_and_the_picture_is_used():
    """The decoder passes over it, and so do browsers."""
    data = drawn("jpeg")
    picture = decoded(data[:2] + segment(0xEE, b"Adobe\0") + data[2:])

    assert (picture.damage.reason, picture.damage.detail) == (
        "corrupt",
        "the Adobe segment is truncated",
    )
    assert distance(picture, decoded(data)) == 0


@pytest.mark.parametrize("exact", [True, False])
def test_garbage_in_the_middle_leaves_what_is_before_it(exact):
    """A JPEG that breaks in the middle is hashed down to there."""
    data = bytearray(drawn("jpeg"))
    middle = len(data) * 9 // 10
    data[middle : middle + 4] = b"\xff\xc4\0\5"
    picture = decoded(bytes(data), exact=exact)

    assert picture.damage.reason == "corrupt"
    assert distance(picture, decoded(drawn("jpeg"), exact=exact)) <= 31


def test_a_grey_end_that_was_decoded_is_not_taken_for_missing():
    """The decoder fills with grey; a picture may be grey by itself."""
    page = np.asarray(PHOTO).copy()
    page[400:] = 128
    data = saved(Image.fromarray(page), "JPEG", quality=88)
    whole, picture = decoded(data, exact=True), decoded(data[:-1], exact=True)

    assert distance(whole, picture) <= 2


# MPO: several pictures in one JPEG


def pictures(count=2):
    first, *others = [drawings.scene(n, 480, 360) for n in range(count)]
    return saved(first, "MPO", save_all=True, append_images=others)


def frames_of(data):
    return Frames(io.BytesIO(data), sniff(data[:HEAD]), MAX_PIXELS)


def second_at(data):
    return data.index(b"\xff\xd8\xff", 2)


def test_a_second_picture_that_is_there_is_a_frame():
    """All of them are decoded."""
    frames = frames_of(pictures(3))

    assert frames.count == 3
    assert [number for number, _ in frames.pictures(8)] == [1, 2]


@pytest.mark.parametrize("rest", [b"", b"\0" * 5000, b"\xff\xd8"])
def test_a_second_picture_that_is_gone_is_no_damage_of_the_first(rest):
    """The index may point behind the end, or at something else."""
    data = pictures()
    data = data[: second_at(data)] + rest
    frames = frames_of(data)

    assert decoded(data).damage is None
    assert (frames.count, list(frames.pictures(8))) == (1, [])


def test_a_second_picture_in_another_place_fails_the_file():
    """It is not looked at, and that is said."""
    data = pictures()
    at = second_at(data)
    with pytest.raises(ItemError) as caught:
        list(frames_of(data[:at] + b"moved" + data[at:]).pictures(8))

    assert caught.value.reason == "corrupt"


def test_a_second_picture_that_breaks_off_comes_and_fails():
    """What is left of it is a frame, and its error is raised."""
    data = pictures()
    found = []
    with pytest.raises(ItemError) as caught:
        found += [number for number, _ in frames_of(data[:-500]).pictures(8)]

    assert caught.value.reason == "truncated"


def arithmetic_coded():
    """A grey JPEG of 150 KB with arithmetic coding: any bytes are a picture of some kind.

    Where the bytes give no code the rest of the row is grey, so each row begins anew.
    """
    data = saved(PHOTO.convert("L"), "JPEG", restart_marker_rows=1)
    scan = data.index(b"\xff\xda")
    head = data[: scan + 10].replace(b"\xff\xc0", b"\xff\xc9", 1)
    rows = [drawings.noise(n, 1700) % 255 for n in range(90)]
    coded = [row.tobytes() + b"\xff" + bytes([0xD0 + n % 8]) for n, row in enumerate(rows)]
    return head + b"".join(coded)[:-2] + b"\xff\xd9"


@pytest.mark.parametrize("exact", [True, False])
def test_arithmetic_coding_is_decoded_whatever_its_length(exact):
    """Its decoder cannot wait in the middle of the file, so it is given all at once."""
    data = arithmetic_coded()
    assert len(data) > 2 * 65_536
    picture = decoded(data, exact=exact)
    expected = imagecodecs.jpeg8_decode(data)

    assert (picture.damage, picture.rows) == (None, None)
    if exact:
        assert np.array_equal(picture.samples[:, :, 0], expected)
    assert picture.samples.std() > 20


def test_arithmetic_coding_that_breaks_off_is_hashed_as_far_as_it_goes():
    """Without its end it is truncated, as any other."""
    picture = decoded(arithmetic_coded()[:-9_000], exact=True)

    assert picture.damage
    assert np.array_equal(
        picture.samples[:600, :, 0], imagecodecs.jpeg8_decode(arithmetic_coded())[:600]
    )


@pytest.mark.parametrize(
    ("options", "detail"),
    [
        ({"bitspersample": 12}, "JPEG: 12 bits"),
        ({"lossless": True, "bitspersample": 16}, "JPEG: lossless"),
    ],
)
def test_a_jpeg_that_is_whole_and_not_decoded_here_is_unsupported(options, detail):
    """Its reason is true: it is not damaged."""
    grey = np.asarray(PHOTO.convert("L")).astype(np.uint16) * 16
    with pytest.raises(ItemError) as caught:
        decoded(imagecodecs.jpeg8_encode(grey, **options))

    assert (caught.value.reason, caught.value.detail) == ("unsupported-format", detail)
