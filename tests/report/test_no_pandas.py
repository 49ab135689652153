"""What is imported beside pyarrow."""

import subprocess
import sys

import pytest

SHOWN = """
import sys
{first}
import hashsweep.report.schema
import pyarrow as pa
table = pa.table({{"a": pa.array([1, 2])}})
print("pandas" in sys.modules, table.to_pylist())
print(len(table.to_pandas()), "pandas" in sys.modules)
"""


@pytest.mark.parametrize(("first", "loaded"), [("", False), ("import pandas", True)])
def test_pandas_is_loaded_only_for_who_wants_it(first, loaded):
    """Not by pyarrow for itself; and it works for a plug-in that asks for it."""
    run = subprocess.run(
        [sys.executable, "-c", SHOWN.format(first=first)],
        capture_output=True,
        text=True,
        check=True,
    )

    assert run.stderr == ""
    assert run.stdout == f"{loaded} [{{'a': 1}}, {{'a': 2}}]\n2 True\n"
