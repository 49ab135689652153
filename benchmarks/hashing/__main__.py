"""Speed of whole commands over folders of pictures, hashsweep beside its peers and the limits.

    python -m benchmarks.hashing --write benchmarks/runs

Installs everything that it needs into --work and keeps it there. README.md in benchmarks/ says
what is measured and how.
"""

import argparse
import fcntl
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.hashing import environments, measuring, results
from benchmarks.hashing.contenders import CONTENDERS, Contender, Job
from benchmarks.hashing.sets import SETS, folder_of, make

SEED = 20261124
LISTED = {"pdq": 32, "phash": 8}
"""Perceptual hashes that our own contenders match, and their bytes."""


def options() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.hashing",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    add = parser.add_argument
    add("--work", type=Path, default=cache / "hashsweep-benchmarks", help="kept and reused")
    add("--pictures", type=Path, metavar="DIR", help="make the sets from these photographs")
    add("--rounds", type=count, default=5)
    add("--rows", type=count, default=1_000_000, help="random hashes in the list that is matched")
    add("--files", type=count, help="at most so many pictures a set")
    add("--only", type=names(SETS), metavar="SET,...", help=", ".join(SETS))
    add("--contenders", type=names(CONTENDERS), metavar="NAME,...", help=", ".join(CONTENDERS))
    add("--torch", action="store_true", help="imagededup, too: its PyTorch takes 5 GB in --work")
    add("--installed", action="store_true", help="hashsweep as this Python has it, not installed")
    add("--write", type=Path, metavar="DIR", help="write a dated table into this folder")
    return parser.parse_args()


def count(text: str) -> int:
    """Return a whole number above 0, such as 5 or 1e6."""
    try:
        number = int(float(text))
    except (ValueError, OverflowError):
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return number


def names(known: dict[str, object]):
    """Return a reader of comma-separated names."""

    def read(text: str) -> list[str]:
        unknown = [name for name in text.split(",") if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"{unknown[0]} is none of {', '.join(known)}")
        return text.split(",")

    return read


