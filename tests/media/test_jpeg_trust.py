"""A JPEG that hides another picture in its DC plane is suspected by the size of its scans."""

import io

import numpy as np
import pytest
from PIL import Image

from hashsweep.hashers.pdq import PDQ
from hashsweep.media import jpeg_trust
from hashsweep.media.jpeg_trust import is_suspect, is_too_flat
from hashsweep.media.picture import open_picture
from hashsweep.media.sniff import sniff
from support import drawings
from support.clamped import two_in_one

SIDE = 800
PLANE, SHOWN = (drawings.scene(seed, SIDE, SIDE).convert("L") for seed in (1, 2))


def suspect(data: bytes) -> bool:
    stream = io.BytesIO(data)
    return is_suspect(Image.open(stream), stream)


def pdq(data: bytes) -> bytes:
    full = open_picture(io.BytesIO(data), sniff(data), exact=True, max_pixels=10**8)
    return PDQ.hash(full)[0]


def distance(a: bytes, b: bytes) -> int:
    return (int.from_bytes(a) ^ int.from_bytes(b)).bit_count()


@pytest.mark.parametrize("factor", [16, 32, 63])
@pytest.mark.parametrize("progressive", [False, True])
def test_two_pictures_in_one(factor: int, *, progressive: bool) -> None:
    """The full decode shows one picture, DC values another; a sweep hashes what is shown."""
    data = two_in_one(PLANE, SHOWN, factor, progressive=progressive)
    with Image.open(io.BytesIO(data)) as image:
        image.draft("L", (SIDE // 8, SIDE // 8))
        eighth = np.asarray(image, dtype=float).ravel()
    means = np.asarray(PLANE.resize((SIDE // 8, SIDE // 8), Image.Resampling.BOX)).ravel()
    assert np.corrcoef(eighth, means)[0, 1] > 0.99
    assert distance(pdq(data), pdq(drawings.jpeg(SHOWN))) <= 31
    assert distance(pdq(data), pdq(drawings.jpeg(PLANE))) > 80
    assert suspect(data)
    found = open_picture(io.BytesIO(data), sniff(data), exact=False, max_pixels=10**8)
    assert found.decode_mode == "exact"


@pytest.mark.parametrize("quality", [10, 30, 50, 75, 90, 95, 100])
@pytest.mark.parametrize("subsampling", ["4:2:0", "4:4:4"])
def test_ordinary_pictures_are_not_suspected(quality: int, subsampling: str) -> None:
    """Whatever their quality."""
    assert not suspect(drawings.jpeg(drawings.scene(3, 640, 480), quality, subsampling=subsampling))


def test_only_scans_count() -> None:
    """Previews, profiles and films that are stored with a picture do not make it suspect."""
    data = drawings.jpeg(drawings.scene(3, 640, 480), 90)
    note = b"\xff\xe5\xff\xff" + bytes(0xFFFD)
    more = data[:2] + note * 9 + data[2:] + bytes(10 * len(data))
    assert not suspect(more)
    hidden = two_in_one(PLANE, SHOWN)
    assert suspect(hidden[:2] + note * 9 + hidden[2:] + bytes(len(data)))


def test_the_end_of_a_preview_is_not_the_end_of_the_scans() -> None:
    """An end marker within a segment does not hide what follows."""
    hidden = two_in_one(PLANE, SHOWN)
    assert suspect(hidden[:2] + b"\xff\xfe\x00\x04\xff\xd9" + hidden[2:])


def test_a_large_file_counts_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where its segments would cost too much memory the full decode is the safe side."""
    data = drawings.jpeg(drawings.scene(3, 640, 480), 90) + bytes(10**6)
    assert not suspect(data)
    monkeypatch.setattr(jpeg_trust, "MOST_READ", 10**5)
    assert suspect(data)


def test_the_place_in_the_stream_is_kept() -> None:
    """The decoder goes on where it was."""
    for data in (drawings.jpeg(SHOWN), two_in_one(PLANE, SHOWN)):
        stream = io.BytesIO(data)
        image = Image.open(stream)
        stream.seek(7)
        is_suspect(image, stream)
        assert stream.tell() == 7


def test_a_file_without_quantizers_is_weighed_as_if_they_were_one() -> None:
    """The header may lack them; the decoder says what is wrong."""
    image = Image.new("L", (10, 10))
    assert not is_suspect(image, io.BytesIO(bytes(90)))
    assert is_suspect(image, io.BytesIO(b"\xff\xd8\xff\xda\x00\x02" + bytes(100)))


@pytest.mark.parametrize("period", [2, 4, 8])
def test_lines_that_vanish_in_the_means_of_blocks(period: int) -> None:
    """Scaled luminance is flat and the file is not: such a picture is decoded in full."""
    lines = np.tile((np.arange(1600) % period < period // 2).astype(np.uint8) * 255, (1600, 1))
    data = drawings.jpeg(Image.fromarray(lines).convert("RGB"), 90)
    found = open_picture(io.BytesIO(data), sniff(data), exact=False, max_pixels=10**8)
    assert found.decode_mode == "exact"


def test_plain_pictures_are_not_decoded_in_full() -> None:
    """One grey in the file as well: there is nothing that could have vanished."""
    for subsampling in ("4:2:0", "4:4:4"):
        level = Image.new("RGB", (800, 800), (90, 120, 30))
        data = drawings.jpeg(level, 85, subsampling=subsampling, optimize=True)
        found = open_picture(io.BytesIO(data), sniff(data), exact=False, max_pixels=10**8)
        assert found.decode_mode == "fast/4"


def test_a_picture_of_some_contrast_is_not_flat() -> None:
    """However much there is in its file."""
    image = Image.fromarray(np.array([[100, 140]], np.uint8))
    assert not is_too_flat(np.asarray(image), 80)
    assert is_too_flat(np.zeros((1, 2), np.uint8), 80)
    assert not is_too_flat(np.zeros((1, 2), np.uint8), 0.08)
