"""A picture's luminance at one fixed size, on which parts of any picture are found and hashed.

Knows no hash.
"""

import numpy as np
import numpy.typing as npt
from PIL.Image import Resampling

from hashsweep.media.picture import Picture

BASE = 256
"""Samples along either side; PDQ's blur is then four samples wide."""


def base_plane(picture: Picture) -> npt.NDArray[np.uint8]:
    """Return the luminance, whatever its shape, as uint8, (BASE, BASE)."""
    return np.asarray(picture.shrink(BASE, BASE, Resampling.BILINEAR))
