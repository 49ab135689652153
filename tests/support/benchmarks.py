"""Runs a benchmark as its users do."""

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def run_benchmark(name, *words, status=0):
    """Run one of benchmarks/; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        timeout=300,
    )
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr
