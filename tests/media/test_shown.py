"""What viewers show of pictures with transparent parts and with colours of their own."""

import io
import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

from hashsweep.media import MAX_PIXELS
from hashsweep.media.frames import Frames
from hashsweep.media.picture import open_picture
from hashsweep.media.png_chunks import chunk
from hashsweep.media.shown import OVER
from hashsweep.media.sniff import HEAD, sniff
from support import browser
from support.drawings import FORMATS, jpeg, noise, png, scene
from support.profiles import SAMPLES, grey_profile, light, profile, tagged

NEGATIVE = profile(light(1 - SAMPLES))


def opened(data, *, exact=True):
    """The picture in these bytes."""
    kind = sniff(data[:HEAD], data[-32:])
    return open_picture(io.BytesIO(data), kind, exact=exact, max_pixels=MAX_PIXELS)


def shown(data):
    """What is shown of the picture in these bytes, by variant: int16, (height, width, 3)."""
    return {name: np.asarray(each.image, np.int16) for name, each in opened(data).draw_shown()}


def saved(image, form, **how):
    """The bytes of a file."""
    stream = io.BytesIO()
    image.save(stream, form, **how)
    return stream.getvalue()


def transparent(mode="RGBA"):
    """Noise, transparent as another noise says."""
    bands = len(mode)
    return Image.fromarray(np.squeeze(noise(4, 48, 64, bands)), mode)


def composed(image, colour):
    """The picture over a colour, in floating point."""
    samples = np.asarray(image.convert("RGBA"), np.float64)
    alpha = samples[..., 3:] / 255
    return samples[..., :3] * alpha + np.array(colour) * (1 - alpha)


@pytest.mark.parametrize(
    ("form", "mode", "how"),
    [
        ("PNG", "RGBA", {}),
        ("PNG", "LA", {}),
        ("WEBP", "RGBA", {"lossless": True, "exact": True}),
        ("TIFF", "RGBA", {}),
        ("TIFF", "LA", {}),
        ("TGA", "RGBA", {}),
        ("ICO", "RGBA", {"sizes": [(64, 48)]}),
        ("JPEG2000", "RGBA", {"irreversible": False}),
    ],
)
def test_transparent_pictures_are_shown_over_white_and_over_black(form, mode, how):
    """Each pixel in its share; stored is what is stored."""
    image = transparent(mode)
    found = shown(saved(image, form, **how))

    assert list(found) == list(OVER)
    for name, colour in OVER.items():
        assert np.abs(found[name] - composed(image, colour)).max() <= 1
    assert opened(saved(image, form, **how)).image.tobytes() == image.convert("RGB").tobytes()


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
@pytest.mark.parametrize("value", [255, 128, 0])
def test_one_opacity_everywhere_shows_what_is_stored(mode, value):
    """It may be paler; the hash is the same."""
    image = transparent(mode)
    image.putalpha(value)

    assert shown(saved(image, "PNG")) == {}


def test_palettes_and_single_colours_can_be_transparent():
    """By a list of opacities, by one number of a palette, and by a colour of greys or RGB."""
    image = scene(3, 64, 48).quantize(16)
    several = bytes(range(0, 256, 16))
    for data in (
        saved(image, "PNG", transparency=several),
        saved(image, "PNG", transparency=3),
        saved(image, "GIF", transparency=3),
    ):
        expected = Image.open(io.BytesIO(data)).convert("RGBA")
        found = shown(data)
        for name, colour in OVER.items():
            assert np.abs(found[name] - composed(expected, colour)).max() <= 1


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
@pytest.mark.parametrize("bands", [1, 3])
def test_a_transparent_colour_is_given_in_the_depth_of_the_file(depth, bands):
    """A grey of 1 of 3 is 85 of 255."""
    if bands == 3 and depth < 8:
        depth += 7  # RGB has 8 or 16 bits
    depth = 8 if depth in (9, 11) else depth
    values = noise(9, 48, 64, bands) >> (8 - min(depth, 8))
    key = int(values[0, 0, 0])
    values[:24] = key
    wide = (values.astype(np.uint16) * 256).astype(">u2") if depth == 16 else values
    data = _raw_png(wide, depth, bands, key * (256 if depth == 16 else 1))
    scaled = values if depth == 16 else values * (255 // ((1 << depth) - 1))
    rgb = np.broadcast_to(scaled, (48, 64, 3))
    for name, colour in OVER.items():
        hidden = (values == key).all(axis=2, keepdims=True)
        assert np.array_equal(shown(data)[name], np.where(hidden, colour[0], rgb))


def test_colours_come_before_transparency():
    """A profile says what the samples are, opacity how much of them is seen."""
    image = transparent()
    found = shown(saved(image, "PNG", icc_profile=NEGATIVE))
    rgb = 255 - np.asarray(image.convert("RGB"), np.int16)
    negative = Image.fromarray(rgb.astype(np.uint8))
    negative.putalpha(image.getchannel("A"))

    assert list(found) == ["colours", *OVER]
    assert np.abs(found["colours"] - rgb).max() <= 2
    for name, colour in OVER.items():
        assert np.abs(found[name] - composed(negative, colour)).max() <= 3


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_profiles_are_applied_in_every_format_that_holds_one(form, mode):
    """Of pictures in colour and in greys."""
    image = scene(3, 64, 48).convert(mode)
    given = NEGATIVE if mode == "RGB" else grey_profile(light(1 - SAMPLES))
    if form in ("WEBP", "AVIF"):
        given = NEGATIVE  # they have no greys
    data = saved(image, form, icc_profile=given)
    stored = np.asarray(opened(data).image, np.int16)

    assert np.abs(shown(data)["colours"] - (255 - stored)).max() <= 2


@pytest.mark.parametrize("pages", [1, 2])
def test_profiles_of_tiffs_are_applied_that_pillow_would_misread(pages):
    """Deep ones, which are decoded here, page by page."""
    deep = [np.asarray(scene(seed, 64, 48), np.uint16) * 257 for seed in range(pages)]
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream) as writer:
        for each in deep:
            writer.write(each, photometric="rgb", metadata=None, iccprofile=NEGATIVE)
    found = [shown(stream.getvalue())]
    if pages > 1:
        kind = sniff(stream.getvalue()[:HEAD], b"")
        ((_, second),) = Frames(stream, kind, MAX_PIXELS).pictures(5)
        found.append({n: np.asarray(each.image, np.int16) for n, each in second.draw_shown()})

    for each, stored in zip(found, deep, strict=True):
        assert np.abs(each["colours"] - (255 - (stored >> 8).astype(np.int16))).max() <= 2


