"""How often PDQs of different pictures are near: the matches to expect by chance, by class.

    python -m venv b && b/bin/pip install .
    b/bin/python -m benchmarks.false_matches --pictures FOLDER --drawn 500 --write benchmarks/runs

FOLDER has a folder for each class of pictures (photographs, screens, logos, icons ...). No two
files of a class may show the same picture; files with the same pixels count once. Of each file in
`photographs` that is large enough, TILES parts that do not overlap count as pictures of their own,
compared with parts of other files only. `series` are parts of one photograph that overlap, a
quarter of a side apart or more: the same place, seen a little beside. Documents and products are
drawn (benchmarks/classes.py) where FOLDER has no folder of that name.

Each pair of pictures of a class counts once, by the smallest distance of one's hash to the other's
hash and views (`--kinds`, of hashsweep.variants.KINDS; rows add one kind after the other). Both
have a quality of 50 or more. The last column of classes, `on a list of photographs`, has pairs
of a picture of the class and a photograph.

The tail is fitted as a straight line: the logarithm of the share of pairs at a distance of d bits
or less, over d. It is fitted from the smallest distance at which PAIRS pairs are within it, or FROM
bits, whichever is more, over SPAN bits, with the pairs as weights. Of hashes that are spread like
random ones the line would bend downwards, so below the fit it says too much rather than too
little, unless the class holds a few pictures that are very much alike. `bound` is the largest share
that fits the pairs seen at 31 bits or less (95 %, Poisson; 3 by the number of pairs if there are
none: the rule of three); the line never says more. With PAIRS pairs at 31 bits or less they are
counted instead. A view more never makes the share smaller.
"""

import argparse
import hashlib
import io
import math
import os
import platform
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np
import PIL
from PIL import Image

from benchmarks import classes
from benchmarks.tables import publish
from hashsweep import __version__
from hashsweep.errors import ItemError
from hashsweep.hashers import HASHERS
from hashsweep.media.picture import open_picture
from hashsweep.media.sniff import HEAD, sniff
from hashsweep.model import LOW_QUALITY, PDQ_MAX_DISTANCE, PLAIN_PDQ
from hashsweep.variants import ALTERED_KINDS, KINDS, LEVELS, View

PHOTOGRAPHS, SERIES = "photographs", "series"
TILES = (4, 3)
"""Columns and rows in which photographs are cut."""
SIDE = 384
TILE = 160
"""Pixels: no tile has a smaller side."""
SMALLEST = {"icons": 64, "logos": 64}
"""Pixels: files with a smaller side are left out; 150 unless it is named here."""
PAIRS = 10
FROM, SPAN, LAST = 20, 24, 128
LISTS = (10**4, 10**5, 10**6, 10**7)
Bits = np.ndarray
"""Hashes as +1 and -1: float32 (n, 256)."""


@dataclass
class Pictures:
    """The pictures of a class: hashes, and the hashes of their views by kind.

    `group` numbers what they were cut from; `views` are Bits (n, views of the kind, 256).
    """

    hashes: list[bytes] = field(default_factory=list)
    quality: list[int] = field(default_factory=list)
    views: dict[str, list[list[bytes]]] = field(default_factory=dict)
    group: list[int] = field(default_factory=list)

    def add(self, data: bytes, group: int, kinds: Sequence[str]) -> None:
        """Hash a picture."""
        kind = sniff(data[:HEAD], data[-32:])
        picture = open_picture(io.BytesIO(data), kind, exact=True, max_pixels=300_000_000)
        pdq, quality, views = HASHERS.load("pdq").hash_views(picture, kinds)
        self.hashes.append(pdq)
        self.quality.append(quality)
        self.group.append(group)
        for kind in kinds:
            own = [views[name].pdq for name in KINDS[kind] if _is_compared(kind, views.get(name))]
            self.views.setdefault(kind, []).append(own)

    def only(self, least: int, below: int = 101) -> "Pictures":
        """Return those of a quality from `least` to under `below`."""
        at = [n for n, each in enumerate(self.quality) if least <= each < below]
        return Pictures(
            [self.hashes[n] for n in at],
            [self.quality[n] for n in at],
            {kind: [views[n] for n in at] for kind, views in self.views.items()},
            [self.group[n] for n in at],
        )


def _is_compared(kind: str, view: View | None) -> bool:
    """Say whether a view is one that can match: parts need a good quality of their own."""
    if view is None:
        return False
    return kind not in ALTERED_KINDS or view.quality is None or view.quality >= LOW_QUALITY


