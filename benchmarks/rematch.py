"""Stored hashes against a long list: a whole `hashsweep rematch`, its time and its memory.

    python -m benchmarks.rematch --rows 1e5,1e6 --write benchmarks/runs

Draws a report of N items with random PDQ and SHA-256 hashes, as a sweep writes them, one item in a
thousand within 31 bits of a listed hash, and compiles a list of M PDQ hashes. Each contender is a
process of its own: `hashsweep rematch` as it is installed, and without numba where that is there.
The peers read the same rows with pyarrow and search the same list with what python-threatexchange
sets up, faiss's IndexBinaryMultiHash(256, 16, 16) with one flipped bit, where faiss is installed,
and by brute force in numpy; they write nothing, and get so few of the rows as they can do in a
minute or two. What they find is compared, pair for pair, with what hashsweep found. The peak is
that of resident memory, pages of the mapped list included.
"""

import argparse
import csv
import datetime
import importlib.util
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from hashsweep.hashlists.compiled import CompiledList, compile_list
from hashsweep.model import Entry, Item, Record
from hashsweep.report.folder import ReportFolder
from hashsweep.report.segments import sweep_of
from hashsweep.report.tally import Tally
from hashsweep.report.writer import ReportWriter

SEED = 20261125
LIMIT = 31
EVERY = 1000  # one row in so many is near a listed hash
PEER_ROWS = {"faiss": 30_000, "brute": 300}
BETWEEN = """
import json, os, sys, time
began = time.monotonic()
_, code, usage = os.wait4(os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ), 0)
found = {"wall": time.monotonic() - began, "cpu": usage.ru_utime + usage.ru_stime}
found |= {"peak": usage.ru_maxrss / 1024, "status": os.waitstatus_to_exitcode(code)}
print(json.dumps(found), flush=True)
"""
WITHOUT_NUMBA = """import importlib.util as util
find = util.find_spec
util.find_spec = lambda name, *more: None if name == "numba" else find(name, *more)
"""


def draw_list(path: Path, count: int) -> None:
    """Compile a list of random PDQ hashes, entry by entry."""
    rng = np.random.default_rng(SEED)

    def entries() -> Iterator[Entry]:
        for start in range(0, count, 10_000):
            block = rng.integers(0, 256, (min(10_000, count - start), 32), dtype=np.uint8)
            for at, row in enumerate(block):
                yield Entry(f"e{start + at}", (("pdq", row.tobytes()),), "A1")

    about = {"name": "bench", "known_good": False, "created": "2026-11-25T00:00:00+00:00"}
    compile_list(entries(), path, about=lambda: {**about, "sources": []})


def draw_report(folder: Path, rows: int, listed: np.ndarray) -> None:
    """Write a report of `rows` pictures as a sweep of all hashes would.

    What its sweep.json says beside that is of a real sweep, of one small file.
    """
    with tempfile.TemporaryDirectory() as work:
        swept = Path(work, "swept")
        words = ["scan", work, "--hash", "sha256", "--hash", "pdq", "-q", "-o", str(swept)]
        Path(work, "a.txt").write_text("a")
        subprocess.run([sys.executable, "-m", "hashsweep", *words], check=True)
        info = sweep_of(swept)
    rng = np.random.default_rng(SEED + 1)
    tally = Tally()
    with ReportFolder(folder) as report:
        writer = ReportWriter(report, run_id=info.run_id)
        for at in range(rows):
            record = draw_record(at, listed, rng)
            tally.add(record)
            writer.add([record])
        writer.finish()
        report.write_sweep(msgspec.structs.replace(info, tally=tally.totals()))


def draw_record(at: int, listed: np.ndarray, rng: np.random.Generator) -> Record:
    """Return what a sweep says of a picture; every 1,000th is near a listed hash."""
    pdq = rng.integers(0, 256, 32, dtype=np.uint8)
    if at % EVERY == 0:
        bits = np.unpackbits(listed[rng.integers(len(listed))])
        bits[rng.choice(256, rng.integers(0, LIMIT + 1), replace=False)] ^= 1
        pdq = np.packbits(bits)
    return Record(
        Item(name_of(at)),
        size=int(rng.integers(10_000, 4_000_000)),
        mtime_ns=int(rng.integers(1, 2**60)),
        media_type="image/jpeg",
        width=1600,
        height=1200,
        decode_mode="fast/4",
        hashes={"sha256": rng.bytes(32), "pdq": pdq.tobytes()},
        pdq_quality=100,
    )


def name_of(at: int) -> str:
    """Return the name of a drawn picture."""
    return f"/drawn/{at >> 12:05d}/IMG_{at:09d}.jpg"


def measured(command: list[str], environment: dict[str, str]) -> tuple[dict[str, float], int, str]:
    """Run a command; return wall and processor seconds and the peak in MB, status and output.

    By a small process between, because a process's peak counts that of its parent before it began.
    """
    words = [sys.executable, "-c", BETWEEN, *command]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
    output, _, told = done.stdout.rstrip("\n").rpartition("\n")
    found = json.loads(told)
    return found, found.pop("status"), output


def hashsweep(work: Path, contender: str, workers: int) -> dict[str, float]:
    """Rematch the whole report."""
    environment = dict(os.environ)
    if contender == "hashsweep without numba":
        hidden = work / "hidden"
        hidden.mkdir(exist_ok=True)
        (hidden / "sitecustomize.py").write_text(WITHOUT_NUMBA)
        environment["PYTHONPATH"] = f"{hidden}:{environment.get('PYTHONPATH', '')}"
    out = work / contender.replace(" ", "-")
    words = ["rematch", str(work / "report"), "--list", str(work / "list.hsl"), "-o", str(out)]
    command = [sys.executable, "-m", "hashsweep", *words, "-j", str(workers), "-q"]
    found, status, output = measured(command, environment)
    if status != 1:
        raise SystemExit(f"{' '.join(command)}: exit status {status} {output}")
    return found


