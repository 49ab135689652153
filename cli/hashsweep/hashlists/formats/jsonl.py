"""JSON Lines: one object per line, with the same fields as a table; labels may be arrays.

Knows no format of a particular source; `--map` names other tools' fields.
"""

import json
from collections.abc import Iterator
from itertools import chain
from typing import Any

from hashsweep.hashlists.formats.base import ListFile, RowError
from hashsweep.hashlists.formats.fields import Layout, entry_of, layout
from hashsweep.hashlists.formats.grouping import group_rows
from hashsweep.hashlists.formats.lines import number_lines
from hashsweep.hashlists.formats.values import texts
from hashsweep.model import Entry, Refusal

_LAYOUTS = 16  # sets of keys to cache


class JsonLinesReader:
    """The ListReader."""

    description = "JSON Lines, one object per entry or hash; `--map` names its members"

    def recognises(self, head: bytes) -> bool:
        """A line that begins an object, with no later line continuing it."""
        text = head.decode("utf-8-sig", "replace").lstrip()
        first, newline, _ = text.partition("\n")
        if not first.startswith("{"):
            return False
        return first.rstrip().endswith("}") if newline else '"' in first

    def read(self, source: ListFile) -> Iterator[Entry | Refusal]:
        """Yield one row per line."""
        layouts: dict[tuple[str, ...], Layout | None] = {}
        rows = _rows(source, layouts)
        start = [row for row in [next(rows, None)] if row]
        rows = chain(start, rows)
        yield from (
            group_rows(rows) if any(each and each.long for each in layouts.values()) else rows
        )


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
