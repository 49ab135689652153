"""Draw a small corpus of ordinary pictures to try hashsweep on, and a hash list of some of them.

    python examples/draw_corpus.py examples/corpus
    hashsweep scan examples/corpus/media --list examples/corpus/known.csv -o report

FOLDER/known/ gets six originals and FOLDER/known.csv their hashes, as `hashsweep hash` prints
them, with an id and a category for each. FOLDER/media/ gets 30 files to sweep: 19 copies of the
originals (exact, as JPEG of quality 40, at a quarter of the size, as PNG and as WebP), ten
pictures that are not listed, and a text. The seeds are fixed: the pictures are always the same.

Every file is whole, so the sweep is complete. With --with-damage there are two more, a JPEG that
ends half-way and an empty file, and the sweep is incomplete.
"""

import argparse
import csv
import io
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

WIDTH, HEIGHT = 1024, 768
LISTED, UNLISTED = 6, 10
CATEGORIES = ("example-hills", "example-city")


def main() -> None:
    """Draw the corpus and say what is there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where to draw; made if it is not there")
    parser.add_argument("--with-damage", action="store_true", help="add two damaged files")
    options = parser.parse_args()
    known, media = options.folder / "known", options.folder / "media"
    originals = draw_known(known)
    draw_copies(originals, media / "copies")
    draw_unlisted(media / "others")
    draw_damage(media / "damaged", originals[0], wanted=options.with_damage)
    write_list(originals, options.folder / "known.csv")
    files = sum(path.is_file() for path in media.rglob("*"))
    print(f"{options.folder}: {files} files in media/, {len(originals)} pictures in known.csv")


def draw_known(folder: Path) -> list[Path]:
    """Draw the originals that the list will name."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"original-{number}.jpg" for number in range(1, LISTED + 1)]
    for number, path in enumerate(paths):
        draw(number).save(path, quality=92)
    return paths


def draw_copies(originals: list[Path], folder: Path) -> None:
    """Copy some originals as they are, and alter them as platforms and people do."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in originals[:3]:
        shutil.copyfile(path, folder / f"exact-{path.name}")
    for path in originals:
        with Image.open(path) as picture:
            picture.save(folder / f"quality-40-{path.name}", quality=40)
            small = picture.resize((WIDTH // 4, HEIGHT // 4), Image.Resampling.LANCZOS)
            small.save(folder / f"quarter-{path.name}", quality=90)
    for path in originals[:2]:
        with Image.open(path) as picture:
            picture.save(folder / f"format-{path.stem}.png")
            picture.save(folder / f"format-{path.stem}.webp", quality=80)


def draw_unlisted(folder: Path) -> None:
    """Draw pictures that no list names, and write a text."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(UNLISTED):
        ending = ("jpg", "png", "webp")[number % 3]
        draw(LISTED + number).save(folder / f"unlisted-{number + 1}.{ending}")
    (folder / "notes.txt").write_text("A text: only its digests are compared.\n", encoding="utf-8")


def draw_damage(folder: Path, original: Path, *, wanted: bool) -> None:
    """Write a JPEG that ends half-way and an empty file, or remove those of an earlier run."""
    half, empty = folder / "half.jpg", folder / "empty.jpg"
    if wanted:
        folder.mkdir(parents=True, exist_ok=True)
        whole = original.read_bytes()
        half.write_bytes(whole[: len(whole) // 2])
        empty.write_bytes(b"")
    else:
        half.unlink(missing_ok=True)
        empty.unlink(missing_ok=True)


def write_list(originals: list[Path], path: Path) -> None:
    """Write the hash list: what `hashsweep hash` prints, with short ids and a category."""
    command = [sys.executable, "-m", "hashsweep", "hash", *map(str, originals)]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603
    path.touch(mode=0o600)
    path.chmod(0o600)  # a list that others may read is refused
    with path.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.DictReader(io.StringIO(printed))
        names = ["entry_id", "category", *(rows.fieldnames or ())[1:]]
        table = csv.DictWriter(stream, names, lineterminator="\n")
        table.writeheader()
        for number, row in enumerate(rows):
            row["entry_id"] = Path(row["entry_id"]).stem
            table.writerow({**row, "category": CATEGORIES[number % 2]})


def draw(seed: int) -> Image.Image:
    """Draw hills under a sky (even seeds) or a city under a sky (odd seeds)."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0 : HEIGHT // 8, 0 : WIDTH // 8] * 8
    sky = np.zeros((*x.shape, 3))
    for channel in range(3):
        for _ in range(8):
            across, down = rng.uniform(-4, 4, 2)
            wave = 6.28 * (across * x / WIDTH + down * y / HEIGHT) + rng.uniform(0, 6.28)
            sky[..., channel] += np.sin(wave)
    sky = (sky - sky.min()) / (sky.max() - sky.min()) * 255
    picture = Image.fromarray(sky.astype(np.uint8)).resize((WIDTH, HEIGHT))
    (_draw_city if seed % 2 else _draw_hills)(ImageDraw.Draw(picture), rng)
    return picture


def _draw_hills(pen: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    """Three ridges, one before the other."""
    for level in (0.5, 0.65, 0.8):
        length, shift, height = rng.uniform(40, 150), rng.uniform(0, 6.28), rng.uniform(30, 90)
        ridge = [
            (x, level * HEIGHT + height * np.sin(x / length + shift))
            for x in range(0, WIDTH + 8, 8)
        ]
        colour = tuple(int(value) for value in rng.integers(20, 200, 3))
        pen.polygon([*ridge, (WIDTH, HEIGHT), (0, HEIGHT)], fill=colour)


def _draw_city(pen: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    """Houses with windows."""
    for _ in range(14):
        left, width = int(rng.integers(0, WIDTH - 60)), int(rng.integers(50, 140))
        top = int(rng.integers(HEIGHT // 5, HEIGHT - 100))
        colour = tuple(int(value) for value in rng.integers(10, 180, 3))
        pen.rectangle((left, top, left + width, HEIGHT), fill=colour)
        for x in range(left + 8, left + width - 12, 20):
            for y in range(top + 10, HEIGHT - 16, 26):
                if rng.random() < 0.6:
                    pen.rectangle((x, y, x + 9, y + 13), fill=(240, 220, 150))


if __name__ == "__main__":
    main()
