"""Formats rows of a report as CSV or JSON lines by column: the bytes of `row_formats`, faster.

Arrow's kernels make the text of a column; only values that need care become Python objects. Knows
no terminal.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hashsweep.output.row_formats import cell_of, choose_columns, plain_values
from hashsweep.safe_text import is_formula, printable

REPORT = "report"
"""A column of batches that holds the numbers, from 0, of the reports that the rows are from."""

_AT_ONCE = 8_000  # rows that are formatted together
_BYTES_AT_ONCE = 8 << 20  # of such rows; those with many views are large

# What `printable` changes: safe_text's _UNSAFE as RE2 writes it; Arrow has no surrogates.
_UNSAFE = (
    r"[\x00-\x1f\x7f-\x{9f}\x{ad}\x{61c}\x{200b}-\x{200f}\x{2028}-\x{202e}\x{2060}-\x{2069}"
    r"\x{feff}\x{fff9}-\x{fffb}]"
)
# A cell that is not the text itself, or may not be: most formulas begin with other characters
_NOT_A_CELL = rf'\A[^0-9A-Za-z/]|[",]|{_UNSAFE}'
_NOT_JSON = r"[^ !#-\[\]-~]"  # what json.dumps escapes
_SHOWN_YEARS = (-30_610_224_000_000_000, 253_402_300_800_000_000)  # 1000 to 9999, in microseconds
_MOST_CODES = 254  # different values that one byte can number, beside null
_LOOK_AHEAD = 400  # texts that say whether a column has few different ones
_HEX = np.frombuffer("".join(f"{byte:02x}" for byte in range(256)).encode(), np.uint16)

_Text = Callable[[Any], Any]


def as_csv(
    batches: Iterable[pa.RecordBatch], columns: Sequence[str], reports: Sequence[str] = ()
) -> Iterator[str]:
    """Yield a header and then many lines at a time; `reports` are the names for REPORT.

    A column that a batch lacks is empty.
    """
    yield ",".join(map(_quote, columns)) + "\n"
    for batch in _gather(batches):
        parts: list[Any] = []
        for number, name in enumerate(columns):
            parts += [","] * (number > 0)
            if name in batch.schema.names:
                parts.append(_column(batch, name, reports, _cells, lambda v: _quote(cell_of(v))))
        yield _join([*parts, "\n"], len(batch))


def as_jsonl(batches: Iterable[pa.RecordBatch], reports: Sequence[str] = ()) -> Iterator[str]:
    """Yield many lines at a time, each one JSON object with all columns, in ASCII."""
    for batch in _gather(batches):
        parts: list[Any] = []
        for name in choose_columns(batch.schema.names):
            parts += [f"{', ' if parts else '{'}{json.dumps(name)}: "]
            parts.append(_column(batch, name, reports, _json, json.dumps))
        yield _join([*parts, "}\n"], len(batch))


def _gather(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the same rows in fewer batches: each costs as much as some thousand rows."""
    held: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        if held and (rows >= _AT_ONCE or size >= _BYTES_AT_ONCE or batch.schema != held[0].schema):
            yield pa.concat_batches(held)
            held, rows, size = [], 0, 0
        held.append(batch)
        rows, size = rows + len(batch), size + batch.nbytes
    if held:
        yield pa.concat_batches(held)


def _join(parts: Sequence[Any], rows: int) -> str:
    """Return all rows as one text; a part is a text of all rows, or the texts of each."""
    merged: list[Any] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    if not any(isinstance(part, pa.Array) for part in merged):
        return "".join(merged) * rows
    lines = _concat(*merged)
    offsets = np.frombuffer(lines.buffers()[1], np.int32)[lines.offset :]
    text: bytes = lines.buffers()[2][int(offsets[0]) : int(offsets[rows])].to_pybytes()
    return text.decode()


def _concat(*parts: Any) -> Any:
    """Return what stands beside each other, joined; texts stand in each row."""
    return pc.binary_join_element_wise(*map(_scalar, parts), "")


def _scalar(part: Any) -> Any:
    return pa.scalar(part) if isinstance(part, str) else part


