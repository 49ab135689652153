"""What makes pixels reaches the decoder, and nothing else decides whether it is looked at."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from hashsweep.errors import ItemError
from hashsweep.media import MAX_PIXELS
from hashsweep.media.frames import Frames
from hashsweep.media.picture import Picture, open_picture
from hashsweep.media.png_chunks import MAX_SPANS, SIGNATURE, chunk, take_apart
from hashsweep.media.sniff import sniff
from support import drawings

HILLS = drawings.draw("hills")


def parts(image):
    """[(type, body)] of a picture as PNG."""
    data, at, found = drawings.png(image), 8, []
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        found.append((kind, data[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


def png(*extra, image=HILLS, behind=()):
    """The drawing as PNG with chunks before its pixels, and some behind them."""
    found = dict(parts(image))
    return b"".join(
        [
            *(SIGNATURE, chunk(b"IHDR", found[b"IHDR"]), *extra),
            *(chunk(b"IDAT", body) for kind, body in parts(image) if kind == b"IDAT"),
            *(*behind, chunk(b"IEND", b"")),
        ]
    )


# First column, first row, step of columns, step of rows.
_PASSES = (
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
    *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)


def adam7(rows):
    """Grey rows as an interlaced PNG: seven passes over the picture (8.1)."""
    passes = [rows[y::down, x::across] for x, y, across, down in _PASSES]
    raw = b"".join(b"\0" + row.tobytes() for each in passes for row in each if len(row))
    header = struct.pack(">IIBBBBB", rows.shape[1], rows.shape[0], 8, 0, 0, 0, 1)
    return b"".join(
        [SIGNATURE, chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(raw)), chunk(b"IEND", b"")]
    )


def broken(kind, body):
    """A chunk with a wrong CRC."""
    whole = chunk(kind, body)
    return whole[:-1] + bytes([whole[-1] ^ 1])


def decoded(data) -> Picture:
    return open_picture(io.BytesIO(data), sniff(data), exact=True, max_pixels=MAX_PIXELS)


def is_whole(data, image=HILLS):
    """Whether all pixels come, and nothing is said of damage."""
    picture = decoded(data)
    return picture.damage is None and np.array_equal(picture.samples, np.asarray(image))


LARGE = zlib.compress(b"a cat, " * 300_000)
BESIDE_PIXELS = {
    "text with a wrong CRC": broken(b"tEXt", b"Comment\0hello"),
    "unknown chunk with a wrong CRC": broken(b"abCd", b"x"),
    "short gAMA": chunk(b"gAMA", b"\0\0\1"),
    "empty gAMA": chunk(b"gAMA", b""),
    "short pHYs": chunk(b"pHYs", b"\0\0"),
    "short cHRM": chunk(b"cHRM", b"\0" * 31),
    "short sRGB": chunk(b"sRGB", b""),
    "short acTL": chunk(b"acTL", b"\0\0\0\2"),
    "acTL with a wrong CRC": broken(b"acTL", struct.pack(">II", 2, 0)),
    "acTL of no frames": chunk(b"acTL", bytes(8)),
    "short tRNS": chunk(b"tRNS", b"\0"),
    "tRNS with a wrong CRC": broken(b"tRNS", bytes(6)),
    "PLTE that nobody needs": chunk(b"PLTE", b"\1\2"),
    "large zTXt": chunk(b"zTXt", b"parameters\0\0" + LARGE),
    "large iTXt": chunk(b"iTXt", b"workflow\0\1\0\0\0" + LARGE),
    "large tEXt": chunk(b"tEXt", b"k\0" + bytes(2_000_000)),
    "large iCCP": chunk(b"iCCP", b"k\0\0" + LARGE),
    "iCCP of no method": chunk(b"iCCP", b"k\0\7" + LARGE),
    "iCCP of a byte": chunk(b"iCCP", b"k"),
    "zTXt of no method": chunk(b"zTXt", b"k\0\7" + LARGE),
    "eXIf that is none": chunk(b"eXIf", b"abc"),
    "80 large texts": chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(900_000))) * 80,
    "type of digits": chunk(b"1234", b"x"),
    "type of no letters": chunk(b"\0\xff ~", b"x"),
    "type of a method's name": chunk(b"call", b"x"),
    "second header": chunk(b"IHDR", bytes(13)),
    "many small chunks": chunk(b"abCd", b"") * 5000,
}


@pytest.mark.parametrize("name", BESIDE_PIXELS)
def test_what_is_no_pixel_does_not_decide(name):
    """All pixels are decoded and nothing is failed, wherever the chunk stands."""
    extra = BESIDE_PIXELS[name]

    assert is_whole(png(extra))
    assert is_whole(png(behind=[extra]))


@pytest.mark.parametrize("image", [HILLS.quantize(40), HILLS.convert("1"), HILLS.convert("LA")])
def test_palettes_and_depths_are_kept(image):
    """A palette reaches the decoder; pictures of other colour types decode as before."""
    data = drawings.png(image)

    assert is_whole(data, image.convert("RGB"))


@pytest.mark.parametrize("kind", [b"IHDR", b"PLTE", b"IDAT", b"IEND"])
def test_a_wrong_crc_of_a_critical_chunk_is_damage_and_the_picture_is_used(kind):
    """The reason names the chunk; the pixels come."""
    image = HILLS.quantize(40)
    data = drawings.png(image).replace(
        *next((chunk(k, b), broken(k, b)) for k, b in parts(image) if k == kind)
    )
    picture = decoded(data)

    assert (picture.damage.reason, picture.damage.detail) == (
        "corrupt",
        f"wrong CRC in {kind.decode()}",
    )
    assert np.array_equal(picture.samples, np.asarray(image.convert("RGB")))


def test_a_wrong_checksum_of_the_pixels_is_damage_and_the_picture_is_used():
    """The Adler-32 comes behind the last row, which the decoder does not give out then."""
    body = b"".join(body for kind, body in parts(HILLS) if kind == b"IDAT")
    header = chunk(b"IHDR", dict(parts(HILLS))[b"IHDR"])
    body = body[:-1] + bytes([body[-1] ^ 1])
    picture = decoded(SIGNATURE + header + chunk(b"IDAT", body) + chunk(b"IEND", b""))

    assert (picture.damage.reason, picture.rows) == ("corrupt", (0, HILLS.height - 1))
    assert np.array_equal(picture.samples[:-1], np.asarray(HILLS)[:-1])


@pytest.mark.parametrize("missing", [1, 4, 12])
def test_a_file_without_its_end_is_truncated(missing):
    """IEND or its CRC are gone: all pixels are there, and it is said."""
    picture = decoded(png()[:-missing])

    assert picture.damage.reason == "truncated"
    assert np.array_equal(picture.samples, np.asarray(HILLS))


def test_an_impossible_length_ends_the_walk():
    """A chunk cannot have 2^31 bytes (5.3)."""
    data = png(behind=[struct.pack(">I4s", 1 << 31, b"abCd")])

    assert decoded(data).damage.detail == "a chunk claims 2147483648 bytes"


def test_what_does_not_begin_as_a_png_is_refused():
    """Line ends that a mail client changed make no PNG."""
    with pytest.raises(ItemError) as caught:
        take_apart(io.BytesIO(png().replace(b"\r\n", b"\n", 1)))

    assert (caught.value.stage, caught.value.reason) == ("decode", "corrupt")


def test_metadata_is_noted_and_its_number_bounded():
    """The place of each body, of the first chunks."""
    data = png(chunk(b"gAMA", b"1234"), chunk(b"tEXt", b"k\0v") * 400, chunk(b"abCd", b"x"))
    found = take_apart(io.BytesIO(data)).metadata

    assert len(found) == MAX_SPANS
    assert data[found[0].start :][: found[0].length] == b"1234"
    assert {span.kind for span in found} == {b"gAMA", b"tEXt"}


def test_pixels_in_many_chunks_are_one_piece():
    """Chunks that follow each other are given on as they are in the file."""
    body = b"".join(body for kind, body in parts(HILLS) if kind == b"IDAT")
    small = b"".join(chunk(b"IDAT", body[at : at + 100]) for at in range(0, len(body), 100))
    header = chunk(b"IHDR", dict(parts(HILLS))[b"IHDR"])
    data = SIGNATURE + header + small + chunk(b"IEND", b"")
    found = take_apart(io.BytesIO(data))

    assert [piece for piece in found.pieces if isinstance(piece, tuple)] == [
        (len(SIGNATURE + header), len(data) - 12)
    ]
    assert is_whole(data)


# Animations


def frame_control(sequence, size=HILLS.size, at=(0, 0)):
    return struct.pack(">5IHHBB", sequence, *size, *at, 1, 10, 0, 0)


def animation(*controls, announced=(2,)):
    """An APNG of two frames: with these acTL, and with these fcTL in place of the right ones."""
    first_control, second_control = controls or (frame_control(0), frame_control(1))
    body = b"".join(body for kind, body in parts(drawings.scene(2)) if kind == b"IDAT")
    return png(
        *(chunk(b"acTL", struct.pack(">II", count, 0)) for count in announced),
        chunk(b"fcTL", first_control),
        behind=[chunk(b"fcTL", second_control), chunk(b"fdAT", struct.pack(">I", 2) + body)],
    )


def frames_of(data):
    return Frames(io.BytesIO(data), sniff(data), MAX_PIXELS)


@pytest.mark.parametrize("announced", [(2,), (2, 2), (2, 9), (), (1,), (0,)])
def test_every_frame_that_is_there_is_a_frame(announced):
    """Two acTL, none, or one with a wrong number: browsers animate, or somebody else's viewer."""
    data = animation(announced=announced)
    picture, frames = decoded(data), frames_of(data)
    second = dict(frames.pictures(8))[1]

    assert (picture.animated, picture.damage, frames.count) == (True, None, 2)
    assert np.array_equal(picture.samples, np.asarray(HILLS))
    assert np.array_equal(second.samples, np.asarray(drawings.scene(2)))


