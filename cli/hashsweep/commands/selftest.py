"""`hashsweep selftest`: checks from end to end that known pictures are found."""

import csv
import json
from pathlib import Path

import click

from hashsweep import __version__


@click.command(
    epilog="""\b
Example:
  hashsweep selftest && hashsweep scan /srv/media --list known.csv -o report
"""
)
@click.option("--json", "as_json", is_flag=True, help="Print the answers as one JSON object.")
def selftest(*, as_json: bool) -> int:
    """Check from end to end that known pictures are found.

    Draws a landscape, puts its hashes on a list, sweeps altered copies and checks every answer.
    Needs no list and no media. Exit status 0 if all is well, 2 if this installation cannot be
    trusted.
    """
    from hashsweep.errors import ExitCode
    from hashsweep.storage.temporary_folders import TemporaryFolder

    with TemporaryFolder() as folder:
        found, problems = _run(folder)
    if as_json:
        checks = [
            {"file": name, "expected": expected, "found": found.get(name)}
            for name, expected in _EXPECTED.items()
        ]
        about = {"version": __version__, "passed": not problems, "checks": checks}
        click.echo(json.dumps({**about, "problems": problems}, indent=2))
    else:
        for name, expected in _EXPECTED.items():
            if found.get(name) == expected:
                click.echo(f"ok      {name}: {expected or 'no match'}")
        for problem in problems:
            click.echo(f"FAILED  {problem}")
    return ExitCode.USAGE if problems else ExitCode.CLEAN


# File name -> the tier of the match that the sweep must report; None for no match.
_EXPECTED = {
    "copy.jpg": "exact",
    "quality-40.jpg": "close",
    "quarter.jpg": "close",
    "as-png.png": "close",
    "another.jpg": None,
    "notes.txt": None,
    "broken.jpg": None,
}


def find_faults(engine: str) -> list[str]:
    """Return what is wrong with this installation, with this engine; nothing if all is well."""
    from hashsweep.storage.temporary_folders import TemporaryFolder

    with TemporaryFolder() as folder:
        return _run(folder, engine)[1]


def _run(folder: Path, engine: str = "processes") -> tuple[dict[str, str], list[str]]:
    """Return the tiers of the files that match, and what is wrong."""
    import pyarrow.parquet as pq

    from hashsweep.sweep.config import ScanConfig
    from hashsweep.sweep.plan import build_plan
    from hashsweep.sweep.run import sweep

    media = folder / "media"
    media.mkdir()
    _draw(media)
    _list_original(folder)
    config = ScanConfig(
        sources=(str(media),), lists=(str(folder / "known.csv"),), workers=2, engine=engine
    )
    with build_plan(config) as plan:
        info = sweep(plan, folder / "report")
    files = pq.read_table(folder / "report" / "files", columns=["uri", "status"]).to_pylist()
    matches = pq.read_table(folder / "report" / "matches", columns=["uri", "tier"]).to_pylist()
    tiers = {Path(row["uri"]).name: row["tier"] for row in matches}
    status = {Path(row["uri"]).name: row["status"] for row in files}
    problems = [
        f"{name}: expected {expected or 'no match'}, got {tiers.get(name)}"
        for name, expected in _EXPECTED.items()
        if tiers.get(name) != expected
    ]
    if status != {name: "failed" if name == "broken.jpg" else "scanned" for name in _EXPECTED}:
        problems.append(f"not every file was accounted for: {status}")
    if not info.incomplete:
        problems.append("a broken file did not make the sweep incomplete")
    return tiers, problems


def _draw(media: Path) -> None:
    """Draw two landscapes and the altered copies of the first."""
    first, second = _landscape(1), _landscape(2)
    first.save(media / "copy.jpg", quality=92)
    first.save(media / "quality-40.jpg", quality=40)
    first.resize((first.width // 4, first.height // 4)).save(media / "quarter.jpg", quality=90)
    first.save(media / "as-png.png")
    second.save(media / "another.jpg", quality=92)
    (media / "notes.txt").write_text("no picture\n", encoding="utf-8")
    whole = (media / "copy.jpg").read_bytes()
    (media / "broken.jpg").write_bytes(whole[: len(whole) // 2])


def _landscape(seed: int):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a PIL image
    """Return hills under a sky: sums of waves with fixed seeds, so always the same pixels."""
    import numpy as np
    from PIL import Image

    rng = np.random.default_rng(seed)
    height, width = 225, 300
    y, x = np.mgrid[0:height, 0:width]
    picture = np.zeros((height, width, 3))
    for channel in range(3):
        for _ in range(12):
            fx, fy, phase = (*rng.uniform(0, 9, 2), rng.uniform(0, 6.28))
            picture[..., channel] += np.sin(6.28 * (fx * x / width + fy * y / height) + phase)
    ridge = 112 + 30 * np.sin(x / rng.uniform(22, 40)) + 15 * np.sin(x / rng.uniform(7, 15))
    picture[y > ridge] -= 3
    low, high = picture.min(), picture.max()
    small = Image.fromarray(((picture - low) * 255 / (high - low)).astype(np.uint8))
    return small.resize((1200, 900))


def _list_original(folder: Path) -> None:
    """Write a list that holds the original's SHA-256 and PDQ."""
    from hashsweep.model import Item
    from hashsweep.sweep.worker import Sweeper, WorkerOptions

    original = folder / "media" / "copy.jpg"
    record = Sweeper(WorkerOptions(hashes=("sha256", "pdq"))).scan(Item(str(original)))[0]
    path = folder / "known.csv"
    path.touch(mode=0o600)
    with path.open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(["entry_id", "category", "sha256", "pdq"])
        hashes = [record.hashes[name].hex() for name in ("sha256", "pdq")]
        table.writerow(["the-original", "selftest", *hashes])
