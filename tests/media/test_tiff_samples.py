"""Samples of TIFFs that Pillow has no mode for, or puts wrongly, against a second decoder."""

import io
import itertools
import struct

import numpy as np
import pytest
import tifffile
from PIL import Image

from hashsweep.errors import ItemError
from hashsweep.media import MAX_PIXELS
from hashsweep.media.frames import Frames
from hashsweep.media.picture import open_picture
from hashsweep.media.sniff import sniff
from hashsweep.media.tiff_layout import read_layout
from hashsweep.media.tiff_samples import decode_samples, scale
from support import drawings

PHOTO = drawings.scene(5, 160, 112)
RGB, GREY = np.asarray(PHOTO), np.asarray(PHOTO.convert("L"))
FADED = 255 - GREY // 2  # alpha

KINDS = {
    "u8": lambda a: a,
    "u16": lambda a: a.astype(np.uint16) * 257,
    "u32": lambda a: a.astype(np.uint32) * 16_843_009,
    "i16": lambda a: (a.astype(np.int32) * 257 - 32_768).astype(np.int16),
    "f16": lambda a: (a / 255).astype(np.float16),
    "f32": lambda a: (a / 255).astype(np.float32),
    "f64": lambda a: a / 255,
}
LAYOUTS = {
    "black is 0": (GREY, {"photometric": "minisblack"}),
    "white is 0": (255 - GREY, {"photometric": "miniswhite"}),
    "grey, alpha": (np.dstack([GREY, FADED]), {"photometric": "minisblack", "extrasamples": [2]}),
    "rgb": (RGB, {"photometric": "rgb"}),
    "rgb, alpha": (np.dstack([RGB, FADED]), {"photometric": "rgb", "extrasamples": [2]}),
    "cmyk": (np.asarray(PHOTO.convert("CMYK")), {"photometric": "separated"}),
    "ycbcr": (np.asarray(PHOTO.convert("YCbCr")), {"photometric": "ycbcr", "subsampling": (1, 1)}),
}
COMPRESSIONS = (None, "lzw", "deflate", "packbits", "zstd", "jpeg")
CELLS = [
    (layout, planar, kind, compression, tile)
    for layout, planar, kind, compression, tile in itertools.product(
        LAYOUTS, (False, True), KINDS, COMPRESSIONS, (None, (48, 64))
    )
    if not (planar and LAYOUTS[layout][0].ndim == 2)
    and not (compression == "jpeg" and (kind != "u8" or "alpha" in layout))
    and not (layout == "ycbcr" and (kind != "u8" or compression not in (None, "jpeg")))
]
SIGNED = "i16"
"""Signed greys are stretched to 0..255, so they are compared by their shape."""


def written(cell, order="<", predictor=None):
    layout, planar, kind, compression, tile = cell
    samples, options = LAYOUTS[layout]
    samples = KINDS[kind](samples)
    if samples.ndim == 3:
        options = options | {"planarconfig": "separate" if planar else "contig"}
        samples = np.moveaxis(samples, -1, 0).copy() if planar else samples
    stream = io.BytesIO()
    tifffile.imwrite(
        stream,
        samples,
        compression=compression,
        tile=tile,
        rowsperstrip=None if tile else 24,
        byteorder=order,
        predictor=predictor,
        metadata=None,
        **options,
    )
    return stream.getvalue()


def opened(data):
    return open_picture(io.BytesIO(data), sniff(data), exact=True, max_pixels=MAX_PIXELS)


def is_right(data, kind):
    """Whether the picture looks like the drawing, alpha left out."""
    grey = np.asarray(opened(data).luminance).astype(int)
    if kind == SIGNED:
        return grey.shape == GREY.shape and np.corrcoef(grey.ravel(), GREY.ravel())[0, 1] > 0.99
    return grey.shape == GREY.shape and np.abs(grey - GREY).mean() < 3


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_the_matrix(cell):
    """Layout x planes x depth x compression x strips or tiles x predictor x byte order."""
    kind, compression = cell[2], cell[3]
    predictors = [None]
    if compression in ("lzw", "deflate", "zstd"):
        predictors += [3 if kind.startswith("f") else 2]
    wrong = [
        (order, predictor)
        for order, predictor in itertools.product("<>", predictors)
        if not is_right(written(cell, order, predictor), kind)
    ]

    assert wrong == []


