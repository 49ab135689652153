"""Pictures inside a picture: where they are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageFilter

from hashsweep.hashers.boxes import LEAST_AREA, LEAST_SIDE, MOST, find_boxes, may_have_boxes
from support.drawings import draw, noise, scene

N = 256


def plane(image):
    """The luminance of a picture at the size on which parts are looked for."""
    return np.asarray(image.convert("L").resize((N, N), Image.Resampling.BILINEAR))


def whole(size, colour="white"):
    return Image.new("RGB", size, colour)


def pasted(image, size, at, colour="white"):
    """The picture on a ground of one colour, and its place in samples: top, bottom, left, right."""
    ground = whole(size, colour)
    ground.paste(image, at)
    (x, y), (w, h) = at, image.size
    place = y / size[1], (y + h) / size[1], x / size[0], (x + w) / size[0]
    return ground, tuple(share * N for share in place)


def collage(rows, columns, gap, colour="white"):
    """Scenes of 200 x 160, side by side, and their places."""
    size = columns * (200 + gap) + gap, rows * (160 + gap) + gap
    ground, places = whole(size, colour), []
    for number in range(rows * columns):
        row, column = divmod(number, columns)
        x, y = gap + column * (200 + gap), gap + row * (160 + gap)
        ground.paste(scene(40 + number, 200, 160), (x, y))
        place = y / size[1], (y + 160) / size[1], x / size[0], (x + 200) / size[0]
        places.append(tuple(share * N for share in place))
    return ground, places


def on_blur(image, size):
    """The picture in the middle of its own blurred enlargement."""
    ground = image.resize(size).filter(ImageFilter.GaussianBlur(max(size) / 25))
    x, y = (size[0] - image.width) // 2, (size[1] - image.height) // 2
    ground.paste(image, (x, y))
    return ground


def is_near(box, place):
    """Say whether a box is where a picture was put, within two samples."""
    return box is not None and np.abs(np.array(box) * N - place).max() <= 2


def all_boxes(found):
    return [box for box in (found.frame, found.blur, *found.cells) if box]


@pytest.mark.parametrize("colour", ["black", "white", (180, 40, 90)], ids=str)
@pytest.mark.parametrize("margins", [(0, 60), (80, 0), (30, 30)], ids=str)
def test_bars_and_frames_are_left_out(colour, margins):
    """Of any colour, above and below, at the sides, or all round."""
    x, y = margins
    image, place = pasted(scene(1, 400, 300), (400 + 2 * x, 300 + 2 * y), margins, colour)

    assert is_near(find_boxes(plane(image)).frame, place)


@pytest.mark.parametrize("size", [(400, 712), (480, 480), (800, 300)], ids=str)
def test_blurred_bars_are_left_out(size):
    """Upright, square and wide, as video players and social media fill them."""
    inner = scene(8, min(size[0], 480), min(size[1], 300))
    x, y = (size[0] - inner.width) / 2, (size[1] - inner.height) / 2
    place = y / size[1] * N, N - y / size[1] * N, x / size[0] * N, N - x / size[0] * N

    assert is_near(find_boxes(plane(on_blur(inner, size))).blur, place)


@pytest.mark.parametrize("gap", [0, 6, 20])
@pytest.mark.parametrize(
    "grid", [(1, 2), (2, 1), (2, 2), (1, 3), (3, 1), (2, 3), (3, 2), (3, 3)], ids=str
)
def test_every_picture_of_a_collage_is_found(grid, gap):
    """With and without a line between them."""
    image, places = collage(*grid, gap)
    found = all_boxes(find_boxes(plane(image)))

    assert len(found) <= MOST
    for place in places:
        assert any(is_near(box, place) for box in found), place


def test_a_picture_between_texts_is_found():
    """As on a screenshot, below a bar of another colour."""
    page = whole((540, 960))
    page.paste((30, 90, 200), (0, 0, 540, 90))
    letters = draw("text").resize((500, 250))
    page.paste(letters, (20, 110))
    page.paste(scene(3, 540, 300), (0, 380))
    page.paste(letters, (20, 700))
    found = all_boxes(find_boxes(plane(page)))

    assert any(is_near(box, (380 / 960 * N, 680 / 960 * N, 0, N)) for box in found)


@pytest.mark.parametrize("name", ["scene", "noise", "circles", "portrait"])
def test_nothing_is_found_in_a_picture_alone(name):
    """The gate closes before anything is searched."""
    assert not may_have_boxes(plane(draw(name)))
    assert not all_boxes(find_boxes(plane(draw(name))))


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_plane_of_one_colour_has_no_boxes(value):
    assert not all_boxes(find_boxes(np.full((N, N), value, np.uint8)))


def check(samples):
    """Every box is large enough and inside the picture; there are never too many."""
    found = all_boxes(find_boxes(samples))

    assert len(found) <= MOST
    assert len(set(found)) == len(found)
    for top, bottom, left, right in found:
        assert 0 <= top < bottom <= 1
        assert 0 <= left < right <= 1
        assert min((bottom - top), (right - left)) * len(samples) >= LEAST_SIDE - 0.01
        assert (bottom - top) * (right - left) >= LEAST_AREA - 1e-9


@settings(max_examples=60, deadline=None)
@given(
    arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9))),
    st.sampled_from([1, 8, 30, N]),
)
def test_any_plane_of_blocks_is_searched_within_bounds(blocks, side):
    """Blocks of one colour have lines and bars everywhere."""
    rows = np.arange(side) * len(blocks) // side
    columns = np.arange(side) * blocks.shape[1] // side
    check(np.ascontiguousarray(blocks[rows][:, columns]))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, N), st.integers(0, 255))
def test_any_noise_is_searched_within_bounds(seed, side, least):
    """From faint grain on white to all values."""
    check(np.maximum(noise(seed, side, side), np.uint8(least)))
