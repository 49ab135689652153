"""How far hashes of the fast mode are from those of the full picture, and what that costs.

    python -m venv b && b/bin/pip install .
    b/bin/python -m benchmarks.fidelity --pictures FOLDER --drawn 20 --write benchmarks/runs

Every JPEG below FOLDER that is large enough for a scaled decode, and copies of it as platforms
make them (recompressed, progressive, resized, cropped, brighter, blurred, captioned), all written
as JPEG; and so many of each kind of drawn pictures that are hard for it (benchmarks/patterns.py).
`--exact` is the yardstick: its PDQ is that of `pdqhash` bit for bit, and its 64-bit hashes
are those of imagehash (tests/oracle, tests/hashers).

Three questions are answered: how many bits differ; how many pictures are decoded in full because
the fast mode does not trust itself; and of the copies that match their original's listed hash at
the default distance with the yardstick, how many does the fast mode miss, and how many others
does it find. No PDQ of quality >= 50 may differ by more than BOUND bits; the exit status is 1 if
one does.
"""

import argparse
import io
import os
import platform
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np
import PIL
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from benchmarks import patterns
from benchmarks.tables import publish
from hashsweep import __version__
from hashsweep.errors import ItemError
from hashsweep.hashers import HASHERS, Undecided
from hashsweep.media.picture import SHORT_SIDE, Picture, open_picture
from hashsweep.media.sniff import HEAD, sniff

NAMES = ("pdq", "phash", "dhash", "ahash", "whash")
MIN_QUALITY = 50
BOUND = 10
"""Bits by which the fast mode's PDQ may differ."""

LARGE = 4_000_000
"""Of pictures of more pixels every SAMPLED-th alteration is made: each takes seconds."""
SAMPLED = 8
Hashes = dict[str, tuple[bytes, int | None]]


def saved(image: Image.Image, quality: int, **options: object) -> bytes:
    """Return a JPEG."""
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality, **options)
    return stream.getvalue()


def copies(original: bytes) -> Iterator[bytes]:
    """Yield the picture as it is, and altered; of large ones a sample of the alterations."""
    yield original
    image = Image.open(io.BytesIO(original)).convert("RGB")
    made = list(alterations(image))
    step = SAMPLED if image.width * image.height > LARGE else 1
    for alter in made[::step]:
        yield alter()


def alterations(image: Image.Image) -> Iterator[Callable[[], bytes]]:
    """Yield functions that make altered copies."""
    width, height = image.size
    for quality in (30, 50, 70, 85, 95):
        yield partial(saved, image, quality)
    yield partial(saved, image, 85, progressive=True)
    yield partial(saved, image, 85, subsampling="4:4:4")
    for share in (0.4, 0.6, 0.8, 1.3):
        yield partial(resized, image, int(width * share), int(height * share))
    yield partial(resized, image, width, int(height * 0.9))
    for share in (0.005, 0.01, 0.02, 0.03, 0.04, 0.06):
        left, top = int(width * share), int(height * share)
        yield partial(cropped, image, (left, top, width - left, height - top))
        yield partial(cropped, image, (left, 0, width, height))
    for factor in (0.5, 0.7, 1.4, 2.0):
        yield partial(enhanced, ImageEnhance.Brightness, image, factor)
        yield partial(enhanced, ImageEnhance.Contrast, image, factor)
    for radius in (1, 3, 8):
        yield partial(blurred, image, radius)
    yield partial(saved, image.convert("L"), 85)
    for deviation in (10, 20):
        yield partial(noisy, image, deviation)
    for share in (0.04, 0.08, 0.16):
        yield partial(captioned, image, share)
    for degrees in (1, 2):
        yield partial(turned, image, degrees)


def resized(image: Image.Image, width: int, height: int) -> bytes:
    """Return it smaller, larger or squeezed (Pillow's bicubic filter)."""
    return saved(image.resize((width, height)), 85)


def cropped(image: Image.Image, box: tuple[int, int, int, int]) -> bytes:
    """Return the part in `box`: left, top, right, bottom."""
    return saved(image.crop(box), 85)


def enhanced(kind: Callable, image: Image.Image, factor: float) -> bytes:
    """Return it brighter, darker, or with more or less contrast."""
    return saved(kind(image).enhance(factor), 85)


def blurred(image: Image.Image, radius: int) -> bytes:
    """Return it out of focus."""
    return saved(image.filter(ImageFilter.GaussianBlur(radius)), 85)


def noisy(image: Image.Image, deviation: float) -> bytes:
    """Return it with grain of so many grey levels."""
    grain = np.random.default_rng(1).normal(0, deviation, (image.height, image.width, 3))
    values = np.clip(np.asarray(image) + grain, 0, 255)
    return saved(Image.fromarray(values.astype(np.uint8)), 85)


def captioned(image: Image.Image, share: float) -> bytes:
    """Return it with a white strip over the lowest part."""
    copy = image.copy()
    strip = (0, int(image.height * (1 - share)), image.width, image.height)
    ImageDraw.Draw(copy).rectangle(strip, "white")
    return saved(copy, 85)


def turned(image: Image.Image, degrees: float) -> bytes:
    """Return it turned a little, with black corners."""
    return saved(image.rotate(degrees, Image.Resampling.BICUBIC), 85)


