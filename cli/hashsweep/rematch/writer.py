"""Writes the tables of a rematch part by part: rows taken over, and their new results.

Like writer.ReportWriter, but for rows already in columns. Knows no list and no terminal.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa

from hashsweep.report import SEGMENT_ROWS, retractions, schema
from hashsweep.report.folder import ReportFolder
from hashsweep.report.segments import SEGMENT_NAME
from hashsweep.report.writer import place


class TableWriter:
    """The tables of a new report. Raises ReportError for any error of the disk."""

    def __init__(
        self,
        folder: ReportFolder,
        files_schema: pa.Schema,
        *,
        run_id: str | None = None,
        segment_rows: int = SEGMENT_ROWS,
        seal: Callable[[Path], Any] | None = None,
    ) -> None:
        """`segment_rows` counts rows of all tables; for `run_id` and `seal` see ReportWriter."""
        self._folder = folder
        self._run_id = run_id
        self._part_rows = segment_rows
        self._seal = seal
        self._number = 0
        self._empty = {  # in the order in which their parts are written: files last
            "matches": schema.MATCHES.empty_table(),
            retractions.TABLE: retractions.SCHEMA.empty_table(),
            "files": files_schema.empty_table(),
        }
        folder.make(retractions.TABLE)
        self._begin_segment()

    def _begin_segment(self) -> None:
        self._held: dict[str, list[pa.Table]] = {name: [] for name in self._empty}
        self._rows = 0

    def add(self, files: pa.Table, matches: pa.Table, retracted: pa.Table) -> None:
        """Add the rows of whole items; close the part if it is due."""
        for name, rows in (("files", files), ("matches", matches), (retractions.TABLE, retracted)):
            if rows.num_rows:
                self._held[name].append(rows)
                self._rows += rows.num_rows
        if self._rows >= self._part_rows:
            self._place()

    def finish(self) -> None:
        """Close the last part; without rows there is still one part per table, with columns."""
        if self._rows or not self._number:
            self._place()

    def _place(self) -> None:
        for name, empty in self._empty.items():
            if self._held[name] or name != retractions.TABLE or not self._number:
                rows = pa.concat_tables([empty, *self._held[name]]).combine_chunks()
                part = f"{name}/{SEGMENT_NAME.format(self._number)}"
                place(
                    self._folder,
                    rows.schema,
                    [rows],
                    part,
                    rows=len(rows),
                    run_id=self._run_id,
                    seal=self._seal,
                )
        self._number += 1
        self._begin_segment()
