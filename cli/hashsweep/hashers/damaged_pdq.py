"""PDQ's quality of an incomplete picture: the filled-in part does not count."""

from hashsweep.hashers.pdq import MIN_SIDE
from hashsweep.hashers.pdq_bits import quality
from hashsweep.hashers.pdq_operator import SIDE, axis, shrink, sum_rows
from hashsweep.media.picture import Picture


def rate_decoded(picture: Picture) -> int:
    """Return the quality, 0-100, of those of the 64 rows that are within `picture.rows`.

    It sums the differences of grey levels, so it is at most the whole picture's quality.
    """
    if picture.rows is None or min(picture.width, picture.height) < MIN_SIDE:
        return 0
    rows, columns = (axis(n, picture.scale) for n in (picture.height, picture.width))
    buffer = shrink(sum_rows(picture.samples, rows)[0], columns)
    first, last = (at * SIDE / len(picture.samples) for at in picture.rows)
    return quality(buffer[int(-(-first // 1)) : int(last)])