def opened(data: bytes, *, exact: bool) -> Picture:
    """Return the picture as a sweep decodes it."""
    kind = sniff(data[:HEAD], data[-32:])
    return open_picture(io.BytesIO(data), kind, exact=exact, max_pixels=300_000_000)


def hashed(picture: Picture) -> Hashes:
    """Return all hashes, with their qualities."""
    return {name: HASHERS.load(name).hash(picture) for name in NAMES}


def fast(data: bytes) -> tuple[str, bool, Hashes] | None:
    """Return the scale, whether the picture was decoded in full all the same, and its hashes.

    None for one that is too small for a scaled decode, or not an RGB or grey JPEG.
    """
    try:
        image = Image.open(io.BytesIO(data), formats=("JPEG",))
    except OSError:
        return None
    scale = next((s for s in (8, 4, 2) if min(image.size) >= s * SHORT_SIDE), 0)
    if not scale or image.mode not in ("RGB", "L"):
        return None
    picture = opened(data, exact=False)
    try:
        return f"fast/{scale}", picture.decode_mode == "exact", hashed(picture)
    except Undecided:
        return f"fast/{scale}", True, hashed(opened(data, exact=True))


def bits(one: bytes, other: bytes) -> int:
    """Return the Hamming distance."""
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


class Tally:
    """What was seen so far."""

    def __init__(self) -> None:
        self.bits: dict[tuple[str, str], list[int]] = defaultdict(list)
        self.matched: Counter[str] = Counter()
        self.missed: Counter[str] = Counter()
        self.found: Counter[str] = Counter()
        self.quality: list[int] = []
        self.in_full: Counter[tuple[str, str]] = Counter()

    def add(self, mode: str, listed: Hashes, full: Hashes, fast: Hashes, *, in_full: bool) -> None:
        """Compare one copy in both modes with the hashes of its original."""
        for name in NAMES:
            (value, quality), (near, _) = full[name], fast[name]
            if quality is not None:
                self.quality.append(abs(quality - (fast[name][1] or 0)))
                if quality < MIN_QUALITY:
                    continue
            self.bits[name, mode].append(bits(value, near))
            self.bits[name, "all"].append(bits(value, near))
            self.in_full.update({(name, mode): in_full, (name, "all"): in_full})
            limit = HASHERS.load(name).spec.max_distance
            with_full = bits(listed[name][0], value) <= limit
            with_fast = bits(listed[name][0], near) <= limit
            self.matched[name] += with_full
            self.missed[name] += with_full and not with_fast
            self.found[name] += with_fast and not with_full

    def rows(self) -> Iterator[list[object]]:
        """Yield a row for each hash and decoding scale."""
        for (name, mode), found in sorted(self.bits.items()):
            ordered = sorted(found)
            ninety_nine = ordered[min(int(len(ordered) * 0.99), len(ordered) - 1)]
            row = [name, mode, len(found), statistics.median(found), ninety_nine, ordered[-1]]
            row.append(self.in_full[name, mode])
            if mode == "all":
                row += [self.matched[name], self.missed[name], self.found[name]]
            yield row


def main() -> int:
    """Compare, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=Path, help="folder with JPEGs")
    parser.add_argument("--drawn", type=int, default=0, help="drawings of each kind")
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    photographs, drawn, originals = Tally(), Tally(), 0
    found = sorted(options.pictures.rglob("*")) if options.pictures else ()
    for data in (path.read_bytes() for path in found if path.is_file()):
        try:
            listed = hashed(opened(data, exact=True)) if data[:3] == b"\xff\xd8\xff" else None
            if listed is None or fast(data) is None:
                continue
            Image.open(io.BytesIO(data)).load()  # no copies are made of a damaged one
        except (ItemError, OSError):
            continue
        originals += 1
        for copy in copies(data):
            compare(photographs, copy, listed)
    for number in range(options.drawn):
        for kind in patterns.KINDS:
            compare(drawn, patterns.pattern(kind, number))
    header = ["set", "hash", "mode", "pictures", "median", "p99", "max", "in_full"]
    header += ["matched", "missed", "found"]
    sets = {"photographs": photographs, "drawn": drawn}
    rows = [header, *([name, *row] for name, tally in sets.items() for row in tally.rows())]
    changes = photographs.quality + drawn.quality
    about = (
        f"# hashsweep {__version__}, Python {platform.python_version()}, numpy {np.__version__}, "
        f"Pillow {PIL.__version__}; {originals} originals and their copies; {options.drawn} "
        f"drawings of {len(patterns.KINDS)} kinds; quality >= {MIN_QUALITY} for pdq; largest "
        f"change of pdq's quality: {max(changes, default=0)}"
    )
    publish("fidelity", about, rows, options.write)
    return int(any(max(tally.bits["pdq", "all"], default=0) > BOUND for tally in sets.values()))


def compare(tally: Tally, data: bytes, listed: Hashes | None = None) -> None:
    """Hash one picture in both modes; `listed` are the hashes of its original, or its own."""
    near = fast(data)
    if near is None:
        return
    mode, in_full, values = near
    full = hashed(opened(data, exact=True))
    tally.add(mode, listed or full, full, values, in_full=in_full)


if __name__ == "__main__":
    raise SystemExit(main())
