"""Luminance at one fixed size."""

import numpy as np
import pytest
from PIL import Image

from hashsweep.hashers.base_plane import BASE, base_plane
from hashsweep.media.picture import full


@pytest.mark.parametrize("size", [(31, 900), (256, 256), (1600, 1200)], ids=str)
def test_edges_stay_at_their_share_of_a_side(size):
    """A white lower right quarter is one, whatever the picture's shape."""
    image = Image.new("RGB", size, "black")
    image.paste("white", (size[0] // 2, size[1] // 2, *size))
    plane = base_plane(full(image, animated=False))

    assert plane.shape == (BASE, BASE)
    assert plane.dtype == np.uint8
    assert plane[140:, 140:].min() == 255
    assert plane[:115].max() == plane[:, :115].max() == 0
