"""What is left of a damaged picture, and how the rest is filled."""

import io
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from hashsweep.media.damaged import decode_rest, fill, find_differences, rest_of
from support import drawings

MODES = ("1", "L", "P", "RGB", "RGBA", "CMYK", "LA", "I;16", "I", "F")


@pytest.mark.parametrize("mode", MODES)
def test_what_was_not_decoded_is_known(mode):
    """Rows that are there and rows that are not, in every mode, black or white."""
    image = drawings.scene(1, 60, 40)
    if mode in ("I;16", "I", "F"):
        kinds = {"I;16": np.uint16, "I": np.int32, "F": np.float32}
        image = Image.fromarray(np.asarray(image.convert("L")).astype(kinds[mode]))
    elif mode == "P":
        image = image.quantize(16)
    else:
        image = image.convert("RGBA").convert(mode) if mode == "LA" else image.convert(mode)
    stream = io.BytesIO()
    image.save(stream, "TIFF")
    offset = Image.open(stream).tile[0][2]
    row = (len(stream.getvalue()) - offset) // 40
    if mode == "P":
        row = 60  # the palette is behind the pixels
    data = stream.getvalue()[: offset + 25 * row + 5]
    rest = decode_rest(lambda _: Image.open(io.BytesIO(data)))
    if rest is None:  # what is needed to open it stands behind the pixels
        assert mode == "P"
        return

    assert rest.rows == (0, 25)
    assert not rest.missing[:25].any()
    assert rest.missing[25:].all()
    assert rest.share == 25 / 40


def test_nothing_decoded_is_nothing_left():
    """A file without a row gives none."""
    data = drawings.png(drawings.scene(1, 60, 40))[:45]

    assert decode_rest(lambda _: Image.open(io.BytesIO(data))) is None


def test_a_frame_that_is_smaller_than_its_picture_lacks_nothing_around_it():
    """The area that the decoder fills counts, not what lies beside it."""
    stream = io.BytesIO()
    drawings.scene(1, 60, 40).quantize(16).save(stream, "GIF", interlace=0)
    data = bytearray(stream.getvalue())
    data[6:10] = (100).to_bytes(2, "little") * 2  # the screen is larger than the frame
    rest = decode_rest(lambda _: Image.open(io.BytesIO(bytes(data[:-300]))))

    assert rest.image.size == (100, 100)
    assert rest.height == 40
    assert not rest.missing[:, 60:].any()
    assert not rest.missing[40:].any()
    assert rest.missing[rest.rows[1] : 40, :60].all()


def test_differing_pixels_differ_in_any_band():
    """One band is enough."""
    first = Image.new("RGB", (3, 2), (1, 2, 3))
    second = first.copy()
    second.putpixel((2, 1), (1, 9, 3))

    assert np.argwhere(find_differences(first, second)).tolist() == [[1, 2]]


def test_rows_of_a_rest_are_those_with_a_decoded_pixel():
    """From the first to the last."""
    missing = np.ones((10, 4), np.bool_)
    missing[3:7, 1] = False
    rest = rest_of(None, missing)

    assert (rest.rows, rest.share) == ((3, 7), 0.4)
    assert rest_of(None, np.ones((4, 4), np.bool_)) is None


SHAPES = st.tuples(st.integers(1, 12), st.integers(1, 30))


@given(SHAPES, st.sampled_from([(), (3,)]), st.integers(0, 2**32))
def test_decoded_pixels_stay_and_all_others_are_filled(shape, bands, seed):
    """Whatever is missing, as long as one pixel is there."""
    chance = np.random.default_rng(seed)
    samples = chance.integers(1, 255, (*shape, *bands)).astype(np.uint8)
    missing = chance.random(shape) < chance.random()
    missing[chance.integers(shape[0]), chance.integers(shape[1])] = False
    samples[missing] = 0
    filled = fill(samples, missing)

    assert filled.shape == samples.shape
    assert np.array_equal(filled[~missing], samples[~missing])


def test_inner_rows_are_filled_from_above_and_columns_from_beside():
    """What an interlaced picture lacks comes from its neighbours."""
    samples = np.array([[5, 0, 7], [0, 0, 0], [8, 9, 0]], np.uint8)
    missing = samples == 0

    assert fill(samples, missing).tolist() == [[5, 5, 7], [5, 5, 7], [8, 9, 9]]


def test_the_filling_goes_on_where_the_picture_ends_and_fades():
    """No step at the edge; at the far end the mean, from below as from above."""
    rows = np.asarray(drawings.scene(1, 320, 240).convert("L"))
    missing = np.zeros(rows.shape, np.bool_)
    missing[120:] = True
    filled = fill(np.where(missing, 0, rows).astype(np.uint8), missing)
    upside_down = fill(np.where(missing, 0, rows).astype(np.uint8)[::-1], missing[::-1])
    steps = [
        np.abs(after.astype(int) - before).mean() for before, after in itertools.pairwise(filled)
    ]

    assert np.array_equal(upside_down[::-1], filled)
    assert steps[119] < 3 * max(steps[100:119])
    assert abs(filled[-1].astype(int) - rows[:120].mean()).max() < 30
    assert filled[-1].std() < filled[130].std() < filled[119].std()
