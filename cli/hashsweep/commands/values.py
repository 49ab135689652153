"""Types of option values: sizes, counts, distances. Knows no option."""

import math
import re
from typing import Any

import click

_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


class Size(click.ParamType[int]):
    """Bytes, as a number with K, M, G or T (powers of 1024)."""

    name = "SIZE"

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        """Return bytes."""
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"(\d+)([KMGT]?)(?:i?B)?", value.strip(), re.IGNORECASE)
        if not found:
            self.fail(f"{value!r} is not a size such as 500000, 20M or 2G", param, ctx)
        return int(found[1]) * _UNITS[found[2].upper()]


class Count(click.ParamType[int]):
    """A number, with K or M for thousands and millions."""

    name = "NUMBER"

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        """Return the number."""
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"(\d+)([KM]?)", value.strip(), re.IGNORECASE)
        if not found:
            self.fail(f"{value!r} is not a number such as 500000 or 300M", param, ctx)
        return int(found[1]) * {"": 1, "K": 1000, "M": 1_000_000}[found[2].upper()]


class Whole(click.IntRange):
    """A whole number within bounds."""

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        """Return the number."""
        if isinstance(value, str) and not re.fullmatch(r"\s*[+-]?\d+\s*", value):
            self.fail(f"{value!r} is not a whole number", param, ctx)
        return super().convert(value, param, ctx)


class Real(click.FloatRange):
    """A number within bounds; NaN, which passes every bound, is refused."""

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """Return the number."""
        try:
            float(value)
        except ValueError:
            self.fail(f"{value!r} is not a number", param, ctx)
        found = super().convert(value, param, ctx)
        if math.isnan(found):
            self.fail(f"{value!r} is not a number", param, ctx)
        return found


class Distance(click.ParamType[tuple[str, int]]):
    """ALGORITHM=BITS."""

    name = "ALGORITHM=BITS"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, int]:
        """Return (algorithm, bits)."""
        if isinstance(value, tuple):
            return value[0], value[1]
        algorithm, _, bits = value.partition("=")
        if not bits.isdigit():
            self.fail(f"{value!r} does not look like pdq=31", param, ctx)
        return algorithm.strip().lower(), int(bits)


class Share(click.ParamType[tuple[int, int]]):
    """M/N: M of every N, 1 <= M <= N; `example` is what messages show."""

    def __init__(self, name: str = "M/N", example: str = "1/30") -> None:
        """`name` is what help shows."""
        self.name = name
        self._example = example

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, int]:
        """Return (M, N)."""
        if isinstance(value, tuple):
            return value[0], value[1]
        found = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", value.strip(), re.ASCII)
        if not found:
            self.fail(f"{value!r} does not look like {self._example}", param, ctx)
        number, of = int(found[1]), int(found[2])
        if not 1 <= number <= of:
            why = f"{number} is not between 1 and {of}" if of else "0 is not a number of parts"
            self.fail(f"{value!r}: {why}", param, ctx)
        return number, of
