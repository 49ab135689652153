"""The ways in which a picture is compared beside the one in which it is stored, and their names.

Knows no hash and no picture.
"""

from typing import NamedTuple


class View(NamedTuple):
    """The PDQ of a picture in one variant, 32 bytes, and its quality, 0-100 or None."""

    pdq: bytes
    quality: int | None


class Turn(NamedTuple):
    """How a picture is turned: lines in reverse, each line in reverse, then lines for columns."""

    upside_down: int
    left_to_right: int
    exchanged: bool


AS_IS = "as-is"
"""The variant of a match with the picture as it is stored."""

TURNS = {
    "mirrored": Turn(0, 1, exchanged=False),
    "flipped": Turn(1, 0, exchanged=False),
    "rotated-180": Turn(1, 1, exchanged=False),
    "transposed": Turn(0, 0, exchanged=True),
    "rotated-90": Turn(1, 0, exchanged=True),
    "rotated-270": Turn(0, 1, exchanged=True),
    "transverse": Turn(1, 1, exchanged=True),
}
"""What is done with the stored picture, by name.

Rotations are clockwise. Mirrored is left to right, flipped upside down, transposed along the
diagonal from the upper left, transverse along the other one.
"""

BY_HASH = "turns-of-hash"
"""The kind of turns that were made of a stored hash, without its picture: they are weaker."""

INSIDE = ("inside-frame", "inside-blur", *(f"cell-{number}" for number in range(1, 15)))
"""Parts of a picture that may be pictures.

The one within bars of one colour, the one on a blurred background, and others, such as those of a
collage or a screenshot, the largest first.
"""

KINDS: dict[str, tuple[str, ...]] = {"turns": tuple(TURNS), "inside": INSIDE}
"""The kinds of views and their variants."""

LEVELS: dict[str, tuple[str, ...]] = {
    "off": (),
    "turns": ("turns",),
    "default": ("turns", "inside"),
}
"""The kinds that are compared, by what the user may choose."""

VARIANTS = (AS_IS, *(name for names in KINDS.values() for name in names))
"""All variants; of two at the same distance the first one is named."""
