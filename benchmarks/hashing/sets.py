"""The sets of pictures, and folders that hold as many files of a set as a contender needs."""

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Set:
    """Pictures of one size and format; `files` of them are made."""

    pixels: int
    files: int
    suffix: str
    format: str
    options: dict[str, bool] = field(default_factory=dict)

    @property
    def is_jpeg(self) -> bool:
        """Whether tools that read nothing else can take part."""
        return self.format == "JPEG"


SETS = {
    "jpeg-12mp": Set(12_000_000, 48, ".jpg", "JPEG"),
    "progressive-12mp": Set(12_000_000, 48, ".jpg", "JPEG", {"progressive": True}),
    "jpeg-2mp": Set(2_000_000, 192, ".jpg", "JPEG"),
    "jpeg-0.3mp": Set(300_000, 768, ".jpg", "JPEG"),
    "png-2mp": Set(2_000_000, 48, ".png", "PNG"),
    "webp-2mp": Set(2_000_000, 48, ".webp", "WEBP"),
    "one-file": Set(300_000, 1, ".jpg", "JPEG"),  # start-up, nearly nothing else
}


def make(python: Path, name: str, count: int, work: Path, photographs: Path | None) -> list[Path]:
    """Return the first `count` pictures of a set, made now unless an earlier run made them."""
    origin = "drawn" if photographs is None else "photographs"
    folder = work / "pictures" / f"{origin}-{fingerprint(photographs)}" / name
    folder.mkdir(parents=True, exist_ok=True)
    words = [python, "-m", "benchmarks.hashing.pictures", name, str(count), folder]
    words += [] if photographs is None else ["--photographs", photographs.resolve()]
    subprocess.run([str(word) for word in words], cwd=REPOSITORY, check=True)
    return sorted(folder.iterdir())[:count]


def fingerprint(photographs: Path | None) -> str:
    """Return what changes when the photographs do, or the way in which pictures are made."""
    running = hashlib.sha256(Path(__file__).with_name("pictures.py").read_bytes())
    for path in sorted(photographs.rglob("*")) if photographs else ():
        if path.is_file():
            running.update(f"{path.relative_to(photographs)}\0{path.stat().st_size}\0".encode())
    return running.hexdigest()[:8]


def folder_of(pictures: list[Path], count: int, work: Path) -> Path:
    """Return a folder of `count` files: hard links to the pictures, again and again if need be."""
    origin = pictures[0].parent
    folder = work / "sets" / origin.parent.name / origin.name / f"{len(pictures)}-as-{count}"
    if folder.exists():
        if len(list(folder.iterdir())) == count:
            return folder
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    for number in range(count):
        picture = pictures[number % len(pictures)]
        link = folder / f"{number:05}{picture.suffix}"
        try:
            os.link(picture, link)
        except OSError:
            sys.exit(f"{work}: its file system has no hard links; give another --work")
    return folder
