"""JSON Lines: one object per line, with the same fields as a table; labels may be arrays.

One array of such objects, or of hashes, is read as well, also as a member of an object.

Knows no format of a named source; a `--map` says what other tools call their fields.
"""

import json
import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

from hashsweep.hashlists.formats.base import ListFile, RowError, read_any
from hashsweep.hashlists.formats.fields import Layout, entry_of, layout
from hashsweep.hashlists.formats.grouping import group_rows
from hashsweep.hashlists.formats.lines import head_of, number_lines
from hashsweep.hashlists.formats.streams import Damaged, entries, json_events, json_records
from hashsweep.hashlists.formats.values import texts
from hashsweep.model import Entry, Refusal

_START = re.compile(r"\{\s*\"|\[\s*[{\"]")
_FIRST = 65536  # bytes that show whether the first line is a whole object
_LAYOUTS = 16  # sets of keys that are remembered


class JsonLinesReader:
    """The ListReader."""

    description = "JSON Lines or an array, one object per entry or hash; `--map` names members"

    def recognises(self, head: bytes) -> bool:
        """An object, or an array of objects or texts."""
        text = head.decode("utf-8-sig", "replace").lstrip()
        return _START.match(text) is not None

    def read(self, source: ListFile) -> Iterator[Entry | Refusal]:
        """Yield a row each line, or each record of an array."""
        layouts: dict[tuple[str, ...], Layout | None] = {}
        prefix = _prefix(source)
        if prefix is None:
            rows = _rows(source, layouts)
        else:

            def row(number: int, record: Any) -> Iterator[Entry | Refusal]:
                return _record(number, record, layouts, source)

            rows = entries(source, json_records(source, prefix), row)
        start = [row for row in [next(rows, None)] if row]
        rows = chain(start, rows)
        yield from (
            group_rows(rows) if any(each and each.long for each in layouts.values()) else rows
        )


def _prefix(source: ListFile) -> str | None:
    """Return where ijson finds the records of a document, None for one object per line."""
    head = head_of(source.path, _FIRST).decode("utf-8-sig", "replace").lstrip()
    if not head.startswith("{"):
        return "item" if _START.match(head) else None
    first, newline, _ = head.partition("\n")
    if first.rstrip().endswith("}"):
        try:
            found = _object(first)
        except RowError:
            return None
        wraps = (isinstance(each, list) and each[:1] for each in found.values())
        if newline or not any(isinstance(each[0], dict) for each in wraps if each):
            return None
    array = ""
    try:
        for prefix, event, _ in json_events(source):
            if event == "start_array" and prefix and "." not in prefix:
                array = prefix
            elif event == "start_map" and array and prefix == f"{array}.item":
                return prefix
            elif event == "end_map" and not prefix:
                break
    except Damaged:
        pass
    return ""


def _record(
    number: int, record: Any, layouts: dict[tuple[str, ...], Layout | None], source: ListFile
) -> Iterator[Entry | Refusal]:
    if isinstance(record, str):
        yield Entry(f"record-{number}", (read_any(record, source.algorithm),), line=number)
    elif isinstance(record, dict):
        yield from _row(number, record, layouts, source)
    else:
        raise RowError("bad-row", "no JSON object")


def _rows(
    source: ListFile, layouts: dict[tuple[str, ...], Layout | None]
) -> Iterator[Entry | Refusal]:
    for number, line in number_lines(source.path):
        if not line.strip():
            continue
        try:
            yield from _row(number, _object(line), layouts, source)
        except RowError as error:
            yield Refusal(number, error.code, error.detail)


def _object(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line, object_pairs_hook=_members)
    except (ValueError, RecursionError) as error:
        raise RowError("bad-row", "not a JSON object") from error
    if not isinstance(found, dict):
        raise RowError("bad-row", "not a JSON object")
    return found


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise RowError("bad-row", "an object that names a member twice")
    return found


def _row(
    number: int,
    found: dict[str, Any],
    layouts: dict[tuple[str, ...], Layout | None],
    source: ListFile,
) -> Iterator[Entry | Refusal]:
    names = tuple(found)
    if names not in layouts:
        if len(layouts) >= _LAYOUTS:
            layouts.clear()
        layouts[names] = layout(names, source, partial=True)
    where = layouts[names]
    if where is None:
        raise RowError("no-hash")
    labels: tuple[str, ...] = ()
    values = list(found.values())
    at = where.places.get("labels", -1)
    if at >= 0:
        labels, values[at] = texts(values[at]), None
    yield from entry_of(number, where.cells(values), where, source, labels)


READER = JsonLinesReader()
