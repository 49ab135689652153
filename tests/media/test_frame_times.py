"""Which frames of a long animation are looked at, by how long they are shown."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from hashsweep.media.frame_times import choose_frames, read_times
from hashsweep.media.frames import Frames
from hashsweep.media.sniff import HEAD, sniff
from support.drawings import scene

TIMES = [100, 40, 5000, 40, 60_000, 40, 250]


def animation(form, times=TIMES, **more):
    """Frames that are shown so long."""
    first, *others = [scene(seed, 64, 48) for seed in range(len(times))]
    stream = io.BytesIO()
    first.save(stream, form, save_all=True, append_images=others, duration=times, **more)
    return stream.getvalue()


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP"])
def test_times_are_those_that_the_decoder_finds(form):
    """Frame by frame, and the stream stays where it was."""
    stream = io.BytesIO(animation(form))
    stream.seek(7)
    image, shown = Image.open(io.BytesIO(stream.getvalue())), []
    for number in range(image.n_frames):
        image.seek(number)
        image.load()
        shown.append(int(image.info["duration"]))

    assert read_times(stream, form) == shown == TIMES
    assert stream.tell() == 7


def test_a_picture_beside_the_animation_is_shown_for_no_time():
    """It is the first frame of an APNG for the decoder, and no browser shows it."""
    data = animation("PNG", default_image=True)

    assert read_times(io.BytesIO(data), "PNG") == [0, *TIMES[:6]]


def test_other_formats_have_no_times():
    """Pages of a document among them."""
    assert read_times(io.BytesIO(animation("TIFF")), "TIFF") == []


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP"])
def test_a_file_that_breaks_off_has_times_as_far_as_it_goes(form):
    """Whatever byte it is, and nothing worse happens."""
    data = animation(form)
    whole = read_times(io.BytesIO(data), form)
    for size in range(0, len(data), 97):
        found = read_times(io.BytesIO(data[:size]), form)
        assert found[:-1] == whole[: max(len(found) - 1, 0)]


@given(st.binary(max_size=200), st.sampled_from(["GIF", "PNG", "WEBP"]))
def test_noise_has_some_times_or_none(data, form):
    """Numbers of at least 0, and no error."""
    assert all(each >= 0 for each in read_times(io.BytesIO(data), form))


@given(st.lists(st.integers(0, 9), max_size=30), st.data())
def test_those_shown_longest_come_first(times, data):
    """As many as asked for, none twice, in order; up to half are the longest, others are spread."""
    last = data.draw(st.integers(1, 40))
    count = data.draw(st.integers(1, last))
    chosen = choose_frames(times, last, count)
    known = times[1 : last + 1]

    assert chosen == sorted(set(chosen))
    assert len(chosen) == count
    assert set(chosen) <= set(range(1, last + 1))
    longest = max(known, default=0)
    if known.count(longest) == 1 and longest > sorted(known)[(len(known) - 1) // 2]:
        assert 1 + known.index(longest) in chosen
    if len(set(known)) < 2:
        assert chosen == [round(step * last / count) for step in range(1, count + 1)]


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP"])
def test_a_picture_that_is_held_is_among_few_frames(form):
    """It is decoded as what it is."""
    data = animation(form)
    frames = Frames(io.BytesIO(data), sniff(data[:HEAD], data[-32:]), 10**9)

    assert [number for number, _ in frames.pictures(3)] == [4, 6]