def test_frames_that_are_announced_and_not_there_are_missing():
    """The file is truncated, and what is there is looked at."""
    data = animation(announced=(3,))

    assert decoded(data).damage.detail == "2 of 3 frames"
    assert frames_of(data).count == 2


@pytest.mark.parametrize(
    "controls",
    [
        (frame_control(5), frame_control(1)),
        (frame_control(0), frame_control(7)),
        (frame_control(0, (10, 10)), frame_control(1)),
        (frame_control(0)[:20], frame_control(1)),
        (frame_control(0), frame_control(1, at=(1, 0))),
        (frame_control(0), frame_control(1, (0, 10))),
    ],
)
def test_a_malformed_animation_is_damage_of_a_still_picture(controls):
    """Viewers show the picture that IDAT is; so it is hashed, and the file fails."""
    data = animation(*controls)
    picture = decoded(data)

    assert (picture.animated, picture.damage.reason) == (False, "corrupt")
    assert np.array_equal(picture.samples, np.asarray(HILLS))


def test_a_still_picture_before_an_animation_is_a_frame():
    """IDAT without a control is shown where animations are not: it is looked at as well."""
    body = dict(parts(drawings.scene(2)))[b"IDAT"]
    data = png(
        chunk(b"acTL", struct.pack(">II", 1, 0)),
        behind=[
            chunk(b"fcTL", frame_control(0)),
            chunk(b"fdAT", struct.pack(">I", 1) + body),
        ],
        image=drawings.scene(3),
    )

    assert frames_of(data).count == 2
    assert is_whole(data, drawings.scene(3)) or decoded(data).animated


