"""Plain text: one hash per line, its algorithm by length or given by the user or the line.

    d41d8cd98f00b204e9800998ecf8427e[ or ,]id    MD5 or SHA-1 by length
    pdq <hash>                                   a local file of python-threatexchange
    hash=<64 digits>,quality=100,filename=a.jpg  PDQ, as its own tools write it
    7;d41d8cd98f00b204e9800998ecf8427e;A1        a table without a header

Blank lines and lines that start with # are passed over. In a table the first rows show which
column is the hash, which the id (no value twice) and which the category. In other lines what
follows the first separator is taken as the entry's id, without it the line's number is; but words
of 32, 40 or 64 hex digits in it are further hashes.
"""

import re
from collections.abc import Iterator
from itertools import chain, islice

from hashsweep.errors import ListError
from hashsweep.hashlists import known_hashes
from hashsweep.hashlists.formats.base import (
    ListFile,
    RowError,
    is_hash_shaped,
    is_marked_hash,
    read_any,
)
from hashsweep.hashlists.formats.hash_forms import BLANK
from hashsweep.hashlists.formats.headless import Columns, columns_of
from hashsweep.hashlists.formats.lines import number_lines
from hashsweep.hashlists.formats.values import date_of, quality_of
from hashsweep.hashlists.kinds import KEPT, kind_of
from hashsweep.model import Entry, Refusal

_PDQ_DIGITS = 64
_SEPARATOR = re.compile(r"\s*[,;]\s*|\s+")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_SAMPLE = 1000  # lines that show what the columns are
_LONG_HEX = re.compile(r"[0-9a-fA-F]{12}")


class TextReader:
    """The ListReader."""

    description = "one hash per line; algorithm by length, or `pdq:FILE`; PDQ text lists"

    def recognises(self, head: bytes) -> bool:
        """Any text without control characters; this reader is tried last."""
        return not _CONTROL.search(head)

    def read(self, source: ListFile) -> Iterator[Entry | Refusal]:
        """Yield a row each line that is not blank and no comment.

        Raises ListError for a table whose header names no column of hashes.
        """
        lines = (
            (number, text)
            for number, line in number_lines(source.path)
            if (text := line.strip()) and not text.startswith("#")
        )
        first = list(islice(lines, _SAMPLE))
        columns = _columns([text for _, text in first], source)
        for number, text in chain(first, lines):
            try:
                if text.startswith("hash="):
                    yield from _pairs(number, text, source)
                elif columns and (cells := _cells(text, columns)):
                    yield from _table_row(number, cells, columns, source)
                else:
                    yield from _row(number, text, source)
            except RowError as error:
                yield Refusal(number, error.code, error.detail)


def _columns(lines: list[str], source: ListFile) -> Columns | None:
    """Return the columns where the lines are a table; raises ListError for an unknown header."""
    found = columns_of(lines, source.algorithm)
    if found is None or (found.hashes and not _is_header(lines[0], found)):
        return found
    names = [cell for cell in found.cut(lines[0]) if cell]
    header = "" if any(map(_LONG_HEX.search, names)) else f" (it has {', '.join(names)[:200]})"
    raise ListError(
        f"{source.path}: the first line names no column of hashes{header}: "
        "say which it is, as in --map md5=COLUMN"
    )


def _is_header(line: str, columns: Columns) -> bool:
    """Say whether a line holds no hash, and nothing that could be a damaged one."""
    cells = columns.cut(line)
    return not any(is_marked_hash(cell) or _LONG_HEX.search(cell) for cell in cells) and all(
        cells[at] and cells[at] not in BLANK for at in columns.hashes
    )


def _cells(text: str, columns: Columns) -> list[str] | None:
    try:
        cells = columns.cut(text)
    except RowError:
        return None
    return cells if len(cells) == columns.width else None


def _table_row(
    number: int, cells: list[str], columns: Columns, source: ListFile
) -> Iterator[Entry | Refusal]:
    def cell(at: int) -> str:
        return cells[at] if at >= 0 and cells[at] not in BLANK else ""

    named = cell(columns.algorithm) or source.algorithm
    hashes, filled = [], False
    for at in columns.hashes:
        if text := cell(at):
            filled = True
            kind = _kind(text, named) if at != columns.hashes[0] else named
            try:
                hashes.append(read_any(text, kind))
            except RowError as error:
                yield Refusal(number, error.code, error.detail)
    if not filled:
        raise RowError("no-hash")
    if hashes:
        yield Entry(
            cell(columns.entry_id) or f"line-{number}",
            tuple(dict.fromkeys(hashes)),
            category=cell(columns.category),
            updated=date_of(cell(columns.updated)),
            line=number,
        )


def _row(number: int, text: str, source: ListFile) -> Iterator[Entry | Refusal]:
    if is_marked_hash(text):
        yield Entry(f"line-{number}", (read_any(text, source.algorithm),), line=number)
        return
    word, rest = _split(text)
    algorithm = source.algorithm
    if len(word) < len("0" * 16) and rest:
        kind = kind_of(word)
        if kind in known_hashes.known_bits() or kind in KEPT:
            algorithm = kind
            word, rest = _split(rest)
    more, entry_id = _further(rest)
    hashes = []
    kinds = [algorithm, *(_kind(each, algorithm) for each in more)]
    for each, named in zip([word, *more], kinds, strict=True):
        try:
            hashes.append(read_any(each, named))
        except RowError as error:
            yield Refusal(number, error.code, error.detail)
    if hashes:
        yield Entry(entry_id or f"line-{number}", tuple(dict.fromkeys(hashes)), line=number)


def _split(text: str) -> tuple[str, str]:
    """Return the first word and what follows the first separator."""
    word, *rest = _SEPARATOR.split(text, maxsplit=1)
    return word, rest[0].strip() if rest else ""


def _further(rest: str) -> tuple[list[str], str]:
    """Return the words that look like hashes, and the rest."""
    words = _SEPARATOR.split(rest)
    hashes = [word for word in words if is_hash_shaped(word)]
    if hashes:
        rest = " ".join(word for word in words if not is_hash_shaped(word))
    return hashes, rest.strip()


def _kind(word: str, named: str | None) -> str | None:
    """Return the kind of a further hash taking 64 digits for the kind that was given."""
    is_open = len(word) == _PDQ_DIGITS
    return named if is_open and named in ("sha256", "pdq") else None


def _pairs(number: int, text: str, source: ListFile) -> Iterator[Entry | Refusal]:
    """`hash=...` with metadata after it, or with more `name=value` pairs."""
    word, _, rest = text.removeprefix("hash=").partition(",")
    word = word.strip()
    algorithm = source.algorithm or ("pdq" if len(word) == _PDQ_DIGITS else None)
    pair = read_any(word, algorithm)
    name, quality = rest.strip(), None
    before, found, filename = f",{rest}".partition(",filename=")
    if found:
        name = filename.strip()
    if _further(name)[0]:
        name = ""
    values = dict(part.split("=", 1) for part in before.split(",") if "=" in part)
    try:
        quality = quality_of(values.get("quality", ""))
    except RowError as error:
        yield Refusal(number, error.code, error.detail)
    yield Entry(name or f"line-{number}", (pair,), quality=quality, line=number)


READER = TextReader()
