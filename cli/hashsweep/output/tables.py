"""Tables and figures for people at a terminal. Uses rich; knows no report."""

import datetime
import io
import os
import re
import sys
from typing import IO, cast

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hashsweep.safe_text import printable

_PIPED_WIDTH, _NARROWEST = 100, 40  # columns if stdout is not a terminal; fewer are not readable


class _Trimmed(io.TextIOBase):
    """Standard output without the blanks that rich puts at the ends of a table's lines.

    They would wrap where the mail or pager that shows the lines is narrower than the table.
    """

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return sys.stdout.encoding

    def write(self, text: str) -> int:
        return sys.stdout.write(re.sub(r" +$", "", text, flags=re.MULTILINE))

    def flush(self) -> None:
        sys.stdout.flush()


def console() -> Console:
    """Return stdout: as wide as the terminal; plain, and as wide as COLUMNS says, if it is none."""
    found = Console(highlight=False, soft_wrap=False)
    if found.is_terminal:
        return found
    plain = cast("IO[str]", _Trimmed())
    wanted = os.environ.get("COLUMNS", "")
    width = max(int(wanted), _NARROWEST) if wanted.isdecimal() else _PIPED_WIDTH
    return Console(file=plain, highlight=False, width=min(width, 10_000), no_color=True)


def new_table(title: str, *columns: str) -> Table:
    """Return a table without lines; its second column is for numbers."""
    made = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        show_edge=False,
        box=None,
        show_header=False,
    )
    for number, column in enumerate(columns):
        made.add_column(column, justify="right" if number == 1 else "left", overflow="fold")
    return made


def add_row(to: Table, what: str, number: int, meaning: str = "") -> None:
    """Add a line: what it counts, the count, and a note; its text cannot control a terminal."""
    to.add_row(Text(printable(what)), f"{number:,}", Text(printable(meaning)))


def duration(seconds: float) -> str:
    """Return seconds as people write them."""
    if seconds < 60:  # noqa: PLR2004
        return f"{seconds:.1f} s"
    return str(datetime.timedelta(seconds=round(seconds)))


def amount(number: float) -> str:
    """Return bytes in a suitable unit (powers of 1000)."""
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000:  # noqa: PLR2004
            return f"{number:,.0f} {unit}" if unit == "B" else f"{number:,.1f} {unit}"
        number /= 1000
    return f"{number:,.1f} TB"