@pytest.mark.parametrize("kind", ["u16", "u32", "f32"])
@pytest.mark.parametrize("layout", ["black is 0", "white is 0", "rgb", "rgb, alpha"])
def test_samples_are_those_of_a_second_decoder(kind, layout):
    """Each is the second decoder's, cut to 8 bits."""
    data = written((layout, False, kind, "lzw", None))
    expected = tifffile.imread(io.BytesIO(data)).astype(np.float64)
    expected = expected.reshape(*GREY.shape, -1)[:, :, :3]
    expected = expected / {"u16": 257, "u32": 16_843_009, "f32": 1 / 255}[kind]
    if layout == "white is 0":
        expected = 255 - expected
    image = decode_samples(io.BytesIO(data), read_layout(io.BytesIO(data)), MAX_PIXELS)

    assert np.abs(np.asarray(image).reshape(*GREY.shape, -1) - expected).max() <= 1


def pages(*samples):
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream) as writer:
        for each in samples:
            photometric = "rgb" if each.ndim == 3 else "minisblack"
            writer.write(each, photometric=photometric, metadata=None)
    return stream.getvalue()


def test_every_page_has_a_layout_of_its_own():
    """A page that Pillow cannot read hides none behind it, nor does it come out wrongly."""
    greys = [KINDS[kind](GREY) for kind in ("f64", "u8", "u32", "u16")]
    data = pages(*greys, RGB)
    frames = Frames(io.BytesIO(data), sniff(data), MAX_PIXELS)
    found = dict(frames.pictures(9))

    assert (opened(data).animated, frames.count, list(found)) == (True, 5, [1, 2, 3, 4])
    for picture in (opened(data), *found.values()):
        assert np.abs(np.asarray(picture.luminance).astype(int) - GREY).mean() < 3


def test_a_page_that_is_not_decoded_fails_the_file():
    """All other pages are had, those behind it too."""
    data = pages(RGB, GREY.astype(np.complex64), RGB)
    pictures = Frames(io.BytesIO(data), sniff(data), MAX_PIXELS).pictures(9)
    found = [next(pictures)[0]]
    with pytest.raises(ItemError) as caught:
        next(pictures)

    assert caught.value.reason == "unsupported-format"
    assert found == [2]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.0, 0.5, 1.0], [0, 127, 255]),
        ([0.1, 0.5, 0.9], [25, 127, 229]),
        ([0.0, 0.01, 0.02], [0, 127, 255]),
        ([-1.0, 0.0, 1.0], [0, 127, 255]),
        ([0.0, 100.0, 255.0], [0, 100, 255]),
        ([7.0, 7.0], [7, 7]),
        ([0.0, 0.0], [0, 0]),
        ([float("nan"), float("inf"), 1.0], [0, 0, 255]),
    ],
)
def test_samples_are_scaled(values, expected):
    """From whatever range they have."""
    assert scale(np.array(values)).tolist() == expected


def test_claims_are_not_believed():
    """Tiles that are far larger than the picture, or more samples than the bound, are refused."""
    data = bytearray(written(("rgb", True, "u16", None, (48, 64))))
    layout = read_layout(io.BytesIO(bytes(data)))
    with pytest.raises(ItemError) as caught:
        decode_samples(io.BytesIO(bytes(data)), layout, 160 * 112)
    assert caught.value.reason == "too-many-pixels"
    at = (
        data.index(struct.pack("<HHI", 322, 4, 1))
        if struct.pack("<HHI", 322, 4, 1) in data
        else data.index(struct.pack("<HHI", 322, 3, 1))
    )
    struct.pack_into("<H", data, at + 8, 65_520)
    layout = read_layout(io.BytesIO(bytes(data)))
    with pytest.raises((ItemError, OSError)):
        decode_samples(io.BytesIO(bytes(data)), layout, MAX_PIXELS)


def test_strips_that_are_missing_are_damage():
    """A directory that names fewer of them than the picture needs."""
    data = written(("rgb", True, "u16", None, None))
    layout = read_layout(io.BytesIO(data))
    fewer = type(layout)(**{**vars(layout), "places": layout.places[:-1]})
    with pytest.raises(ItemError) as caught:
        decode_samples(io.BytesIO(data), fewer, MAX_PIXELS)

    assert (caught.value.reason, caught.value.detail) == ("corrupt", "strips or tiles are missing")


def test_pillows_own_bound_is_as_it_was():
    """Samples are more than pixels; the bound is raised for them and no longer."""
    before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, 12_345
    try:
        data = written(("rgb", True, "f64", "lzw", None))
        decode_samples(io.BytesIO(data), read_layout(io.BytesIO(data)), MAX_PIXELS)
        assert Image.MAX_IMAGE_PIXELS == 12_345
    finally:
        Image.MAX_IMAGE_PIXELS = before