def pairs(folder: Path) -> set[tuple[str, str, int]]:
    """Return (uri, entry, distance) of the matches in a report."""
    found = pq.read_table(folder / "matches", columns=["uri", "entry_id", "distance"])
    return set(zip(*(column.to_pylist() for column in found.columns), strict=True))


def peer(name: str, work: Path, rows: int, threads: int) -> set[tuple[str, str, int]]:
    """Search the first `rows` rows as a script would; return what it finds."""
    listed = CompiledList(work / "list.hsl", verify=False).column("pdq")
    wanted = pq.read_table(work / "report" / "files", columns=["uri", "pdq"]).slice(0, rows)
    uris = wanted["uri"].to_pylist()
    asked = np.frombuffer(b"".join(wanted["pdq"].to_pylist()), np.uint8).reshape(-1, 32)
    began = time.monotonic(), time.process_time()
    if name == "faiss":
        import faiss

        faiss.omp_set_num_threads(threads)
        multi = faiss.IndexBinaryMultiHash(256, 16, 16)
        multi.nflip = 1
        multi.add(np.ascontiguousarray(listed.hashes))
        began = time.monotonic(), time.process_time()  # its index is not saved; ours is built, too
        ends, distances, found = multi.range_search(asked, LIMIT + 1)
        owner = np.repeat(np.arange(rows), np.diff(ends.astype(np.int64)))
    else:
        words = np.ascontiguousarray(listed.hashes).view(np.uint64)
        near = [np.bitwise_count(words ^ one).sum(1) for one in asked.view(np.uint64)]
        places = [np.flatnonzero(each <= LIMIT) for each in near]
        owner = np.repeat(np.arange(rows), [len(each) for each in places])
        found = np.concatenate(places)
        distances = np.concatenate([n[p] for n, p in zip(near, places, strict=True)])
    wall, cpu = time.monotonic() - began[0], time.process_time() - began[1]
    print(json.dumps({"wall": wall, "cpu": cpu}))
    entries = listed.entries[found].tolist()
    return {
        (uris[o], f"e{entry}", int(d))
        for o, entry, d in zip(owner.tolist(), entries, distances.tolist(), strict=True)
    }


def compare(rows: int, listed: int, workers: int, work: Path) -> list[dict[str, object]]:
    """Return a row for each contender."""
    if not (work / "list.hsl").exists():
        draw_list(work / "list.hsl", listed)
    draw_report(work / "report", rows, CompiledList(work / "list.hsl").column("pdq").hashes)
    contenders = ["hashsweep"]
    if importlib.util.find_spec("numba"):
        contenders.append("hashsweep without numba")
    out, answers = [], []
    for name in contenders:
        found = hashsweep(work, name, workers)
        answers.append(pairs(work / name.replace(" ", "-")))
        out.append(row(name, rows, listed, workers, found))
    if answers[0] != answers[-1] or len(answers[0]) < rows // EVERY:
        raise SystemExit("the contenders disagree")
    for name, most in PEER_ROWS.items():
        if name == "faiss" and not importlib.util.find_spec("faiss"):
            continue
        some = min(most, rows)
        command = [sys.executable, "-m", "benchmarks.rematch", "--peer", name, str(work)]
        whole, status, output = measured([*command, str(some), str(workers)], dict(os.environ))
        told, theirs = (json.loads(line) for line in output.splitlines())
        mine = {name_of(at) for at in range(some)}
        if status or {tuple(each) for each in theirs} != {p for p in answers[0] if p[0] in mine}:
            raise SystemExit(f"{name} finds something else")
        out.append(row(name, some, listed, workers, {**told, "peak": whole["peak"]}))
    return out


def row(
    name: str, rows: int, listed: int, workers: int, found: dict[str, float]
) -> dict[str, object]:
    """Return a row of the table, and print it."""
    result = {
        "contender": name,
        "rows": rows,
        "listed": listed,
        "threads": workers,
        "wall_s": round(found["wall"], 1),
        "cpu_s": round(found["cpu"], 1),
        "wall_us_per_row": round(found["wall"] / rows * 1e6, 1),
        "peak_mb": round(found["peak"]),
    }
    print(result, flush=True)
    return result


def main() -> None:
    """Compare, and write the table where that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", default="1e5,1e6")
    parser.add_argument("--listed", default="1e6")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--work", type=Path, help="where to draw (1e7 rows: 4 GB)")
    parser.add_argument("--write", type=Path)
    parser.add_argument("--peer", nargs=4, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.peer:
        name, work, rows, threads = asked.peer
        print(json.dumps(sorted(peer(name, Path(work), int(rows), int(threads)))))
        return
    table = []
    for text in asked.rows.split(","):
        with tempfile.TemporaryDirectory(dir=asked.work) as work:
            rows, listed = int(float(text)), int(float(asked.listed))
            table += compare(rows, listed, asked.workers, Path(work))
    if asked.write:
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.split(":")[1] for line in lines if "model name" in line), " ?").strip()
        with (asked.write / f"{today}-rematch.csv").open("w", newline="") as stream:
            stream.write(
                f"# {model}, {os.cpu_count()} processors, {platform.platform()}, Python "
                f"{platform.python_version()}, numpy {np.__version__}, pyarrow {pa.__version__}, "
                f"seed {SEED}\n"
            )
            writer = csv.DictWriter(stream, list(table[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(table)


if __name__ == "__main__":
    main()
