"""Chooses the code that searches an index: numpy, or compiled code if installed and worthwhile."""

import importlib.util
from collections.abc import Mapping
from typing import Any

import numpy.typing as npt

from hashsweep.matching.base import Hashes, Index
from hashsweep.matching.mih import MihIndex

COMPILED_FROM = 3_000_000
"""From this many hashes on, a few seconds of compiling pay in a sweep (see benchmarks/)."""


def searcher(
    hashes: Hashes, arrays: Mapping[str, npt.NDArray[Any]], compiled_from: int | None = None
) -> Index:
    """Return an Index over the arrays that mih.build made from `hashes`.

    `compiled_from` overrides COMPILED_FROM, for work with more queries than a sweep.
    """
    least = COMPILED_FROM if compiled_from is None else compiled_from
    if len(hashes) >= least and is_compiled_available():
        from hashsweep.matching.mih_compiled import CompiledMihIndex

        return CompiledMihIndex(hashes, arrays)
    return MihIndex(hashes, arrays)


def is_compiled_available() -> bool:
    """Say whether numba (the extra `fast`) is installed."""
    return importlib.util.find_spec("numba") is not None
