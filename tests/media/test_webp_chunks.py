"""Where a WebP breaks off, and how it is filled up."""

import io
import struct

import pytest
from PIL import Image

from hashsweep.media.webp_chunks import find_break
from support import drawings

PHOTO = drawings.scene(1, 320, 240)


def webp(image=PHOTO, **options):
    stream = io.BytesIO()
    image.save(stream, "WEBP", **options)
    return stream.getvalue()


def broken(data):
    return find_break(io.BytesIO(data))


def filled(data, value=0):
    """The file filled up, opened again."""
    return Image.open(io.BytesIO(broken(data).fill(io.BytesIO(data), value).read()))


@pytest.mark.parametrize("data", [webp(), webp(lossless=True), webp() + b"behind it"])
def test_a_whole_file_breaks_off_nowhere(data):
    """All that the header announces is there."""
    assert broken(data) is None


@pytest.mark.parametrize("options", [{}, {"exif": b"Exif\0\0" + bytes(99)}])
def test_a_file_that_breaks_off_is_filled_up(options):
    """Its sizes fit again, and it decodes to a picture whose beginning is the original's."""
    data = webp(quality=80, **options)
    image = filled(data[: len(data) * 7 // 10]).convert("RGB")
    top = (0, 0, 320, 60)

    assert image.size == PHOTO.size
    whole = Image.open(io.BytesIO(data)).convert("RGB")
    assert image.crop(top).tobytes() == whole.crop(top).tobytes()


def test_metadata_that_breaks_off_is_left_out():
    """The picture before it is whole."""
    data = webp(exif=b"Exif\0\0" + bytes(500))
    end = broken(data[:-100])

    assert (end.missing, end.share) == (0, 1.0)
    assert (
        filled(data[:-100]).convert("RGB").tobytes()
        == Image.open(io.BytesIO(data)).convert("RGB").tobytes()
    )


def test_of_an_animation_the_whole_frames_are_left():
    """A frame that breaks off is left out; the first is filled up."""
    data = webp(save_all=True, append_images=[drawings.scene(n, 320, 240) for n in (2, 3)])
    first = data.index(b"ANMF")

    assert filled(data[:-50]).n_frames == 2
    assert filled(data[: first + 3000]).convert("RGB").size == PHOTO.size
    assert filled(data[: first + 3000]).n_frames == 1


@pytest.mark.parametrize("kept", [0, 11, 12, 16, 25])
def test_of_too_little_nothing_is_made(kept):
    """Less than a tenth, or no header of the picture."""
    assert broken(webp()[:kept]) is None


def test_what_is_made_up_is_bounded():
    """A size of 4 GiB is not believed."""
    data = b"RIFF" + struct.pack("<I", 2**32 - 2) + b"WEBPVP8 " + struct.pack("<I", 2**32 - 20)

    assert broken(data + bytes(5000)) is None
