"""Makes the pictures of one set, by drawing or from photographs; run in hashsweep's environment.

    python -m benchmarks.hashing.pictures jpeg-2mp 192 FOLDER [--photographs DIR]

The same pictures in every run: each depends on its number only. A file that is there is kept.
Drawings have light and shade at every scale, edges, and the grain of a sensor, so that a JPEG of
theirs has about the size of a photograph's: decoding costs what the entropy-coded bytes cost.
"""

import argparse
import os
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from benchmarks.hashing.sets import SETS, Set

SHAPES = ((4, 3), (3, 2), (16, 9), (3, 4))
"""Width and height of cameras and telephones, in turn."""

SEED = 20261124
GRAIN = 4.0
"""Standard deviation; with it a drawn 12 MP JPEG has 2 MB, about as many as a photograph."""

ROUGHNESS = 0.55
"""How much of an octave's contrast the next one has; photographs fall off like 1/frequency."""


def dimensions(pixels: int, number: int) -> tuple[int, int]:
    """Return width and height, even numbers, of the picture of this number."""
    wide, high = SHAPES[number % len(SHAPES)]
    unit = (pixels / (wide * high)) ** 0.5
    return round(wide * unit / 2) * 2, round(high * unit / 2) * 2


def drawing(rng: np.random.Generator, width: int, height: int) -> Image.Image:
    """Return clouds of all sizes with sharp-edged shapes before them, and grain over all."""
    picture = _clouds(rng, width, height, cells=3)
    for _ in range(int(rng.integers(6, 12))):
        side = int(rng.uniform(0.15, 0.6) * min(width, height))
        mask = Image.new("L", (side, side))
        _shape(ImageDraw.Draw(mask), rng, side)
        mask = mask.filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 2.5)))
        place = (int(rng.integers(-side // 2, width)), int(rng.integers(-side // 2, height)))
        picture.paste(_clouds(rng, side, side, cells=int(rng.integers(2, 24))), place, mask)
    return grained(picture, rng, GRAIN)


def _clouds(rng: np.random.Generator, width: int, height: int, cells: int) -> Image.Image:
    """Return a coloured sum of octaves of smooth noise, the coarsest `cells` cells wide."""
    grey = rng.standard_normal((cells, cells), np.float32)
    weight = ROUGHNESS
    while (cells := cells * 2) < max(width, height):
        finer = rng.standard_normal((cells, cells), np.float32)
        grey = _stretched(grey, cells, cells) + weight * finer
        weight *= ROUGHNESS
    grey = 118 + 42 * _stretched(grey, width, height)
    tints = rng.standard_normal((3, 4, 4), np.float32)
    planes = [
        grey + 22 * _stretched(tint, width, height) + np.float32(rng.uniform(-40, 40))
        for tint in tints
    ]
    whole = [Image.fromarray(np.clip(plane, 0, 255).astype(np.uint8)) for plane in planes]
    return Image.merge("RGB", whole)


def _stretched(values: np.ndarray, width: int, height: int) -> np.ndarray:
    """Return the values blended smoothly over width x height samples."""
    return np.asarray(Image.fromarray(values).resize((width, height), Image.Resampling.BICUBIC))


def _shape(draw: ImageDraw.ImageDraw, rng: np.random.Generator, side: int) -> None:
    """Fill a disc or a polygon that fits into a mask of side x side samples."""
    if rng.random() < 0.4:
        draw.ellipse((0, side * rng.uniform(0, 0.5), side, side), fill=255)
        return
    turns = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(3, 9))))
    lengths = side / 2 * rng.uniform(0.3, 1.0, len(turns))
    corners = zip(lengths * np.cos(turns), lengths * np.sin(turns), strict=True)
    draw.polygon([(side / 2 + float(a), side / 2 + float(b)) for a, b in corners], fill=255)


def grained(picture: Image.Image, rng: np.random.Generator, strength: float) -> Image.Image:
    """Return the picture with a sensor's grain: `strength` is its standard deviation."""
    values = np.asarray(picture).astype(np.float32)
    height, width, _ = values.shape
    noise = strength * rng.standard_normal((height, width), np.float32)
    noise[:, 1:] = 0.7 * noise[:, 1:] + 0.5 * noise[:, :-1]  # demosaicking smears it
    return Image.fromarray(np.clip(values + noise[:, :, None], 0, 255).astype(np.uint8))


def photograph(
    rng: np.random.Generator, sources: list[Path], number: int, size: tuple[int, int]
) -> Image.Image:
    """Return a part of a photograph, scaled to `size`, with light grain.

    No two are the same: the part, its place and whether it is mirrored are random.
    """
    with Image.open(sources[number % len(sources)]) as opened:
        picture = opened.convert("RGB")
    shrunk = rng.uniform(0.6, 1.0) * min(picture.width / size[0], picture.height / size[1])
    width, height = size[0] * shrunk, size[1] * shrunk
    left = rng.uniform(0, picture.width - width)
    top = rng.uniform(0, picture.height - height)
    part = picture.resize(size, Image.Resampling.LANCZOS, (left, top, left + width, top + height))
    return grained(ImageOps.mirror(part) if rng.random() < 0.5 else part, rng, 1.5)


def sources_for(photographs: Path, pixels: int) -> list[Path]:
    """Return the photographs that are large enough, or all if none is."""
    sizes = {}
    for path in sorted(photographs.rglob("*")):
        if path.is_file():
            try:
                with Image.open(path) as opened:
                    sizes[path] = opened.width * opened.height
            except OSError:
                continue  # no picture
    if not sizes:
        raise SystemExit(f"{photographs}: no picture in it that Pillow can open")
    return [path for path, size in sizes.items() if size >= 0.5 * pixels] or list(sizes)


def save(picture: Image.Image, one: Set, rng: np.random.Generator, path: Path) -> None:
    """Write the picture under its name at once, so that a half-written one is never taken."""
    draft = path.with_name(f".{path.name}")
    options: dict[str, object] = dict(one.options)
    if one.format != "PNG":
        options["quality"] = int(rng.integers(85, 96))
    if one.is_jpeg:
        options["subsampling"] = "4:2:0"
    picture.save(draft, one.format, **options)
    os.replace(draft, path)


def main() -> None:
    """Make what is missing of a set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("set", choices=SETS)
    parser.add_argument("count", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photographs", type=Path)
    options = parser.parse_args()
    one = SETS[options.set]
    sources = sources_for(options.photographs, one.pixels) if options.photographs else []
    for number in range(options.count):
        path = options.folder / f"{number:05}{one.suffix}"
        if path.exists():
            continue
        # of size and number alone: the progressive files show the same pictures as the others
        rng = np.random.default_rng([SEED, one.pixels, number])
        size = dimensions(one.pixels, number)
        picture = photograph(rng, sources, number, size) if sources else drawing(rng, *size)
        save(picture, one, rng, path)


if __name__ == "__main__":
    main()
