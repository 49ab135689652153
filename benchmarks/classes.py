"""Pictures of classes that are drawn: documents and products, each of them another one.

    draw("documents", 7)     one picture of a class; each number another one

Stand-ins where no collection is at hand: they have the layout that makes different pictures of
a class alike (lines of text on a page, one object on plain ground), and nothing else of it.
"""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

Random = np.random.Generator
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def draw(name: str, number: int) -> Image.Image:
    """Return a drawing of a class in CLASSES."""
    return CLASSES[name](np.random.default_rng([list(CLASSES).index(name), number]))


def document(random: Random) -> Image.Image:
    """Return a page: a heading, paragraphs of words, or a receipt or table of short lines."""
    width, height = ((620, 877), (480, 1000), (877, 620))[random.integers(3)]
    page = Image.new("L", (width, height), 255)
    pen = ImageDraw.Draw(page)
    size = int(random.integers(12, 19))
    font, heading = ImageFont.load_default(size), ImageFont.load_default(2 * size)
    margin = int(random.integers(width // 20, width // 7))
    right = width - int(random.integers(width // 20, width // 5))
    y, is_table = margin, random.random() < 0.4
    pen.text((margin, y), words(random, 3), fill=0, font=heading)
    y += int(3.2 * size)
    columns = np.linspace(margin, right, int(random.integers(3, 6)))[:-1]
    left_to_go = int(random.integers(2, 9))
    while y < height - margin:
        if is_table:
            for x in columns:
                pen.text((x, y), words(random, 1), fill=0, font=font)
        else:
            pen.text((margin, y), fitted(random, font, right - margin), fill=0, font=font)
        y += int(1.4 * size)
        left_to_go -= 1
        if not left_to_go:
            y += int(random.integers(size, 3 * size))
            left_to_go = int(random.integers(2, 9))
            is_table = is_table if random.random() < 0.8 else not is_table
    return page.convert("RGB")


def words(random: Random, count: int) -> str:
    """Return made-up words."""
    sizes = random.integers(2, 11, count)
    return " ".join("".join(LETTERS[n] for n in random.integers(0, 62, size)) for size in sizes)


def fitted(random: Random, font: ImageFont.FreeTypeFont, width: float) -> str:
    """Return a line of words that is at most so wide; the last line of a paragraph is shorter."""
    width *= random.choice((1.0, 1.0, 1.0, random.uniform(0.3, 1)))
    line = words(random, 16)
    while font.getlength(line) > width and " " in line:
        line = line.rpartition(" ")[0]
    return line


def product(random: Random) -> Image.Image:
    """Return one object in the middle of plain ground: bottle, box, shirt or shoe, with a print."""
    side = 600
    ground = int(random.integers(225, 256))
    picture = Image.new("RGB", (side, side), (ground, ground, ground))
    outline = OUTLINES[random.integers(len(OUTLINES))]
    scale, stretch = random.uniform(0.7, 1.0), random.uniform(0.8, 1.2)
    wobble = random.normal(0, 0.012, (len(outline), 2))
    points = (np.array(outline) - 0.5 + wobble) * [scale * stretch, scale] * side + side / 2
    mask = Image.new("L", (side, side))
    ImageDraw.Draw(mask).polygon([tuple(point) for point in points], fill=255)
    mask = mask.filter(ImageFilter.GaussianBlur(2))
    colour = random.integers(20, 236, 3)
    shade = np.linspace(random.uniform(0.6, 1), random.uniform(0.6, 1.1), side)[None, :, None]
    body = np.clip(np.ones((side, side, 1)) * shade * colour, 0, 255).astype(np.uint8)
    textured = Image.fromarray(body)
    pen = ImageDraw.Draw(textured)
    for _ in range(int(random.integers(0, 6))):
        x, y = random.integers(side // 4, 3 * side // 4, 2)
        w, h = random.integers(side // 20, side // 4, 2)
        fill = tuple(int(each) for each in random.integers(0, 256, 3))
        (pen.rectangle, pen.ellipse)[random.integers(2)]((x, y, x + w, y + h), fill=fill)
    font = ImageFont.load_default(int(random.integers(20, 60)))
    pen.text(
        (side // 3, int(random.integers(side // 3, 2 * side // 3))), words(random, 1), font=font
    )
    picture.paste(textured, mask=mask)
    return picture


OUTLINES = (
    (  # a bottle
        *((0.44, 0.03), (0.56, 0.03), (0.56, 0.2), (0.66, 0.32), (0.66, 0.97), (0.34, 0.97)),
        *((0.34, 0.32), (0.44, 0.2)),
    ),
    ((0.2, 0.15), (0.8, 0.12), (0.82, 0.88), (0.18, 0.86)),  # a box
    (  # a shirt
        *((0.35, 0.1), (0.65, 0.1), (0.97, 0.3), (0.87, 0.45), (0.74, 0.37), (0.74, 0.93)),
        *((0.26, 0.93), (0.26, 0.37), (0.13, 0.45), (0.03, 0.3)),
    ),
    (  # a shoe
        *((0.1, 0.3), (0.3, 0.3), (0.5, 0.48), (0.85, 0.56), (0.95, 0.72), (0.08, 0.72)),
        (0.05, 0.5),
    ),
)
"""Corners as shares of the side, clockwise."""

CLASSES: dict[str, Callable[[Random], Image.Image]] = {"documents": document, "products": product}
"""The drawn classes."""
