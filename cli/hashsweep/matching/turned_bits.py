"""Turns and inverts PDQ hashes whose picture is not at hand: what its hash would be, nearly.

A mirror changes the sign of every second frequency, and a bit says on which side of the median,
which is nearly zero, a frequency is. So a mirror inverts those bits: off by 4 to 7 bits at the
median of photographs, by 18 at the 99th percentile, by far more for drawings in few colours.
Exchanging rows and columns is exact, and so is the negative: it changes the sign of all
frequencies, and the median is as near. Knows no list.
"""

from collections.abc import Collection

import numpy as np
import numpy.typing as npt

from hashsweep.matching.base import Hashes
from hashsweep.variants import INVERTED, TURNS

_SIDE = 16
_ODD = np.arange(_SIDE) % 2 == 0  # the first frequency is 1


def view_hashes(hashes: Hashes, kinds: Collection[str]) -> tuple[tuple[str, ...], Hashes]:
    """Return the variants of these kinds that stored PDQs give, and their hashes.

    `hashes` are uint8 (n, 32), those returned uint8 (n, variants, 32). Kinds are of
    variants.KINDS; those that need the picture give nothing.
    """
    names: tuple[str, ...] = ()
    views = np.empty((len(hashes), 0, hashes.shape[1]), np.uint8)
    if "turns" in kinds:
        names, views = tuple(TURNS), turn_hashes(hashes)
    if "shown" in kinds:
        names += (INVERTED,)
        views = np.concatenate((views, ~hashes[:, None]), axis=1)
    return names, views


def turn_hashes(hashes: Hashes) -> Hashes:
    """Return PDQs, uint8 (n, 32), turned in the order of TURNS: uint8 (n, 7, 32)."""
    bits = np.unpackbits(hashes, axis=1)[:, ::-1].reshape(-1, _SIDE, _SIDE)
    turned = np.empty((len(hashes), len(TURNS), hashes.shape[1]), np.uint8)
    for number, turn in enumerate(TURNS.values()):
        changed = bits ^ _inverted(turn.upside_down, turn.left_to_right)
        if turn.exchanged:
            changed = changed.swapaxes(1, 2)
        turned[:, number] = np.packbits(changed.reshape(-1, _SIDE * _SIDE)[:, ::-1], axis=1)
    return turned


def _inverted(upside_down: int, left_to_right: int) -> npt.NDArray[np.uint8]:
    rows = _ODD & bool(upside_down)
    columns = _ODD & bool(left_to_right)
    inverted: npt.NDArray[np.uint8] = (rows[:, None] ^ columns[None, :]).astype(np.uint8)
    return inverted
