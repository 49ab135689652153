"""Formats rows of a report: a table for people, CSV for spreadsheets, JSON for programs.

Nothing in a table or CSV can control a terminal or a spreadsheet; JSON is exact. Knows no terminal.
"""

import csv
import datetime
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from hashsweep.report import schema
from hashsweep.report.segments import Batched
from hashsweep.safe_text import is_formula, printable
from hashsweep.variants import AS_IS

Row = dict[str, Any]

IN_TABLE = {
    "matches": (
        *("tier", "decision", "algorithm", "distance", "list", "category", "entry_id", "uri"),
    ),
    "retractions": ("why", "tier", "algorithm", "distance", "list", "entry_id", "uri"),
    "files": ("status", "media_type", "size", "uri"),
    "failed": ("stage", "reason", "detail", "uri"),
    "possible": ("distance", "list", "entry_id", "uri"),
}
"""The columns that people see of each kind of row."""

_OF_A_REASON = ("stage", "reason", "detail")  # columns of tables for people, from `reasons`
_LOOK_AHEAD = 1_000  # rows that determine the column widths of a table
_WIDEST = 40  # a table's columns are padded to at most this many characters
_NARROWEST = 10  # and cut to no fewer where a line has a width
_ENOUGH_OF_A_NAME, _LEAST_NAME = 40, 16  # of which other columns leave so much, if they can
_LEAST_NEEDED = ("category", "algorithm", "detail")  # columns, the first to be left out first

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def rows(parts: Iterable[Batched], *, failed: bool = False) -> Iterator[Row]:
    """Yield rows as plain values, with one batch in memory; with `failed`, only failed ones.

    Hashes are hexadecimal digits and times ISO 8601 in UTC. A name that is not UTF-8 is in
    `uri` as os.fsdecode returns it, if the table has its bytes (`files`).
    """
    for part in parts:
        for batch in part.batches():
            kept = batch.filter(pc.equal(batch.column("status"), "failed")) if failed else batch
            yield from plain(kept)


def plain(batch: pa.RecordBatch) -> Iterator[Row]:
    """Yield the rows of a batch as `rows` does."""
    columns = {f.name: plain_values(batch.column(f.name)) for f in batch.schema}
    for number in range(len(batch)):
        row = {name: column[number] for name, column in columns.items()}
        if reasons := row.get("reasons"):
            row |= {name: _join(each[name] for each in reasons) for name in _OF_A_REASON}
        if raw := row.pop("uri_bytes", None):
            row["uri"] = os.fsdecode(bytes.fromhex(raw))
        yield row


POSSIBLE_COLUMNS = (
    *("item_id", "uri", "part", "list", "entry_id", "distance"),
    *("pdq_quality", "md5", "sha1", "sha256", "pdq"),
)
"""Columns of rows of `spread_leads`."""


def spread_leads(found: Iterable[Row]) -> Iterator[Row]:
    """Yield one row per lead of each file: its own columns, `list`, `entry_id` and `distance`."""
    for row in found:
        own = {name: row[name] for name in ("report", *POSSIBLE_COLUMNS) if name in row}
        yield from (own | lead for lead in row.get("possible") or ())


def columns(table: pa.Schema) -> list[str]:
    """Return the columns of a table as `rows` gives them."""
    return choose_columns(table.names)


def choose_columns(names: Sequence[str]) -> list[str]:
    """Return which of these columns to print."""
    return [name for name in names if name != "uri_bytes"]


def _join(texts: Iterable[str | None]) -> str:
    """Join the texts of several reasons."""
    return "; ".join(text for text in texts if text)


def as_jsonl(found: Iterator[Row], _columns: Sequence[str]) -> Iterator[str]:
    """Yield one JSON object per row, with all columns, in ASCII."""
    for row in found:
        exact = {name: value for name, value in row.items() if name not in _OF_A_REASON}
        yield json.dumps(exact, ensure_ascii=True) + "\n"