def test_a_large_jpeg_with_far_colours_is_decoded_in_full():
    """Its luminance alone has no colours to apply anything to."""
    data = saved(scene(3, 1600, 1200), "JPEG", icc_profile=NEGATIVE)

    assert opened(data, exact=False).decode_mode == "exact"
    assert opened(jpeg(scene(3, 1600, 1200)), exact=False).decode_mode != "exact"


@pytest.mark.parametrize(
    ("chunks", "changes"),
    [
        ([(b"gAMA", 100_000)], True),
        ([(b"gAMA", 45_455)], False),
        ([(b"gAMA", 100_000), (b"sRGB", None)], False),
        ([(b"cICP", 8), (b"sRGB", None)], True),
        ([(b"cICP", 13), (b"gAMA", 100_000)], False),
    ],
    ids=["light", "usual", "sRGB counts more", "code points count most", "so does one of sRGB"],
)
def test_a_png_says_its_colours_in_an_order(chunks, changes):
    """That of its specification."""
    data = png(scene(3, 64, 48))
    for kind, value in chunks:
        body = {
            b"gAMA": lambda v: v.to_bytes(4, "big"),
            b"sRGB": lambda _: b"\0",
            b"cICP": lambda v: bytes([1, v, 0, 1]),
        }[kind](value)
        data = tagged(data, kind, body)

    assert bool(shown(data)) == changes


def test_a_damaged_picture_is_shown_as_far_as_it_goes():
    """A byte less must not hide what is seen."""
    data = saved(transparent(), "PNG")
    whole, short = shown(data), shown(data[:-500])

    assert list(short) == list(whole)
    for name in OVER:
        assert np.array_equal(short[name][:24], whole[name][:24])
        assert np.abs(short[name] - whole[name]).mean() < 60


def test_an_ordinary_picture_is_only_what_is_stored():
    """In every format."""
    for name, form in FORMATS.items():
        picture = opened(form.write(scene(3, 64, 48)))
        assert picture.shown is None or picture.shown.alpha, name


@pytest.mark.chromium
def test_a_browser_shows_the_same():
    """Chromium's own pixels over white, of each way to say what is shown."""
    image = scene(3, 64, 48)
    greys = image.convert("L")
    files = [
        saved(transparent(), "PNG"),
        saved(transparent("LA"), "PNG"),
        saved(image.quantize(16), "PNG", transparency=3),
        saved(image.quantize(16), "GIF", transparency=3),
        saved(image, "PNG", icc_profile=NEGATIVE),
        saved(image, "JPEG", icc_profile=NEGATIVE, quality=95),
        saved(greys, "JPEG", icc_profile=grey_profile(light(1 - SAMPLES)), quality=95),
        saved(greys, "JPEG", icc_profile=NEGATIVE, quality=95),
        saved(image, "WEBP", icc_profile=NEGATIVE, lossless=True),
        tagged(png(image), b"gAMA", (20_000).to_bytes(4, "big")),
        tagged(png(image), b"cICP", bytes([1, 8, 0, 1])),
        saved(transparent(), "PNG", icc_profile=NEGATIVE),
    ]
    with browser.running() as chromium:
        for number, data in enumerate(files):
            found = shown(data)
            ours = found["over-white"] if "over-white" in found else found["colours"]
            theirs = browser.photograph(chromium, data, image.size)
            assert np.abs(ours - theirs).mean() < 1.5, number


def _raw_png(values, depth, bands, key):
    """A PNG of samples in any depth, with one transparent colour."""
    height, width = values.shape[:2]
    rows = values.reshape(height, -1)
    if depth < 8:
        bits = np.unpackbits(rows.astype(np.uint8)[..., None], axis=2)[..., 8 - depth :]
        rows = np.packbits(bits.reshape(height, -1), axis=1)
    packed = b"".join(b"\0" + row.tobytes() for row in rows)
    header = struct.pack(">IIBBBBB", width, height, depth, 2 if bands == 3 else 0, 0, 0, 0)
    parts = (b"IHDR", header), (b"tRNS", struct.pack(f">{bands}H", *[key] * bands))
    parts += (b"IDAT", zlib.compress(packed)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)
