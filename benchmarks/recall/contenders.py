"""Who looks for the copies: hashsweep's own commands, and the peers in their environments."""

import hashlib
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pyarrow.dataset as ds

from benchmarks.hashing import environments
from benchmarks.recall.cases import Cases

Answer = list[set[int] | None]
"""For each copy the originals that it matches; None if it could not be hashed."""

PEERS = {
    "pdqhash": "pdqhash",
    "threatexchange": "threatexchange match -R",
    "perception": "perception, PDQ isometric",
    "imagehash": "imagehash phash <= 10",
}
"""Functions of peers.py, and how the table calls them; their environments have the same names
(benchmarks/hashing/environments.py)."""

HASHSWEEP = (sys.executable, "-m", "hashsweep")
TIMEOUT = 600
"""Seconds for one file: a busy machine changes nothing of what is found."""

PEER_SCRIPT = Path(__file__).with_name("peers.py")
WATERMARK_SCRIPT = Path(__file__).with_name("watermark.py")
ENDED = {0, 1, 4, 5}
"""Statuses of a sweep that came to its end."""


@dataclass(frozen=True)
class Level:
    """A value of `scan --variants`, with or without `--exact`."""

    variants: str
    exact: bool = False

    @property
    def label(self) -> str:
        """How the table calls it."""
        return f"hashsweep, {self.variants}" + " --exact" * self.exact


def known_levels() -> list[str]:
    """Return the values that `hashsweep scan --variants` takes here, in its own order.

    Raises SystemExit if its help names none.
    """
    told = subprocess.run(
        [*HASHSWEEP, "scan", "--help"], capture_output=True, text=True, check=True
    ).stdout
    found = re.search(r"--variants\s+\[([^\]]+)\]", told)
    if not found:
        raise SystemExit("hashsweep scan --help names no values of --variants")
    return re.sub(r"\s+", "", found[1]).split("|")


def make_list(cases: Cases, work: Path) -> Path:
    """Return a list of the originals as `hashsweep hash` writes it; CalledProcessError if not."""
    path = work / "list.csv"
    subprocess.run(
        [*HASHSWEEP, "hash", *map(str, cases.originals), "-o", str(path)],
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return path


def sweep(cases: Cases, hash_list: Path, level: Level, work: Path) -> Answer:
    """Return what `hashsweep scan` finds; CalledProcessError if it does not come to its end."""
    report = work / f"report-{level.variants}{'-exact' * level.exact}"
    words = [*HASHSWEEP, "scan", *sorted({str(case.path) for case in cases.copies})]
    words += ["--list", str(hash_list), "--variants", level.variants, "-q", "-o", str(report)]
    words += ["--timeout", str(TIMEOUT)]
    words += ["--exact"] * level.exact
    done = subprocess.run(words, stdin=subprocess.DEVNULL, check=False)
    if done.returncode not in ENDED:
        raise subprocess.CalledProcessError(done.returncode, words[: len(HASHSWEEP) + 1])
    number = {path.name: at for at, path in enumerate(cases.originals)}  # an entry's id is the name
    found: dict[str, set[int] | None] = {}
    files = ds.dataset(report / "files").to_table(columns=["uri", "status", "reasons"])
    for row in files.to_pylist():
        found[row["uri"]] = set()
        if row["status"] == "failed":
            print(f"{row['uri']}: {row['reasons']}", file=sys.stderr, flush=True)
            found[row["uri"]] = None
    for row in ds.dataset(report / "matches").to_table(columns=["uri", "entry_id"]).to_pylist():
        found[row["uri"]] = (found[row["uri"]] or set()) | {number[row["entry_id"]]}
    return [found[str(case.path)] for case in cases.copies]


def peer_python(name: str, work: Path, python: Path | None) -> Path:
    """Return the Python that has a peer: `python` if given, otherwise its own environment.

    Raises environments.Missing with the reason if it cannot be had.
    """
    if python is None:
        return environments.python_of(name, work)
    tried = subprocess.run(
        [str(python), "-c", f"import {name}"], capture_output=True, text=True, check=False
    )
    if tried.returncode:
        lines = tried.stderr.strip().splitlines() or ["no word of why"]
        raise environments.Missing(lines[-1])
    return python


def ask_peer(name: str, python: Path, cases: Cases, kept: Path) -> Answer:
    """Return what a peer finds; CalledProcessError if it breaks off.

    Peers are slow and do not change with hashsweep, so the answer is kept in the folder `kept`, and
    used again for the same files and versions.
    """
    copies = [str(case.path) for case in cases.copies]
    running = hashlib.sha256(environments.described(name, python).encode())
    for path in (PEER_SCRIPT, *cases.originals, *copies):
        running.update(hashlib.sha256(Path(path).read_bytes()).digest())
    kept.mkdir(parents=True, exist_ok=True)
    answer = kept / f"{name}-{running.hexdigest()[:16]}.json"
    if not answer.exists():
        job, draft = answer.with_suffix(".job"), answer.with_suffix(".draft")
        job.write_text(json.dumps({"originals": list(map(str, cases.originals)), "copies": copies}))
        with open(answer.with_suffix(".log"), "w", encoding="utf-8") as log:
            run_script(python, PEER_SCRIPT, name, job, draft, log=log)
        job.unlink()
        draft.replace(answer)
    found = json.loads(answer.read_text())
    return [None if each is None else set(each) for each in found]


def watermark(python: Path, originals: list[Path], folder: Path) -> None:
    """Write the originals with perception's watermark into a folder, under their names.

    Raises CalledProcessError if `python` cannot do that.
    """
    run_script(python, WATERMARK_SCRIPT, folder, *originals, log=None)


def run_script(python: Path, script: Path, *words: object, log: IO[str] | None) -> None:
    """Run a script of this folder with a peer's Python; CalledProcessError if it fails."""
    subprocess.run(
        [str(python), str(script), *map(str, words)],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        env=environments.clean_environment(),
    )
