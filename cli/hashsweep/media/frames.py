"""The further frames of an animation, or pages of a document, spread evenly over it.

Knows Pillow, and no hash.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

from hashsweep.media.damaged import DAMAGE
from hashsweep.media.mpo_index import count_pictures
from hashsweep.media.picture import Picture, check_size, decoding, full, opened, source_of
from hashsweep.media.sniff import Kind

_SEQUENTIAL = ("GIF", "PNG", "WEBP")  # formats whose frames build on those before them


class Frames:
    """The frames of one file after its first; `count` is how many it has in all.

    Raises ItemError (stage "decode") where the file is damaged.
    """

    def __init__(self, stream: BinaryIO, kind: Kind, max_pixels: int) -> None:
        """Read the headers of `stream`."""
        self._kind = kind
        self._max_pixels = max_pixels
        with decoding(kind.media_type):
            source, _ = source_of(stream, kind.decoder or "")
            self._image: Any = opened(source, kind.decoder or "", max_pixels)
            self.count = int(getattr(self._image, "n_frames", 1))
            if self._image.format == "MPO":
                self.count = count_pictures(self._image, source)

    def chosen(self, limit: int) -> list[int]:
        """Return which frames to hash beside the first: at most `limit` - 1 numbers from 1.

        They are spread evenly, up to the last; where all frames between have to be decoded,
        up to where these have `max_pixels` in all.
        """
        last = self.count - 1
        if self._image.format in _SEQUENTIAL:
            last = min(last, self._max_pixels // (self._image.width * self._image.height))
        steps = min(last, limit - 1)
        return [round(step * last / steps) for step in range(1, steps + 1)]

    def pictures(self, limit: int) -> Iterator[tuple[int, Picture]]:
        """Yield (number from 0, picture) of the chosen frames, until one cannot be had.

        One that breaks off comes as far as it goes, before its error is raised.
        """
        at = 0
        for number in self.chosen(limit):
            with decoding(self._kind.media_type):
                for step in range(at + 1, number) if self._image.format in _SEQUENTIAL else ():
                    self._image.seek(step)
                    self._image.load()
                self._image.seek(number)
                check_size(self._image.width, self._image.height, self._max_pixels)
                broken = _load(self._image)
                picture = full(self._image.copy(), animated=True)
            yield number, picture
            if broken:
                with decoding(self._kind.media_type):
                    raise broken
            at = number


def _load(image: Any) -> Exception | None:
    """Decode a frame as far as it goes; return what the decoder raised."""
    try:
        image.load()
    except DAMAGE as error:
        if image._im is None:  # noqa: SLF001 - nothing was decoded
            raise
        image.tile = []
        return error
    return None
