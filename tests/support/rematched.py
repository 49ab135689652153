"""What the tests of rematching sweep, and how: drawn files, lists drawn from their hashes."""

import io
import random
from pathlib import Path

from PIL import Image

from hashsweep.model import NOTES, Entry
from hashsweep.rematch.plan import build_plan as planned_rematch
from hashsweep.rematch.run import rematch
from hashsweep.report.open_report import OpenReport
from hashsweep.sweep.config import ScanConfig
from hashsweep.sweep.plan import build_plan
from hashsweep.sweep.run import sweep
from support.drawings import jpeg, png, scene

PICTURES = ("pdq", "phash", "dhash", "ahash", "whash")
DIGESTS = ("md5", "sha1", "sha256")
TOLD = (
    *("item_id", "uri", "part", "algorithm", "distance", "variant", "list", "entry_id"),
    *("category", "labels", "tier", "evidence"),
)
"""Columns of a match in which a rematch equals a sweep; the others depend on what was computed."""
COUNTS = (
    *("items", "bytes", "matches", "matched_items", "known_good"),
    *("not_compared", "not_looked_into"),
    *("by_list", "by_category", "by_algorithm", "by_tier", "media_types"),
)


def draw(folder: Path) -> Path:
    """Pictures and their copies, animations, flat ones, damaged ones, other files and nothing."""
    folder.mkdir(parents=True)
    first, second = scene(1, 240, 180), scene(2, 240, 180)
    files = {
        "first.jpg": jpeg(first),
        "copy.jpg": jpeg(first),
        "again.jpg": jpeg(first, 40),
        "small.png": png(first.resize((160, 120))),
        "second.png": png(second),
        "third.jpg": jpeg(scene(3, 240, 180)),
        "flat.png": png(Image.new("RGB", (200, 150), (120, 130, 140))),
        "faint.png": png(Image.blend(Image.new("RGB", (240, 180), (99, 99, 99)), second, 0.06)),
        "many.gif": animation([scene(seed, 120, 90) for seed in (4, 5, 6)]),
        "fading.gif": animation([scene(7, 120, 90), Image.new("RGB", (120, 90), (9, 9, 9))]),
        "long.gif": animation([scene(seed, 60, 45) for seed in range(20, 32)]),
        "page.html": "<p><img src=a.png>".encode("utf-16"),
        "sound.flac": b"fLaC" + bytes(60),
        "odd.bin": bytes(range(256)),
        "layers.psd": b"8BPS" + bytes(60),
        "packed.zip": b"PK\x03\x04" + jpeg(first),
        "broken.jpg": jpeg(second)[:3000],
        "notes.txt": b"no picture\n",
        "film.mp4": b"\0\0\0\x18ftypmp42" + bytes(64),
        "empty.jpg": b"",
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def animation(frames: list[Image.Image]) -> bytes:
    """A GIF of these frames."""
    stream = io.BytesIO()
    frames[0].save(stream, "GIF", save_all=True, append_images=frames[1:])
    return stream.getvalue()


def scanned(media: Path, out: Path, **options) -> OpenReport:
    """The report of a sweep in this process."""
    config = ScanConfig(sources=(str(media),), output=str(out), engine="serial", **options)
    with build_plan(config) as plan:
        sweep(plan, out)
    return OpenReport(out)


def rematched(reports, out: Path, *, changes=None, listeners=(), **options) -> OpenReport:
    """The report of a rematch in this process."""
    named = [str(each.path) if isinstance(each, OpenReport) else str(each) for each in reports]
    config = ScanConfig(output=str(out), **options)
    with planned_rematch(named, config, None if changes is None else str(changes)) as plan:
        rematch(plan, out, listeners)
    return OpenReport(out)


def rows(report: OpenReport, table: str, columns=None) -> list[dict]:
    """All rows of a table, in an order that does not depend on their parts."""
    found = [row for part in report.segments(table) for row in part.table().to_pylist()]
    found = [{name: row[name] for name in columns or row} for row in found]
    return sorted(found, key=lambda row: [repr(value) for value in row.values()])


def judged(report: OpenReport) -> dict[tuple, tuple]:
    """What is said of each file and frame: known good, why not clean, and what was compared."""
    return {
        (row["item_id"], row["part"]): (
            row["known_good"],
            [each for each in row["reasons"] if each["reason"] in NOTES],
            row["looked_for"]["hashes"],
        )
        for row in rows(report, "files")
    }


def keys(found: list[dict]) -> set[tuple]:
    """What a match is known again by."""
    return {(row["item_id"], row["part"], row["list"], row["entry_id"]) for row in found}


def flipped(value: bytes, bits: int, dice: random.Random) -> bytes:
    """A hash with so many of its bits turned over."""
    number = int.from_bytes(value)
    for place in dice.sample(range(8 * len(value)), bits):
        number ^= 1 << place
    return number.to_bytes(len(value))


def drawn_entries(files: list[dict], dice: random.Random, count: int, kinds) -> list[Entry]:
    """Entries near to what rows of `files` hold, or not; with several hashes and a quality."""
    return [drawn_entry(f"e{number}", files, dice, kinds) for number in range(count)]


def drawn_entry(name: str, files: list[dict], dice: random.Random, kinds) -> Entry:
    """One such entry."""
    hashes = []
    for kind in dice.sample(kinds, dice.randint(1, min(3, len(kinds)))):
        having = [row[kind] for row in files if row[kind]]
        value = dice.choice(having)
        if kind in PICTURES:
            most = 34 if kind == "pdq" else 5
            value = flipped(value, dice.choice((0, 0, dice.randint(0, most))), dice)
        elif dice.random() < 0.2:
            value = dice.randbytes(len(value))
        hashes.append((kind, value))
    return Entry(
        entry_id=name,
        hashes=tuple(hashes),
        category=dice.choice(("", "A", "B")),
        labels=tuple(dice.sample(("x", "y"), dice.randint(0, 2))),
        quality=dice.choice((None, 9, 30, 50, 90)),
        key=name,
    )
