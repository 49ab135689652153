"""The adapters of imagehash against imagehash itself."""

import io
from collections.abc import Callable

import imagehash
import pytest
from PIL import Image

from hashsweep.hashers import HASHERS
from hashsweep.media.picture import Picture, open_picture
from hashsweep.media.sniff import sniff
from support import drawings

ORIGINALS: dict[str, Callable[[Image.Image], imagehash.ImageHash]] = {
    "phash": imagehash.phash,
    "dhash": imagehash.dhash,
    "ahash": imagehash.average_hash,
    "whash": imagehash.whash,
}


def opened(data: bytes, *, exact: bool) -> Picture:
    return open_picture(io.BytesIO(data), sniff(data), exact=exact, max_pixels=10**8)


@pytest.mark.parametrize("drawing", drawings.NAMES)
@pytest.mark.parametrize("name", ORIGINALS)
def test_exact_is_imagehash(name: str, drawing: str) -> None:
    """A picture decoded in full has the hash that imagehash gives for it."""
    value, quality = HASHERS.load(name).hash(opened(drawings.encode(drawing, "png"), exact=True))
    assert value.hex() == str(ORIGINALS[name](drawings.draw(drawing)))
    assert quality is None


@pytest.mark.parametrize("form", ["jpeg", "png-palette", "png-grey", "gif", "webp", "tiff-cmyk"])
@pytest.mark.parametrize("name", ORIGINALS)
def test_formats_are_imagehash(name: str, form: str) -> None:
    """The hash is that of the RGB picture whatever the format stores."""
    data = drawings.encode("circles", form)
    full = Image.open(io.BytesIO(data)).convert("RGB")
    value, _ = HASHERS.load(name).hash(opened(data, exact=True))
    assert value.hex() == str(ORIGINALS[name](full))


@pytest.fixture(scope="module")
def large() -> list[bytes]:
    """JPEGs of photograph size, up to twelve megapixels."""
    small = [drawings.scene(seed, 600 + 260 * seed, 520 + 270 * seed) for seed in (0, 2)]
    return [*(drawings.jpeg(picture, 85) for picture in small), drawings.encode("panorama", "jpeg")]


@pytest.mark.parametrize("name", ORIGINALS)
def test_fast_stays_near(name: str, large: list[bytes]) -> None:
    """From a JPEG decoded at a small scale the hash is within 3 bits of imagehash's."""
    modes = set()
    for data in large:
        fast = opened(data, exact=False)
        full = Image.open(io.BytesIO(data))
        if name == "whash" and full.width > 2000:
            continue  # imagehash itself would take a second
        value, _ = HASHERS.load(name).hash(fast)
        modes.add(fast.decode_mode)
        assert (int.from_bytes(value) ^ int(str(ORIGINALS[name](full)), 16)).bit_count() <= 3
    assert {"fast/2", "fast/4"} <= modes
