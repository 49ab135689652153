"""Reading an S3 Inventory: rows a second, and memory that does not depend on how many there are.

    python -m benchmarks.inventory --write benchmarks/runs

Draws inventories of 100,000, 1,000,000 and 4,000,000 rows with the columns that S3 has, one key in
ten percent-encoded, and reads each from its manifest to items, the manifest's and the data files'
MD5 checked: what a sweep does before it fetches anything. Every run is a process of its own;
contenders take turns (A B C A B C ...). The peak is that of resident memory. The peers are the
loops that people write: `csv` and `gzip` of the standard library, and pyarrow with a Python object
for each row.
"""

import argparse
import csv
import datetime
import gzip
import hashlib
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import unquote_plus

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from hashsweep.sources.manifest import ManifestSource
from hashsweep.storage.stores import Stores

ROWS = (100_000, 1_000_000, 4_000_000)
ROUNDS = 5
SEED = 20261124
NAMES = (
    *("Bucket", "Key", "VersionId", "IsLatest", "IsDeleteMarker", "Size", "LastModifiedDate"),
    *("ETag", "StorageClass", "IsMultipartUploaded", "ReplicationStatus", "EncryptionStatus"),
)
COLUMNS = (
    *("bucket", "key", "version_id", "is_latest", "is_delete_marker", "size"),
    *("last_modified_date", "e_tag", "storage_class", "is_multipart_uploaded"),
    *("replication_status", "encryption_status"),
)
CONTENDERS = ("hashsweep CSV", "hashsweep Parquet", "csv loop CSV", "pyarrow loop Parquet")


def draw(folder: Path, rows: int) -> None:
    """Write the same inventory as CSV.gz and as Parquet, each with its manifest."""
    rng = random.Random(SEED)
    data = folder / "data"
    data.mkdir(parents=True)
    with gzip.open(data / "1.csv.gz", "wt", compresslevel=6) as out:
        for number in range(rows):
            name = f"my%20photo%2B{number:07d}" if number % 10 == 0 else f"IMG_{number:07d}"
            key = f"uploads/2026/{number % 12 + 1:02d}/{rng.getrandbits(64):016x}/{name}.jpg"
            day, hour, minute = 1 + number % 28, number % 24, number % 60
            cells = (
                *("example-source", key, "", "true", "false", str(rng.randrange(1000, 5_000_000))),
                f"2026-01-{day:02d}T{hour:02d}:{minute:02d}:00.000Z",
                *(f"{rng.getrandbits(128):032x}", "STANDARD", "false", "", "SSE-S3"),
            )
            out.write(",".join(f'"{cell}"' for cell in cells) + "\n")
    table = pa.csv.read_csv(
        data / "1.csv.gz",
        read_options=pa.csv.ReadOptions(column_names=COLUMNS),
        convert_options=pa.csv.ConvertOptions(column_types={"version_id": pa.string()}),
    )
    times = table["last_modified_date"].cast(pa.timestamp("ms"))
    keys = pa.array([unquote_plus(key) for key in table["key"].to_pylist()])
    table = table.set_column(6, "last_modified_date", times).set_column(1, "key", keys)
    pq.write_table(table, data / "1.parquet", compression="snappy")
    for form, name in (("CSV", "1.csv.gz"), ("Parquet", "1.parquet")):
        content = (data / name).read_bytes()
        listed = {
            "key": f"inventory/data/{name}",
            "size": len(content),
            "MD5checksum": hashlib.md5(content).hexdigest(),
        }
        manifest = {
            "sourceBucket": "example-source",
            "destinationBucket": "arn:aws:s3:::example-dest",
            "version": "2016-11-30",
            "fileFormat": form,
            "fileSchema": ", ".join(NAMES),
            "files": [listed],
        }
        place = folder / form
        place.mkdir()
        (place / name).hardlink_to(data / name)  # an inventory names files of its own folder
        text = json.dumps(manifest).encode()
        (place / "manifest.json").write_bytes(text)
        (place / "manifest.checksum").write_text(hashlib.md5(text).hexdigest())


