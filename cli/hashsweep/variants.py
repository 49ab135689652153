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

KINDS: dict[str, tuple[str, ...]] = {"turns": tuple(TURNS)}
"""The kinds of views and their variants."""

LEVELS: dict[str, tuple[str, ...]] = {"off": (), "turns": ("turns",)}
"""The kinds that are compared, by what the user may choose."""

ALTERED_KINDS = frozenset({"windows", "windows-turned", "inside"})
"""Kinds of views that show less than the whole picture: matches by them have the tier `altered`.

The other kinds show the very same picture and weigh as much as it does.
"""

ALTERED = frozenset(name for kind in ALTERED_KINDS for name in KINDS.get(kind, ()))
"""The variants of ALTERED_KINDS."""

VARIANTS = (AS_IS, *(name for names in KINDS.values() for name in names))
"""All variants; of two at the same distance the first one is named."""
