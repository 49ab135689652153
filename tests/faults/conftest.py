"""What the tests of faults sweep, and with what."""

import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest

TESTS = Path(__file__).parents[1]


@pytest.fixture
def plugged(tmp_path):
    """An environment in which the hashers of faulty_hashers.py are installed."""
    info = tmp_path / "site" / "traps-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: traps\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[hashsweep.hashers]\n"
        "trap = support.faulty_hashers:TRAP\n"
        "picture-trap = support.faulty_hashers:PICTURE_TRAP\n"
    )
    path = [str(info.parent), str(TESTS), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path))}


@pytest.fixture
def swept(hashsweep_process, tmp_path):
    """Sweep a folder by the real command; (the ended process, its rows by file name).

    With `parts` they are those of one file, by the name of the part.
    """

    def sweep(folder, *arguments, parts=False, **options):
        report = tmp_path / "report"
        done = hashsweep_process(
            "scan", folder, "-o", report, "-q", "-j", "2", *arguments, **options
        )
        rows = pq.read_table(report / "files").to_pylist()
        by_name = {row["part"] if parts else Path(row["uri"]).name: row for row in rows}
        assert len(by_name) == len(rows)
        return done, by_name

    return sweep
