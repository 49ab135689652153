"""Pictures with something around or over them: bars, captions, stickers, screens, collages."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

TEXT = (
    "when the bus is late again nobody knows why but here we are reading this on a Monday morning "
    "with cold coffee and a long list of things that could have been done yesterday "
)
GUTTER = 0.012
"""Width of the lines of a collage, of its width."""


def any_colour(rng: np.random.Generator) -> tuple[int, int, int]:
    """Return a colour."""
    red, green, blue = (int(value) for value in rng.integers(0, 256, 3))
    return red, green, blue


def phrase(rng: np.random.Generator, words: int) -> str:
    """Return so many words in a row."""
    text = TEXT.split()
    start = int(rng.integers(len(text)))
    return " ".join((text * 2)[start : start + words])


def write(
    page: Image.Image, box: tuple[int, int, int, int], text: str, colour: object, **options: object
) -> None:
    """Write one line of text into a box (left, top, right, bottom), as large as it fits."""
    left, top, right, bottom = box
    size = max(6, (bottom - top) * 0.7)
    length = ImageFont.load_default(size).getlength(text)
    size = max(6, min(size, size * (right - left) * 0.94 / length))
    place = ((left + right) / 2, (top + bottom) / 2)
    ImageDraw.Draw(page).text(
        place, text, fill=colour, font=ImageFont.load_default(size), anchor="mm", **options
    )


def barred(picture: Image.Image, beside: float, above: float, colour: object) -> Image.Image:
    """Return it with bars on both sides and above and below, each a share of the new picture."""
    width = round(picture.width / (1 - 2 * beside))
    height = round(picture.height / (1 - 2 * above))
    page = Image.new("RGB", (width, height), colour)
    page.paste(picture, ((width - picture.width) // 2, (height - picture.height) // 2))
    return page


def blurred_bars(picture: Image.Image, wide: int, high: int) -> Image.Image:
    """Return it whole before a blurred enlargement of itself, in this ratio of sides.

    A picture that is nearly of that ratio is made a fifth smaller, so that there is a bar.
    """
    unit = max(picture.width / wide, picture.height / high)
    size = (round(wide * unit), round(high * unit))
    behind = ImageOps.fit(picture, size).filter(ImageFilter.GaussianBlur(max(size) * 0.02))
    before = picture
    if min(picture.width / size[0], picture.height / size[1]) > 0.9:
        before = ImageOps.contain(picture, (round(size[0] * 0.8), round(size[1] * 0.8)))
    behind.paste(before, ((size[0] - before.width) // 2, (size[1] - before.height) // 2))
    return behind


def captioned(picture: Image.Image, rng: np.random.Generator, place: str) -> Image.Image:
    """Return it with two lines of text in a white strip of its own, above or below."""
    strip = round(picture.height * 0.18)
    page = Image.new("RGB", (picture.width, picture.height + strip), "white")
    page.paste(picture, (0, strip if place == "above" else 0))
    top = 0 if place == "above" else picture.height
    for line in range(2):
        box = (0, top + line * strip // 2, picture.width, top + (line + 1) * strip // 2)
        write(page, box, phrase(rng, 6), "black")
    return page


def overwritten(picture: Image.Image, rng: np.random.Generator, share: float) -> Image.Image:
    """Return it with a line of text in a white strip over its lowest part."""
    page = picture.copy()
    box = (0, round(page.height * (1 - share)), page.width, page.height)
    ImageDraw.Draw(page).rectangle(box, "white")
    write(page, box, phrase(rng, 7), "black")
    return page


def meme(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return it with a line of white capitals at the top and at the bottom."""
    page = picture.copy()
    width, height = page.size
    for top in (0.02, 0.85):
        box = (0, round(height * top), width, round(height * (top + 0.13)))
        text = phrase(rng, 4).upper()
        write(page, box, text, "white", stroke_width=max(1, width // 200), stroke_fill="black")
    return page


def watermarked(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return it with a half transparent word from corner to corner."""
    width, height = picture.size
    mask = Image.new("L", picture.size)
    write(mask, (0, height // 3, width, 2 * height // 3), phrase(rng, 2), 128)
    return Image.composite(Image.new("RGB", picture.size, "white"), picture, mask.rotate(25))


def stickered(picture: Image.Image, rng: np.random.Generator, share: float) -> Image.Image:
    """Return it with faces drawn on it, four that cover this share of it or less."""
    page = picture.copy()
    draw = ImageDraw.Draw(page)
    side = (page.width * page.height * share / 4 / 0.785) ** 0.5
    for _ in range(4):
        left = float(rng.uniform(0, page.width - side))
        top = float(rng.uniform(0, page.height - side))
        draw.ellipse((left, top, left + side, top + side), any_colour(rng), "black", 3)
        for eye in (0.32, 0.68):
            at = (left + side * eye, top + side * 0.38)
            draw.circle(at, side * 0.07, "black")
        mouth = (left + side * 0.25, top + side * 0.3, left + side * 0.75, top + side * 0.78)
        draw.arc(mouth, 20, 160, "black", max(2, round(side * 0.05)))
    return page


def on_a_telephone(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return a screenshot of 9:19.5: a status bar, the picture from side to side, two buttons."""
    dark = bool(rng.integers(2))
    ground, ink = ("black", "white") if dark else ("white", "black")
    width = 1080
    page = Image.new("RGB", (width, 2340), ground)
    fitted = ImageOps.contain(picture, (width, 1700))
    page.paste(fitted, ((width - fitted.width) // 2, 260 + (1700 - fitted.height) // 2))
    write(page, (0, 20, 200, 90), f"{rng.integers(24)}:{rng.integers(10, 60)}", ink)
    ImageDraw.Draw(page).rectangle((960, 40, 1030, 72), ink)
    write(page, (80, 130, 700, 220), phrase(rng, 3), ink)
    for at in (270, 810):
        ImageDraw.Draw(page).circle((at, 2180), 45, any_colour(rng))
    return page


def on_a_desktop(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return a screenshot of 1920 x 1080: a heading, the picture, text beside it."""
    page = Image.new("RGB", (1920, 1080), (246, 246, 248))
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 0, 1920, 88), any_colour(rng))
    write(page, (40, 10, 600, 80), phrase(rng, 3), "white")
    fitted = ImageOps.contain(picture, (1160, 860))
    page.paste(fitted, (120, 150))
    for line in range(24):
        draw.text((1340, 150 + line * 36), phrase(rng, 6), (40, 40, 40), ImageFont.load_default(22))
    return page


def collage(
    picture: Image.Image, others: list[Image.Image], rng: np.random.Generator, columns: int
) -> Image.Image:
    """Return them in equal cells with white lines between, the picture in any of the cells.

    Cells have the picture's ratio of sides, so it is whole; the others are cropped to it.
    """
    count = len(others) + 1
    cell = ImageOps.contain(picture, (1200 // columns, 1200 // columns)).size
    gutter = max(2, round(1200 * GUTTER))
    rows = -(-count // columns)
    size = (columns * (cell[0] + gutter) + gutter, rows * (cell[1] + gutter) + gutter)
    page = Image.new("RGB", size, "white")
    parts = list(others)
    parts.insert(int(rng.integers(count)), picture)
    for at, part in enumerate(parts):
        row, column = divmod(at, columns)
        place = (gutter + column * (cell[0] + gutter), gutter + row * (cell[1] + gutter))
        page.paste(ImageOps.fit(part, cell), place)
    return page
