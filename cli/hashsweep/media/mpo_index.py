"""How many of the pictures that a JPEG's index names are there (CIPA DC-007, MPF).

A second picture that was cut off, by an editor or a mail client, is no damage of the first: no
viewer looks for it. Knows Pillow's reading of the index.
"""

from typing import Any, BinaryIO

from hashsweep.media.damaged import DAMAGE

_START = b"\xff\xd8\xff"


def count_pictures(image: Any, stream: BinaryIO) -> int:
    """Return how many pictures come before the first that is not in `stream`, at least 1.

    `image` is the file as Pillow has opened it, and may stand at any picture afterwards. A place
    that holds no JPEG holds no picture; one that breaks off is there.
    """
    for number in range(1, image.n_frames):
        try:
            image.seek(number)
        except DAMAGE:
            pass  # its place is known all the same
        stream.seek(image.offset)
        if stream.read(len(_START)) != _START:
            return number
    return int(image.n_frames)
