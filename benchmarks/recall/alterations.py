"""Altered copies of a picture, as platforms, telephones and people make them: KINDS by name.

The same copies in every run: what is random depends on SEED, the kind and the picture's number.
Copies are JPEGs of quality 85 unless the kind says otherwise.
"""

import io
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageOps

from benchmarks.recall import layouts, shown

SEED = 20261130
LEAST = 0.03
"""Of its area a picture has to lose or gain at least this share to be called altered."""

TURNS = {
    "mirrored": Image.Transpose.FLIP_LEFT_RIGHT,
    "flipped": Image.Transpose.FLIP_TOP_BOTTOM,
    "rotated by 90": Image.Transpose.ROTATE_270,  # Pillow counts against the clock
    "rotated by 180": Image.Transpose.ROTATE_180,
    "rotated by 270": Image.Transpose.ROTATE_90,
    "transposed": Image.Transpose.TRANSPOSE,
    "transverse": Image.Transpose.TRANSVERSE,
}
STORED_TURNED = {
    3: Image.Transpose.ROTATE_180,
    6: Image.Transpose.ROTATE_90,
    8: Image.Transpose.ROTATE_270,
}
"""EXIF orientation, and how a picture has to be stored so that the tag shows it upright."""


@dataclass(frozen=True)
class Copy:
    """A file: its bytes, and the ending of its name."""

    data: bytes
    suffix: str = ".jpg"


@dataclass(frozen=True)
class Subject:
    """What an alteration gets: the picture (RGB), a source of chance, and other pictures."""

    picture: Image.Image
    rng: np.random.Generator
    others: Callable[[int], list[Image.Image]]


@dataclass(frozen=True)
class Kind:
    """A way to alter a picture; `family` is what the table sums up."""

    family: str
    name: str
    alter: Callable[[Subject], Image.Image | Copy | None]


def jpeg(picture: Image.Image, quality: int = 85, **options: object) -> Copy:
    """Return it as a JPEG."""
    stream = io.BytesIO()
    picture.convert("RGB").save(stream, "JPEG", quality=quality, **options)
    return Copy(stream.getvalue())


def webp(picture: Image.Image, quality: int) -> Copy:
    """Return it as a WebP."""
    stream = io.BytesIO()
    picture.save(stream, "WEBP", quality=quality)
    return Copy(stream.getvalue(), ".webp")


def chance(kind: str, number: int) -> np.random.Generator:
    """Return what decides everything random about one copy."""
    return np.random.default_rng([SEED, zlib.crc32(kind.encode()), number])


def altered(kind: Kind, number: int, originals: list[Image.Image]) -> tuple[Copy, list[int]] | None:
    """Return the copy of this kind of original `number`, and which others can be seen in it.

    None if it would not differ: a square is not cropped to a square.
    """
    rng = chance(kind.name, number)
    seen: list[int] = []

    def others(count: int) -> list[Image.Image]:
        rest = [at for at in range(len(originals)) if at != number]
        seen.extend(int(at) for at in rng.choice(rest, count, replace=len(rest) < count))
        return [originals[at] for at in seen]

    made = kind.alter(Subject(originals[number], rng, others))
    if made is None:
        return None
    return (made if isinstance(made, Copy) else jpeg(made)), seen


def scaled(picture: Image.Image, share: float) -> Image.Image:
    """Return it smaller or larger."""
    size = (max(1, round(side * share)) for side in picture.size)
    return picture.resize(tuple(size), Image.Resampling.LANCZOS)


def messenger(picture: Image.Image, longest: int) -> Copy:
    """Return it as sent on by a messenger, twice: at most so long, JPEG quality 75."""
    for _ in range(2):
        small = picture.copy()
        small.thumbnail((longest, longest), Image.Resampling.BICUBIC)
        sent = jpeg(small, 75)
        picture = Image.open(io.BytesIO(sent.data))
    return sent


