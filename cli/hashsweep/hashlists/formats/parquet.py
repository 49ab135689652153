"""Parquet with the same fields as a table; the `files/*.parquet` of a report are such lists.

Hashes may be in binary or text columns; labels may be lists.
"""

from collections.abc import Iterator
from typing import Any

from hashsweep.errors import ListError
from hashsweep.hashlists.formats.base import REFUSALS, ListFile, RowError
from hashsweep.hashlists.formats.fields import Layout, entry_of, layout
from hashsweep.hashlists.formats.grouping import group_rows
from hashsweep.hashlists.formats.values import texts
from hashsweep.model import Entry, Refusal

_BATCH = 4096  # rows in memory at a time
_BUFFER = 65536  # bytes of a column read at a time


class ParquetReader:
    """The ListReader."""

    description = "Parquet, one entry or hash per row: also `REPORT/files/*.parquet`; `--map` works"

    def recognises(self, head: bytes) -> bool:
        """The format's magic bytes."""
        return head.startswith(b"PAR1")

    def read(self, source: ListFile) -> Iterator[Entry | Refusal]:
        """Yield one row per row of the file."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        number = total = 0
        try:
            with pq.ParquetFile(source.path, buffer_size=_BUFFER, pre_buffer=False) as file:
                total = file.metadata.num_rows
                names = list(file.schema_arrow.names)
                where = layout(names, source)
                if where is None:
                    raise ListError(f"{source.path}: no column has the name of a hash")
                found = _batches(file, names, where)
                rows = (row for batch in found for row in _rows(batch, where, source))
                for row in group_rows(rows) if where.long else rows:
                    number = row.line
                    yield row
        except (pa.ArrowException, ValueError, OverflowError, KeyError, MemoryError) as error:
            yield _damage(source, number, total, error)
        except OSError as error:
            if error.strerror:
                raise ListError(f"{source.path}: {error.strerror}") from error
            yield _damage(source, number, total, error)


def _damage(source: ListFile, number: int, total: int, error: Exception) -> Refusal:
    if isinstance(error, MemoryError):  # also what a damaged file may claim
        why = "needs more memory than a list may take, or is damaged"
        if not number:
            raise ListError(f"{source.path}: {why}") from error
        return Refusal(number + 1, "damaged", f"what follows {why}", max(1, total - number))
    if not number:
        raise ListError(f"{source.path}: the file is damaged or not Parquet") from error
    return Refusal(number + 1, "damaged", REFUSALS["damaged"], max(1, total - number))


def _batches(file: Any, names: list[str], where: Layout) -> Iterator[tuple[int, list[list[Any]]]]:
    """Yield (number of the first row, values by row) with None in unneeded columns."""
    wanted = {*where.places.values(), *(at for _, at in where.kinds)}
    columns = list(dict.fromkeys(names[at] for at in sorted(wanted)))
    among = {at: names[:at].count(names[at]) for at in wanted}  # columns of the same name
    first = 1
    for batch in file.iter_batches(batch_size=_BATCH, columns=columns, use_threads=False):
        batch.validate(full=True)
        values: list[Any] = [None] * len(names)
        for at in wanted:
            same = batch.schema.get_all_field_indices(names[at])
            values[at] = _plain_values(batch.column(same[among[at]]))
        blank = [None] * batch.num_rows
        rows = zip(*(blank if column is None else column for column in values), strict=True)
        yield first, [list(row) for row in rows]
        first += batch.num_rows


def _plain_values(column: Any) -> list[Any]:
    """Return a column's values; times as texts: Python knows no nanoseconds, and no year 10000."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_timestamp(column.type):
        zone = "Z" if column.type.tz else ""
        column = column.cast(pa.timestamp(column.type.unit))
        texts = column.cast(pa.string()).to_pylist()
        return [None if text is None else text + zone for text in texts]
    if pa.types.is_date(column.type) or pa.types.is_time(column.type):
        column = column.cast(pa.string())
    values: list[Any] = column.to_pylist()
    return values


def _rows(
    batch: tuple[int, list[list[Any]]], where: Layout, source: ListFile
) -> Iterator[Entry | Refusal]:
    at = where.places.get("labels", -1)
    for number, values in enumerate(batch[1], start=batch[0]):
        labels: tuple[str, ...] = ()
        if at >= 0:
            labels, values[at] = texts(values[at]), None
        try:
            yield from entry_of(number, where.cells(values), where, source, labels)
        except RowError as error:
            yield Refusal(number, error.code, error.detail)


READER = ParquetReader()