def _column(
    batch: pa.RecordBatch,
    name: str,
    reports: Sequence[str],
    convert: _Text,
    convert_one: Callable[[Any], str],
) -> Any:
    """Return the texts of a column, or one text that is the same in all rows."""
    column = batch.column(name)
    if name == REPORT and reports:
        return pa.array([convert_one(each) for each in reports]).take(column)
    if column.null_count == len(column):
        return convert_one(None)
    found = _convert_distinct(column, convert)
    if found is None:  # there is no kernel for it
        return pa.array(map(convert_one, plain_values(column)), pa.string())
    if name == "uri" and "uri_bytes" in batch.schema.names:
        raw = batch.column("uri_bytes")
        names = [convert_one(os.fsdecode(each)) for each in raw.drop_null().to_pylist()]
        found = pc.replace_with_mask(found, raw.is_valid(), pa.array(names, pa.string()))
    return found


def _convert_distinct(column: Any, convert: _Text) -> Any:
    """Convert lists and structs once where few of them differ, such as what was looked for."""
    codes = _codes(column) if pa.types.is_nested(column.type) else None
    if codes is None:
        return convert(column)
    _, first, places = np.unique(codes, return_index=True, return_inverse=True)
    found = convert(column.take(pa.array(first)))
    return None if found is None else found.take(pa.array(places))


def _codes(column: Any) -> Any:
    """Return numbers of uint8 that are equal where values are; None where too many differ."""
    kind = column.type
    if pa.types.is_map(kind):
        return None
    if pa.types.is_list(kind):
        inner = _codes(column.flatten())
        if inner is None:
            return None
        offsets = _offsets(column)
        keys = pa.BinaryArray.from_buffers(
            pa.binary(), len(column), [None, pa.py_buffer(offsets), pa.py_buffer(inner)]
        )
    elif pa.types.is_struct(kind):
        fields = [_codes(pc.struct_field(column, [field.name])) for field in kind]
        if any(field is None for field in fields):
            return None
        packed = pa.py_buffer(np.column_stack(fields).tobytes())
        keys = pa.Array.from_buffers(pa.binary(len(fields)), len(column), [None, packed])
    else:
        keys = column
        if len(keys) > _LOOK_AHEAD and len(keys.slice(0, _LOOK_AHEAD).unique()) > _MOST_CODES:
            return None
    coded = keys.dictionary_encode()
    if len(coded.dictionary) > _MOST_CODES:
        return None
    numbers = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False) + 1
    if keys is not column and column.null_count:
        numbers[column.is_null().to_numpy(zero_copy_only=False)] = 0
    return numbers.astype(np.uint8)


def _replace(texts: Any, pattern: str, change: Callable[[str], str]) -> Any:
    """Return texts, none of which is null, with those changed in which the pattern is."""
    mask = pc.match_substring_regex(texts, pattern)
    if not pc.any(mask).as_py():
        return texts
    changed = [change(text) for text in texts.filter(mask).to_pylist()]
    return pc.replace_with_mask(texts, mask, pa.array(changed, pa.string()))


def _each(column: Any, null: str, pattern: str, change: Callable[[str], str]) -> Any:
    """Return texts, `null` for null, with the others changed in which the pattern is.

    Each is looked at once where the first ones are few different texts, such as media types.
    """
    first = column.slice(0, _LOOK_AHEAD)
    if len(first) < _LOOK_AHEAD or pc.count_distinct(first).as_py() > _LOOK_AHEAD // 4:
        changed = _replace(column.fill_null(""), pattern, change)
    else:
        coded = column.dictionary_encode()
        dictionary = _replace(coded.dictionary, pattern, change)
        changed = column if dictionary is coded.dictionary else dictionary.take(coded.indices)
    return pc.if_else(column.is_valid(), changed, null) if column.null_count else changed


def _quote(cell: str) -> str:
    """Return a cell as csv.writer writes it; no cell has more than one line."""
    return '"' + cell.replace('"', '""') + '"' if '"' in cell or "," in cell else cell


def _cells(column: Any) -> Any:
    """Return the cells of a column as `cell_of` and `_quote` make them; None where none can."""
    if pa.types.is_string(column.type):
        return _each(column, "", _NOT_A_CELL, lambda text: _quote(cell_of(text)))
    found = _texts(column)
    is_nested = pa.types.is_list(column.type) or pa.types.is_struct(column.type)
    return _replace(found, _NOT_A_CELL, _safe_cell) if found is not None and is_nested else found


def _safe_cell(text: str) -> str:
    return _quote(f"'{text}" if is_formula(text) else text)


def _texts(column: Any) -> Any:
    """Return texts as `row_formats.text_of` does, "" for null; None where no kernel can."""
    kind = column.type
    if pa.types.is_string(kind):
        return _each(column, "", _UNSAFE, printable)
    if pa.types.is_list(kind):
        texts = _texts(column.flatten())
        return None if texts is None else pc.binary_join(_as_lists(column, texts), ";")
    if pa.types.is_struct(kind):
        return _struct_texts(column)
    found = _simple(column)
    return None if found is None else found.fill_null("")