def as_bits(hashes: Sequence[bytes]) -> Bits:
    """Return hashes as +1 and -1."""
    packed = np.frombuffer(b"".join(hashes), np.uint8).reshape(len(hashes), -1)
    return np.unpackbits(packed, axis=1).astype(np.float32) * 2 - 1


def encoded(image: Image.Image) -> bytes:
    """Return a bitmap of at most SIDE pixels a side: larger ones take long and say the same."""
    stream = io.BytesIO()
    image = image.convert("RGB")
    image.thumbnail((SIDE, SIDE))
    image.save(stream, "BMP")
    return stream.getvalue()


def tiles(image: Image.Image) -> Iterator[Image.Image]:
    """Yield parts that do not overlap; fewer of small pictures, at least the whole."""
    columns = max(min(TILES[0], image.width // TILE), 1)
    rows = max(min(TILES[1], image.height // TILE), 1)
    width, height = image.width // columns, image.height // rows
    for row in range(rows):
        for column in range(columns):
            left, top = column * width, row * height
            yield image.crop((left, top, left + width, top + height))


def neighbours(image: Image.Image) -> Iterator[Image.Image]:
    """Yield nine parts of half a side each, a quarter of a side from the next."""
    width, height = image.width // 2, image.height // 2
    for row in range(3):
        for column in range(3):
            left, top = column * width // 2, row * height // 2
            yield image.crop((left, top, left + width, top + height))


def read(folder: Path, smallest: int) -> Iterator[tuple[bytes, Image.Image]]:
    """Yield files that are pictures, the same pixels once."""
    seen = set()
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        data = path.read_bytes()
        try:
            image = Image.open(io.BytesIO(data))
            pixels = hashlib.sha256(image.convert("RGBA").tobytes()).digest()
        except (OSError, ValueError):
            continue
        if pixels not in seen and min(image.size) >= smallest:
            yield data, image
        seen.add(pixels)


def collect(folder: Path | None, drawn: int, kinds: Sequence[str]) -> dict[str, Pictures]:
    """Return the classes."""
    found: dict[str, Pictures] = {}
    for place in sorted(folder.iterdir()) if folder else ():
        own = found.setdefault(place.name, Pictures())
        for number, (data, image) in enumerate(read(place, SMALLEST.get(place.name, 150))):
            if place.name == PHOTOGRAPHS:
                for part in tiles(image):
                    own.add(encoded(part), number, kinds)
                series = found.setdefault(SERIES, Pictures())
                for part in neighbours(image) if min(image.size) >= 2 * TILE else ():
                    series.add(encoded(part), number, kinds)
            else:
                with suppress(ItemError):
                    own.add(data, number, kinds)
    for name in classes.CLASSES.keys() - found.keys():
        own = found[name] = Pictures()
        for number in range(drawn):
            own.add(encoded(classes.draw(name, number)), number, kinds)
    return dict(sorted(found.items()))


def histogram(files: Pictures, listed: Pictures, kinds: Sequence[str], groups: str) -> np.ndarray:
    """Return how many pairs there are by their distance: int64 (257,).

    `groups` says which pairs count: "other" leaves out those of one group, "same" has only those,
    "all" has every picture with every other one of another class.
    """
    entries = as_bits(listed.hashes)
    counts = np.zeros(257, np.int64)
    of_listed = np.array(listed.group)
    own = as_bits(files.hashes)
    for at in range(len(own)):
        each = own[at][None]
        for kind in kinds:
            if views := files.views[kind][at]:
                each = np.concatenate((each, as_bits(views)))
        distances = ((256 - each @ entries.T) / 2).min(axis=0).round().astype(np.int64)
        if groups != "all":
            same = of_listed[at + 1 :] == files.group[at]
            distances = distances[at + 1 :][same if groups == "same" else ~same]
        counts += np.bincount(distances, minlength=257)
    return counts


def fit(counts: np.ndarray) -> tuple[float, float]:
    """Return the share of pairs at 31 bits or less by the fit, and bits for ten times as many."""
    within = np.cumsum(counts)
    first = min(max(int(np.argmax(within >= PAIRS)), FROM), LAST - SPAN)
    bits = np.arange(first, first + SPAN)
    bits = bits[within[bits] > 0]
    slope, base = np.polyfit(bits, np.log10(within[bits] / within[-1]), 1, w=np.sqrt(within[bits]))
    return min(10 ** (base + slope * PDQ_MAX_DISTANCE), 1.0), 1 / slope


def bound(seen: int, pairs: int) -> float:
    """Return the largest share at which so few of `pairs` are seen in 1 of 20 cases (Poisson)."""
    low, high = float(seen), seen + 10 + 5 * math.sqrt(seen)
    for _ in range(60):
        mean = (low + high) / 2
        terms = (math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(seen + 1))
        low, high = (mean, high) if sum(terms) > 0.05 else (low, mean)
    return high / pairs


HEADER = [
    *("class", "list", "views", "pictures", "pairs", "nearest"),
    *(f"within_{bits}" for bits in (20, 31, 40, 50, 60)),
    *("share_at_31", "tenfold_bits", "bound_at_31"),
    *(f"per_million_at_{size:.0e}".replace("+0", "") for size in LISTS),
]


Result = tuple[float, float, float]
"""The share of pairs at 31 bits or less, bits for ten times as many, and the bound of the share."""


def estimate(counts: np.ndarray) -> Result:
    """Return what is expected at 31 bits: counted, or by the line within its bound."""
    seen, pairs = int(counts[: PDQ_MAX_DISTANCE + 1].sum()), int(counts.sum())
    share, tenfold = fit(counts)
    limit = bound(seen, pairs)
    return (seen / pairs if seen >= PAIRS else min(share, limit)), tenfold, limit


def row(
    names: tuple[str, str, str], pictures: int, counts: np.ndarray, result: Result
) -> list[object]:
    """Return a row of the result."""
    within = np.cumsum(counts)
    share, tenfold, limit = result
    return [
        *(*names, pictures, int(within[-1]), int(np.argmax(counts > 0))),
        *(int(within[bits]) for bits in (20, 31, 40, 50, 60)),
        *(f"{share:.2g}", f"{tenfold:.1f}", f"{limit:.2g}"),
        *(f"{share * size * 1e6:.2g}" for size in LISTS),
    ]


def measure(found: dict[str, Pictures], kinds: Sequence[str]) -> Iterator[list[object]]:
    """Yield the rows."""
    good = {name: pictures.only(LOW_QUALITY) for name, pictures in found.items()}
    steps = [("as-is", ()), *((f"+ {kinds[n]}", kinds[: n + 1]) for n in range(len(kinds)))]
    for name, pictures in good.items():
        groups = "same" if name == SERIES else "other"
        result: Result = (0, 0, 0)
        for views, some in steps:
            counts = histogram(pictures, pictures, some, groups)
            result = max(result, estimate(counts))
            yield row((name, name, views), len(pictures.hashes), counts, result)
        if PHOTOGRAPHS in good and name not in (PHOTOGRAPHS, SERIES):
            counts = histogram(pictures, good[PHOTOGRAPHS], kinds, "all")
            result = estimate(counts)
            names = (name, PHOTOGRAPHS, steps[-1][0])
            yield row(names, len(pictures.hashes), counts, result)


def measure_plain(found: dict[str, Pictures], kinds: Sequence[str]) -> str:
    """Return what is seen of plain pictures, of all classes with all pictures."""
    plain, every = Pictures(), Pictures()
    for number, (name, pictures) in enumerate(found.items()):
        if name == SERIES:
            continue
        for least, below, into in ((PLAIN_PDQ.both, LOW_QUALITY, plain), (LOW_QUALITY, 101, every)):
            some = pictures.only(least, below)
            into.hashes += some.hashes
            into.group += [number * 10**6 + group for group in some.group]
            for kind in kinds:
                into.views.setdefault(kind, []).extend(some.views.get(kind, []))
    limit = PLAIN_PDQ.max_distance
    among = np.cumsum(histogram(plain, plain, kinds, "other"))
    beside = np.cumsum(histogram(plain, every, kinds, "all"))
    return (
        f"plain pictures (quality {PLAIN_PDQ.both}-{LOW_QUALITY - 1}): {len(plain.hashes)}, "
        f"{among[limit]} of {among[-1]} pairs among them within {limit} bits, "
        f"{beside[limit]} of {beside[-1]} with the others"
    )


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=Path, help="folder with a folder for each class")
    parser.add_argument("--drawn", type=int, default=500, help="drawings of each drawn class")
    parser.add_argument(
        "--kinds", default=",".join(LEVELS["default"]), help="kinds of views, separated by commas"
    )
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    kinds = [kind for kind in options.kinds.split(",") if kind]
    found = collect(options.pictures, options.drawn, kinds)
    rows = [HEADER, *measure(found, kinds)]
    whole = [kind for kind in kinds if kind not in ALTERED_KINDS]  # others need a good quality
    about = (
        f"# hashsweep {__version__}, Python {platform.python_version()}, numpy {np.__version__}, "
        f"Pillow {PIL.__version__}; quality >= {LOW_QUALITY}; {measure_plain(found, whole)}"
    )
    publish("false-matches", about, rows, options.write)


if __name__ == "__main__":
    main()
