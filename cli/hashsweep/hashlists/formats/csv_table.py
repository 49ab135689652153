"""CSV and TSV with a header, in two shapes.

Long: `algorithm,hash[,entry_id,category,labels,...]`, one hash per row; rows that follow each
other with one id are one entry. Wide: one entry per row with a column for each algorithm
(`md5,sha1,sha256,pdq,...`), as `hashsweep hash` writes it. A table of ids and a status,
without hashes, withdraws entries. Labels are separated by `;` or `|`. Columns that are not known
are passed over; fields.py lists those that are. Lines that start with `#` are comments, unless
they have as many cells as the header. Lines of a title may stand before the header, and Excel's
`sep=;`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from hashsweep.errors import ListError
from hashsweep.hashlists.formats.base import ListFile, RowError, is_marked_hash
from hashsweep.hashlists.formats.fast_rows import quick
from hashsweep.hashlists.formats.fields import Layout, entry_of, layout
from hashsweep.hashlists.formats.grouping import group_rows
from hashsweep.hashlists.formats.lines import lines_of_head, number_lines
from hashsweep.hashlists.formats.records import Lines, split_row
from hashsweep.model import Entry, Refusal

_DELIMITERS = ",\t;|"
_SEPARATOR = re.compile(r"\"?sep=(.)\"?[,;\t]*", re.IGNORECASE)
_BEFORE_HEADER = 20  # lines that may stand before the header


class _Header(NamedTuple):
    delimiter: str
    where: Layout


class TableReader:
    """The ListReader."""

    description = "CSV or TSV with a header, one hash or one entry per row; `--map` names columns"

    def recognises(self, head: bytes) -> bool:
        """A header that names a hash column, or an id and a status."""
        return has_header(head, {})

    def read(self, source: ListFile) -> Iterator[Entry | Refusal]:
        """Yield a row each row after the header."""
        lines = Lines(number_lines(source.path))
        header = _find_header(lines, source)
        if header is None:
            raise ListError(f"{source.path}: the first line names no hash column")
        rows = _rows(lines, *header, source)
        yield from group_rows(rows) if header.where.long else rows


def has_header(head: bytes, columns: Mapping[str, str]) -> bool:
    """Say whether a list with this head has a header, with `columns` as the user names them."""
    source = ListFile(Path(), columns=columns)
    try:
        return _find_header(Lines(lines_of_head(head)), source) is not None
    except ListError:
        return False


def _find_header(lines: Lines, source: ListFile) -> _Header | None:
    """Draw lines up to the header, None where no hash column is named.

    Raises ListError for a column of the user's that is not there.
    """
    delimiters, error = _DELIMITERS, None
    tried = 0
    for _, line in lines:
        if line.startswith("#"):
            continue
        if tried == 0 and (named := _SEPARATOR.fullmatch(line.strip())):
            delimiters = named[1]
            continue
        for delimiter in sorted(delimiters, key=re.sub('"[^"]*"', "", line).count, reverse=True):
            try:
                cells = split_row(line, lines, delimiter, lambda *_: True)
                if where := layout(cells, source):
                    return _Header(delimiter, where)
            except ListError as its:
                error = error or its
            except RowError:
                continue
        tried += 1
        if tried == _BEFORE_HEADER or _holds_hash(line):
            break
    if error:
        raise error
    return None


def _holds_hash(line: str) -> bool:
    return any(is_marked_hash(word) for word in re.split(r"[\s,;|]+", line))


def _rows(
    lines: Lines, delimiter: str, where: Layout, source: ListFile
) -> Iterator[Entry | Refusal]:
    plain = quick(where, source)
    fits = _make_row_test(delimiter, where)
    for number, line in lines:
        if line.startswith("#") and line.count(delimiter) < max(1, where.width - 1):
            continue
        try:
            row = split_row(line, lines, delimiter, fits) if '"' in line else line.split(delimiter)
            if line.startswith("#") and len(row) != where.width:
                continue
            if entry := plain(number, row):
                yield entry
                continue
            if len(row) > where.width and any(row[where.width :]):
                raise RowError("bad-row", "more cells than the header names")
            yield from entry_of(number, row, where, source)
        except RowError as error:
            yield Refusal(number, error.code, error.detail)


def _make_row_test(delimiter: str, where: Layout) -> Callable[[list[str], list[str]], bool]:
    """Return a function that says whether lines are one row: none of them is a row by itself."""
    places = [at for _, at in where.kinds] + ([where.places["hash"]] if where.long else [])

    def holds(parts: list[str], at: int) -> bool:
        closes = sum(part.count('"') for part in parts[: at + 1]) % 2  # what another line opened
        return not closes and is_marked_hash(parts[at])

    def fits(cells: list[str], rest: list[str]) -> bool:
        if len(cells) > where.width and any(cells[where.width :]):
            return False
        for line in rest:
            parts = line.split(delimiter)
            if len(parts) >= where.width and any(holds(parts, at) for at in places):
                return False
        return True

    return fits


READER = TableReader()
