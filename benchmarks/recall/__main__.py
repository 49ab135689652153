"""How many altered copies of listed pictures are found, and how many matches are false.

    python -m benchmarks.recall --photographs FOLDER --groups FOLDER --write benchmarks/runs

Run it with a Python that has hashsweep. It makes a list of the originals with `hashsweep hash`,
alters each in every way of KINDS (alterations.py), and looks for the copies with `hashsweep scan`,
once per level of `--variants`, and with each peer in an environment of its own. With --groups it
does the same with copies that others made; README.md in benchmarks/ describes that folder.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

from benchmarks.hashing import environments
from benchmarks.recall import cases, contenders, results
from benchmarks.recall.alterations import KINDS

DRAWN_SIZE = (960, 720)


def options() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.recall",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    add = parser.add_argument
    add("--photographs", type=Path, metavar="DIR", help="alter these; drawings without it")
    add("--most", type=int, default=30, help="at most so many originals (default: 30)")
    add("--kinds", default="", metavar="WORD,...", help="only kinds with one of these words")
    add("--groups", type=Path, metavar="DIR", help="also copies that others made, by GROUPS.tsv")
    add("--same", action="append", default=[], metavar="GROUP=GROUP", help="they show the same")
    add("--only-groups", action="store_true", help="alter nothing")
    add("--levels", metavar="LEVEL,...", help="values of --variants (default: all there are)")
    add("--exact", action="store_true", help="each level with --exact, too")
    add("--peers", default=",".join(contenders.PEERS), metavar="NAME,...", help="'' for none")
    add("--peers-python", type=Path, metavar="PATH", help="a Python that has the peers")
    add("--work", type=Path, default=cache / "hashsweep-benchmarks", help="environments, kept")
    add("--write", type=Path, metavar="DIR", help="write a dated table into this folder")
    add("--markdown", action="store_true", help="print the table as Markdown")
    asked = parser.parse_args()
    known = contenders.known_levels()
    asked.levels = asked.levels.split(",") if asked.levels else known
    asked.peers = [name for name in asked.peers.split(",") if name]
    for names, choices in ((asked.levels, known), (asked.peers, contenders.PEERS)):
        for name in names:
            if name not in choices:
                parser.error(f"{name!r} is none of {', '.join(choices)}")
    if asked.only_groups and not asked.groups:
        parser.error("--only-groups needs --groups")
    asked.same = dict(pair.split("=", 1) for pair in asked.same)
    return asked


def prepare(asked: argparse.Namespace, pythons: dict[str, Path], work: Path) -> list[cases.Cases]:
    """Return the sets of copies that were asked for, drawn into `work`."""
    prepared = []
    if not asked.only_groups:
        if asked.photographs:
            pictures, about = cases.photographs(asked.photographs, asked.most)
        else:
            pictures = cases.drawn_pictures(asked.most, DRAWN_SIZE)
            about = f"{len(pictures)} drawings"
        words = asked.kinds.split(",")
        python = pythons.get("perception")
        prepared.append(
            cases.altered_copies(
                pictures,
                about,
                work,
                lambda kind: any(word in kind for word in words),
                partial(contenders.watermark, python) if python else None,
            )
        )
    if asked.groups:
        references = work / "references"
        references.mkdir()
        prepared.append(cases.groups_of(asked.groups, asked.same, references))
    return prepared


def find_peers(asked: argparse.Namespace) -> tuple[dict[str, Path], list[str], list[str]]:
    """Return the Python of each peer, their versions, and who is left out and why."""
    pythons, versions, left_out = {}, [], []
    for name in asked.peers:
        try:
            python = contenders.peer_python(name, asked.work.resolve(), asked.peers_python)
        except environments.Missing as missing:
            left_out.append(f"{contenders.PEERS[name]} ({missing})")
            continue
        pythons[name] = python
        versions.append(environments.described(name, python))
    return pythons, list(dict.fromkeys(versions)), left_out


def look(
    found: cases.Cases, asked: argparse.Namespace, pythons: dict[str, Path], work: Path
) -> dict[str, contenders.Answer]:
    """Return what each contender finds of a set, by its label."""
    answers = {}
    hash_list = contenders.make_list(found, work)
    for variants in asked.levels:
        for exact in (False, True) if asked.exact else (False,):
            level = contenders.Level(variants, exact)
            print(f"{found.name}: {level.label} ...", file=sys.stderr, flush=True)
            answers[level.label] = contenders.sweep(found, hash_list, level, work)
    for name, python in pythons.items():
        label = contenders.PEERS[name]
        print(f"{found.name}: {label} ...", file=sys.stderr, flush=True)
        answers[label] = contenders.ask_peer(name, python, found, asked.work / "recall")
    return answers


def measure(asked: argparse.Namespace, work: Path) -> None:
    """Draw, look, print and write."""
    pythons, versions, left_out = find_peers(asked)
    rows, origins = [], []
    for found in prepare(asked, pythons, work):
        own = work / found.name
        own.mkdir(exist_ok=True)
        answers = look(found, asked, pythons, own)
        rows += results.rows_of(found.name, found.copies, answers)
        origins.append(f"{found.name}: {len(found.copies)} copies of {found.about}")
    versions.insert(0, environments.described("hashsweep", Path(sys.executable)))
    about = "; ".join((*versions, *origins, f"{len(KINDS)} kinds"))
    about += f"; left out: {', '.join(left_out)}" if left_out else ""
    print(about)
    if asked.markdown:
        print(results.markdown(rows), end="")
    else:
        for row in rows:
            print("  ".join(f"{row[column]:>8}" for column in results.COLUMNS))
    if asked.write:
        print(f"written: {results.write(asked.write, about, rows)}")


def main() -> None:
    """Measure in a temporary folder that only its user can read."""
    asked = options()
    os.umask(0o077)
    try:
        with tempfile.TemporaryDirectory() as work:
            measure(asked, Path(work))
    except subprocess.CalledProcessError as failed:  # it has said why on stderr
        sys.exit(f"{' '.join(map(str, failed.cmd[:4]))} ...: exit status {failed.returncode}")


if __name__ == "__main__":
    main()
