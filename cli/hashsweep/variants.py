"""The ways in which a picture is compared beside the one in which it is stored, and their names.

Knows no hash and no picture.
"""

from collections.abc import Iterable
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


class Window(NamedTuple):
    """What is cut off a picture at each side, in shares of its height or width.

    Below 0, the window reaches that far beyond the picture.
    """

    top: float
    bottom: float
    left: float
    right: float


def _name_windows() -> dict[str, Window]:
    """Return windows by the side that is cut and the percentage of the axis that remains.

    32nds of a side, and how many of them, are the choice that found most copies among photographs
    at no false match: benchmarks/README.md has the measurement.
    """
    both, one, four = (
        (-3, -2, -1, 1, 2, 3, 4, 5),
        (-3, -2, -1, 1, 2, 3, 4, 5, 6),
        (-2, -1, 1, 2, 3, 4),
    )
    found = {}
    for name, sides, counts in (
        ("height", (1, 1, 0, 0), both),
        ("width", (0, 0, 1, 1), both),
        ("size", (1, 1, 1, 1), four),
        ("top", (1, 0, 0, 0), one),
        ("bottom", (0, 1, 0, 0), one),
        ("left", (0, 0, 1, 0), one),
        ("right", (0, 0, 0, 1), one),
    ):
        ends = 1 if sum(sides) == 1 else 2
        for count in counts:
            cuts = (side * count / 32 for side in sides)
            found[f"{name}-{100 - ends * count * 100 / 32:.0f}"] = Window(*cuts)
    return found


WINDOWS = _name_windows()
"""Parts of a picture, and what it may be a part of, by name."""

_BOTH_ENDS = tuple(name for name in WINDOWS if name.startswith(("height-", "width-")))


def name_turned(window: str, turn: str) -> str:
    """Return the variant of a window that is turned as well."""
    return f"{window} {turn}"


SHOWN = ("over-white", "over-black", "colours", "inverted")
"""What makes another picture of the same samples: viewers, and whoever inverts a copy.

Transparent parts over white and over black, the colours of a profile or gamma applied, and the
negative.
"""

BY_HASH = "turns-of-hash"
"""The kind of turns that were made of a stored hash, without its picture: they are weaker."""

INSIDE = ("inside-frame", "inside-blur", *(f"cell-{number}" for number in range(1, 15)))
"""Parts of a picture that may be pictures.

The one within bars of one colour, the one on a blurred background, and others, such as those of a
collage or a screenshot, the largest first.
"""

INVERTED = "inverted"
"""The one variant in SHOWN that a stored hash gives, exactly, and the kind of such views."""

OF_HASH = {"turns": BY_HASH, "shown": INVERTED}
"""The kinds of views that were made of a stored hash, by the kind that was wanted."""

KINDS: dict[str, tuple[str, ...]] = {
    "turns": tuple(TURNS),
    "shown": SHOWN,
    "inside": INSIDE,
    "windows": _BOTH_ENDS,
    "windows-of-one-side": tuple(name for name in WINDOWS if name not in _BOTH_ENDS),
    "windows-turned": tuple(name_turned(name, turn) for turn in TURNS for name in _BOTH_ENDS),
}
"""The kinds of views and their variants."""

KINDS_SHOWN = {
    "turns": "the picture mirrored and turned",
    "shown": "as viewers show it, and inverted",
    "inside": "what it shows in a frame or a collage",
    "windows": "less and more of its height and width",
    "windows-of-one-side": "the picture cut at one side, or at all",
    "windows-turned": "these parts mirrored and turned",
    BY_HASH: "its stored hash turned, which is less exact",
    INVERTED: "its stored hash inverted",
}
"""What each kind compares, in words."""

LEVELS: dict[str, tuple[str, ...]] = {
    "off": (),
    "turns": ("turns",),
    "default": ("turns", "shown", "windows"),
    "thorough": tuple(KINDS),
}
"""The kinds that are compared, by what the user may choose."""

ALTERED_KINDS = frozenset({"windows", "windows-of-one-side", "windows-turned", "inside"})
"""Kinds of views that show less than the whole picture: matches by them have the tier `altered`.

The other kinds show the very same picture and weigh as much as it does.
"""

ALTERED = frozenset(name for kind in ALTERED_KINDS for name in KINDS.get(kind, ()))
"""The variants of ALTERED_KINDS."""


def names_of(kinds: Iterable[str]) -> frozenset[str]:
    """Return the variants of these kinds."""
    return frozenset(name for kind in kinds for name in KINDS[kind])


VARIANTS = (AS_IS, *(name for names in KINDS.values() for name in names))
"""All variants; of two at the same distance the first one is named."""
