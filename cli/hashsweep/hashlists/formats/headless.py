"""What the columns of a table without a header hold, as far as its first rows show it.

Knows no file.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hashsweep.hashlists import known_hashes
from hashsweep.hashlists.formats.base import RowError, is_marked_hash, read_any
from hashsweep.hashlists.formats.hash_forms import BLANK
from hashsweep.hashlists.formats.records import split
from hashsweep.hashlists.formats.values import date_of
from hashsweep.hashlists.kinds import KEPT, kind_of

FEWEST = 2
"""Rows that show what a column is; of one alone nothing can be said."""

_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_DELIMITERS = ("\t", ";", "|", ",")
_LONGEST_CATEGORY = 32  # characters
_LONGEST_CODE = 2  # characters of a code, not a name: A, B1, 4
_LONGEST_NUMBER = 3  # digits of a category
_FEW = 10  # rows; numbers of one digit behind a hash may be categories where there are fewer

Cut = Callable[[str], list[str]]


@dataclass(frozen=True)
class Columns:
    """Places of columns, -1 for none. `cut` divides a line, and `width` is how many it has."""

    cut: Cut
    width: int
    hashes: tuple[int, ...]
    algorithm: int = -1
    entry_id: int = -1
    category: int = -1
    updated: int = -1


def columns_of(lines: Sequence[str], algorithm: str | None) -> Columns | None:
    """Return the columns of these rows, None if they are no table of at least two columns."""
    if len(lines) < FEWEST:
        return None
    cuts: list[Cut] = [_cut_at(delimiter) for delimiter in _DELIMITERS]
    for cut in (*cuts, _words):
        try:
            rows = [cut(line) for line in lines]
        except RowError:
            continue
        width = len(rows[0])
        if width < FEWEST or any(len(row) != width for row in rows):
            continue
        found = _columns(rows, cut, algorithm)
        if found:
            return found
    return None


def _cut_at(delimiter: str) -> Cut:
    return lambda line: [cell.strip() for cell in split(line, delimiter)]


def _words(line: str) -> list[str]:
    words = line.split()
    if len(words) != FEWEST:
        raise RowError("bad-row")
    return words


def _columns(rows: Sequence[Sequence[str]], cut: Cut, algorithm: str | None) -> Columns | None:
    columns = list(zip(*rows, strict=True))
    hashes = [at for at, column in enumerate(columns) if _are_hashes(column, algorithm)]
    if not hashes:
        return None
    others = [at for at in range(len(columns)) if at not in hashes]
    named = next((at for at in others if all(map(_is_kind, columns[at]))), -1)
    dated = next((at for at in others if all(map(_is_date, columns[at]))), -1)
    others = [at for at in others if at not in (named, dated)]
    loose = cut is _words and hashes[0] == 0  # `hash name`, as people write it
    names = [at for at in others if loose or not _are_codes(columns[at], behind=at > hashes[0])]
    names = [at for at in names if _are_names(columns[at])]
    names.sort(key=lambda at: (at > hashes[0], "".join(columns[at]).isdigit()))
    entry_id = names[0] if names else -1
    classes = [at for at in others if at != entry_id and _are_classes(columns[at])]
    category = classes[0] if classes else -1
    return Columns(cut, len(columns), tuple(hashes), named, entry_id, category, dated)


def _are_hashes(cells: Sequence[str], algorithm: str | None) -> bool:
    """Say whether at least half of the cells that are filled are hashes, and there is one."""
    filled = [cell for cell in cells if cell and cell not in BLANK]
    good = sum(is_marked_hash(cell) or _is_of(cell, algorithm) for cell in filled)
    return 0 < len(filled) <= 2 * good


def _is_of(cell: str, algorithm: str | None) -> bool:
    if not algorithm or kind_of(algorithm) not in known_hashes.known_bits():
        return False
    try:
        read_any(cell, algorithm)
    except RowError:
        return False
    return True


def _is_kind(cell: str) -> bool:
    kind = kind_of(cell)
    return kind in known_hashes.known_bits() or kind in KEPT


def _is_date(cell: str) -> bool:
    return bool(_ISO.match(cell) and date_of(cell))


def _are_names(cells: Sequence[str]) -> bool:
    """Say whether cells can name entries: each is there, and none repeats."""
    return len(set(cells)) == len(cells) and all(cell and cell not in BLANK for cell in cells)


def _are_codes(cells: Sequence[str], *, behind: bool) -> bool:
    """Say whether cells are so short that they may be categories; `behind` the hash."""
    longest = max(map(len, cells))
    if all(cell.isdigit() for cell in cells):
        return behind and longest <= 1 and len(cells) < _FEW
    return longest <= _LONGEST_CODE


def _are_classes(cells: Sequence[str]) -> bool:
    """Say whether cells are short and few enough to be categories."""
    filled = [cell for cell in cells if cell and cell not in BLANK]
    longest = max(map(len, filled), default=_LONGEST_CATEGORY + 1)
    if all(cell.isdigit() for cell in filled):
        return longest <= _LONGEST_NUMBER
    return longest <= _LONGEST_CODE or (
        longest <= _LONGEST_CATEGORY and len(set(filled)) < len(filled)
    )
