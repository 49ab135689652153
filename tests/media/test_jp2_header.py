"""How many bits a JPEG 2000's samples have."""

import io

import imagecodecs
import numpy as np
import pytest

from hashsweep.errors import ItemError
from hashsweep.media.jp2_header import read_depths, refuse_deep_colours
from support import drawings

HILLS = np.asarray(drawings.draw("hills"))[:100, :100]


def encoded(samples, **options):
    return imagecodecs.jpeg2k_encode(samples, reversible=True, **options)


@pytest.mark.parametrize("form", ["jp2", "j2k"])
@pytest.mark.parametrize(("bands", "bits"), [(1, 8), (3, 8), (1, 16), (3, 12), (4, 16), (2, 10)])
def test_depths_are_read(form, bands, bits):
    """In a file of boxes and in a bare codestream."""
    kind = np.uint8 if bits == 8 else np.uint16
    samples = np.repeat(HILLS[:, :, :1], bands, axis=2).astype(kind)
    data = encoded(samples if bands > 1 else samples[:, :, 0], codecformat=form, bitspersample=bits)
    stream = io.BytesIO(data)

    assert read_depths(stream) == [bits] * bands
    if bands >= 3 and bits > 8:
        with pytest.raises(ItemError) as caught:
            refuse_deep_colours(stream)
        assert caught.value.detail == f"JPEG 2000: {bands} x {bits} bits"
        assert caught.value.reason == "unsupported-format"
    else:
        refuse_deep_colours(stream)


@pytest.mark.parametrize("cut", [0, 3, 11, 12, 40, 80, 90, 100])
def test_what_breaks_off_has_no_depths_or_fewer(cut):
    """The decoder says what is wrong with it."""
    data = encoded(HILLS, codecformat="jp2")

    assert len(read_depths(io.BytesIO(data[:cut]))) <= 3


def test_boxes_that_lead_nowhere_end_the_walk():
    """A length of 0 to 7 is none, and one may point behind the end."""
    for length in (0, 7, 2**32 - 1):
        assert read_depths(io.BytesIO(length.to_bytes(4, "big") + b"free" + bytes(20))) == []
