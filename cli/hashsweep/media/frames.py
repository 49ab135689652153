"""Decodes further frames of an animation, or pages of a document, spread evenly over it.

Knows Pillow but no hash.
"""

from collections.abc import Callable, Container, Iterator
from typing import Any, BinaryIO

from PIL import Image

from hashsweep.errors import ItemError
from hashsweep.media.animations import Canvas, Patch, read_patches
from hashsweep.media.damaged import DAMAGE
from hashsweep.media.frame_times import choose_frames, read_times
from hashsweep.media.mpo_index import count_pictures
from hashsweep.media.picture import (
    Picture,
    check_size,
    decode_misread,
    full,
    guard_decoding,
    open_header,
    source_of,
    to_rgb,
)
from hashsweep.media.shown import find_opacity
from hashsweep.media.sniff import Kind
from hashsweep.media.tiff_layout import begin_at, find_pages, read_layout

_SEQUENTIAL = ("GIF", "PNG", "WEBP")  # formats whose frames build on earlier ones


class Frames:
    """The frames of one file after its first; `count` is the total number.

    Raises ItemError (stage "decode") if the file is damaged.
    """

    def __init__(self, stream: BinaryIO, kind: Kind, max_pixels: int) -> None:
        """Read the headers of `stream`."""
        self._max_pixels = max_pixels
        self._decoder = kind.decoder or ""
        self._broken: ItemError | None = None  # what is wrong after the last frame
        self._patches: list[Patch] = []
        with guard_decoding(self._decoder):
            self._source = source_of(stream, self._decoder)
            if self._decoder == "TIFF":
                self._pages, whole = find_pages(stream)
                self.count = max(len(self._pages), 1)
                if not whole:
                    self._broken = ItemError("decode", "truncated", "the next page is missing")
                return
            self._image: Any = open_header(self._source.stream, self._decoder, max_pixels)
            self.count = int(getattr(self._image, "n_frames", 1))
            self._patches = read_patches(self._source.stream, self._decoder)
            self._canvas = Canvas(self._image.size)
            self._on_canvas = 0  # patches
            if self._image.format == "MPO":
                self.count, misplaced = count_pictures(self._image, self._source.stream)
                if misplaced:
                    detail = "its index of pictures has a wrong position"
                    self._broken = ItemError("decode", "corrupt", detail)

    def choose(self, limit: int) -> list[int]:
        """Return which frames to hash besides the first: at most `limit` - 1 numbers from 1.

        They are spread evenly, up to the last, except for those that an animation shows longest;
        if all frames in between have to be decoded, as far as they have `max_pixels` in total.
        """
        last = self.count - 1
        if self._is_sequential:
            last = min(last, self._max_pixels // (self._image.width * self._image.height))
        count = min(last, limit - 1)
        if count < 1:
            return []
        times = read_times(self._source.stream, self._decoder) if count < last else []
        return choose_frames(times, last, count)

    def pictures(
        self,
        limit: int,
        begin: Callable[[int], None] = lambda _: None,
        avoided: Container[int] = (),
    ) -> Iterator[tuple[int, Picture]]:
        """Yield (number from 0, picture) of the chosen frames; `begin` is called before each.

        A truncated one is decoded as far as possible. If frames build on each other, it is the
        last; otherwise later frames still follow. The same goes for `avoided` ones, which are not
        decoded. At the end the first error is raised.
        """
        at = 0
        failed: ItemError | None = None
        for number in self.choose(limit):
            if number in avoided:
                if self._is_sequential:
                    break
                continue
            begin(number)
            picture, error = self._reach(number, at)
            if picture:
                yield number, picture
            failed = failed or error
            if error and self._is_sequential:
                break
            at = number
        failed = failed or self._broken
        if failed:
            raise failed

    def _reach(self, number: int, at: int) -> tuple[Picture | None, ItemError | None]:
        """Return a frame as far as possible, starting from the loaded one, and what is wrong."""
        picture = None
        try:
            with guard_decoding(self._decoder):
                if number < len(self._patches):
                    picture, broken = self._compose(number)
                else:
                    for step in range(at + 1, number) if self._is_sequential else ():
                        self._image.seek(step)
                        self._image.load()
                    picture, broken = self._picture(number)
                if broken:
                    raise broken
        except ItemError as error:
            return picture, error
        return picture, None

    def _compose(self, number: int) -> tuple[Picture, Exception | None]:
        """Return what a player shows after a frame's patch, and the decoder's error."""
        while True:
            patch = self._patches[self._on_canvas]
            self._on_canvas += 1
            stream = patch.give(self._source.stream)
            image = open_header(stream, self._decoder, self._max_pixels)
            broken = _load(image)
            canvas = self._canvas.add(patch, self._as_rgba(image))
            if self._on_canvas > number:
                return full(canvas, self._source, animated=True), broken
            if broken:
                raise broken

    def _as_rgba(self, image: Image.Image) -> Image.Image:
        rgb = to_rgb(image)
        drawn = rgb.convert("RGBA")
        if opacity := find_opacity(image, rgb, self._source.depth):
            drawn.putalpha(opacity)
        return drawn

    @property
    def _is_sequential(self) -> bool:
        return self._decoder in _SEQUENTIAL

    def _picture(self, number: int) -> tuple[Picture, Exception | None]:
        """Return a frame as far as possible, and the decoder's error."""
        if self._decoder == "TIFF":
            return self._page(number)
        self._image.seek(number)
        return self._load_picture(self._image)

    def _page(self, number: int) -> tuple[Picture, Exception | None]:
        """Return a page; each page has its own layout."""
        place = self._pages[number]
        layout = read_layout(self._source.stream, place)
        if layout and layout.is_misread:
            image = decode_misread(self._source.stream, layout, self._max_pixels)
            return full(image, animated=True), None
        stream = self._source.stream
        page: Any = open_header(begin_at(stream, place), self._decoder, self._max_pixels)
        # Positions are those of the whole file, which its decoder reads by itself if it can: of
        # another stream it would copy every byte for every page.
        page.fp = stream
        return self._load_picture(page)

    def _load_picture(self, image: Any) -> tuple[Picture, Exception | None]:
        check_size(image.width, image.height, self._max_pixels)
        broken = _load(image)
        return full(image.copy(), self._source, animated=True), broken


def _load(image: Any) -> Exception | None:
    """Decode a frame as far as possible; return the decoder's error."""
    try:
        image.load()
    except DAMAGE as error:
        if image._im is None:  # noqa: SLF001 - nothing was decoded
            raise
        image.tile = []
        return error
    return None
