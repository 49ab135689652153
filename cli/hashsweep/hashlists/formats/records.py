"""Rows of CSV as RFC 4180 has them: a quoted field may hold delimiters, quotes and newlines.

Knows no column.
"""

import csv
import io
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from hashsweep.hashlists.formats.base import RowError

LONGEST_ROW = 200
"""Lines of a row; a quote that does not close within these does not close."""

Line = tuple[int, str]

_REST_OF_QUOTED = re.compile(r'(?:[^"]++|"")*+"')
_OPEN = "a quote that does not close"


class Lines:
    """Numbered lines that are not blank; some may be given back, to be drawn again."""

    def __init__(self, lines: Iterator[Line]) -> None:
        """Draw from `lines`."""
        self._lines = lines
        self._back: deque[Line] = deque()

    def __iter__(self) -> Iterator[Line]:
        back = self._back
        for number, line in self._lines:
            if line.strip():
                yield number, line
            while back:
                yield back.popleft()
        while back:
            yield back.popleft()

    def next(self) -> Line | None:
        """Return the next line, blank or not; None at the end."""
        return self._back.popleft() if self._back else next(self._lines, None)

    def give_back(self, lines: Sequence[Line]) -> None:
        """Take lines that were drawn last."""
        self._back.extendleft(reversed(lines))


def is_open(line: str, delimiter: str, *, inside: bool = False) -> bool:
    """Say whether a quoted field is open at the end of a line; `inside` says so of its start."""
    at, end = 0, len(line)
    while at <= end:
        if inside or line.startswith('"', at):
            found = _REST_OF_QUOTED.match(line, at if inside else at + 1)
            if found is None:
                return True
            at, inside = found.end(), False
        at = line.find(delimiter, at) + 1
        if not at:
            break
    return False


def split(line: str, delimiter: str = ",") -> list[str]:
    """Return the cells of a row; raises RowError for quotes that do not close."""
    if '"' not in line:
        return line.split(delimiter)
    if is_open(line, delimiter):
        raise RowError("bad-row", _OPEN)
    return _cells(line, delimiter)


def split_row(
    line: str, lines: Lines, delimiter: str, fits: Callable[[list[str], list[str]], bool]
) -> list[str]:
    """Return the cells of the row that begins with a line, and draw the others that it has.

    `fits` says of cells and of the lines after the first whether these can be one row. Where they
    cannot, the lines are given back, so that a stray quote costs its own line alone, and RowError
    is raised.
    """
    if not is_open(line, delimiter):
        return split(line, delimiter)
    drawn: list[Line] = []
    inside = True
    while inside and len(drawn) < LONGEST_ROW and (more := lines.next()):
        drawn.append(more)
        inside = is_open(more[1], delimiter, inside=True)
    rest = [text for _, text in drawn]
    try:
        if inside:
            raise RowError("bad-row", _OPEN)
        cells = _cells("\n".join([line, *rest]), delimiter)
        if not fits(cells, rest):
            raise RowError("bad-row", _OPEN)
    except RowError:
        lines.give_back(drawn)
        raise
    return [" ".join(cell.split("\n")) if "\n" in cell else cell for cell in cells]


def _cells(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration) as error:
        raise RowError("bad-row") from error
