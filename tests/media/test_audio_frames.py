"""MPEG audio by its frames."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.media.audio_frames import name_audio_frames
from support.drawings import FORMATS, encode
from support.other_samples import AAC, MP3


def frame(header, size):
    """A frame of so many bytes."""
    return bytes.fromhex(header).ljust(size, b"\0")


@pytest.mark.parametrize(
    ("header", "size"),
    [
        ("fffb9064", 417),  # MPEG-1 layer III, 128 kbit/s, 44.1 kHz
        ("fffb9264", 418),  # the same, padded
        ("fffbe464", 960),  # 320 kbit/s, 48 kHz
        ("fffd8004", 417),  # layer II, 128 kbit/s, 44.1 kHz
        ("ffff8004", 276),  # layer I, 256 kbit/s, 44.1 kHz
        ("fff384c4", 192),  # MPEG-2 layer III, 64 kbit/s, 24 kHz
        ("fff584c4", 384),  # MPEG-2 layer II, 64 kbit/s, 24 kHz
        ("ffe348c4", 288),  # MPEG-2.5 layer III, 32 kbit/s, 8 kHz
    ],
)
def test_frames_that_follow_each_other_are_audio(header, size):
    """Of every version and layer: a frame of another size is followed by none."""
    one = frame(header, size)

    assert name_audio_frames(one * 2) == "audio/mpeg"
    assert name_audio_frames(one) == "audio/mpeg"
    assert name_audio_frames(one + b"\0" + one) is None
    assert name_audio_frames(one[:-1] + one) is None


def test_adts():
    """Each frame says how long it is."""
    assert name_audio_frames(AAC * 2) == "audio/aac"
    assert name_audio_frames(AAC) == "audio/aac"
    assert name_audio_frames(AAC[:-1] + AAC) is None


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\xff", b"\xff\xfb", MP3[:300], MP3 + b"words",
        b"\xff\xfe<\0h\0t\0m\0l\0>\0" + bytes(600),
        b"\xff\xfb\xf0\x00" * 200,  # no such bit rate
        b"\xff\xfb\x9c\x00" * 200,  # no such sample rate
        b"\xff\xeb\x90\x00" * 200,  # no such version
        b"\xff\xf9\x90\x00" * 200,  # no such layer
        b"\xff" * 900,
    ],
)  # fmt: skip
def test_what_only_begins_like_a_frame_is_none(content):
    """A text in UTF-16 among it."""
    assert name_audio_frames(content) is None


@given(st.binary(min_size=2, max_size=2000))
def test_chance_makes_no_audio(content):
    """Two bytes would do so once in some thousand files; two whole headers do not."""
    for start in (b"", b"\xff\xfb", b"\xff\xf1"):
        assert name_audio_frames(start + content + b"\1" * 9000) is None


@pytest.mark.parametrize("form", FORMATS)
def test_pictures_are_no_audio(form):
    """Of any format that is decoded here."""
    assert name_audio_frames(encode("text", form)) is None
