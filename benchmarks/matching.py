"""Search of perceptual hashes at distance <= 31 beside faiss, and the compiled list's own costs.

    python -m venv b && b/bin/pip install '.[fast]' faiss-cpu
    b/bin/python benchmarks/matching.py --rows 1e4,1e5,1e6 --write benchmarks/runs

One process, one thread, the contenders in turn (A B C A B C ...); medians of processor time.
The yardstick is `IndexBinaryMultiHash(256, 16, 16)` with one flipped bit, as
python-threatexchange sets it up. Every answer is compared, pair for pair, with brute force on
a sample of the queries, and the contenders with each other on all of them.
"""

import argparse
import csv
import datetime
import os
import platform
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import faiss
import numpy as np

from hashsweep.hashlists.compiled import CompiledList, compile_list
from hashsweep.hashlists.container import Container
from hashsweep.matching import mih
from hashsweep.matching.brute import BruteIndex
from hashsweep.matching.exact import ExactIndex
from hashsweep.matching.mih_compiled import CompiledMihIndex
from hashsweep.model import Entry

LIMIT = 31
SEED = 20261122
ROUNDS = 5


def queries(rng: np.random.Generator, listed: np.ndarray, count: int) -> np.ndarray:
    """Return random hashes, every tenth of them a listed one with 0 to 34 bits flipped."""
    asked = rng.integers(0, 256, (count, 32), dtype=np.uint8)
    for at in range(0, count, 10):
        bits = np.unpackbits(listed[rng.integers(len(listed))])
        bits[rng.choice(256, rng.integers(0, 35), replace=False)] ^= 1
        asked[at] = np.packbits(bits)
    return asked


def faiss_pairs(found: tuple) -> set[tuple[int, int]]:
    """Return (query, row) of a faiss range search."""
    ends, _, rows = found
    owner = np.repeat(np.arange(len(ends) - 1), np.diff(ends.astype(np.int64)))
    return set(zip(owner.tolist(), rows.tolist(), strict=True))


def seconds(work: Callable[[], object]) -> float:
    """Return processor seconds of one call."""
    began = time.process_time()
    work()
    return time.process_time() - began


def search(rows: int, out: list[dict[str, object]]) -> None:
    """Compare the searches over `rows` random hashes."""
    rng = np.random.default_rng(SEED)
    listed = rng.integers(0, 256, (rows, 32), dtype=np.uint8)
    asked = queries(rng, listed, 1000)
    few = 1000 if rows <= 1_000_000 else 100  # faiss is slow on long lists
    peer = faiss.IndexBinaryMultiHash(256, 16, 16)
    peer.nflip = 1
    peer.add(listed)
    arrays = mih.build(listed)
    ours = {
        "numpy": mih.MihIndex(listed, arrays),
        "compiled": CompiledMihIndex(listed, arrays),
    }
    answers = {name: one.find(asked, LIMIT) for name, one in ours.items()}
    for left, right in zip(answers["numpy"], answers["compiled"], strict=True):
        assert (left == right).all()
    sample = asked[:100] if rows <= 1_000_000 else asked[:20]
    oracle = BruteIndex(listed).find(sample, LIMIT)
    hits = answers["numpy"]
    mine = hits.query < len(sample)
    assert (hits.query[mine] == oracle.query).all()
    assert (hits.row[mine] == oracle.row).all()
    assert (hits.distance[mine] == oracle.distance).all()
    of_peer = faiss_pairs(peer.range_search(asked[:few], LIMIT + 1))
    among = hits.query < few
    assert of_peer == set(zip(hits.query[among].tolist(), hits.row[among].tolist(), strict=True))
    works: dict[str, tuple[Callable[[], object], int]] = {
        "faiss batch": (lambda: peer.range_search(asked[:few], LIMIT + 1), few),
        "numpy batch": (lambda: ours["numpy"].find(asked, LIMIT), 1000),
        "compiled batch": (lambda: ours["compiled"].find(asked, LIMIT), 1000),
    }
    singles = 50
    works |= {
        "faiss single": (
            lambda: [peer.range_search(asked[i : i + 1], 32) for i in range(singles)],
            singles,
        ),
        **{
            f"{name} single": (
                lambda one=one: [one.find(asked[i : i + 1], LIMIT) for i in range(singles)],
                singles,
            )
            for name, one in ours.items()
        },
    }
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, (work, count) in works.items():
            taken[name].append(seconds(work) / count)
    for name, times in taken.items():
        base = "faiss batch" if name.endswith("batch") else "faiss single"
        ratios = [b / t for b, t in zip(taken[base], times, strict=True)]
        out.append(
            {
                "what": name,
                "rows": rows,
                "us_per_query": round(statistics.median(times) * 1e6, 1),
                "times_faiss": round(statistics.median(ratios), 2),
            }
        )
        print(out[-1], flush=True)


