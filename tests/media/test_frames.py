"""Frames of animations and pages of documents, beside the first."""

import io
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.errors import ItemError
from hashsweep.media import MAX_PIXELS
from hashsweep.media.frames import Frames
from hashsweep.media.sniff import HEAD, sniff
from support.drawings import jpeg, scene

FORMS = ("GIF", "PNG", "WEBP", "TIFF", "AVIF")
COUNT = 11


def animation(form, count=COUNT):
    """Frames that differ in everything, as one file."""
    first, *others = [scene(seed, 96, 64) for seed in range(count)]
    stream = io.BytesIO()
    first.save(stream, form, save_all=True, append_images=others)
    return stream.getvalue()


def frames_of(data, max_pixels=MAX_PIXELS):
    """The frames of these bytes."""
    return Frames(io.BytesIO(data), sniff(data[:HEAD], data[-32:]), max_pixels)


@pytest.mark.parametrize("form", FORMS)
def test_frames_are_spread_over_the_file_and_the_last_is_among_them(form):
    """Each picture is the frame of its number, whatever had to be decoded between."""
    frames = frames_of(animation(form))
    found = dict(frames.pictures(5))

    assert frames.count == COUNT
    assert list(found) == [2, 5, 8, 10]
    for number, picture in found.items():
        drawn = np.asarray(scene(number, 96, 64), np.int16)
        assert np.abs(np.asarray(picture.image, np.int16) - drawn).mean() < 25
        assert (picture.width, picture.height, picture.decode_mode) == (96, 64, "exact")


def test_a_page_costs_what_it_is_and_not_the_whole_file():
    """Compressed pages are read by their decoder, from a file by itself: 300 would be 300 files."""

    class Counted(io.BytesIO):
        read_in_all = 0

        def read(self, size=-1, /):
            found = super().read(size)
            self.read_in_all += len(found)
            return found

    first, *others = [scene(seed, 480, 360) for seed in range(20)]
    stream = Counted()
    first.save(stream, "TIFF", save_all=True, append_images=others, compression="tiff_lzw")
    stream.read_in_all = 0
    kind = sniff(stream.getvalue()[:HEAD], b"")
    found = list(Frames(stream, kind, MAX_PIXELS).pictures(1000))

    assert len(found) == 19
    assert stream.read_in_all < 3 * len(stream.getvalue())


@pytest.mark.parametrize("form", FORMS)
def test_frames_are_the_same_however_many_are_taken(form):
    """A frame that is reached in steps is the frame that is reached in one go."""
    few, all_of_them = (dict(frames_of(animation(form)).pictures(n)) for n in (2, COUNT))

    assert list(all_of_them) == list(range(1, COUNT))
    assert list(few) == [COUNT - 1]
    assert few[COUNT - 1].image.tobytes() == all_of_them[COUNT - 1].image.tobytes()


def test_a_still_picture_has_no_further_frames():
    """A JPEG is one frame."""
    frames = frames_of(jpeg(scene(1)))

    assert (frames.count, list(frames.pictures(8))) == (1, [])


@given(limit=st.integers(1, 40))
def test_no_more_frames_are_chosen_than_allowed(limit):
    """At most `limit` with the first, in order, evenly, and none twice."""
    chosen = frames_of(_GIF).choose(limit)

    assert len(chosen) == min(limit, COUNT) - 1
    steps = [after - before for before, after in pairwise([0, *chosen])]
    assert all(steps)
    assert not steps or max(steps) - min(steps) <= 1
    assert not chosen or chosen[-1] == COUNT - 1


_GIF = animation("GIF")


def test_frames_that_have_to_be_decoded_on_the_way_are_bounded_in_all():
    """Of an animation with more pixels than allowed the first part alone is looked at."""
    assert frames_of(_GIF, 96 * 64 * 4).choose(3) == [2, 4]
    assert frames_of(animation("TIFF"), 96 * 64 * 4).choose(3) == [5, 10]


def test_a_file_that_breaks_off_gives_what_is_there_and_then_fails():
    """The frames before the end are had; the one that is cut is a failure with its reason."""
    pictures = frames_of(_GIF[: len(_GIF) // 2]).pictures(COUNT)
    found = []
    with pytest.raises(ItemError) as caught:
        found.extend(number for number, _ in pictures)

    assert (caught.value.stage, caught.value.reason) == ("decode", "truncated")
    assert next(pictures, None) is None


def test_a_page_that_claims_too_many_pixels_is_refused():
    """Every page announces a size of its own."""
    stream = io.BytesIO()
    scene(1, 40, 30).save(stream, "TIFF", save_all=True, append_images=[scene(2, 400, 300)])
    with pytest.raises(ItemError) as caught:
        list(frames_of(stream.getvalue(), 40 * 30 * 4).pictures(2))

    assert caught.value.reason == "too-many-pixels"
