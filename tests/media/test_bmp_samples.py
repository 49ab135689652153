"""Bitmaps that Pillow refuses."""

import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.errors import ItemError
from hashsweep.media import MAX_PIXELS
from hashsweep.media.bmp_samples import decode_bitmap
from hashsweep.media.picture import open_picture
from hashsweep.media.sniff import sniff
from support import drawings

HILLS = drawings.draw("hills").resize((61, 40))
RGB = np.asarray(HILLS)
SIZES = (16, 20, 24, 36, 40, 44, 46, 48, 52, 56, 60, 64, 100, 108, 124, 128, 200)


def bitmap(rows, bits, *, size=40, compression=0, masks=(), palette=b"", height=40, width=61):
    """A bitmap of stored bytes; masks are in the header if it has room for them."""
    header = struct.pack(
        "<IiiHHIIiiII", size, width, height, 1, bits, compression, len(rows), 0, 0, 0, 0
    )
    packed = struct.pack(f"<{len(masks)}I", *masks)
    header = (header + (packed if size > 40 else b"")).ljust(size, b"\0")[:size]
    header += packed if size == 40 else b""
    at = 14 + len(header) + len(palette)
    return b"BM" + struct.pack("<IHHI", at + len(rows), 0, 0, at) + header + palette + rows


def stored(pixels, bits, *, upside_down=False):
    """Rows of whole pixels, unsigned, from below and filled up to four bytes."""
    size = bits // 8
    rows = pixels if upside_down else pixels[::-1]
    raw = rows.astype("<u4").view(np.uint8).reshape(*rows.shape, 4)[:, :, :size]
    fill = -rows.shape[1] * size % 4
    return np.pad(raw.reshape(len(rows), -1), ((0, 0), (0, fill))).tobytes()


