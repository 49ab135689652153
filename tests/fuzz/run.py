"""Feeds the targets from a coverage-guided fuzzer.

    python tests/fuzz/run.py --seconds 60 [TARGET]...

One process a target, as many at once as there are processors. What is found is kept in a new
folder, whose name is printed, and the exit status is 1. A finding that has been mended goes to
tests/fuzz/findings/TARGET. Needs the extra `fuzz` (atheris).
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))
LONGEST = {"media": 200_000, "compiled": 20_000, "renewed": 20_000}


def fuzz(target: str, arguments: list[str]) -> None:
    """Run the fuzzer in this process; it ends the process itself."""
    import atheris

    with atheris.instrument_imports(include=["hashsweep"]):
        from fuzz.targets import TARGETS
    atheris.Setup([sys.argv[0], *arguments], TARGETS[target])
    atheris.Fuzz()


def prepare(target: str, folder: Path) -> list[str]:
    """Write the seeds and return the fuzzer's arguments."""
    from fuzz.seeds import seeds

    (folder / "seeds").mkdir(parents=True)
    (folder / "found").mkdir()
    for number, seed in enumerate(seeds(target)):
        (folder / "seeds" / str(number)).write_bytes(seed)
    return [
        "-timeout=20",
        "-rss_limit_mb=4096",
        f"-max_len={LONGEST.get(target, 65536)}",
        f"-artifact_prefix={folder}/found/",
        "-print_final_stats=1",
        str(folder / "seeds"),
    ]


def run(target: str, seconds: int, folder: Path) -> bool:
    """Fuzz one target for a time; say whether nothing was found."""
    words = [f"-max_total_time={seconds}", *prepare(target, folder)]
    done = subprocess.run(
        [sys.executable, __file__, "--target", target, "--", *words],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False,
        env=os.environ | {"PYTHONPATH": str(TESTS)},
    )  # fmt: skip
    number = re.search(r"number_of_executed_units: (\d+)", done.stderr)
    found = sorted((folder / "found").iterdir())
    _say(f"{target}: {number[1] if number else '?'} executions, {len(found)} findings")
    if done.returncode or found:
        _say(done.stderr[-6000:], *map(str, found))
    return not (done.returncode or found)


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def main() -> int:
    """Run the targets that were named, or all."""
    from fuzz.targets import TARGETS

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="hashsweep-found-"))
    names = options.targets or list(TARGETS)
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        fine = list(pool.map(lambda name: run(name, options.seconds, folder / name), names))
    return int(not all(fine))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--target"]:
        fuzz(sys.argv[2], sys.argv[4:])
    else:
        sys.exit(main())
