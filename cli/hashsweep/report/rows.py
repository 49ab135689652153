"""Turns records into rows of a report's tables, packed as they come, and rows back into records.

Knows no file and no terminal.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from hashsweep.model import DIGESTS, Match, Possible, Record
from hashsweep.safe_text import as_text

_PACKED_ROWS = 2_000  # most rows held as Python objects

SECONDS = range(-62_135_596_800, 253_402_300_800)
"""Times since 1970 UTC that can be recorded: the years 1 to 9999, which every reader can show."""


class Rows:
    """Rows of one part, collected by column and packed into Arrow regularly to stay small."""

    def __init__(self, rows: pa.Schema) -> None:
        """`rows` is the schema of the table."""
        self._schema = rows
        self._packed: list[pa.RecordBatch] = []
        self._loose: dict[str, list[Any]] = {name: [] for name in rows.names}
        self.count = 0

    def extend(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add rows; a column that a row lacks is null."""
        for name, column in self._loose.items():
            column.extend([row.get(name) for row in rows])
        self.count += len(rows)
        if len(next(iter(self._loose.values()))) >= _PACKED_ROWS:
            self._pack()

    def _pack(self) -> None:
        if not next(iter(self._loose.values())):
            return
        self._packed.append(pa.record_batch(self._loose, schema=self._schema))
        for column in self._loose.values():
            column.clear()

    def append(self, rows: pa.RecordBatch) -> None:
        """Add rows that are columns already."""
        self._pack()
        self._packed.append(rows)
        self.count += len(rows)

    def table(self) -> pa.Table:
        """Return all rows."""
        self._pack()
        return pa.Table.from_batches(self._packed, schema=self._schema).combine_chunks()


def file_row(record: Record, item_id: bytes, text: str, raw: bytes | None) -> dict[str, Any]:
    """Return the row of `files`; `text` and `raw` are the item's name as in safe_text.as_text."""
    item = record.item
    microseconds, nanoseconds = _time(record.mtime_ns)
    return {
        "item_id": item_id,
        "uri": text,
        "uri_bytes": raw,
        "part": record.part,
        "status": record.status,
        "reasons": [
            {"stage": each.stage, "reason": each.reason, "detail": each.detail or None}
            for each in record.reasons
        ],
        "size": record.size,
        "mtime": microseconds,
        "mtime_ns": nanoseconds,
        "etag": record.etag or item.etag,
        "from_baseline": bool(record.from_baseline),
        "stated_hashes": list(record.stated_hashes),
        "media_type": record.media_type,
        "width": record.width,
        "height": record.height,
        "animated": record.animated,
        "frames": record.frames,
        "decode_mode": record.decode_mode,
        "looked_for": {
            "ruleset": record.ruleset or 0,
            "hashes": list(record.compared),
            "views": list(record.compared_views) or None,
            "frames_seen": record.frames_seen,
            "frames_left": record.frames_left,
            "frames_not_kept": record.frames_not_kept,
        },
        "pdq_quality": record.pdq_quality,
        "frame_hashes": [each._asdict() for each in record.frame_hashes] or None,
        "kept_views": list(record.kept_views) or None,
        "views": views_cell(record) if record.kept_views else None,
        "possible": possible_cell(record.possible),
        "known_good": as_text(record.known_good)[0] if record.known_good else None,
        "source_columns": dict(item.columns) if item.columns else None,
        **record.hashes,
    }


def views_cell(record: Record) -> list[dict[str, Any]]:
    """Return what the column `views` holds for a record whose views are kept."""
    return [
        {"variant": name, "pdq": view.pdq, "quality": view.quality}
        for name, view in record.views.items()
    ]


def possible_cell(leads: Sequence[Possible]) -> list[dict[str, Any]] | None:
    """Return what the column `possible` holds for these leads."""
    return [
        {
            "list": as_text(each.list_name)[0],
            "entry_id": as_text(each.entry_id)[0],
            "distance": each.distance,
        }
        for each in leads
    ] or None


def match_row(
    match: Match, record: Record, item_id: bytes, text: str, digests: Mapping[str, bytes]
) -> dict[str, Any]:
    """Return the row of `matches`; `digests` are the hashes of the file itself."""
    return {
        "item_id": item_id,
        "uri": text,
        "part": record.part,
        **judgement(match),
        **{name: digests.get(name) for name in DIGESTS},
        "pdq": record.hashes.get("pdq"),
    }


def judgement(match: Match) -> dict[str, Any]:
    """Return the columns of a `matches` row that do not come from the item."""
    return {
        "algorithm": match.algorithm,
        "distance": match.distance,
        "variant": match.variant,
        "list": as_text(match.list_name)[0],
        "entry_id": as_text(match.entry_id)[0],
        "category": as_text(match.category)[0],
        "labels": [as_text(label)[0] for label in match.labels],
        "tier": match.tier,
        "evidence": [{"algorithm": a, "distance": d} for a, d in match.evidence],
        "decision": match.decision,
    }


def _time(nanoseconds: int | None) -> tuple[int | None, int | None]:
    """Return microseconds since 1970 UTC and nanoseconds within the second; None if out of range.

    File systems accept dates of any year; such a file loses its timestamp, but the sweep continues.
    """
    if nanoseconds is None or nanoseconds // 10**9 not in SECONDS:
        return None, None
    return nanoseconds // 1000, nanoseconds % 10**9
