"""How much the tests try: what a change is checked with in minutes, what CI tries, or far more.

HASHSWEEP_EXHAUSTIVE=1 (`.ci/run`) asks for all tests at their full length. Without it, tests that
are marked `exhaustive` are left out, and what is drawn at random, killed or damaged is a part of
the same. HASHSWEEP_EXHAUSTIVE=long (`.ci/long`) asks for ten times as much, in hours.
"""

import os
from collections.abc import Container, Iterable
from typing import Any

import pytest

LONG = os.environ.get("HASHSWEEP_EXHAUSTIVE") == "long"
EXHAUSTIVE = LONG or os.environ.get("HASHSWEEP_EXHAUSTIVE") == "1"


def times(number: int, quick: int) -> int:
    """How often something is tried: `quick` times, `number` in CI, ten times as often if long."""
    return 10 * number if LONG else number if EXHAUSTIVE else quick


def some(cases: Iterable[Any], first: Container[Any]) -> list[Any]:
    """Return the cases of a parametrized test; those that are not `first` are left to CI."""
    return [
        each
        if each in first
        else pytest.param(
            *(each if isinstance(each, tuple) else (each,)), marks=pytest.mark.exhaustive
        )
        for each in cases
    ]


def examples(number: int) -> int:
    """How many examples Hypothesis draws where CI draws `number`: a quarter, 10 at least."""
    return times(number, max(number // 4, 10))
