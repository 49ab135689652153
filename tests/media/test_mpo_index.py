"""How many of the pictures that a JPEG's index names are there."""

import io

import pytest
from PIL import Image

from hashsweep.media.mpo_index import count_pictures
from support import drawings


def pictures(count):
    first, *others = [drawings.scene(n, 120, 90) for n in range(count)]
    stream = io.BytesIO()
    first.save(stream, "MPO", save_all=True, append_images=others)
    return stream.getvalue()


def counted(data):
    return count_pictures(Image.open(io.BytesIO(data)), io.BytesIO(data))


@pytest.mark.parametrize("count", [2, 3])
def test_pictures_that_are_there_are_counted(count):
    """Each begins as a JPEG where the index says."""
    assert counted(pictures(count)) == (count, False)


@pytest.mark.parametrize("kept", [1, 2])
def test_pictures_behind_the_end_are_not(kept):
    """The file ends with the last one that was kept."""
    data, at = pictures(3), 0
    for _ in range(kept):
        at = data.index(b"\xff\xd8\xff", at + 2)

    assert counted(data[:at]) == (kept, False)


def test_a_picture_that_breaks_off_is_there():
    """Its end may be damaged: that is a failure, and not nothing."""
    data = pictures(2)

    assert counted(data[:-200]) == (2, False)
    assert counted(data[: data.index(b"\xff\xd8\xff", 2) + 4]) == (2, False)


def test_what_is_no_jpeg_is_no_picture():
    """A place inside of other data names none."""
    data = pictures(2)
    at = data.index(b"\xff\xd8\xff", 2)

    assert counted(data[:at] + bytes(len(data) - at)) == (1, False)


def test_a_picture_that_is_elsewhere_is_not_passed_over():
    """An index that names a wrong place does not hide what is behind it."""
    data = pictures(2)
    at = data.index(b"\xff\xd8\xff", 2)

    assert counted(data[:at] + b"moved" + data[at:]) == (1, True)