def as_csv(found: Iterator[Row], columns: Sequence[str]) -> Iterator[str]:
    """Yield a header and one line per row; several values in a cell are joined by `;`."""
    line = io.StringIO()
    table = csv.writer(line, lineterminator="\n")
    for cells in chain([columns], ([row.get(name) for name in columns] for row in found)):
        table.writerow([cell_of(cell) for cell in cells])
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def as_table(
    found: Iterator[Row], columns: Sequence[str], width: int | None = None
) -> Iterator[str]:
    """Yield lines of some columns, padded to the width that the first rows need.

    With `width` no line has more characters, if that can be: the least needed columns are left
    out, others are cut at their beginnings, and names, which come last, in the middle. Otherwise
    names are whole.
    """
    lines = ([*(_cell_text(row, name) for name in columns[:-1]), _name(row)] for row in found)
    first = list(islice(lines, _LOOK_AHEAD))
    head = [name.replace("_", " ").upper() for name in columns]
    *widths, longest = [max(map(len, cells)) for cells in zip(head, *first, strict=True)]
    fits = _fit_columns(columns, [min(each, _WIDEST) for each in widths], longest, width)
    left = None if width is None else width - sum(each + 2 for each in fits.values())
    for line in chain([head] if first else [], first, lines):
        filled = [_fit(line[number], size) for number, size in fits.items()]
        name = line[-1] if left is None else _shorten(line[-1], max(left, _LEAST_NAME))
        yield "  ".join([*filled, name]).rstrip() + "\n"


def _fit_columns(
    columns: Sequence[str], widths: Sequence[int], longest: int, width: int | None
) -> dict[int, int]:
    """Return the numbers of the columns to show before the name, with their widths."""
    fits = dict(enumerate(widths))
    if width is None:
        return fits
    wanted = min(longest, _ENOUGH_OF_A_NAME)

    def lacks() -> bool:
        return sum(each + 2 for each in fits.values()) + wanted > width

    for name in _LEAST_NEEDED:
        if lacks() and name in columns:
            del fits[columns.index(name)]
    while lacks() and fits:
        widest = max(fits, key=fits.__getitem__)
        if fits[widest] <= _NARROWEST:
            break
        fits[widest] -= 1
    return fits


def _shorten(name: str, width: int) -> str:
    """Return a name in this width, cut in the middle: its end says which file it is."""
    if len(name) <= width:
        return name
    begin = (width - 3) // 3
    return f"{name[:begin]}...{name[begin + 3 - width :]}"


def _cell_text(row: Row, name: str) -> str:
    """Return a cell; a distance says how the picture was turned to be so near."""
    text = text_of(row.get(name))
    if name == "distance" and row.get("variant") not in (None, AS_IS):
        text += f" {text_of(row['variant'])}"
    return text


def _fit(cell: str, width: int) -> str:
    """Return a cell in its column's width; a long one, such as a path, keeps its end."""
    return cell.ljust(width) if len(cell) <= width else f"...{cell[3 - width :]}"


FORMATS: dict[str, Callable[[Iterator[Row], Sequence[str]], Iterator[str]]] = {
    "table": as_table,
    "csv": as_csv,
    "jsonl": as_jsonl,
}


def plain_values(column: pa.Array) -> list[Any]:
    """Return a column's values as `rows` has them."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        return [None if at is None else _time(at) for at in column.cast(pa.int64()).to_pylist()]
    values: list[Any] = column.to_pylist()
    if pa.types.is_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return [None if value is None else value.hex() for value in values]
    if kind in (schema.FRAME_HASHES, schema.VIEWS):
        return [value and [each | {"pdq": each["pdq"].hex()} for each in value] for value in values]
    if pa.types.is_map(kind):
        return [None if value is None else dict(value) for value in values]
    return values


def _time(microseconds: int) -> str:
    """Return ISO 8601 in UTC; beyond the years 1 to 9999 the microseconds since 1970."""
    try:
        at = _EPOCH + datetime.timedelta(microseconds=microseconds)
    except OverflowError:
        return f"{microseconds}us"
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}Z".rjust(27, "0")


def text_of(value: Any) -> str:
    """Return one line of text that cannot control a terminal."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        if set(value) == {"algorithm", "distance"}:
            return text_of(f"{value['algorithm']}:{value['distance']}")
        if set(value) == {"list", "entry_id", "distance"}:
            return text_of(f"{value['list']}:{value['entry_id']}:{value['distance']}")
        if {*value} in ({"frame", "pdq", "quality"}, {"variant", "pdq", "quality"}):
            return ":".join(map(text_of, value.values()))
        if set(value) == set(_OF_A_REASON):
            why = f"{value['stage']}: {value['reason']}"
            return text_of(f"{why} ({value['detail']})" if value["detail"] else why)
        return ";".join(f"{text_of(name)}={text_of(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ";".join(map(text_of, value))
    return printable(str(value))


def _name(row: Row) -> str:
    return text_of(row["uri"]) + (f" ({text_of(row['part'])})" if row.get("part") else "")


def cell_of(value: Any) -> str:
    """Return a cell that no spreadsheet treats as a formula; a ' is put before one."""
    text = text_of(value)
    risky = isinstance(value, (str, list, dict)) and (is_formula(text) or is_formula(str(value)))
    return f"'{text}" if risky else text
