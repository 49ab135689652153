"""CSV and TSV with a header, in two shapes.

Long: `algorithm,hash[,entry_id,category,labels,...]`, one hash per row; consecutive
rows with one id are one entry. Wide: one entry per row with a column for each algorithm
(`md5,sha1,sha256,pdq,...`), as written by `hashsweep hash`. A table of ids and a status,
without hashes, withdraws entries. Labels are separated by `;` or `|`. Unknown columns
are ignored; fields.py lists the known ones. Lines that start with `#` are comments, unless
they have as many cells as the header.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

from hashsweep.errors import ListError
from hashsweep.hashlists.formats.base import ListFile, RowError
from hashsweep.hashlists.formats.fast_rows import quick
from hashsweep.hashlists.formats.fields import Layout, entry_of, layout
from hashsweep.hashlists.formats.grouping import group_rows
from hashsweep.hashlists.formats.lines import number_lines
from hashsweep.model import Entry, Refusal


class TableReader:
    """The ListReader."""

    description = "CSV or TSV with a header, one hash or one entry per row; `--map` names columns"

    def recognises(self, head: bytes) -> bool:
        """A first line that is a header naming a hash column, or an id and a status."""
        lines = [
            line
            for line in head.decode("utf-8-sig", "replace").splitlines()
            if line.strip() and not line.startswith("#")
        ]
        try:
            header = split(lines[0], _delimiter(lines[0])) if lines else []
            return layout(header, ListFile(Path())) is not None
        except RowError:
            return False

    def read(self, source: ListFile) -> Iterator[Entry | Refusal]:
        """Yield one row per line after the header; a quoted field may not hold a newline."""
        lines = ((number, line) for number, line in number_lines(source.path) if line.strip())
        header = next((line for _, line in lines if not line.startswith("#")), "")
        delimiter = _delimiter(header)
        try:
            where = layout(split(header, delimiter), source)
        except RowError as error:
            raise ListError(f"{source.path}: the first line is not a header") from error
        if where is None:
            raise ListError(f"{source.path}: the first line names no hash column")
        rows = _rows(lines, delimiter, where, source)
        yield from group_rows(rows) if where.long else rows


def _rows(
    lines: Iterator[tuple[int, str]], delimiter: str, where: Layout, source: ListFile
) -> Iterator[Entry | Refusal]:
    plain = quick(where, source)
    for number, line in lines:
        if line.startswith("#") and line.count(delimiter) < max(1, where.width - 1):
            continue
        try:
            row = split(line, delimiter)
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


def split(line: str, delimiter: str = ",") -> list[str]:
    """Return the cells of a row; raises RowError for quotes that do not close."""
    if '"' not in line:
        return line.split(delimiter)
    if line.count('"') % 2:
        raise RowError("bad-row", "a quote that is not closed on its line")
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise RowError("bad-row") from error


def _delimiter(header: str) -> str:
    return max(",\t;", key=header.count)


READER = TableReader()