def read(contender: str, folder: Path) -> int:
    """Read all rows; return how many there are."""
    what, form = contender.rsplit(" ", 1)
    if what == "hashsweep":
        source = ManifestSource(str(folder / form / "manifest.json"), Stores())
        source.check()
        return sum(1 for _ in source.items())
    if form == "CSV":
        with gzip.open(folder / "data" / "1.csv.gz", "rt", newline="") as stream:
            return sum(
                bool((f"s3://{row[0]}/{unquote_plus(row[1])}", int(row[5]), row[6], row[7]))
                for row in csv.reader(stream)
            )
    found = 0
    for batch in pq.ParquetFile(folder / "data" / "1.parquet").iter_batches():
        for row in batch.to_pylist():
            found += bool((f"s3://{row['bucket']}/{row['key']}", row["size"], row["e_tag"]))
    return found


def once(contender: str, folder: Path, rows: int) -> dict[str, float]:
    """Read in a process of its own; return wall and processor seconds and the peak in MB."""
    command = [sys.executable, "-m", "benchmarks.inventory", "--read", contender, str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    told = json.loads(done.stdout)
    if told["rows"] != rows:
        raise SystemExit(f"{contender}: {told['rows']} rows of {rows}")
    return told


def compare(rounds: int, sizes: tuple[int, ...], work: Path) -> list[dict[str, object]]:
    """Return a row for each contender and size."""
    out: list[dict[str, object]] = []
    for rows in sizes:
        folder = work / str(rows)
        draw(folder, rows)
        found: dict[str, list[dict[str, float]]] = {name: [] for name in CONTENDERS}
        for _ in range(rounds):
            for name in CONTENDERS:
                found[name].append(once(name, folder, rows))
        for name, runs in found.items():
            peer = found["csv loop CSV" if name.endswith("CSV") else "pyarrow loop Parquet"]
            out.append(
                {
                    "contender": name,
                    "rows": rows,
                    "rows_per_second": round(rows / statistics.median(r["wall"] for r in runs)),
                    "rows_per_second_worst": round(rows / max(r["wall"] for r in runs)),
                    "cpu_us_per_row": round(
                        statistics.median(r["cpu"] for r in runs) / rows * 1e6, 2
                    ),
                    "times_peer": round(
                        statistics.median(
                            p["wall"] / r["wall"] for r, p in zip(runs, peer, strict=True)
                        ),
                        2,
                    ),
                    "peak_mb": round(max(r["peak"] for r in runs)),
                }
            )
            print(out[-1], flush=True)
    return out


def main() -> None:
    """Compare, and write the table where that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--rows", default=",".join(map(str, ROWS)))
    parser.add_argument("--write", type=Path)
    parser.add_argument("--read", nargs=2, metavar=("CONTENDER", "FOLDER"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.read:
        began, before = time.monotonic(), time.process_time()
        rows = read(asked.read[0], Path(asked.read[1]))
        wall, cpu = time.monotonic() - began, time.process_time() - before
        status = Path("/proc/self/status").read_text(encoding="ascii")
        peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
        print(json.dumps({"rows": rows, "wall": wall, "cpu": cpu, "peak": peak}))
        return
    sizes = tuple(int(number) for number in asked.rows.split(","))
    with tempfile.TemporaryDirectory() as work:
        table = compare(asked.rounds, sizes, Path(work))
    if asked.write:
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        machine = f"{os.cpu_count()} processors, {platform.platform()}"
        versions = f"Python {platform.python_version()}, pyarrow {pa.__version__}"
        with (asked.write / f"{today}-inventory.csv").open("w", newline="") as stream:
            stream.write(f"# {machine}, {versions}, seed {SEED}, {asked.rounds} rounds\n")
            writer = csv.DictWriter(stream, list(table[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(table)


if __name__ == "__main__":
    main()
