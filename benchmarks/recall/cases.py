"""What is looked for: originals, which make the list, and copies with what can be seen in them."""

import csv
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from benchmarks.hashing.pictures import drawing
from benchmarks.recall.alterations import KINDS, SEED, altered, chance, jpeg

LONGEST = 1024
"""Originals are made smaller than this: what is measured is not speed."""

UNALTERED = ("the listed file itself", "the listed file itself")
WATERMARKED = ("written on", "perception's watermark")
GROUP_KINDS = {
    "match": "re-encoded, resized or filtered",
    "crop-or-reframe": "cropped or reframed",
    "dihedral": "turned or mirrored",
}
"""The column `expect` of GROUPS.tsv."""
EXIF_KIND = "stored turned, upright by EXIF"
ORIENTATION = 0x0112


@dataclass(frozen=True)
class Case:
    """A copy that is looked for; `of` is its original's number, `seen` has whatever it shows."""

    family: str
    kind: str
    path: Path
    of: int
    seen: frozenset[int]


@dataclass(frozen=True)
class Cases:
    """Originals with names of their own, and copies of them; `about` says where they are from."""

    name: str
    about: str
    originals: list[Path]
    copies: list[Case]


def pictures_in(folder: Path, most: int) -> list[Path]:
    """Return up to `most` pictures below a folder, from all of its subfolders alike.

    Raises SystemExit if there are fewer than two that Pillow can open.
    """
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("*")):
        try:
            if path.is_file():
                with Image.open(path) as opened:
                    if min(opened.size) >= 200:
                        found.setdefault(path.relative_to(folder).parts[0], []).append(path)
        except (OSError, Image.DecompressionBombError):
            continue  # no picture
    for paths in found.values():
        np.random.default_rng(SEED).shuffle(paths)
    in_turn = [
        paths[at]
        for at in range(max(map(len, found.values()), default=0))
        for paths in found.values()
        if at < len(paths)
    ]
    if len(in_turn) < 2:
        raise SystemExit(f"{folder}: fewer than two pictures of 200 pixels or more in it")
    return sorted(in_turn[:most])


def drawn_pictures(count: int, size: tuple[int, int]) -> list[Image.Image]:
    """Return so many drawings."""
    return [drawing(chance("drawing", number), *size) for number in range(count)]


def photographs(folder: Path, most: int) -> tuple[list[Image.Image], str]:
    """Return up to `most` photographs, upright and of at most LONGEST pixels; and their sets."""
    loaded = []
    paths = pictures_in(folder, most)
    for path in paths:
        with Image.open(path) as opened:
            picture = ImageOps.exif_transpose(opened).convert("RGB")
        picture.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
        loaded.append(picture)
    sets: dict[str, int] = {}
    for path in paths:
        name = "/".join(path.relative_to(folder).parts[:-1]) or "."
        sets[name] = sets.get(name, 0) + 1
    names = ", ".join(f"{name} {count}" for name, count in sets.items())
    return loaded, f"{len(loaded)} photographs of {folder.name} ({names})"


def altered_copies(
    pictures: list[Image.Image],
    about: str,
    work: Path,
    is_wanted: Callable[[str], bool],
    watermark: Callable[[list[Path], Path], None] | None,
) -> Cases:
    """Write the originals and a copy of each wanted kind into `work`, and return them.

    `watermark` writes copies of files with a peer's watermark into a folder, under their names.
    """
    (work / "originals").mkdir(parents=True)
    (work / "copies").mkdir()
    originals, copies = [], []
    for number, picture in enumerate(pictures):
        path = work / "originals" / f"{number:03}.jpg"
        path.write_bytes(jpeg(picture, 92).data)
        originals.append(path)
        copies.append(Case(*UNALTERED, path, number, frozenset({number})))
    loaded = [Image.open(path).convert("RGB") for path in originals]
    for order, kind in enumerate(KINDS):
        for number in range(len(loaded)) if is_wanted(kind.name) else ():
            made = altered(kind, number, loaded)
            if made is None:
                continue
            copy, others = made
            path = work / "copies" / f"{order:03}-{number:03}{copy.suffix}"
            path.write_bytes(copy.data)
            seen = frozenset({number, *others})
            copies.append(Case(kind.family, kind.name, path, number, seen))
    if watermark and is_wanted(WATERMARKED[1]):
        folder = work / "watermarked"
        folder.mkdir()
        watermark(originals, folder)
        for number, path in enumerate(originals):
            copies.append(Case(*WATERMARKED, folder / path.name, number, frozenset({number})))
    return Cases("altered", about, originals, copies)


def groups_of(folder: Path, same: dict[str, str], work: Path) -> Cases:
    """Return the groups that GROUPS.tsv in `folder` names, its paths being beside that folder.

    References are copied into `work`, because an entry of the list is called by its file's name.

    `same` has, for a group, another one that shows the same; groups with one reference do anyway.
    The references are the list, and are looked for themselves: false matches between them count.
    Raises KeyError for a group of `same` or a word of `expect` that is not known.
    """
    with open(folder / "GROUPS.tsv", encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    references = {
        row["group"]: folder.parent / row["path"] for row in rows if row["is_reference"] == "1"
    }
    names = list(references)
    shows = {name: references[same.get(name, name)].read_bytes() for name in names}
    seen = {
        name: frozenset(at for at, other in enumerate(names) if shows[other] == shows[name])
        for name in names
    }
    upright = {name: orientation(path) for name, path in references.items()}
    copies = []
    for row in rows:
        group, path = row["group"], folder.parent / row["path"]
        kind = GROUP_KINDS[row["expect"]]
        if row["is_reference"] == "1":
            kind = UNALTERED[1]
        elif row["expect"] == "match" and orientation(path) != upright[group]:
            kind = EXIF_KIND
        copies.append(Case(kind, kind, path, names.index(group), seen[group]))
    copies.sort(key=lambda case: case.kind)
    about = f"{len(names)} groups of {folder.name}"
    originals = [
        Path(shutil.copy(path, work / f"{number:03}{path.suffix}"))
        for number, path in enumerate(references.values())
    ]
    return Cases("groups", about, originals, copies)


def orientation(path: Path) -> int:
    """Return the EXIF orientation, 1 if there is none."""
    with Image.open(path) as opened:
        return int(opened.getexif().get(ORIENTATION, 1))