def entries(rows: int, rng: np.random.Generator):
    """Yield entries with a SHA-256 and a PDQ each."""
    for start in range(0, rows, 10_000):
        block = rng.integers(0, 256, (min(10_000, rows - start), 64), dtype=np.uint8)
        for at, row in enumerate(block):
            raw = row.tobytes()
            yield Entry(f"e{start + at}", (("sha256", raw[:32]), ("pdq", raw[32:])))


def opening(rows: int, out: list[dict[str, object]]) -> None:
    """Measure compiling, verifying, opening and exact look-ups of a list with two hashes a row."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.hsl"
        began = time.perf_counter()
        compile_list(
            entries(rows, np.random.default_rng(SEED)),
            path,
            about=lambda: {"name": "bench", "known_good": False, "created": "", "sources": []},
        )
        out.append(
            {"what": "compile, s", "rows": rows, "value": round(time.perf_counter() - began, 1)}
        )
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        out.append({"what": "peak memory so far, MB", "rows": rows, "value": round(peak)})
        out.append({"what": "file, MB", "rows": rows, "value": round(path.stat().st_size / 1e6)})
        began = time.perf_counter()
        Container(path, verify=True)
        out.append(
            {"what": "verify, s", "rows": rows, "value": round(time.perf_counter() - began, 3)}
        )
        times = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            opened = CompiledList(path, verify=False)
            opened.column("pdq")
            column = opened.column("sha256")
            times.append(time.perf_counter() - began)
        out.append(
            {"what": "open, ms", "rows": rows, "value": round(statistics.median(times) * 1e3, 2)}
        )
        out.append(
            {"what": "private memory of an open list, MB", "rows": rows, "value": private(path)}
        )
        exact = ExactIndex(column.hashes, column.keys)
        rng = np.random.default_rng(1)
        asked = rng.integers(0, 256, (100_000, 32), dtype=np.uint8)
        asked[::10] = column.hashes[rng.integers(0, rows, 10_000)]
        times = [seconds(lambda: exact.find(asked)) for _ in range(ROUNDS)]
        assert len(exact.find(asked).query) >= 10_000
        rate = len(asked) / statistics.median(times)
        out.append({"what": "exact look-ups a second", "rows": rows, "value": round(rate)})
    for row in out[-7:]:
        print(row, flush=True)


def private(path: Path) -> float:
    """Return the private memory that opening a list and one search take in a fresh process."""
    import subprocess

    code = f"""
import re
from pathlib import Path
import numpy as np
from hashsweep.hashlists.compiled import CompiledList
from hashsweep.matching.mih import MihIndex
def private():
    text = Path('/proc/self/smaps_rollup').read_text()
    return sum(int(n) for n in re.findall(r'Private_Dirty: +(\\d+)', text))
asked = np.zeros((32, 32), np.uint8)
before = private()
opened = CompiledList(Path({str(path)!r}), verify=False)
column = opened.column('pdq')
if column.index:
    MihIndex(column.hashes, column.index).find(asked, 31)
print((private() - before) / 1024)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return round(float(done.stdout), 1)


def main() -> None:
    """Run what was asked for and write a dated table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", default="1e4,1e5,1e6")
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    faiss.omp_set_num_threads(1)
    out: list[dict[str, object]] = []
    for text in options.rows.split(","):
        search(int(float(text)), out)
        opening(int(float(text)), out)
    if options.write:
        name = f"{datetime.date.today()}-matching-{options.rows.replace(',', '-')}.csv"
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        machine = next((line.split(":")[1] for line in lines if "model name" in line), " ?").strip()
        with open(options.write / name, "w", newline="") as stream:
            stream.write(
                f"# {machine}, {os.cpu_count()} processors, {platform.platform()}, Python "
                f"{platform.python_version()}, numpy {np.__version__}, faiss {faiss.__version__} "
                f"({faiss.get_compile_options().strip()}), seed {SEED}, {ROUNDS} rounds\n"
            )
            table = csv.DictWriter(stream, ["what", "rows", "us_per_query", "times_faiss", "value"])
            table.writeheader()
            table.writerows(out)


if __name__ == "__main__":
    main()
