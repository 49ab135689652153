"""Medians and paired ratios of what was measured; as text, and as a dated table."""

import csv
import datetime
import os
import platform
import statistics
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.hashing.contenders import COMPARED, CONTENDERS
from benchmarks.hashing.measuring import Peaks

COLUMNS = (
    *("set", "contender", "does", "against", "files", "files_per_s", "cpu_ms_per_file"),
    *("peak_mb", "private_mb", "worker_peak_mb", "worker_private_mb"),
    *("ratio", "ratio_min", "ratio_max", "cpu_ratio", "rounds"),
)


@dataclass
class Taken:
    """What a contender took on a set: seconds of each round, and the peaks of its warm-up."""

    files: int
    walls: list[float] = field(default_factory=list)
    processors: list[float] = field(default_factory=list)
    peaks: Peaks = field(default_factory=Peaks)

    @property
    def rates(self) -> list[float]:
        """Files a second of wall time, start-up included, in each round."""
        return [self.files / wall for wall in self.walls]

    @property
    def costs(self) -> list[float]:
        """Processor seconds a file, in each round."""
        return [seconds / self.files for seconds in self.processors]


def paired(above: list[float], below: list[float]) -> list[float]:
    """Return the ratio of each round; 0 below is what the kernel's clock cannot tell from it."""
    return [a / b if b else float("inf") for a, b in zip(above, below, strict=True)]


def rows(name: str, taken: dict[str, Taken]) -> list[dict[str, object]]:
    """Return the rows of one set: a contender's medians each, then the ratios."""
    found: list[dict[str, object]] = []
    for contender, one in taken.items():
        found.append(
            {
                "set": name,
                "contender": contender,
                "does": CONTENDERS[contender].does,
                "files": one.files,
                "files_per_s": _short(statistics.median(one.rates)),
                "cpu_ms_per_file": _short(statistics.median(one.costs) * 1e3),
                "peak_mb": round(one.peaks.resident / 1e6),
                "private_mb": round(one.peaks.private / 1e6),
                "worker_peak_mb": round(one.peaks.worker_resident / 1e6) or "",
                "worker_private_mb": round(one.peaks.worker_private / 1e6) or "",
                "rounds": " ".join(_short(rate) for rate in one.rates),
            }
        )
    for ours, peer in COMPARED:
        if ours in taken and peer in taken:
            ratios = paired(taken[ours].rates, taken[peer].rates)
            spared = paired(taken[peer].costs, taken[ours].costs)
            found.append(
                {
                    "set": name,
                    "contender": ours,
                    "against": peer,
                    "ratio": _short(statistics.median(ratios)),
                    "ratio_min": _short(min(ratios)),
                    "ratio_max": _short(max(ratios)),
                    "cpu_ratio": _short(statistics.median(spared)),
                    "rounds": " ".join(_short(ratio) for ratio in ratios),
                }
            )
    return found


def _short(number: float) -> str:
    """Return three significant digits."""
    return f"{number:.0f}" if number >= 100 else f"{number:.3g}"


def show(found: list[dict[str, object]]) -> None:
    """Print the rows of one set."""
    heads = (
        *("contender", "files", "files_per_s", "cpu_ms_per_file"),
        *("peak_mb", "private_mb", "worker_peak_mb", "worker_private_mb"),
    )
    print(f"\n{found[0]['set']}")
    _table([row for row in found if "ratio" not in row], (*heads, "does"))
    ratios = [row for row in found if "ratio" in row]
    if ratios:
        print()
        _table(ratios, ("contender", "against", "ratio", "ratio_min", "ratio_max", "cpu_ratio"))


def _table(found: list[dict[str, object]], heads: tuple[str, ...]) -> None:
    cells = [heads, *(tuple(str(row[head]) for head in heads) for row in found)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(heads))]
    left = ("contender", "against", "does")
    for row in cells:
        words = [
            text.ljust(width) if head in left else text.rjust(width)
            for text, width, head in zip(row, widths, heads, strict=True)
        ]
        print("  " + "  ".join(words).rstrip(), flush=True)


def machine() -> str:
    """Return the processor, the system and how busy the machine is."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":")[1].strip() for line in lines if "model name" in line), "?")
    return (
        f"{model}, {os.cpu_count()} processors, {platform.platform()}, Python "
        f"{platform.python_version()}, load {os.getloadavg()[0]:.2f} at the start"
    )


def write(folder: Path, name: str, about: str, found: list[dict[str, object]]) -> Path:
    """Write all rows as a dated CSV whose first line is a comment; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{datetime.date.today()}-hashing-{name}.csv"
    with open(path, "w", newline="", encoding="utf-8") as stream:
        stream.write(f"# {about}\n")
        table = csv.DictWriter(stream, COLUMNS, restval="")
        table.writeheader()
        table.writerows(found)
    return path
