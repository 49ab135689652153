"""Reads how the samples of a TIFF are laid out, and whether its decoder gets them right."""

import io
import struct

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.errors import ItemError
from hashsweep.media import MAX_PIXELS
from hashsweep.media.picture import open_picture
from hashsweep.media.sniff import sniff
from hashsweep.media.tiff_layout import (
    begin_at,
    explain,
    find_pages,
    layout_of,
    read_layout,
    refuse_raw,
)
from support import drawings

HILLS = np.asarray(drawings.draw("hills"))[:96, :128]


def tiff(samples=HILLS, **options):
    stream = io.BytesIO()
    options = {"photometric": "rgb", "metadata": None} | options
    tifffile.imwrite(stream, samples, **options)
    return stream.getvalue()


def layout(data, at=None):
    return read_layout(io.BytesIO(data), at)


def opened(data):
    return open_picture(io.BytesIO(data), sniff(data), exact=True, max_pixels=MAX_PIXELS)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("bigtiff", [False, True])
@pytest.mark.parametrize("tile", [None, (32, 64)])
def test_a_directory_is_read(order, bigtiff, tile):
    """Of either byte order, of either size, with strips or tiles."""
    found = layout(
        tiff(
            HILLS.astype(np.uint16),
            byteorder=order,
            bigtiff=bigtiff,
            tile=tile,
            rowsperstrip=None if tile else 40,
        )
    )

    assert (found.order, found.width, found.height) == (order, 128, 96)
    assert (found.bits, found.format, found.photometric, found.samples) == (16, 1, 2, 3)
    assert (found.compression, found.is_planar, found.predictor) == (1, False, 1)
    assert found.tile == ((64, 32) if tile else None)
    assert len(found.places) == len(found.sizes) == (6 if tile else 3)
    assert (found.has_more, found.raw) == (False, "")


RAW = {
    "DNG": [(50706, 1, 4, b"\1\4\0\0")],
    "only a preview comes first": [(254, 4, 1, 1)],
    "sensor data": [],
}


@pytest.mark.parametrize("name", RAW)
def test_a_raw_photograph_is_unsupported(name):
    """Its preview does not pass for it."""
    options = {"extratags": RAW[name]}
    if name == "only a preview comes first":
        options = {"subfiletype": 1}
    if name == "sensor data":
        data = tiff(
            HILLS[:, :, 0],
            photometric=32803,
            extratags=[(33421, 3, 2, (2, 2)), (33422, 1, 4, b"\0\1\1\2")],
        )
    else:
        data = tiff(**options)
    with pytest.raises(ItemError) as caught:
        opened(data)

    assert (caught.value.stage, caught.value.reason) == ("decode", "unsupported-format")
    assert caught.value.detail == f"raw photograph: {name}"


def test_a_canon_raw_photograph_is_unsupported():
    """It has letters where a TIFF has its first directory or nothing."""
    data = tiff()
    data = data[:4] + struct.pack("<I", 16 + 8) + b"CR\2\0" + bytes(12) + data[8:]

    assert layout(data) is None or layout(data).raw == "Canon CR2"
    with pytest.raises(ItemError) as caught:
        refuse_raw(layout_of({256: 9, 257: 9}, "<", raw="Canon CR2"))
    assert caught.value.detail == "raw photograph: Canon CR2"


def test_pages_are_found_and_a_circle_ends():
    """Each directory once."""
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream) as writer:
        for _ in range(3):
            writer.write(HILLS, photometric="rgb", metadata=None)
    places, whole = find_pages(stream)
    data = bytearray(stream.getvalue())
    last = places[-1]
    (count,) = struct.unpack_from("<H", data, last)
    struct.pack_into("<I", data, last + 2 + 12 * count, places[0])

    assert (len(places), whole) == (3, True)
    assert find_pages(io.BytesIO(bytes(data))) == (places, True)
    struct.pack_into("<I", data, last + 2 + 12 * count, len(data) + 5)
    assert find_pages(io.BytesIO(bytes(data))) == (places, False)


def test_a_file_can_begin_at_any_page():
    """The page becomes the first one."""
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream) as writer:
        writer.write(HILLS, photometric="rgb", metadata=None)
        writer.write(HILLS[:40], photometric="rgb", metadata=None)
    places, _ = find_pages(stream)

    assert read_layout(begin_at(stream, places[1])).height == 40
    assert layout(stream.getvalue(), places[1]).height == 40


def test_reasons_are_true():
    """Cut is truncated, unknown is unsupported, and anything else is what the decoder says."""
    data = tiff(rowsperstrip=16)
    said = ItemError("decode", "corrupt", "no valid TIFF header")

    def reason(data, said=said):
        return explain(layout(data), io.BytesIO(data), said).reason

    assert reason(data) == "corrupt"
    assert reason(data[:-1]) == "truncated"
    assert reason(data[:9]) == "truncated"
    assert reason(tiff(HILLS[:, :, 0], photometric="minisblack", compression="jpegxl")) == (
        "unsupported-format"
    )


def test_what_no_decoder_has_is_unsupported():
    """Ten bits, or a compression that is not built in."""
    for data in (
        tiff(HILLS[:, :, 0].astype(np.uint16), photometric="minisblack", bitspersample=10),
        tiff(HILLS[:, :, 0], photometric="minisblack", compression="jpegxl"),
        tiff(HILLS.astype(np.complex64)[:, :, 0], photometric="minisblack"),
    ):
        with pytest.raises(ItemError) as caught:
            opened(data)
        assert caught.value.reason == "unsupported-format"
        assert caught.value.detail.startswith("TIFF: 1 x ")


@given(st.binary(max_size=300), st.sampled_from([b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"]))
def test_any_bytes_have_a_layout_or_none(data, head):
    """Numbers of any size lead nowhere worse."""
    whole = head + b"\x08\0\0\0\0\0\0\0" + data
    stream = io.BytesIO(whole)
    found = read_layout(stream)
    places, _ = find_pages(stream)

    assert found is None or found.width > 0
    assert len(places) <= len(whole)
