"""Who takes part, what each is asked to do, and whom it is compared with."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.hashing.sets import SETS

JPEGS = tuple(name for name, one in SETS.items() if one.is_jpeg)


@dataclass(frozen=True)
class Job:
    """What a contender gets: a Python or a command, a folder of pictures, a place for a report."""

    program: Path
    folder: Path
    report: Path
    lists: dict[str, Path]

    @property
    def files(self) -> list[str]:
        """The pictures by name, in order."""
        return [str(path) for path in sorted(self.folder.iterdir())]


@dataclass(frozen=True)
class Contender:
    """A command. `home` names its environment or, for `system`, its package.

    `share` is how many files it gets, as a multiple of a set's pictures: so many that it works
    for some seconds. `counted` tells from a job and its output how many files it hashed.
    """

    name: str
    home: str
    does: str
    command: Callable[[Job], list[str]]
    counted: Callable[[Job, str], int]
    share: float = 1.0
    sets: tuple[str, ...] = tuple(SETS)
    cores: int = 1
    on_demand: bool = False


def _sweep(hashes: tuple[str, ...], *options: str, workers: int = 1) -> Callable[[Job], list[str]]:
    """Return the whole `hashsweep scan`, report and all."""

    def command(job: Job) -> list[str]:
        words = [str(job.program), "-m", "hashsweep", "scan", str(job.folder)]
        for name in hashes:
            words += ["--hash", name]
            if name in job.lists:
                words += ["--list", str(job.lists[name])]
        return [*words, *options, "-j", str(workers), "-q", "-o", str(job.report)]

    return command


def _scanned(job: Job, output: str) -> int:  # noqa: ARG001
    try:
        tally = json.loads((job.report / "sweep.json").read_text())["tally"]
    except FileNotFoundError:  # it ended before it began
        return 0
    return min([tally["items"] - tally["failed"], *tally["hashed"].values()])


def _loop(name: str) -> Callable[[Job], list[str]]:
    script = str(Path(__file__).with_name("loops.py"))
    return lambda job: [str(job.program), script, name, *job.files]


def _hashes(job: Job, output: str) -> int:  # noqa: ARG001
    return len(re.findall(r"^(?:pdq )?[0-9a-f]{16,64}$", output, re.MULTILINE))


def _threatexchange(job: Job) -> list[str]:
    command = str(job.program.with_name("threatexchange"))
    return [command, "hash", "--signal-type", "pdq", "photo", *job.files]


def _hashdeep(job: Job) -> list[str]:
    return [str(job.program), "-j1", "-c", "md5,sha1,sha256", "-r", str(job.folder)]


def _digests(job: Job, output: str) -> int:  # noqa: ARG001
    return len(re.findall(r"^\d+,[0-9a-f]{32},[0-9a-f]{40},[0-9a-f]{64},", output, re.MULTILINE))


def _hashdeep_sha256(job: Job) -> list[str]:
    return [str(job.program), "-j1", "-c", "sha256", "-r", str(job.folder)]


def _sha256(job: Job, output: str) -> int:  # noqa: ARG001
    return len(re.findall(r"^\d+,[0-9a-f]{64},", output, re.MULTILINE))


def _djpeg(job: Job) -> list[str]:
    loop = f'for f; do "{job.program}" -scale 1/8 -grayscale -outfile /dev/null "$f" || exit; done'
    return ["/bin/sh", "-c", loop, "djpeg", *job.files]


def _cat(job: Job) -> list[str]:
    return ["/bin/sh", "-c", f'exec "{job.program}" "$@" >/dev/null', "cat", *job.files]


def _all(job: Job, output: str) -> int:  # noqa: ARG001
    return len(job.files)  # its exit status says that it had them all


CONTENDERS = {
    each.name: each
    for each in (
        Contender("hashsweep", "hashsweep", "sha256, pdq", _sweep(("sha256", "pdq")), _scanned, 8),
        Contender(
            "hashsweep-exact",
            "hashsweep",
            "sha256, pdq as the reference has it, bit for bit",
            _sweep(("sha256", "pdq"), "--exact"),
            _scanned,
            sets=JPEGS,
        ),
        Contender(
            "hashsweep-phash",
            "hashsweep",
            "sha256, phash",
            _sweep(("sha256", "phash")),
            _scanned,
            2,
        ),
        Contender(
            "hashsweep-digests",
            "hashsweep",
            "md5, sha1, sha256",
            _sweep(("md5", "sha1", "sha256")),
            _scanned,
            4,
        ),
        Contender("hashsweep-sha256", "hashsweep", "sha256", _sweep(("sha256",)), _scanned, 8),
        Contender(
            "hashsweep-1-worker",
            "hashsweep",
            "sha256, pdq: long enough to leave start-up behind",
            _sweep(("sha256", "pdq")),
            _scanned,
            8,
            sets=("jpeg-12mp", "jpeg-2mp"),
        ),
        Contender(
            "hashsweep-2-workers",
            "hashsweep",
            "the same on two cores",
            _sweep(("sha256", "pdq"), workers=2),
            _scanned,
            8,
            sets=("jpeg-12mp", "jpeg-2mp"),
            cores=2,
        ),
        Contender("threatexchange", "threatexchange", "pdq", _threatexchange, _hashes, 0.25),
        Contender("pdqhash", "pdqhash", "pdq", _loop("pdqhash"), _hashes, 0.25),
        Contender("imagehash", "imagehash", "phash", _loop("imagehash"), _hashes, 0.5),
        Contender("perception", "perception", "phash", _loop("perception"), _hashes, 0.5),
        Contender(
            "imagededup", "imagededup", "phash", _loop("imagededup"), _hashes, 0.25, on_demand=True
        ),
        Contender("libphash", "libphash", "phash at 1/8", _loop("libphash"), _hashes, 2),
        Contender("hashdeep", "system", "md5, sha1, sha256", _hashdeep, _digests, 4),
        Contender("hashdeep-sha256", "system", "sha256", _hashdeep_sha256, _sha256, 4),
        Contender("djpeg", "system", "grey at 1/8, nothing else", _djpeg, _all, 4, sets=JPEGS),
        Contender("cat", "system", "reads the files", _cat, _all, 4),
    )
}

COMPARED = (
    ("hashsweep", "threatexchange"),
    ("hashsweep", "pdqhash"),
    ("hashsweep", "imagehash"),
    ("hashsweep-exact", "pdqhash"),
    ("hashsweep-phash", "imagehash"),
    ("hashsweep-phash", "perception"),
    ("hashsweep-phash", "imagededup"),
    ("hashsweep-phash", "libphash"),
    ("hashsweep-digests", "hashdeep"),
    ("hashsweep-sha256", "hashdeep-sha256"),
    ("hashsweep", "djpeg"),
    ("hashsweep", "cat"),
    ("hashsweep-2-workers", "hashsweep-1-worker"),
)
"""Whose rate is divided by whose."""
