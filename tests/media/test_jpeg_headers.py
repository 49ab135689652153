"""What stands before a JPEG's first scan."""

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.media.jpeg_headers import read_headers
from hashsweep.media.spliced import splice
from support import drawings

PHOTO = drawings.jpeg(drawings.scene(1, 90, 70))


def segment(code, body):
    return b"\xff" + bytes([code]) + struct.pack(">H", len(body) + 2) + body


def headers(data):
    return read_headers(io.BytesIO(data))


def kept(data):
    """The bytes that are needed for the pixels."""
    return splice(io.BytesIO(data), headers(data).pieces).read()


def with_segments(*segments):
    return PHOTO[:2] + b"".join(segments) + PHOTO[2:]


def test_all_that_makes_pixels_is_kept():
    """Of a plain file everything is."""
    assert kept(PHOTO) == PHOTO
    assert (headers(PHOTO).coding, headers(PHOTO).is_adobe_short) == ("", False)


@pytest.mark.parametrize(
    "beside",
    [
        segment(0xE1, b"Exif\0\0junk"),
        segment(0xE0, b"JFIF\0"),
        segment(0xE2, b"ICC_PROFILE\0"),
        segment(0xED, b"Photoshop 3.0\x008BIM"),
        segment(0xFE, b"comment"),
        segment(0xEE, b"Adobe\0"),
        b"\xff\xff\xff",
        b"junk",
        b"\xff\x01",
    ],
)
def test_what_makes_no_pixel_is_left_out(beside):
    """Whatever stands in it: metadata, what breaks off, fill bytes, what is no marker."""
    assert kept(with_segments(beside)) == PHOTO


def test_the_colours_are_kept():
    """A whole Adobe segment says how colours are stored."""
    adobe = segment(0xEE, b"Adobe\0\x64\0\0\0\0\2")

    assert kept(with_segments(adobe)) == with_segments(adobe)
    assert not headers(with_segments(adobe)).is_adobe_short
    assert headers(with_segments(segment(0xEE, b"Adobe\0\x64"))).is_adobe_short


@pytest.mark.parametrize(
    ("code", "precision", "components", "coding"),
    [
        (0xC0, 8, 3, ""),
        (0xC2, 8, 1, ""),
        (0xC9, 8, 3, ""),
        (0xC1, 12, 3, "12 bits"),
        (0xC0, 8, 2, "2 components"),
        (0xC3, 8, 3, "lossless"),
        (0xC5, 8, 3, "hierarchical"),
        (0xCB, 16, 1, "lossless, arithmetic-coded"),
    ],
)
def test_what_is_not_decoded_is_named(code, precision, components, coding):
    """Codings, depths and numbers of components."""
    at = PHOTO.index(b"\xff\xc0")
    frame = bytes([precision]) + PHOTO[at + 5 : at + 9] + bytes([components])
    data = PHOTO[:at] + segment(code, frame + PHOTO[at + 10 : at + 19]) + PHOTO[at + 19 :]

    assert headers(data).coding == coding


@given(st.binary(max_size=200), st.integers(0, len(PHOTO)))
def test_any_bytes_have_headers(junk, cut):
    """The walk ends, and gives no more than there is."""
    for data in (b"\xff\xd8" + junk, PHOTO[:cut] + junk):
        assert len(kept(data)) <= len(data) + 2
