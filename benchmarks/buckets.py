"""What a sweep of a bucket costs beside the same files on disk and the bare cost of fetching them.

    python -m benchmarks.buckets --write benchmarks/runs

Draws small JPEGs, puts them into a real S3 server on loopback (SeaweedFS), and runs in turn
(A B C A B C ...): hashsweep over the folder, hashsweep over the bucket, and bare_fetch.py, which
lists and gets the same objects with obstore in 24 threads and lets them go. What is compared is the
processor time of all processes of a command, its fork server, workers and fetchers included
(benchmarks.hashing.measuring); the server's own does not count.
"""

import argparse
import csv
import datetime
import hashlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import numpy as np
import obstore
from PIL import Image

import support.servers.seaweed
from benchmarks.hashing.measuring import Run, adopt_orphans, run

FILES = 5_000
ROUNDS = 5
SEED = 20261124
SIZES = ((320, 240), (400, 300), (480, 640), (640, 480))
OURS = ("disk", "bucket")
BARE = Path(__file__).with_name("bare_fetch.py")


def draw(folder: Path, files: int) -> None:
    """Write small JPEGs with light, shade and grain, 15 to 60 kB each."""
    rng = np.random.default_rng(SEED)
    folder.mkdir()
    for number in range(files):
        width, height = SIZES[number % len(SIZES)]
        coarse = rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)
        picture = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
        grain = rng.normal(0, 6, (height, width, 1))
        plane = np.clip(np.asarray(picture, np.float32) + grain, 0, 255).astype(np.uint8)
        Image.fromarray(plane).save(folder / f"{number:05d}.jpg", quality=85)


def commands(work: Path, bucket: str, number: int) -> dict[str, list[str]]:
    """Return the contenders; reports go to new folders."""
    scan = [sys.executable, "-m", "hashsweep", "scan", "-j", "2", "-q", "--exit-zero"]
    scan += ["--hash", "md5", "--hash", "sha1", "--hash", "sha256", "--hash", "pdq"]
    scan += ["--list", str(work / "known.hsl")]
    return {
        "disk": [*scan, "-o", str(work / f"disk-{number}"), str(work / "media")],
        "bucket": [*scan, "-o", str(work / f"bucket-{number}"), f"s3://{bucket}"],
        "bare": [sys.executable, str(BARE), bucket],
    }


def check(name: str, done: Run, work: Path, number: int, files: int) -> None:
    """Stop unless everything was hashed or fetched."""
    if name == "bare":
        found = int(done.output.strip() or 0)
    else:
        about = json.loads((work / f"{name}-{number}" / "sweep.json").read_text())
        found = about["tally"]["hashed"]["pdq"] if not about["tally"]["failed"] else 0
    if done.status or found != files:
        raise SystemExit(f"{name}: {found} of {files} files, status {done.status}: {done.output}")


def measure(work: Path, bucket: str, files: int, rounds: int) -> dict[str, list[Run]]:
    """Return the runs of each contender, one of each before them not counted."""
    adopt_orphans()
    found: dict[str, list[Run]] = {}
    cores = os.sched_getaffinity(0)
    for number in range(rounds + 1):
        for name, command in commands(work, bucket, number).items():
            done = run(command, dict(os.environ), cores, work / "log", watch=number == 0)
            check(name, done, work, number, files)
            found.setdefault(name, []).append(done)
    return found


def table(runs: dict[str, list[Run]], files: int) -> list[dict[str, object]]:
    """Return a row for each contender, and the ratio."""
    rows: list[dict[str, object]] = []
    for name, (first, *timed) in runs.items():
        rows.append(
            {
                "contender": name,
                "files": files,
                "cpu_ms_per_file": round(
                    statistics.median(r.processor for r in timed) / files * 1e3, 3
                ),
                "files_per_second": round(files / statistics.median(r.wall for r in timed), 1),
                "peak_mb": round(first.peaks.resident / 2**20),
            }
        )
    each = zip(*(runs[name][1:] for name in ("disk", "bucket", "bare")), strict=True)
    ratios = [b.processor / (d.processor + f.processor) for d, b, f in each]
    told = {"median": statistics.median(ratios), "least": min(ratios), "most": max(ratios)}
    for which, value in told.items():
        row = {"contender": f"bucket / (disk + bare), {which}", "ratio": round(value, 3)}
        rows.append({**row, "files": files})
    return rows


def main() -> None:
    """Draw, serve, compare; the measuring process has no other children than the commands."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=FILES)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--measure", nargs=2, metavar=("WORK", "BUCKET"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        work, bucket = asked.measure
        rows = table(measure(Path(work), bucket, asked.files, asked.rounds), asked.files)
        (Path(work) / "table.json").write_text(json.dumps(rows))
        return
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        draw(work / "media", asked.files)
        lines = ["sha256", *(hashlib.sha256(b"%d" % n).hexdigest() for n in range(1_000))]
        (work / "known.csv").write_text("".join(f"{line}\n" for line in lines))
        (work / "known.csv").chmod(0o600)
        listed = [sys.executable, "-m", "hashsweep", "lists", "import", str(work / "known.csv")]
        subprocess.run([*listed, "-o", str(work / "known.hsl")], check=True)
        (work / "server").mkdir()
        with support.servers.seaweed.running(work / "server") as server:
            bucket = server.bucket()
            store = server.store(bucket)
            with ThreadPoolExecutor(16) as threads:
                for _ in threads.map(
                    lambda path: obstore.put(store, path.name, path),
                    sorted((work / "media").iterdir()),
                ):
                    pass
            words = ["--files", str(asked.files), "--rounds", str(asked.rounds)]
            subprocess.run(
                [sys.executable, "-m", "benchmarks.buckets", *words, "--measure", folder, bucket],
                env=server.environment(),
                check=True,
            )
        rows = json.loads((work / "table.json").read_text())
    for row in rows:
        print(row)
    if asked.write:
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        machine = f"{os.cpu_count()} processors, {platform.platform()}"
        about = f"Python {platform.python_version()}, obstore {obstore.__version__}, seed {SEED}"
        with (asked.write / f"{today}-buckets.csv").open("w", newline="") as stream:
            stream.write(f"# {machine}, {about}, {asked.rounds} rounds\n")
            fields = [*rows[0], "ratio"]
            writer = csv.DictWriter(stream, fields, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    main()