def _struct_texts(column: Any) -> Any:
    names = [field.name for field in column.type]
    fields = {name: pc.struct_field(column, [name]) for name in names}
    of = set(names)
    if of in ({"algorithm", "distance"}, {"list", "entry_id", "distance"}):
        plain = [_plain_text(fields[name], "None") for name in names]
        made = plain[0]
        for each in plain[1:]:
            made = _concat(made, ":", each)
    elif of == {"stage", "reason", "detail"}:
        detail = _plain_text(fields["detail"], "")
        told = pc.if_else(pc.equal(detail, ""), "", _concat(" (", detail, ")"))
        stage, reason = (_plain_text(fields[name], "None") for name in ("stage", "reason"))
        made = _concat(stage, ": ", reason, told)
    else:
        is_short = of in ({"frame", "pdq", "quality"}, {"variant", "pdq", "quality"})
        texts = {name: _texts(each) for name, each in fields.items()}
        if any(each is None for each in texts.values()):
            return None
        parts: list[Any] = []
        for name, each in texts.items():
            if is_short:
                parts += [":"] * bool(parts) + [each]
            else:
                parts += [f"{';' if parts else ''}{printable(name)}=", each]
        return pc.if_else(column.is_valid(), _concat(*parts), "")
    made = _replace(made, _UNSAFE, printable)
    return pc.if_else(column.is_valid(), made, "")


def _plain_text(column: Any, null: str) -> Any:
    return (column if pa.types.is_string(column.type) else column.cast(pa.string())).fill_null(null)


def _json(column: Any) -> Any:
    """Return the JSON of each value, "null" for null; None where no kernel can."""
    kind = column.type
    found: Any
    if pa.types.is_string(kind):
        exact = _each(column, "", _NOT_JSON, lambda text: json.dumps(text)[1:-1])
        found = _concat('"', exact, '"')
    elif pa.types.is_list(kind):
        values = _json(column.flatten())
        if values is None:
            return None
        found = _concat("[", pc.binary_join(_as_lists(column, values), ", "), "]")
    elif pa.types.is_struct(kind):
        parts: list[Any] = []
        for field in kind:
            value = _json(pc.struct_field(column, [field.name]))
            if value is None:
                return None
            parts += [f"{', ' if parts else '{'}{json.dumps(field.name)}: ", value]
        found = _concat(*parts, "}")
    else:
        found = _simple(column)
        if found is None:
            return None
        if not (pa.types.is_integer(kind) or pa.types.is_boolean(kind)):
            found = _concat('"', found, '"')
    return pc.if_else(column.is_valid(), found, "null")


def _simple(column: Any) -> Any:
    """Return numbers, times and hashes as text, null for null; None for other kinds."""
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return column.cast(pa.string())
    if pa.types.is_fixed_size_binary(kind):
        return _hex(column)
    if kind == pa.timestamp("us", tz="UTC"):
        bounds = pc.min_max(column.cast(pa.int64())).as_py()
        first, end = _SHOWN_YEARS
        if bounds["min"] is None or (first <= bounds["min"] and bounds["max"] < end):
            shown = column.cast(pa.timestamp("us")).cast(pa.string())
            return _concat(pc.binary_replace_slice(shown, 10, 11, "T"), "Z")
    return None


def _hex(column: Any) -> Any:
    """Return fixed-size bytes as hexadecimal digits."""
    size, count = column.type.byte_width, len(column)
    if column.null_count == count:
        return pa.nulls(count, pa.string())
    data = np.frombuffer(column.buffers()[1], np.uint8)
    digits = _HEX[data[column.offset * size : (column.offset + count) * size]]
    offsets = np.arange(count + 1, dtype=np.int32) * (2 * size)
    made = pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(digits))
    return pc.if_else(column.is_valid(), made, pa.scalar(None, pa.string()))


def _as_lists(column: Any, values: Any) -> Any:
    """Return lists as long as those of `column`, null ones empty, of other values."""
    return pa.ListArray.from_arrays(pa.array(_offsets(column)), values)


def _offsets(lists: Any) -> Any:
    """Return where each list begins in its flattened values, and where the last one ends."""
    lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
    return np.append(np.int32(0), np.cumsum(lengths, dtype=np.int32))
