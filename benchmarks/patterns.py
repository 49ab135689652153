"""Drawn JPEGs that are hard for a scaled decode: symmetric, striped, of few colours, grained.

    pattern("checks", 7)     one JPEG of a kind; each number another size, quality and phase

Most of their DCT coefficients lie at the median, or their detail is finer than a decoded sample.
"""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Random = np.random.Generator
Pixels = np.ndarray  # uint8, (height, width, 3)

SIZES = (
    *((384, 384), (500, 400), (640, 480), (767, 512)),  # decoded at 1/2
    *((768, 768), (1024, 770), (900, 1600)),  # at 1/4
    *((1536, 1536), (2050, 1540), (2400, 1600)),  # at 1/8
)


def pattern(kind: str, number: int) -> bytes:
    """Return a drawing of a kind in KINDS as JPEG, in one of many sizes, qualities and forms."""
    random = np.random.default_rng([list(KINDS).index(kind), number])
    width, height = SIZES[number % len(SIZES)]
    if random.random() < 0.5:
        width, height = width + int(random.integers(9)), height + int(random.integers(9))
    pixels = KINDS[kind](random, width, height)
    shift = random.integers(8, size=2) * (random.random() < 0.3)  # against the grid of blocks
    image = Image.fromarray(np.roll(pixels, tuple(int(by) for by in shift), (0, 1)))
    if random.random() < 0.15:
        image = image.convert("L")
    stream = io.BytesIO()
    image.save(
        stream,
        "JPEG",
        quality=int(random.choice([50, 60, 75, 85, 90, 95, 100])),
        subsampling=str(random.choice(["4:4:4", "4:2:2", "4:2:0", "4:2:0"])),
        optimize=True,
    )
    return stream.getvalue()


def colours(random: Random, count: int) -> Pixels:
    """Return colours, (count, 3): often grey, with white first or black last."""
    found = random.integers(0, 256, (count, 3)).astype(np.uint8)
    if random.random() < 0.4:
        found[:] = found[:, :1]
    if random.random() < 0.4:
        found[0], found[-1] = 255, 0
    return found


def enlarged(cells: Pixels, width: int, height: int, *, smooth: bool = True) -> Pixels:
    """Return a small picture at this size."""
    method = Image.Resampling.BICUBIC if smooth else Image.Resampling.NEAREST
    return np.array(Image.fromarray(cells).resize((width, height), method))


