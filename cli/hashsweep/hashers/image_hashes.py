"""imagehash's 64-bit hashes: phash, dhash, ahash and whash.

The picture is shrunk here exactly as imagehash does it (luminance, Lanczos), so one decode
serves all four and imagehash finds it at its final size. https://github.com/JohannesBuchner/imagehash
"""

from collections.abc import Callable
from dataclasses import dataclass

import imagehash
import numpy as np
from PIL import Image

from hashsweep.media.picture import Picture
from hashsweep.model import HashSpec

SIDE = 8
"""imagehash's default hash_size: 8 x 8 = 64 bits."""


@dataclass(frozen=True)
class ImageHash:
    """One of imagehash's algorithms as a PictureHasher.

    `size` gives the width and height to which the algorithm itself would shrink a picture.
    """

    spec: HashSpec
    known: tuple[tuple[str, str], ...]
    size: Callable[[Picture], tuple[int, int]]
    algorithm: Callable[[Image.Image], imagehash.ImageHash]

    def hash(self, picture: Picture) -> tuple[bytes, int | None]:
        """Return 8 bytes, row by row, first bit most significant, as str(ImageHash) prints."""
        value = self.algorithm(picture.shrink(*self.size(picture)))
        return np.packbits(value.hash.ravel()).tobytes(), None


def _wavelet_size(picture: Picture) -> tuple[int, int]:
    """The largest power of two within the shorter decoded side, as imagehash.whash takes it."""
    side = max(1 << (min(picture.luminance.size).bit_length() - 1), SIDE)
    return side, side


def _spec(name: str, max_distance: int, strength: int) -> HashSpec:
    return HashSpec(
        name=name,
        version="4",
        bits=SIDE * SIDE,
        metric="hamming",
        reads="picture",
        max_distance=max_distance,
        source="https://github.com/JohannesBuchner/imagehash",
        strength=strength,
    )


# Default distances: 64-bit hashes collide by chance on large lists (about 1e-8 per pair at 10
# bits), so they match strictly unless the user asks for more; see DESIGN.md.
# The known answers are those of imagehash 4.3.2 on the full picture.
PHASH = ImageHash(
    _spec("phash", 4, 40),
    (("text", "af2bd03bc40cd2b5"), ("circles", "c9da8ea4f9791294"), ("scene", "9a23ed7de082af82")),
    lambda _: (SIDE * 4, SIDE * 4),
    imagehash.phash,
)
DHASH = ImageHash(
    _spec("dhash", 3, 30),
    (("text", "1b5b4b6767596397"), ("circles", "4166511b06a4e673"), ("scene", "9f9bc9d9bc3cb9b7")),
    lambda _: (SIDE + 1, SIDE),
    imagehash.dhash,
)
AHASH = ImageHash(
    _spec("ahash", 2, 10),
    (("text", "c9818301838183ff"), ("circles", "fd3a18c8c2627238"), ("scene", "c7cd2f2d0c04ccff")),
    lambda _: (SIDE, SIDE),
    imagehash.average_hash,
)
WHASH = ImageHash(
    _spec("whash", 2, 20),
    (("text", "ff818383838183ff"), ("circles", "fd3e18c8e2627239"), ("scene", "c7c52f2d0c048cff")),
    _wavelet_size,
    imagehash.whash,
)
