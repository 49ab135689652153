"""What a viewer shows where that differs from the stored samples: transparency and colours.

Only what a decoder left is looked at. Knows Pillow and no picture format.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from hashsweep.media.colours import Correction, UnreadableProfileError, read_correction
from hashsweep.media.damaged import Mask, fill

OVER = {"over-white": (255, 255, 255), "over-black": (0, 0, 0)}
"""What is behind a transparent picture, by variant: pages are white, many viewers are black."""

_TRANSPARENT = ("RGBA", "LA", "PA", "RGBa", "La")
_GREYS = ("1", "L", "LA", "La", "I", "F")


@dataclass(frozen=True, eq=False)
class Shown:
    """What turns a stored picture into what is shown.

    `alpha` is mode "L", 0 for what is behind the picture. `correction` applies to `samples`,
    which are in its mode. `missing` are pixels that were not decoded.
    """

    alpha: Image.Image | None = None
    correction: Correction | None = None
    samples: Image.Image | None = None
    missing: Mask | None = None
    is_unreadable: bool = False

    def draw(self, rgb: Image.Image) -> Iterator[tuple[str, Image.Image]]:
        """Yield (variant, RGB of the same size) of what a picture stored as `rgb` looks like."""
        if self.correction and self.samples:
            rgb = self.correction.apply(self.samples)
            yield "colours", self._fill(rgb)
        for name, colour in OVER.items() if self.alpha else ():
            behind = Image.new("RGB", rgb.size, colour)
            behind.paste(rgb, mask=self.alpha)
            yield name, self._fill(behind)

    def _fill(self, rgb: Image.Image) -> Image.Image:
        if self.missing is None:
            return rgb
        return Image.fromarray(fill(np.asarray(rgb), self.missing))


def find_shown(
    image: Image.Image, rgb: Image.Image, profile: bytes | None, depth: int = 8
) -> Shown | None:
    """Return what a viewer does with a decoded `image`, stored as `rgb`; None if it does nothing.

    `profile` is used if the decoder names none. `depth` are the bits in which a transparent colour
    is given, 1 to 16.
    """
    alpha = find_opacity(image, rgb, depth)
    if alpha:
        low, high = alpha.getextrema()
        alpha = alpha if low != high else None
    correction, samples, is_unreadable = None, None, False
    if profile := image.info.get("icc_profile") or profile:
        mode = "CMYK" if image.mode == "CMYK" else "L" if _is_grey(image) else "RGB"
        try:
            if correction := read_correction(profile, mode):
                samples = image if correction.mode == "CMYK" else rgb.convert(correction.mode)
        except UnreadableProfileError:
            is_unreadable = True
    is_needed = alpha or correction or is_unreadable
    return Shown(alpha, correction, samples, is_unreadable=is_unreadable) if is_needed else None


def has_far_colours(image: Image.Image) -> bool:
    """Say whether a decoder's profile shows colour or grey samples as another picture, or may."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "L"):
        return False
    try:
        return read_correction(profile, image.mode) is not None
    except UnreadableProfileError:
        return True


def _is_grey(image: Image.Image) -> bool:
    return image.mode in _GREYS or image.mode.startswith("I;16")


def find_opacity(image: Image.Image, rgb: Image.Image, depth: int) -> Image.Image | None:
    """Return how opaque each pixel is, mode "L", 0 for not at all; None if all are opaque.

    The parameters are those of find_shown.
    """
    if image.mode in _TRANSPARENT:
        return image.getchannel("A" if image.mode[-1] == "A" else "a")
    if "transparency" in image.info:
        return _opacity_by_colour(image, rgb, image.info["transparency"], depth)
    return None


def _opacity_by_colour(image: Image.Image, rgb: Image.Image, key: Any, depth: int) -> Image.Image:
    """Return the opacity of a picture in which one colour, or those of a palette, has none."""
    if image.mode == "P":
        return image.convert("RGBA").getchannel("A")
    if image.mode.startswith("I;16"):
        return Image.fromarray(np.where(np.asarray(image) == key, 0, 255).astype(np.uint8))
    colour = np.array(key) >> 8 if depth > 8 else np.array(key) * 255 // ((1 << depth) - 1)  # noqa: PLR2004
    same = (np.asarray(rgb) == colour).all(axis=2)
    return Image.fromarray(np.where(same, 0, 255).astype(np.uint8))