def mirrored(random: Random, pixels: Pixels) -> Pixels:
    """Return pixels made symmetric: left and right, upside down, both, or turned by half."""
    height, width = pixels.shape[:2]
    pixels = pixels.copy()
    how = random.choice(["across", "down", "both", "turned"])
    if how in ("across", "both"):
        pixels[:, width - width // 2 :] = pixels[:, : width // 2][:, ::-1]
    if how in ("down", "both"):
        pixels[height - height // 2 :] = pixels[: height // 2][::-1]
    if how == "turned":
        pixels[height - height // 2 :] = pixels[: height // 2][::-1, ::-1]
    return pixels


def field(random: Random, width: int, height: int) -> Pixels:
    """Return patches of colour, soft or hard."""
    cells = random.integers(0, 256, (*random.choice([3, 5, 8, 16, 32], 2), 3)).astype(np.uint8)
    return enlarged(cells, width, height, smooth=random.random() < 0.6)


def period(random: Random, length: int) -> float:
    """Return a period in pixels: any, or one that beats with blocks or with PDQ's samples."""
    near = [8, 8.1, 15.9, 16, 24, length / 8, length / 16, length / 32, length / 64]
    return float(np.exp(random.uniform(np.log(3), np.log(length / 2))) if random.random() < 0.6
                 else random.choice(near))  # fmt: skip


def symmetry(random: Random, width: int, height: int) -> Pixels:
    """Return something that is the same mirrored or turned."""
    return mirrored(random, field(random, width, height))


def stripes(random: Random, width: int, height: int) -> Pixels:
    """Return stripes at any angle."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    angle = random.choice([0, np.pi / 2, np.pi / 4, random.uniform(0, np.pi)])
    along = (x * np.cos(angle) + y * np.sin(angle)) / period(random, min(width, height))
    share = random.choice([0.5, 0.5, random.random()])
    return colours(random, 2)[((along + random.random()) % 1 < share).astype(int)]


def checks(random: Random, width: int, height: int) -> Pixels:
    """Return a chequered board of two to four colours."""
    across = period(random, min(width, height))
    down = across if random.random() < 0.7 else period(random, min(width, height))
    x = (np.arange(width) / across + random.random()).astype(int)
    y = (np.arange(height) / down + random.random()).astype(int)
    count = int(random.choice([2, 2, 3, 4]))
    return colours(random, count)[(x[None] + y[:, None]) % count]


def grid(random: Random, width: int, height: int) -> Pixels:
    """Return lines that cross."""
    across, down = period(random, min(width, height)), period(random, min(width, height))
    thick = random.choice([1, 2, 3, across / 4])
    x = (np.arange(width) + random.random() * across) % across < thick
    y = (np.arange(height) + random.random() * down) % down < thick
    return colours(random, 2)[(x[None] | y[:, None]).astype(int)]


def icon(random: Random, width: int, height: int) -> Pixels:
    """Return a few shapes on plain ground, often in the middle, sometimes from large pixels."""
    ground, *inks = (tuple(map(int, colour)) for colour in colours(random, 4))
    image = Image.new("RGB", (width, height), ground)
    draw, centred = ImageDraw.Draw(image), random.random() < 0.6
    for _ in range(random.integers(1, 6)):
        x, y = (0.5, 0.5) if centred else random.random(2)
        size = float(random.random() * min(width, height) / 2)
        box = (x * width - size, y * height - size, x * width + size, y * height + size)
        shape = random.choice(["ellipse", "rectangle", "polygon"])
        ink = inks[random.integers(len(inks))]
        if shape == "polygon":
            sides, turn = int(random.integers(3, 9)), float(random.choice([0, 45, 17]))
            draw.regular_polygon((x * width, y * height, size + 1), sides, turn, fill=ink)
        else:
            getattr(draw, shape)(box, ink)
    pixels = np.array(image)
    if random.random() < 0.3:
        return enlarged(enlarged(pixels, 32, 32), width, height, smooth=False)
    return mirrored(random, pixels) if random.random() < 0.3 else pixels


def text(random: Random, width: int, height: int) -> Pixels:
    """Return a page of letters in lines, or one large word."""
    paper, ink = (255, 0) if random.random() < 0.8 else (20, 255)
    image = Image.new("L", (width, height), paper)
    draw, size = ImageDraw.Draw(image), int(random.choice([10, 14, 18, 24, 36, 150]))
    font = ImageFont.load_default(size)
    for top in range(size, height - size, size * 7 // 5):
        word = "".join(random.choice(list("etaoinshrdlu  AHMX"), int(1.6 * width / size)))
        draw.text((size, top), word, ink, font=font)
    return np.array(image.convert("RGB"))


def gradient(random: Random, width: int, height: int) -> Pixels:
    """Return light that fades along a line, about a centre or in waves, often in steps."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    y, x = y / height, x / width
    waves = random.uniform(3, 60, 2)
    forms = [x + random.random() * y, np.hypot(x - 0.5, y - 0.5), x * y,
             np.sin(x * waves[0]) * np.sin(y * waves[1])]  # fmt: skip
    value = forms[random.integers(len(forms))]
    value = (value - value.min()) / np.ptp(value)
    if random.random() < 0.4:
        steps = random.integers(2, 12)
        value = np.floor(value * steps) / steps
    dark, light = colours(random, 2).astype(float)
    grain = random.normal(0, random.choice([0.01, 3]), (height, width, 1))
    return np.clip(dark + (light - dark) * value[..., None] + grain, 0, 255).astype(np.uint8)


def mosaic(random: Random, width: int, height: int) -> Pixels:
    """Return squares of few colours."""
    rows, columns = random.integers(2, 40, 2)
    found = colours(random, int(random.integers(2, 6)))
    cells = found[random.integers(0, len(found), (rows, columns))]
    cells = mirrored(random, cells) if random.random() < 0.5 else cells
    return enlarged(cells, width, height, smooth=False)


def tiles(random: Random, width: int, height: int) -> Pixels:
    """Return one small picture again and again."""
    count = int(random.integers(2, 20))
    make = field if random.random() < 0.6 else icon
    tile = make(random, max(width // count, 8), max(height // count, 8))
    return np.tile(tile, (count + 2, count + 2, 1))[:height, :width]


def halftone(random: Random, width: int, height: int) -> Pixels:
    """Return greys printed with dots."""
    grey = field(random, width, height).mean(axis=2)
    y, x = np.mgrid[:height, :width] * 2 * np.pi / random.uniform(4, 20)
    screens = [np.sin(x) * np.sin(y), np.sin(x + y), random.uniform(-1, 1, grey.shape)]
    screen = (screens[random.integers(len(screens))] + 1) * 127
    return np.repeat(np.where(screen < grey, 255, 0).astype(np.uint8)[..., None], 3, axis=2)


def rings(random: Random, width: int, height: int) -> Pixels:
    """Return circles about a point, rays from it, or a zone plate."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    y, x = y - height * random.choice([0.5, 0.3]), x - width * random.choice([0.5, 0.2])
    side = min(width, height)
    forms = [np.hypot(x, y) / random.uniform(6, side / 4), np.arctan2(y, x) * 9 / np.pi,
             (x * x + y * y) / (random.uniform(2, 60) * side)]  # fmt: skip
    return colours(random, 2)[(forms[random.integers(len(forms))] % 1 < 0.5).astype(int)]


def grain(random: Random, width: int, height: int) -> Pixels:
    """Return noise, fine or coarse, sometimes symmetric."""
    size = int(random.choice([1, 2, 3, 5, 8, 13]))
    cells = random.integers(0, 256, (height // size + 1, width // size + 1, 3)).astype(np.uint8)
    pixels = cells.repeat(size, axis=0).repeat(size, axis=1)[:height, :width]
    return mirrored(random, pixels) if random.random() < 0.5 else pixels


KINDS: dict[str, Callable[[Random, int, int], Pixels]] = {
    each.__name__: each
    for each in (
        *(symmetry, stripes, checks, grid, icon, text, gradient),
        *(mosaic, tiles, halftone, rings, grain),
    )
}
