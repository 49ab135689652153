"""Frames of animations as players show them: what is left of the one before, and what is seen."""

import io

import numpy as np
import pytest
from PIL import Image

from hashsweep.media import MAX_PIXELS
from hashsweep.media.animations import MAX_PATCHES, Canvas, read_patches
from hashsweep.media.frames import Frames
from hashsweep.media.sniff import HEAD, sniff
from support import browser
from support.animations import COLOURS, GifPatch, PngPatch, apng, gif
from support.drawings import noise, scene

SIZE = (64, 48)


def frames_of(data):
    """The frames in these bytes."""
    return Frames(io.BytesIO(data), sniff(data[:HEAD], data[-32:]), MAX_PIXELS)


def composed(data):
    """What is shown of each frame but the first, over white: int16, (frames, height, width, 3)."""
    found = []
    for _, picture in frames_of(data).pictures(1000):
        views = dict(picture.draw_shown())
        found.append(np.asarray(views.get("over-white", picture).image, np.int16))
    return np.array(found)


def random_gif(seed):
    """Patches of any size, place, disposal and transparent colour."""
    dice = np.random.default_rng(seed)
    patches = [GifPatch(noise(seed, 48, 64) % 8, empty=None if seed % 2 else 3)]
    for number in range(9):
        width, height = (int(dice.integers(1, side + 1)) for side in SIZE)
        place = int(dice.integers(0, 65 - width)), int(dice.integers(0, 49 - height))
        patches.append(
            GifPatch(
                noise(seed * 100 + number, height, width) % 8,
                place,
                disposal=int(dice.integers(0, 4)),
                empty=[None, 0, 5][dice.integers(3)],
                has_table=bool(dice.integers(2)),
            )
        )
    patches[0].disposal = seed % 4
    return gif(SIZE, *patches)


def random_apng(seed):
    """Patches of any size, place, opacity, disposal and blending, and a default picture or none."""
    dice = np.random.default_rng(seed)
    patches = [PngPatch(noise(seed, 48, 64, 4), disposal=seed % 3, blend=seed % 2)]
    for number in range(9):
        width, height = (int(dice.integers(1, side + 1)) for side in SIZE)
        place = int(dice.integers(0, 65 - width)), int(dice.integers(0, 49 - height))
        pixels = noise(seed * 100 + number, height, width, 4)
        patches.append(
            PngPatch(pixels, place, int(dice.integers(0, 3)), blend=int(dice.integers(0, 2)))
        )
    return apng(SIZE, *patches, default=noise(99, 48, 64, 4) if seed % 2 else None)


def by_hand(patches, *, is_png):
    """The frames over white, pixel by pixel in floating point."""
    canvas = np.zeros((SIZE[1], SIZE[0], 4))
    shown = []
    for patch in patches:
        (x, y), (height, width) = patch.place, patch.pixels.shape[:2]
        part = canvas[y : y + height, x : x + width]
        before = part.copy()
        if is_png:
            above = patch.pixels / 255
        else:
            above = np.dstack((COLOURS[patch.pixels] / 255, patch.pixels != patch.empty))
        if is_png and not patch.blend:
            part[:] = above
        else:
            opacity = above[..., 3:] + part[..., 3:] * (1 - above[..., 3:])
            mixed = above[..., :3] * above[..., 3:]
            mixed += part[..., :3] * part[..., 3:] * (1 - above[..., 3:])
            part[:] = np.dstack((mixed / np.maximum(opacity, 1e-9), opacity))
        shown.append((canvas[..., :3] * canvas[..., 3:] + 1 - canvas[..., 3:]) * 255)
        if patch.disposal == (1 if is_png else 2):
            part[:] = 0
        elif patch.disposal == (2 if is_png else 3):
            part[:] = before
    return np.array(shown)


