"""Hashes of the pictures inside a picture."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from hashsweep.hashers.base_plane import base_plane
from hashsweep.hashers.inside import LEAST, buffers_inside
from hashsweep.hashers.pdq import PDQ
from hashsweep.media.picture import full, open_picture
from hashsweep.media.sniff import sniff
from hashsweep.variants import INSIDE
from support.drawings import draw, jpeg, noise, scene


def inside(image: Image.Image) -> dict[str, np.ndarray]:
    """The buffers of the pictures inside a picture."""
    picture = full(image, animated=False)
    return buffers_inside(picture, base_plane(picture))


def opened(data, *, exact):
    kind = sniff(data[:4096], data[-4096:])
    return open_picture(io.BytesIO(data), kind, exact=exact, max_pixels=10**8)


def distance(one, other):
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


def nearest(image, original, *, exact):
    """The variant of the picture that is nearest to the original, and its distance."""
    listed, _ = PDQ.hash(full(original, animated=False))
    _, _, views = PDQ.hash_views(opened(jpeg(image, 75), exact=exact), ["inside"])
    assert all(view.quality >= 50 for view in views.values())
    return min((distance(view.pdq, listed), name) for name, view in views.items())


@pytest.mark.parametrize("exact", [True, False], ids=["exact", "fast"])
@pytest.mark.parametrize("size", [(1600, 1100), (640, 480), (333, 517)], ids=str)
def test_framed_copies_have_nearly_the_hash_of_the_original(size, exact):
    """The edge is found to a part of a pixel, also in luminance decoded at reduced scale."""
    original = scene(6, *size)
    framed = Image.new("RGB", (size[0] + 157, size[1] + 91), "black")
    framed.paste(original, (61, 37))
    bits, name = nearest(framed, original, exact=exact)

    assert name == "inside-frame"
    assert bits <= 12


@pytest.mark.parametrize("gap", [0, 3, 12])
@pytest.mark.parametrize("grid", [(1, 2), (2, 2), (3, 3)], ids=str)
def test_pictures_of_a_collage_have_nearly_the_hash_of_the_original(grid, gap):
    """Each of them, with and without lines between."""
    rows, columns = grid
    originals = [scene(60 + number, 300, 240) for number in range(rows * columns)]
    ground = Image.new("RGB", (columns * (300 + gap) + gap, rows * (240 + gap) + gap), "white")
    for number, original in enumerate(originals):
        row, column = divmod(number, columns)
        ground.paste(original, (gap + column * (300 + gap), gap + row * (240 + gap)))

    for original in originals:
        bits, name = nearest(ground, original, exact=False)
        assert name in INSIDE
        assert bits <= 24


def test_a_small_picture_on_a_large_page_is_found_although_the_page_has_little_detail():
    """What is inside has a quality of its own."""
    original = scene(4, 330, 240)
    page = Image.new("RGB", (1500, 1500), (250, 250, 250))
    page.paste(original, (600, 700))
    value, rated, views = PDQ.hash_views(full(page, animated=False), ["turns", "inside"])

    assert rated < 50
    (view,) = (view for name, view in views.items() if name in INSIDE)
    assert distance(view.pdq, PDQ.hash(full(original, animated=False))[0]) <= 12
    assert (value, rated) == PDQ.hash(full(page, animated=False))


@pytest.mark.parametrize("name", ["scene", "noise", "circles", "flat", "dot", "tiny", "ribbon"])
def test_pictures_alone_have_nothing_inside(name):
    """So that only their own hash is compared."""
    assert inside(draw(name)) == {}


def test_parts_with_few_samples_are_left_out():
    """However well their edges are seen."""
    page = Image.new("RGB", (200, 200), "white")
    page.paste(scene(4, LEAST - 4, LEAST - 4), (80, 80))

    assert inside(page) == {}


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10**6),
    st.tuples(st.integers(1, 300), st.integers(1, 300)),
    st.tuples(st.integers(1, 80), st.integers(1, 80)),
)
def test_any_picture_of_blocks_gives_whole_buffers(seed, size, block):
    """Of grey levels, near the range of samples; never an error."""
    (width, height), (across, down) = size, block
    colours = noise(seed, -(-height // down), -(-width // across), 3)
    samples = colours.repeat(down, 0).repeat(across, 1)[:height, :width]
    buffers = inside(Image.fromarray(samples))

    assert set(buffers) <= set(INSIDE)
    for buffer in buffers.values():
        assert buffer.shape == (64, 64)
        assert buffer.dtype == np.float64
        assert -64 < buffer.min() <= buffer.max() < 255 + 64
