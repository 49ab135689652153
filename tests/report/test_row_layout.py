"""The bytes of a plain row: what is packed is what is read."""

import subprocess
import sys

import numpy as np

from hashsweep.report.row_layout import NUMBERS, row_type


def test_packed_numbers_are_the_fields_of_a_row():
    """Each in its place, and the hashes behind them."""
    row = NUMBERS.pack(1, 2, 3, -4, -5, 6, 7, -8) + b"ab" + b"cde"
    (read,) = np.frombuffer(row, row_type({"two": 2, "three": 3}))

    assert read.tolist() == (1, 2, 3, -4, -5, 6, 7, -8, b"ab", b"cde")


def test_workers_do_not_import_pyarrow():
    """It is 25 MiB, and they write no report."""
    script = "import hashsweep.sweep.worker, sys; sys.exit('pyarrow' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
