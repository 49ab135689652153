"""Files of the old ThreatExchange command line: `simple.<TYPE>.te`, CSV without a header.

    <hash>,[<indicator id>,]<descriptor id>,<date>,<labels, separated by spaces>

The type is only in the file's name; the user may give it (`--list pdq:FILE`), and MD5 and
SHA-1 are recognised by their length.
"""

import re
from collections.abc import Iterator

from hashsweep.hashlists.formats.base import ListFile, RowError, algorithm_by_length, read_hash
from hashsweep.hashlists.formats.lines import number_lines
from hashsweep.hashlists.formats.records import split
from hashsweep.hashlists.formats.values import date_of
from hashsweep.hashlists.kinds import kind_of
from hashsweep.model import Entry, Refusal

_ROW = re.compile(r"[^,\"\s]{16,},\d{6,}(,\d{6,})?,\d{4}-\d\d-\d\dT[^,]*,.*")
_NAME = re.compile(r"simple\.([A-Za-z0-9_]+)\.te", re.IGNORECASE)
_FIELDS = 4


class StoreReader:
    """The ListReader."""

    description = "`simple.<TYPE>.te` files of the old ThreatExchange command line"

    def recognises(self, head: bytes) -> bool:
        """A first line of a hash, one or two ids and a date."""
        lines = head.decode("utf-8-sig", "replace").splitlines()
        return bool(lines) and bool(_ROW.fullmatch(lines[0]))

    def read(self, source: ListFile) -> Iterator[Entry | Refusal]:
        """Yield one row per line."""
        named = _NAME.fullmatch(source.name or source.path.name)
        algorithm = source.algorithm or (kind_of(named[1]) if named else None)
        for number, line in number_lines(source.path):
            if not line.strip():
                continue
            try:
                yield _row(number, line, algorithm)
            except RowError as error:
                yield Refusal(number, error.code, error.detail)


def _row(number: int, line: str, algorithm: str | None) -> Entry:
    cells = [cell.strip() for cell in split(line)]
    if len(cells) < _FIELDS:
        raise RowError("bad-row", "fewer than four fields")
    *ids, added, labels = cells[1:]
    pair = read_hash(cells[0], algorithm or algorithm_by_length(cells[0]))
    return Entry(
        ids[0] or f"line-{number}",
        (pair,),
        labels=tuple(labels.split()),
        source="ThreatExchange",
        updated=date_of(re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", added)),
        line=number,
        key=f"threatexchange:{ids[0]}" if ids[0] else "",
    )


READER = StoreReader()
