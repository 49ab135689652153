"""Counts the pictures in a JPEG's index that exist (CIPA DC-007, MPF).

A second picture that was cut off by an editor or a mail client does not damage the first: no
viewer looks for it. Knows Pillow's reading of the index.
"""

from contextlib import suppress
from typing import Any, BinaryIO

from hashsweep.media.damaged import DAMAGE

_START = b"\xff\xd8\xff"
_ENTRIES = 0xB002
_AT_ONCE = 1 << 20


def count_pictures(image: Any, stream: BinaryIO) -> tuple[int, bool]:
    """Return how many pictures come before the first one missing from its position, at least 1.

    Also return whether there is one elsewhere: another JPEG begins after the last one found.
    `image` is the file opened by Pillow, and may be at any picture afterwards. A position
    without a JPEG has no picture; a truncated one counts.
    """
    last = 0
    for number in range(1, image.n_frames):
        with suppress(*DAMAGE):
            image.seek(number)  # sets the position, whatever is there
        stream.seek(image.offset)
        if stream.read(len(_START)) != _START:
            behind = last + image.mpinfo[_ENTRIES][number - 1]["Size"]
            return number, _holds_jpeg(stream, behind)
        last = image.offset
    return int(image.n_frames), False


def _holds_jpeg(stream: BinaryIO, at: int) -> bool:
    stream.seek(at)
    kept = b""
    while data := stream.read(_AT_ONCE):
        if _START in kept + data:
            return True
        kept = data[-2:]
    return False
