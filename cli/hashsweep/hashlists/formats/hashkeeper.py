"""HashKeeper's `.hsh` files: CSV with a fixed header; the hash is MD5."""

from collections.abc import Iterator

from hashsweep.errors import ListError
from hashsweep.hashlists.formats.base import ListFile, RowError, is_hash_shaped, read_hash
from hashsweep.hashlists.formats.lines import number_lines
from hashsweep.hashlists.formats.records import Lines, split_row
from hashsweep.model import Entry, Refusal

_HEADER = '"file_id","hashset_id","file_name","directory","hash"'
_FILE, _SET, _HASH = 0, 1, 4  # columns


class HashKeeperReader:
    """The ListReader."""

    description = "HashKeeper `.hsh`"

    def recognises(self, head: bytes) -> bool:
        """The format's header."""
        return head.decode("utf-8-sig", "replace").lower().startswith(_HEADER)

    def read(self, source: ListFile) -> Iterator[Entry | Refusal]:
        """Yield one row per line after the header."""
        numbered = number_lines(source.path)
        if not next(numbered, (0, ""))[1].lower().startswith(_HEADER):
            raise ListError(f"{source.path}: the first line is not a HashKeeper header")
        lines = Lines(numbered)
        for number, line in lines:
            try:
                yield _row(number, split_row(line, lines, ",", _fits))
            except RowError as error:
                yield Refusal(number, error.code, error.detail)


def _fits(cells: list[str], rest: list[str]) -> bool:
    """Say whether lines can be one row: none of those after the first is one by itself."""
    each = (line.split(",") for line in rest)
    rows = (parts for parts in each if len(parts) > _HASH)
    return len(cells) > _HASH and not any(is_hash_shaped(row[_HASH].strip('" ')) for row in rows)


def _row(number: int, row: list[str]) -> Entry:
    if len(row) <= _HASH:
        raise RowError("bad-row", "fewer than five columns")
    file, hash_set = row[_FILE].strip(), row[_SET].strip()
    return Entry(
        f"{hash_set}/{file}" if file else f"line-{number}",
        (read_hash(row[_HASH], "md5"),),
        source=f"HashKeeper {hash_set}".strip(),
        line=number,
    )


READER = HashKeeperReader()
