"""Windows of a picture: what is hashed is what a copy without its edges would show."""

import io

import numpy as np
import pytest
from PIL import Image

from hashsweep.hashers.base_plane import BASE
from hashsweep.hashers.pdq import PDQ
from hashsweep.hashers.pdq_bits import quality
from hashsweep.hashers.pdq_operator import axis, shrink, sum_rows
from hashsweep.hashers.pdq_windows import hash_turned_windows, hash_windows, operator
from hashsweep.media.picture import Picture, full, open_picture
from hashsweep.media.sniff import sniff
from hashsweep.variants import KINDS, TURNS, WINDOWS, View, name_turned
from support import drawings
from support.turns import TURNED

NAMES = tuple(WINDOWS)


def exact(image: Image.Image) -> Picture:
    return full(image, animated=False)


def buffer_of(picture: Picture) -> np.ndarray:
    rows, columns = axis(picture.height, picture.scale), axis(picture.width, picture.scale)
    return shrink(sum_rows(picture.samples, rows)[0], columns)


def windows(picture: Picture, names: tuple[str, ...]) -> dict[str, View]:
    rows = sum_rows(picture.samples, axis(picture.height, picture.scale), turned=False)
    return hash_windows(picture, rows, buffer_of(picture), names)


def distance(a: bytes, b: bytes) -> int:
    return (int.from_bytes(a) ^ int.from_bytes(b)).bit_count()


def cut(image: Image.Image, name: str) -> Image.Image:
    """The part of the picture that a window shows."""
    top, bottom, left, right = WINDOWS[name]
    width, height = image.size
    box = (left * width, top * height, (1 - right) * width, (1 - bottom) * height)
    return image.crop(tuple(map(round, box)))


@pytest.mark.parametrize("name", [name for name, window in WINDOWS.items() if min(window) >= 0])
def test_windows_within_are_near_the_part_that_they_show(name: str) -> None:
    """Within the reach of every search, of a scene with detail at all scales."""
    image = drawings.scene(3, 1280, 960)
    picture = exact(image)
    seen = windows(picture, (name,))[name]
    expected, rated = PDQ.hash(exact(cut(image, name)))

    assert distance(seen.pdq, expected) <= 20
    assert abs(seen.quality - rated) <= 12


@pytest.mark.parametrize("name", [name for name, window in WINDOWS.items() if min(window) < 0])
def test_windows_beyond_are_nearer_to_what_was_cut_off(name: str) -> None:
    """The stored picture is a part of a listed one: the window is nearer to that."""
    share = {side: -cut for side, cut in zip("tblr", WINDOWS[name], strict=True)}
    gains = []
    for seed in range(6):
        image = drawings.scene(seed, 1280, 960)
        height = 960 / (1 + share["t"] + share["b"])
        width = 1280 / (1 + share["l"] + share["r"])
        top, left = share["t"] * height, share["l"] * width
        part = exact(image.crop(tuple(map(round, (left, top, left + width, top + height)))))
        value, _ = PDQ.hash(exact(image))
        seen = windows(part, (name,))[name]
        gains.append(distance(PDQ.hash(part)[0], value) - distance(seen.pdq, value))
        assert seen.quality == quality(buffer_of(part))

    assert np.mean(gains) > 0


def test_a_window_that_cuts_nothing_is_the_picture() -> None:
    """Its coefficients are those of PDQ's own filter on the plane, but for half a sample."""
    plane = np.asarray(drawings.scene(2, BASE, BASE).convert("L"))
    found = operator(0, 0) @ plane.astype(float) @ operator(0, 0).T
    expected, _ = PDQ.hash(exact(Image.fromarray(plane).convert("RGB")))
    median = np.partition(found.ravel(), 127)[127]
    value = np.packbits((found.ravel() > median)[::-1]).tobytes()

    assert distance(value, expected) <= 24


@pytest.mark.parametrize("cuts", [(0, 0), (1 / 32, 1 / 32), (-0.1, -0.1), (6 / 32, 0)], ids=str)
def test_operators_are_blind_to_brightness(cuts: tuple[float, float]) -> None:
    """Nothing of the weights is lost beyond the edges: a plain plane has no coefficients."""
    np.testing.assert_allclose(operator(*cuts) @ np.full(BASE, 200.0), 0, rtol=0, atol=1e-3)


def test_all_windows_at_once_are_those_one_by_one() -> None:
    """Shared products change nothing but the last digits."""
    picture = exact(drawings.scene(4, 500, 400))
    together = windows(picture, NAMES)

    assert list(together) == list(NAMES)
    for name in NAMES:
        alone = windows(picture, (name,))[name]
        assert distance(together[name].pdq, alone.pdq) <= 2
        assert together[name].quality == alone.quality


@pytest.mark.parametrize("turn", TURNS)
def test_turned_windows_are_windows_of_the_turned_picture(turn: str) -> None:
    """Height and width change places where rows and columns do."""
    image = drawings.scene(5, 640, 480)
    names = KINDS["windows"]
    picture, other = exact(image), exact(image.transpose(TURNED[turn]))
    rows = sum_rows(picture.samples, axis(picture.height, picture.scale))
    found = hash_turned_windows(picture, rows, buffer_of(picture), names)
    expected = windows(other, names)
    swap = {"height": "width", "width": "height"} if TURNS[turn].exchanged else {}

    assert len(found) == len(names) * len(TURNS)
    for name in names:
        side, _, share = name.partition("-")
        same = f"{swap.get(side, side)}-{share}"
        assert distance(found[name_turned(name, turn)].pdq, expected[same].pdq) <= 4


def test_a_plain_part_has_a_low_quality() -> None:
    """A window without the detail of the picture must not match by what is left."""
    pixels = np.full((640, 640, 3), 128, np.uint8)
    edge = np.asarray(drawings.scene(7, 640, 640))
    pixels[:112], pixels[-112:] = edge[:112], edge[-112:]
    picture = exact(Image.fromarray(pixels))
    found = windows(picture, NAMES)

    assert PDQ.hash(picture)[1] >= 50
    assert found["height-69"].quality < 20
    assert found["width-69"].quality > 2 * found["height-69"].quality


@pytest.mark.parametrize("size", [(5, 5), (5, 900), (64, 64), (1000, 7)], ids=str)
def test_any_size_has_windows(size: tuple[int, int]) -> None:
    """Down to the smallest that has a hash."""
    picture = exact(drawings.scene(1, *size))
    _, _, views = PDQ.hash_views(picture, list(KINDS))

    assert views.keys() >= set(NAMES)


def test_windows_of_a_scaled_decode_stay_near_those_of_the_full_one() -> None:
    """Both are taken from a plane of the same size."""
    data = drawings.jpeg(drawings.scene(6, 2000, 1500), 90)
    views = []
    for full_size in (False, True):
        picture = open_picture(io.BytesIO(data), sniff(data), exact=full_size, max_pixels=10**8)
        views.append(PDQ.hash_views(picture, ["windows"])[2])

    assert list(views[0]) == list(KINDS["windows"])
    assert max(distance(views[0][name].pdq, views[1][name].pdq) for name in views[0]) <= 10