CHUNKS = st.tuples(
    st.sampled_from(
        [b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"acTL", b"fcTL", b"fdAT", b"IEND", b"tEXt", b"\0a~ "]
    ),
    st.binary(max_size=40),
    st.booleans(),
)


@given(st.lists(CHUNKS, max_size=12), st.integers(0, 40))
@settings(max_examples=200, deadline=None)
def test_taken_apart_again_nothing_changes(chunks, cut):
    """What the decoder is given is a PNG with right CRCs but those of pixels, of known chunks."""
    data = b"".join(chunk(k, b) if right else broken(k, b) for k, b, right in chunks)
    data = SIGNATURE + data[: len(data) - cut]
    first = take_apart(io.BytesIO(data))
    given_on = first.give(io.BytesIO(data)).read()
    second = take_apart(io.BytesIO(given_on))

    assert second.give(io.BytesIO(given_on)).read() == given_on
    assert second.metadata == []
    assert len(given_on) <= len(data) + 12 + 20


def test_interlaced_pictures_are_taken_as_they_are():
    """The walk knows no pixel: Adam7 reaches the decoder as any other."""
    rows = np.asarray(HILLS.convert("L"))
    data = adam7(rows)

    assert np.array_equal(decoded(data).samples[:, :, 0], rows)
    assert Image.open(io.BytesIO(data)).info["interlace"] == 1