class Benchmark:
    """The contenders that take part, and what they run with."""

    def __init__(self, asked: argparse.Namespace) -> None:
        """Install everything; what cannot be had is in `left_out` with the reason."""
        self.machine = results.machine()  # now, before anything of ours makes it busy
        self.asked, self.work = asked, asked.work.resolve()
        self.programs: dict[str, Path] = {}
        self.versions: list[str] = []
        self.left_out: dict[str, str] = {}
        self.cores = sorted(os.sched_getaffinity(0))
        for name in ("home", "temporary"):
            (self.work / name).mkdir(parents=True, exist_ok=True)
        for one in self._wanted():
            try:
                self.programs[one.name] = self._program(one)
            except environments.Missing as missing:
                self._leave_out(one, str(missing))
        self.python = self._python("hashsweep")
        self.lists = {name: self._list(name, length) for name, length in LISTED.items()}

    def _wanted(self) -> list[Contender]:
        wanted = []
        for one in CONTENDERS.values():
            if self.asked.contenders:
                if one.name in self.asked.contenders:
                    wanted.append(one)
            elif one.on_demand and not self.asked.torch:
                self._leave_out(one, "give --torch to have it measured")
            else:
                wanted.append(one)
        return wanted

    def _leave_out(self, one: Contender, why: str) -> None:
        self.left_out[one.name] = why
        print(f"{one.name} is left out: {why}", flush=True)

    def _program(self, one: Contender) -> Path:
        if one.cores > len(self.cores):
            raise environments.Missing(f"it needs {one.cores} processors")
        if one.home == "system":
            command = one.name.partition("-")[0]
            told = environments.command_version(command)
            if told not in self.versions:
                self.versions.append(told)
            return Path(environments.command_of(command))
        return self._python(one.home)

    def _python(self, home: str) -> Path:
        installed = home == "hashsweep" and self.asked.installed
        python = Path(sys.executable) if installed else environments.python_of(home, self.work)
        told = f"{home}: {environments.described(home, python)}"
        if told not in self.versions:
            self.versions.append(told)
        return python

    def _list(self, name: str, length: int) -> Path:
        """Return a compiled list of random hashes, made now unless an earlier run made it."""
        rows = self.asked.rows
        plain = self.work / "lists" / f"{name}-{rows}.txt"
        compiled = plain.with_suffix(".hsl")
        if compiled.exists():
            return compiled
        print(f"compiling a list of {rows:,} {name} rows ...", flush=True)
        plain.parent.mkdir(exist_ok=True)
        plain.touch(mode=0o600)  # others may not read a list
        rng = random.Random(SEED)
        with open(plain, "w", encoding="ascii") as stream:
            stream.writelines(f"{rng.randbytes(length).hex()}\n" for _ in range(rows))
        words = [self.python, "-m", "hashsweep", "lists", "import", f"{name}:{plain}"]
        subprocess.run(
            [*map(str, words), "-o", str(compiled)], check=True, stdout=subprocess.DEVNULL
        )
        plain.unlink()
        return compiled

    def measure(self, name: str) -> dict[str, results.Taken]:
        """Run all contenders of a set in turn, a warm-up and then round after round."""
        made = min(SETS[name].files, self.asked.files or SETS[name].files)
        print(f"\n{name}: making {made} pictures where they are missing ...", flush=True)
        pictures = make(self.python, name, made, self.work, self.asked.pictures)
        jobs, taken = {}, {}
        for contender, program in self.programs.items():
            one = CONTENDERS[contender]
            if name in one.sets:
                files = 1 if SETS[name].files == 1 else max(1, round(made * one.share))
                folder = folder_of(pictures, files, self.work)
                jobs[contender] = Job(program, folder, self.work / "report", self.lists)
                taken[contender] = results.Taken(files)
        for turn in range(-1, self.asked.rounds):
            for contender, job in jobs.items():
                if contender not in taken:
                    continue
                try:
                    run = self._run(CONTENDERS[contender], job, watch=turn < 0)
                except measuring.Failed as failed:
                    if contender.startswith("hashsweep"):
                        raise measuring.Failed(f"{contender} on {name}: {failed}") from None
                    self._leave_out(CONTENDERS[contender], f"on {name}: {failed}")
                    del taken[contender]
                    continue
                if turn < 0:
                    taken[contender].peaks = run.peaks
                else:
                    taken[contender].walls.append(run.wall)
                    taken[contender].processors.append(run.processor)
        return taken

    def _run(self, one: Contender, job: Job, *, watch: bool) -> measuring.Run:
        """Run a contender once and see that it hashed every file."""
        shutil.rmtree(job.report, ignore_errors=True)
        cores = set(self.cores[-one.cores :])
        log = self.work / "temporary" / f"{one.name}.txt"
        run = measuring.run(one.command(job), self._environment(one), cores, log, watch=watch)
        if run.status != 0 and not (one.home == "hashsweep" and run.status == 1):
            last = (run.output.strip().splitlines() or ["no word of why"])[-1]
            raise measuring.Failed(f"exit status {run.status}: {last}")
        if (found := one.counted(job, run.output)) != len(job.files):
            raise measuring.Failed(f"{found} hashes for {len(job.files)} files")
        return run

    def _environment(self, one: Contender) -> dict[str, str]:
        """Return this process's environment, less what steers Python; one BLAS thread for all."""
        dropped = {"PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "HASHSWEEP_REPORT_KEY"}
        if one.home == "hashsweep" and self.asked.installed:
            dropped = {"HASHSWEEP_REPORT_KEY"}
        environment = {key: value for key, value in os.environ.items() if key not in dropped}
        for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
            environment[variable] = "1"
        if one.home != "hashsweep":
            environment["HOME"] = str(self.work / "home")  # threatexchange makes a folder there
        environment["TMPDIR"] = str(self.work / "temporary")
        return environment

    def about(self) -> str:
        """Return everything that a reader of the figures has to know of this run."""
        pictures = "photographs of the user's" if self.asked.pictures else "drawn pictures"
        left_out = "; ".join(f"{name} ({why})" for name, why in self.left_out.items())
        return (
            f"{self.machine}; {'; '.join(self.versions)}; {pictures}, "
            f"{self.asked.rows:,} rows a list, {self.asked.rounds} rounds"
            + (f"; left out: {left_out}" if left_out else "")
        )


def main() -> None:
    """Install, make, measure, tell."""
    asked = options()
    os.umask(0o077)
    measuring.adopt_orphans()
    try:
        everything(asked)
    except (environments.Missing, measuring.Failed) as failed:
        sys.exit(str(failed))
    except subprocess.CalledProcessError as failed:  # it has said why on stderr
        sys.exit(f"{' '.join(map(str, failed.cmd[1:4]))} ...: exit status {failed.returncode}")
    except KeyboardInterrupt:
        sys.exit(130)


def everything(asked: argparse.Namespace) -> None:
    """Measure set after set; raises Missing, Failed or CalledProcessError."""
    asked.work.mkdir(parents=True, exist_ok=True)
    with open(asked.work / "lock", "w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"{asked.work}: another benchmark is at work there")
        measure_all(asked)


def measure_all(asked: argparse.Namespace) -> None:
    """The same, with the work folder to ourselves."""
    benchmark = Benchmark(asked)
    print(benchmark.about())
    found: list[dict[str, object]] = []
    for name in asked.only or SETS:
        rows = results.rows(name, benchmark.measure(name))
        found += rows
        results.show(rows)
        if asked.write:
            kind = "photographs" if asked.pictures else "drawn"
            path = results.write(asked.write, kind, benchmark.about(), found)
            print(f"\nwritten: {path}")


if __name__ == "__main__":
    main()