@pytest.mark.parametrize("disposal", range(4))
def test_what_is_left_of_a_patch_of_a_gif(disposal):
    """Nothing said is nothing done, also after a patch that was removed."""
    pixels = noise(3, 48, 64)
    patches = [
        GifPatch(pixels % 8, disposal=2),
        GifPatch(pixels[:, :32] % 8 + 8, disposal=disposal),
        GifPatch(pixels[:, 32:] % 8 + 16, (32, 0)),
        GifPatch(pixels[:5, :5] % 8, (3, 3), empty=2, has_table=True),
    ]

    off = composed(gif(SIZE, *patches)) - by_hand(patches, is_png=False)[1:]

    assert np.abs(off).max() < 1e-6


@pytest.mark.parametrize("disposal", range(3))
@pytest.mark.parametrize("blend", [0, 1])
def test_what_is_left_of_a_patch_of_a_png(disposal, blend):
    """Half transparent patches are mixed with what is there, be it nothing."""
    patches = [
        PngPatch(noise(3, 48, 64, 4), disposal=1),
        PngPatch(noise(4, 48, 40, 4), (10, 0), disposal, blend),
        PngPatch(noise(5, 30, 64, 4), (0, 9), 0, blend),
    ]
    off = composed(apng(SIZE, *patches)) - by_hand(patches, is_png=True)[1:]

    assert np.abs(off).max() <= 3


def test_a_default_picture_is_not_what_an_animation_begins_with():
    """Players start with an empty canvas; the default picture is compared as the first frame."""
    patches = [PngPatch(noise(3, 48, 64, 4), blend=1), PngPatch(noise(4, 20, 20, 4), blend=1)]
    data = apng(SIZE, *patches, default=noise(5, 48, 64, 4))

    assert np.abs(composed(data) - by_hand(patches, is_png=True)).max() <= 3


@pytest.mark.parametrize("form", ["GIF", "PNG"])
def test_whole_frames_are_those_of_the_decoder(form):
    """What every encoder writes is read as before."""
    first, *others = [scene(seed, 96, 64) for seed in range(5)]
    stream = io.BytesIO()
    first.save(stream, form, save_all=True, append_images=others)
    image = Image.open(stream)
    for number, found in enumerate(composed(stream.getvalue()), 1):
        image.seek(number)
        assert np.array_equal(found, np.asarray(image.convert("RGB")))


def test_the_patches_before_an_error_count():
    """One that reaches beyond the screen is left to the decoder, as everything after it."""
    good, bad = GifPatch(noise(3, 48, 64)), GifPatch(noise(3, 48, 64), (1, 0))
    data = gif(SIZE, good, good, bad, good)

    assert len(read_patches(io.BytesIO(data), "GIF")) == 2
    assert len(read_patches(io.BytesIO(data[:-2000]), "GIF")) == 2
    assert read_patches(io.BytesIO(b"GIF89a"), "GIF") == []
    assert read_patches(io.BytesIO(data), "WEBP") == []
    assert len(list(frames_of(data).pictures(9))) == 3


def test_the_number_of_patches_is_bounded():
    """A file of a few megabytes may hold a million."""
    one = GifPatch(np.zeros((1, 1), np.uint8))
    data = gif((1, 1), one)
    head, body = data[: 13 + 768], data[13 + 768 : -1]

    assert len(read_patches(io.BytesIO(head + body * (MAX_PATCHES + 9)), "GIF")) == MAX_PATCHES


def test_a_canvas_starts_empty():
    """Transparent, whatever the file names as its background."""
    (patch,) = read_patches(io.BytesIO(gif(SIZE, GifPatch(noise(1, 2, 2), (5, 5)))), "GIF")
    shown = Canvas(SIZE).add(patch, Image.new("RGBA", (2, 2), "red"))

    assert shown.getbbox() == (5, 5, 7, 7)
    assert shown.size == SIZE


@pytest.mark.chromium
def test_a_browser_composes_the_same():
    """Chromium's own frames over white, of animations with anything in them."""
    with browser.running() as chromium:
        for seed in range(6):
            for form, data in (("gif", random_gif(seed)), ("png", random_apng(seed))):
                ours, theirs = composed(data), browser.play(chromium, data, f"image/{form}")
                assert len(theirs) == 10
                assert np.abs(ours[-9:] - theirs[1:]).max() <= 4, (form, seed)