def packed(masks):
    """The drawing with each colour in its mask's bits."""
    pixels = np.zeros(RGB.shape[:2], np.uint32)
    for band, mask in enumerate(masks[:3]):
        shift = (mask & -mask).bit_length() - 1
        most = mask >> shift
        pixels |= (RGB[:, :, band].astype(np.uint32) * most // 255).astype(np.uint32) << shift
    return pixels


def opened(data):
    return open_picture(io.BytesIO(data), sniff(data), exact=True, max_pixels=MAX_PIXELS)


MASKS = {
    (16, (0xF800, 0x7E0, 0x1F)),
    (16, (0x7C00, 0x3E0, 0x1F)),
    (16, (0xF00, 0xF0, 0xF)),
    (16, (0xF000, 0xF00, 0xF0)),
    (32, (0xFF, 0xFF00, 0xFF0000)),
    (32, (0xFF000000, 0xFF0000, 0xFF00)),
    (32, (0x3FF00000, 0xFFC00, 0x3FF)),
    (32, (0x7F0000, 0x7F00, 0x7F)),
    (24, (0xFF, 0xFF00, 0xFF0000)),
}


@pytest.mark.parametrize(("bits", "masks"), sorted(MASKS))
@pytest.mark.parametrize("size", [40, 52, 56, 108, 124])
@pytest.mark.parametrize("compression", [3, 6])
def test_bit_fields_of_any_kind(bits, masks, size, compression):
    """Colours are where the masks say, of any width, whatever header has them."""
    masks = (*masks, 0) if compression == 6 else masks
    data = bitmap(
        stored(packed(masks), bits), bits, size=size, compression=compression, masks=masks
    )
    picture = opened(data)

    assert picture.damage is None
    assert np.abs(picture.samples.astype(int) - RGB).max() <= 17  # 4 bits


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("upside_down", [False, True])
def test_headers_of_any_size(size, upside_down):
    """What a header has beyond the first 16 bytes may be missing, and more may come."""
    pixels = packed((0xFF0000, 0xFF00, 0xFF))
    height = -40 if upside_down else 40
    data = bitmap(stored(pixels, 24, upside_down=upside_down), 24, size=size, height=height)

    assert opened(data).damage is None
    assert np.array_equal(opened(data).samples, RGB)


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("size", [40, 48])
def test_palettes(bits, size):
    """Palette numbers of any width, the highest bits first."""
    colours = 1 << bits
    quantized = HILLS.quantize(colours)
    table = np.array(quantized.getpalette()[: 3 * colours] + [0] * 768, np.uint8)[: 3 * colours]
    numbers = np.asarray(quantized)
    each = 8 // bits
    wide = np.pad(numbers, ((0, 0), (0, -61 % (8 * each))))
    shifts = np.arange(8 - bits, -1, -bits)
    rows = (wide.reshape(40, -1, each) << shifts).sum(axis=2).astype(np.uint8)
    stride = (61 * bits + 31) // 32 * 4
    rows = np.pad(rows, ((0, 0), (0, stride)))[:, :stride][::-1]
    entries = np.pad(table.reshape(-1, 3)[:, ::-1], ((0, 0), (0, 1))).tobytes()
    data = bitmap(rows.tobytes(), bits, size=size, palette=entries)

    assert np.array_equal(
        decode_bitmap(io.BytesIO(data), 10**6).samples, table.reshape(-1, 3)[numbers]
    )
    assert opened(data).damage is None


GREYS = b"".join(bytes([n, n, n, 0]) for n in range(256))


def run_lengths(data, bits, width=4, height=3):
    """What runs come to, row by row from above; and what is missing."""
    compression = {8: 1, 4: 2}[bits]
    whole = bitmap(
        data, bits, compression=compression, palette=GREYS[: 4 << bits], width=width, height=height
    )
    found = decode_bitmap(io.BytesIO(whole), 10**6)
    return found.samples[:, :, 0].tolist(), found.missing.any(axis=1).tolist()


def test_runs_of_8_bits():
    """Runs, plain pixels, ends of rows, jumps, and an end that comes early."""
    data = bytes([4, 7, 0, 0, 0, 3, 1, 2, 3, 0, 0, 2, 1, 1, 1, 9, 0, 1])
    rows, missing = run_lengths(data, 8)

    assert rows == [[0, 0, 0, 0], [1, 2, 3, 0], [7, 7, 7, 7]] or rows[1:] == [
        [1, 2, 3, 0],
        [7, 7, 7, 7],
    ]
    assert missing == [False] * 3


def test_runs_of_4_bits():
    """Two pixels take turns in a run; plain ones stand two in a byte."""
    rows, missing = run_lengths(bytes([3, 0x12, 0, 0, 0, 3, 0x45, 0x60, 0, 0, 0, 1]), 4)

    assert rows == [[0, 0, 0, 0], [4, 5, 6, 0], [1, 2, 1, 0]]
    assert missing == [False] * 3


def test_runs_that_break_off():
    """What did not come is missing, and what came is there."""
    rows, missing = run_lengths(bytes([4, 7, 0, 0, 2, 5]), 8)

    assert (rows[2], rows[1][:2]) == ([7, 7, 7, 7], [5, 5])
    assert missing == [True, True, False]


def test_a_run_of_a_picture_that_ends_early_is_decoded():
    """Pillow refuses what was not filled to its end; viewers show it."""
    numbers = np.asarray(HILLS.convert("L"))[::-1]
    data = b"".join(b"\0" + bytes([61]) + row.tobytes() + b"\0\0\0" for row in numbers[:30])
    whole = bitmap(data + b"\0\1", 8, compression=1, palette=GREYS)
    picture = opened(whole)

    assert picture.damage is None
    assert np.array_equal(picture.samples[::-1][:30, :, 0], numbers[:30])


@pytest.mark.parametrize(
    ("bits", "compression", "size"), [(24, 4, 40), (0, 5, 40), (24, 4, 64), (7, 0, 40), (1, 3, 64)]
)
def test_what_is_not_decoded_is_unsupported(bits, compression, size):
    """A JPEG or PNG inside, Huffman codes, and depths that nobody has."""
    with pytest.raises(ItemError) as caught:
        opened(bitmap(bytes(9000), bits, compression=compression, size=size))

    assert (caught.value.reason, caught.value.detail) == (
        "unsupported-format",
        f"BMP: {bits} bits, compression {compression}",
    )


@pytest.mark.parametrize(
    ("width", "height", "reason"),
    [(0, 5, "corrupt"), (5, 0, "corrupt"), (-5, 5, "corrupt"), (2000, 2000, "too-many-pixels")],
)
def test_sizes_are_checked(width, height, reason):
    """Before a row is read."""
    with pytest.raises(ItemError) as caught:
        decode_bitmap(io.BytesIO(bitmap(b"", 24, width=width, height=height)), 10**6)

    assert caught.value.reason == reason


@given(
    st.binary(max_size=120),
    st.sampled_from([1, 4, 8, 16, 24, 32]),
    st.integers(0, 6),
    st.sampled_from(SIZES),
)
def test_any_bytes_are_a_bitmap_or_an_item_error(data, bits, compression, size):
    """Of the right shape, whatever stands in it."""
    try:
        found = decode_bitmap(
            io.BytesIO(bitmap(data, bits, compression=compression, size=size)), 10**4
        )
    except ItemError as error:
        assert error.reason in ("corrupt", "unsupported-format")  # noqa: PT017 - as fine
    else:
        assert found.samples.shape == (40, 61, 3)
        assert found.missing.shape == (40, 61)
