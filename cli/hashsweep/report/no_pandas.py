"""Spares a command the import of pandas, which pyarrow loads at its first conversion.

It looks there for arrays of pandas, of which this program has none, and loads pandas wherever it
is installed: a quarter of a CPU second for every command.
"""

import sys
from importlib.abc import MetaPathFinder

import pyarrow as pa


class _Refusing(MetaPathFinder):
    def find_spec(self, name: str, *_: object) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("not needed here", name=name)


def leave_out_pandas() -> None:
    """Have pyarrow look for pandas now, in vain. Whoever needs pandas can still import it."""
    if "pandas" in sys.modules:
        return
    refusing = _Refusing()
    sys.meta_path.insert(0, refusing)
    try:
        pa.array([])
    finally:
        sys.meta_path.remove(refusing)
