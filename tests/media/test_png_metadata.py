"""What a PNG says beside its pixels is read within bounds, and what is malformed is left out."""

import io
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.media.colours import MAX_PROFILE
from hashsweep.media.png_chunks import METADATA, SIGNATURE, chunk, take_apart
from hashsweep.media.png_metadata import MAX_INFLATED, MAX_TEXTS, PngMetadata, read_metadata
from support import drawings


def metadata(*chunks) -> PngMetadata:
    """What a file with these chunks says."""
    data = drawings.png(drawings.draw("dot"))
    stream = io.BytesIO(data[:33] + b"".join(chunks) + data[33:])
    return read_metadata(stream, take_apart(stream).metadata)


def test_every_field_is_read():
    """Numbers, the profile inflated, EXIF and the three kinds of text."""
    points = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
    found = metadata(
        chunk(b"gAMA", struct.pack(">I", 45455)),
        chunk(b"cHRM", struct.pack(">8I", *points)),
        chunk(b"sRGB", b"\1"),
        chunk(b"cICP", b"\x09\x10\x00\x01"),
        chunk(b"iCCP", b"name\0\0" + zlib.compress(b"profile")),
        chunk(b"eXIf", b"II*\0rest"),
        chunk(b"tEXt", b"Comment\0hello"),
        chunk(b"zTXt", b"parameters\0\0" + zlib.compress(b"a cat")),
        chunk(b"iTXt", b"prompt\0\0\0de\0Anweisung\0eine Katze"),
        chunk(b"iTXt", b"workflow\0\1\0\0\0" + zlib.compress(b"{}")),
    )

    assert found == PngMetadata(
        gamma=45455,
        chromaticities=points,
        srgb_intent=1,
        cicp=(9, 16, 0, 1),
        icc=b"profile",
        exif=b"II*\0rest",
        texts=(
            (b"Comment", b"hello"),
            (b"parameters", b"a cat"),
            (b"prompt", b"eine Katze"),
            (b"workflow", b"{}"),
        ),
    )


@pytest.mark.parametrize(
    "malformed",
    [
        chunk(b"gAMA", b"\0\0\1"),
        chunk(b"gAMA", bytes(4)),
        chunk(b"gAMA", b"\0\0\1\0")[:-1] + b"!",
        chunk(b"cHRM", bytes(31)),
        chunk(b"sRGB", b"\4"),
        chunk(b"cICP", b"\1"),
        chunk(b"iCCP", b"name"),
        chunk(b"iCCP", b"name\0\1" + zlib.compress(b"x")),
        chunk(b"iCCP", b"name\0\0" + zlib.compress(b"x" * 99)[:-9]),
        chunk(b"eXIf", b"Exif\0\0II*\0"),
        chunk(b"tEXt", b"no end of the keyword"),
        chunk(b"tEXt", b"\0no keyword"),
    ],
)
def test_what_is_malformed_is_left_out(malformed):
    """A viewer does not use it either; the next one of its kind counts."""
    good = chunk(b"gAMA", struct.pack(">I", 45455))

    assert metadata(malformed) == PngMetadata()
    assert metadata(malformed, good).gamma == 45455


def test_profiles_and_texts_are_bounded():
    """A profile that inflates to too much is left out; texts are cut at their sum and number."""
    bomb = zlib.compress(bytes(4 * MAX_PROFILE))
    found = metadata(
        chunk(b"iCCP", b"n\0\0" + bomb),
        *[chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(1_000_000)))] * 8,
        *[chunk(b"tEXt", b"k\0v")] * 100,
    )

    assert len(found.icc) == MAX_PROFILE + 1  # which says that it is too large
    assert sum(len(text) for _, text in found.texts) == MAX_INFLATED
    assert len(found.texts) == MAX_TEXTS


@given(st.lists(st.tuples(st.sampled_from(sorted(METADATA)), st.binary(max_size=60)), max_size=9))
def test_no_bytes_are_too_odd(fields):
    """Whatever stands in these chunks, there is an answer."""
    data = SIGNATURE + b"".join(chunk(kind, body) for kind, body in fields)
    stream = io.BytesIO(data)

    assert isinstance(read_metadata(stream, take_apart(stream).metadata), PngMetadata)