def tagged(picture: Image.Image, orientation: int) -> Copy:
    """Return it stored turned, with the EXIF orientation that shows it upright."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return jpeg(picture.transpose(STORED_TURNED[orientation]), exif=exif)


def trimmed(
    picture: Image.Image, left: float = 0, top: float = 0, right: float = 0, bottom: float = 0
) -> Image.Image:
    """Return it without these shares of its width and height."""
    width, height = picture.size
    box = (width * left, height * top, width * (1 - right), height * (1 - bottom))
    return picture.crop(tuple(map(round, box)))


def trimmed_one_side(subject: Subject, share: float) -> Image.Image:
    """Return it without a share of one side, any of the four."""
    sides = [0.0] * 4
    sides[int(subject.rng.integers(4))] = share
    return trimmed(subject.picture, *sides)


def reshaped(picture: Image.Image, wide: int, high: int) -> Image.Image | None:
    """Return the middle of it with this ratio of sides, or high:wide if it is not as wide as high.

    None if less than LEAST of it would go.
    """
    short, long = sorted((wide, high))
    wide, high = (long, short) if picture.width >= picture.height else (short, long)
    unit = min(picture.width / wide, picture.height / high)
    size = (round(wide * unit), round(high * unit))
    if size[0] * size[1] > (1 - LEAST) * picture.width * picture.height:
        return None
    return ImageOps.fit(picture, size, Image.Resampling.BICUBIC)


def squared(picture: Image.Image, colour: str) -> Image.Image | None:
    """Return it whole in the middle of a square; None if it nearly fills that."""
    if min(picture.size) > (1 - LEAST) * max(picture.size):
        return None
    return ImageOps.pad(picture, (max(picture.size),) * 2, color=colour)


def gamma(picture: Image.Image, exponent: float) -> Image.Image:
    """Return it with every channel raised to this power."""
    return picture.point([round(255 * (value / 255) ** exponent) for value in range(256)] * 3)


def grained(subject: Subject, deviation: float) -> Image.Image:
    """Return it with grain of so many grey levels."""
    values = np.asarray(subject.picture).astype(np.float32)
    values += deviation * subject.rng.standard_normal(values.shape, np.float32)
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def leaning(picture: Image.Image, degrees: float) -> Image.Image:
    """Return it turned a little, with black corners."""
    return picture.rotate(degrees, Image.Resampling.BICUBIC)


def sepia(picture: Image.Image) -> Image.Image:
    """Return it in the browns of an old photograph."""
    return ImageOps.colorize(picture.convert("L"), (35, 20, 5), (255, 240, 210))


def _plain(make: Callable[..., Image.Image | Copy], *details: object) -> Callable:
    """Return an alteration of `make`, which needs the picture alone."""
    return lambda subject: make(subject.picture, *details)


def _re_encoded() -> Iterator[tuple[str, Callable]]:
    for quality in (60, 30, 10):
        yield f"JPEG quality {quality}", _plain(jpeg, quality)
    yield "WebP quality 60", _plain(webp, 60)
    for name, share in (("half", 0.5), ("a quarter of", 0.25)):
        yield f"{name} the width", _plain(scaled, share)
    yield "128 pixels wide", lambda s: scaled(s.picture, 128 / s.picture.width)
    yield (
        "squeezed by a tenth",
        lambda s: s.picture.resize((round(s.picture.width * 0.9), s.picture.height)),
    )
    for longest in (800, 480):
        yield f"messenger twice, {longest} pixels", _plain(messenger, longest)


def _turned() -> Iterator[tuple[str, Callable]]:
    for name, turn in TURNS.items():
        yield name, _plain(lambda picture, turn: picture.transpose(turn), turn)
    yield (
        "stored turned, upright by EXIF",
        lambda s: tagged(s.picture, int(s.rng.choice(list(STORED_TURNED)))),
    )


def _leaning() -> Iterator[tuple[str, Callable]]:
    for degrees in (1, 2, 4, 8):
        yield f"turned by {degrees} degree{'s' * (degrees > 1)}", _plain(leaning, degrees)


def _cropped() -> Iterator[tuple[str, Callable]]:
    for per_cent in (2, 5, 10, 20):
        sides = [per_cent / 100] * 4
        yield f"{per_cent} % off each side", _plain(trimmed, *sides)
    for per_cent in (5, 10, 20):
        yield f"{per_cent} % off one side", partial(trimmed_one_side, share=per_cent / 100)
    for wide, high in ((4, 5), (1, 1), (16, 9)):
        yield f"to {wide}:{high}", _plain(reshaped, wide, high)
    yield "mirrored, 5 % off each side", lambda s: trimmed(ImageOps.mirror(s.picture), *[0.05] * 4)


def _framed() -> Iterator[tuple[str, Callable]]:
    for share in (0.1, 0.2):
        words = f"bars of {share:.0%}".replace("%", " %")
        yield f"{words} above and below", _plain(layouts.barred, 0, share, "black")
        yield f"{words} left and right", _plain(layouts.barred, share, 0, "black")
    yield "white bars to a square", _plain(squared, "white")
    for colour in ("black", "white"):
        yield f"{colour} frame of 5 %", _plain(layouts.barred, 0.05, 0.05, colour)
    yield (
        "coloured frame of 10 %",
        lambda s: layouts.barred(s.picture, 0.1, 0.1, layouts.any_colour(s.rng)),
    )
    yield "blurred bars to a square", _plain(layouts.blurred_bars, 1, 1)
    yield "blurred bars to 9:16", _plain(layouts.blurred_bars, 9, 16)


def _written_on() -> Iterator[tuple[str, Callable]]:
    for place in ("above", "below"):
        yield f"caption {place}", lambda s, place=place: layouts.captioned(s.picture, s.rng, place)
    yield "caption over the lowest 8 %", lambda s: layouts.overwritten(s.picture, s.rng, 0.08)
    yield "meme text over it", lambda s: layouts.meme(s.picture, s.rng)
    yield "watermark across it", lambda s: layouts.watermarked(s.picture, s.rng)
    for share in (0.05, 0.2):
        words = f"stickers on {share:.0%}".replace("%", " %")
        yield words, lambda s, share=share: layouts.stickered(s.picture, s.rng, share)


def _in_a_page() -> Iterator[tuple[str, Callable]]:
    yield "telephone's screenshot", lambda s: layouts.on_a_telephone(s.picture, s.rng)
    yield "page on a desktop", lambda s: layouts.on_a_desktop(s.picture, s.rng)
    for count, columns in ((2, 2), (4, 2), (9, 3)):
        yield (
            f"collage of {count}",
            lambda s, count=count, columns=columns: layouts.collage(
                s.picture, s.others(count - 1), s.rng, columns
            ),
        )


def _recoloured() -> Iterator[tuple[str, Callable]]:
    for exponent in (0.5, 2.0):
        yield f"gamma {exponent}", _plain(gamma, exponent)
    for factor in (0.5, 1.5):
        yield (
            f"contrast x {factor}",
            lambda s, factor=factor: ImageEnhance.Contrast(s.picture).enhance(factor),
        )
    yield "saturation x 2", lambda s: ImageEnhance.Color(s.picture).enhance(2)
    yield "grey", lambda s: s.picture.convert("L")
    yield "sepia", _plain(sepia)
    yield "inverted", lambda s: ImageChops.invert(s.picture)


def _blurred_or_noisy() -> Iterator[tuple[str, Callable]]:
    for deviation in (10, 30):
        yield f"grain of {deviation} levels", partial(grained, deviation=deviation)
    for per_mille in (4, 12):
        yield (
            f"blurred by {per_mille / 10} % of the width",
            lambda s, share=per_mille / 1000: s.picture.filter(
                ImageFilter.GaussianBlur(share * s.picture.width)
            ),
        )
    yield "sharpened", lambda s: s.picture.filter(ImageFilter.UnsharpMask(3, 200, 0))


def _shown_alike() -> Iterator[tuple[str, Callable]]:
    for name, store in shown.STORED.items():
        yield name, lambda s, store=store: Copy(store(s.picture, s.rng), ".png")


FAMILIES: dict[str, Callable[[], Iterator[tuple[str, Callable]]]] = {
    "re-encoded or resized": _re_encoded,
    "turned": _turned,
    "turned a little": _leaning,
    "cropped": _cropped,
    "framed": _framed,
    "written on": _written_on,
    "in a page or collage": _in_a_page,
    "recoloured": _recoloured,
    "blurred or noisy": _blurred_or_noisy,
    "stored otherwise, shown alike": _shown_alike,
}

KINDS = tuple(
    Kind(family, name, alter) for family, make in FAMILIES.items() for name, alter in make()
)
