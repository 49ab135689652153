"""The column `possible` of a batch of rows: leads with the lists of a rematch. Knows no folder."""

from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa

from hashsweep.matching.possible import PossibleFinder
from hashsweep.matching.queries import Queries
from hashsweep.model import Match, Possible
from hashsweep.report import schema
from hashsweep.report.rows import possible_cell


def find_leads(
    finder: PossibleFinder, stored: Queries, found: Iterable[tuple[int, Match]]
) -> dict[int, list[Possible]]:
    """Return the leads by row; `stored` are the PDQs as stored, `found` the matches by row."""
    matched = {(row, match.list_name, match.entry_id) for row, match in found}
    return finder.find(stored.records, stored.hashes, stored.quality, matched)


def build_column(leads: Mapping[int, Sequence[Possible]], rows: int) -> pa.Array:
    """Return the column for so many rows; null where there is no lead."""
    cells = [possible_cell(leads.get(row, ())) for row in range(rows)] if leads else [None] * rows
    return pa.array(cells, schema.POSSIBLE)
