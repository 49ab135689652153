"""Reads a CSV file of decisions; a row that cannot be used is refused by its line.

Knows no match and no report; errors never contain hashes.
"""

import csv
import datetime
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hashsweep.model import DECISIONS
from hashsweep.safe_text import as_text, is_formula, one_line, printable

HASHES = {"sha256": 32, "pdq": 32, "cluster": 16}
"""What a decision can apply to, and its bytes; a cell may name several, separated by blanks."""

_NEEDED = ("decision", "entry_id")
_COLUMNS = (*_NEEDED, "list", "when", *HASHES)
_NEVER = datetime.datetime.min.replace(tzinfo=datetime.UTC)

_AHEAD = datetime.timedelta(days=1)  # of our clock: allows for time zones and clocks that differ

_ESCAPED = re.compile("['=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""What a ' in front marks as not a formula (see row_formats.as_csv), or as a literal '."""


class RowProblem(ValueError):
    """A row that cannot be used; the text names its line."""

    def __init__(self, line: int, what: str) -> None:
        """`line` counts from 1."""
        super().__init__(f"line {line}: {what}")


@dataclass(frozen=True)
class Decision:
    """One row. `decision` is None if nobody has decided yet; without `when` it is the oldest.

    `list_name` is empty for any list; it and `entry_id` are as `as_name` gives them.
    """

    line: int
    decision: str | None
    list_name: str
    entry_id: str
    sha256: tuple[bytes, ...]
    pdqs: tuple[bytes, ...]
    clusters: tuple[str, ...]
    when: datetime.datetime = _NEVER


def as_name(text: str) -> str:
    """Return a list's or entry's name as reports and CSV can hold it, for comparison."""
    return printable(as_text(text)[0]).strip()


def escape(name: str) -> str:
    """Return a name as a cell that no spreadsheet treats as a formula; `rows` undoes it."""
    return f"'{name}" if is_formula(name) or name.lstrip().startswith("'") else name


def rows(content: bytes) -> Iterator[Decision]:
    """Yield the rows of a file; raises RowProblem for the first one that cannot be used."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise RowProblem(line, "is not UTF-8; save the file as CSV UTF-8") from error
    first = text.partition("\n")[0]
    table = csv.reader(
        io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True
    )
    where: dict[str, int] | None = None
    width = line = 0
    try:
        for cells in table:
            began, line = line + 1, table.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if where is None:
                where, width = _header(cells, began), len(cells)
            elif any(cells[width:]):
                raise RowProblem(began, "has more cells than the header names")
            else:
                found = {name: cells[at] for name, at in where.items() if at < len(cells)}
                yield _row(found, began)
    except csv.Error as error:
        raise RowProblem(table.line_num, f"is not CSV: {error}") from error
    if where is None:
        raise RowProblem(1, "no header: the file is empty")


def _header(cells: Sequence[str], line: int) -> dict[str, int]:
    names = [cell.strip().lower() for cell in cells]
    for name in _COLUMNS:
        if names.count(name) > 1:
            raise RowProblem(line, f"the header names {name} twice")
    missing = [name for name in _NEEDED if name not in names]
    missing += [] if any(name in names for name in HASHES) else [" or ".join(HASHES)]
    if missing:
        raise RowProblem(line, f"the header does not name {', '.join(missing)}")
    return {name: names.index(name) for name in _COLUMNS if name in names}


def _row(cells: dict[str, str], line: int) -> Decision:
    word = cells.get("decision", "").strip().lower()
    if word and word not in DECISIONS:
        raise RowProblem(line, f"{one_line(word, 15)!r} is neither {' nor '.join(DECISIONS)}")
    entry_id = _name(cells.get("entry_id", ""))
    if not entry_id:
        raise RowProblem(line, "names no entry_id")
    hashes = {name: _hashes(cells.get(name, ""), name, line) for name in HASHES}
    if not any(hashes.values()):
        raise RowProblem(line, f"names neither {' nor '.join(HASHES)}")
    return Decision(
        line,
        word or None,
        _name(cells.get("list", "")),
        entry_id,
        hashes["sha256"],
        hashes["pdq"],
        tuple(each.hex() for each in hashes["cluster"]),
        _when(cells.get("when", "").strip(), line),
    )


def _name(cell: str) -> str:
    """Return a name without the ' that keeps spreadsheets from treating it as a formula."""
    marked = cell.startswith("'") and _ESCAPED.match(cell[1:].lstrip())
    return as_name(cell[1:] if marked else cell)


def _hashes(cell: str, name: str, line: int) -> tuple[bytes, ...]:
    found, length = [], 2 * HASHES[name]
    for digits in cell.split():
        if len(digits) != length or not re.fullmatch("[0-9a-fA-F]+", digits):
            raise RowProblem(line, f"{name}: not {length} hexadecimal digits")
        found.append(bytes.fromhex(digits))
    return tuple(found)


def _when(cell: str, line: int) -> datetime.datetime:
    if not cell:
        return _NEVER
    try:
        found = datetime.datetime.fromisoformat(cell)
    except ValueError as error:
        raise RowProblem(
            line,
            f"when: {one_line(cell, 15)!r} is not a date like 2026-11-24 (spreadsheets leave the "
            "column alone if it is text)",
        ) from error
    try:
        at = found.replace(tzinfo=found.tzinfo or datetime.UTC).astimezone(datetime.UTC)
    except OverflowError as error:
        raise RowProblem(line, "when: out of range") from error
    if at > datetime.datetime.now(datetime.UTC) + _AHEAD:
        why = f"when: {one_line(cell, 25)!r} is in the future and would override later decisions"
        raise RowProblem(line, why)
    return at
