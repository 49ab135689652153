"""CSV and TSV with a header, in two shapes.

Long: `algorithm,hash[,entry_id,category,labels,...]`, one hash a row. Wide: one entry a row
with a column for each algorithm (`md5,sha1,sha256,pdq,...`), as `hashsweep hash` writes it.
Labels are separated by `;` or `|`. Columns that are not known are passed over.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hashsweep.errors import ListError
from hashsweep.hashlists.base import ListFile, RowError, algorithm_by_length, read_hash
from hashsweep.hashlists.lines import numbered
from hashsweep.model import Entry, Refusal

# Column names of other tools' CSV files that mean ours.
_ALIASES = {
    "id": "entry_id",
    "name": "entry_id",
    "tags": "labels",
    "label": "labels",
    "hash_value": "hash",
    "value": "hash",
    "type": "algorithm",
    "hash_type": "algorithm",
    "signal_type": "algorithm",
    "signal_str": "hash",
    "sha-1": "sha1",
    "sha-256": "sha256",
    "quality": "pdq_quality",
}


@dataclass(frozen=True)
class _Columns:
    """Where in a row the fields stand."""

    field: Mapping[str, int]
    algorithms: Mapping[str, int]

    def text(self, row: list[str], name: str) -> str:
        at = self.field.get(name, -1)
        return row[at].strip() if 0 <= at < len(row) else ""


class TableReader:
    """The ListReader."""

    description = (
        "CSV or TSV with a header, one hash or one entry a row; `hashsweep hash` writes it"
    )

    def recognises(self, head: bytes) -> bool:
        """A first line that is a header naming a hash column."""
        lines = [
            line
            for line in head.decode("utf-8-sig", "replace").splitlines()
            if line.strip() and not line.startswith("#")
        ]
        return bool(lines) and _is_header(_split(lines[0], _delimiter(lines[0])))

    def read(self, source: ListFile) -> Iterator[Entry | Refusal]:
        """Yield a row each line after the header; a quoted field may not hold a newline."""
        columns: _Columns | None = None
        delimiter = ","
        for number, line in numbered(source.path):
            if not line.strip() or line.startswith("#"):
                continue
            if columns is None:
                delimiter = _delimiter(line)
                columns = _columns(_split(line, delimiter), source)
                continue
            try:
                yield from _rows(number, _split(line, delimiter), columns, source)
            except RowError as error:
                yield Refusal(number, error.code, error.detail)


def _delimiter(header: str) -> str:
    return max(",\t;", key=header.count)


def _split(line: str, delimiter: str) -> list[str]:
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise RowError("bad-row") from error


_HASH_COLUMNS = {
    "hash", "md5", "sha1", "sha256", "pdq", "phash", "dhash", "ahash", "whash",
}  # fmt: skip


def _names(header: list[str]) -> list[str]:
    lowered = [name.strip().lower() for name in header]
    return [_ALIASES.get(name, name) for name in lowered]


def _is_header(header: list[str]) -> bool:
    return bool(_HASH_COLUMNS & set(_names(header)))


def _columns(header: list[str], source: ListFile) -> _Columns:
    names = _names(header)
    field = {name: at for at, name in reversed(list(enumerate(names)))}
    algorithms = {name: field[name] for name in source.bits if name in field}
    if "hash" not in field and not algorithms:
        raise ListError(f"{source.path}: the first line names no hash column")
    return _Columns(field, {} if "hash" in field else algorithms)


def _rows(
    number: int, row: list[str], columns: _Columns, source: ListFile
) -> Iterator[Entry | Refusal]:
    """Yield the row's entry with its good hashes, after a refusal for each bad one."""
    hashes = []
    for algorithm, text in _hash_cells(row, columns, source):
        try:
            name = algorithm or algorithm_by_length(text)
            hashes.append(read_hash(text, name, source.bits))
        except RowError as error:
            yield Refusal(number, error.code, error.detail)
    if not hashes:
        return
    labels = columns.text(row, "labels").replace("|", ";").split(";")
    yield Entry(
        entry_id=columns.text(row, "entry_id") or f"line-{number}",
        hashes=tuple(hashes),
        category=columns.text(row, "category"),
        labels=tuple(label for part in labels if (label := part.strip())),
        quality=_quality(columns.text(row, "pdq_quality")),
        line=number,
    )


def _hash_cells(
    row: list[str], columns: _Columns, source: ListFile
) -> list[tuple[str | None, str]]:
    """Return (algorithm or None, hash text) of each cell that is filled; RowError for none."""
    cells: list[tuple[str | None, str]]
    if columns.algorithms:
        cells = [(name, columns.text(row, name)) for name in columns.algorithms]
    else:
        algorithm = columns.text(row, "algorithm") or source.algorithm
        cells = [(algorithm, columns.text(row, "hash"))]
    cells = [(name, text) for name, text in cells if text]
    if not cells:
        raise RowError("no-hash")
    return cells


def _quality(text: str) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or int(text[:4]) > 100:  # noqa: PLR2004
        raise RowError("bad-quality")
    return int(text)


READER = TableReader()
