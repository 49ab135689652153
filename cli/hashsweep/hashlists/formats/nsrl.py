"""NSRL's Reference Data Set 2, `NSRLFile.txt`: files of known software, in text.

Both column orders are read. Names may contain commas and quotes, so hashes are read from the
start and the end of the line.
"""

import re
from collections.abc import Iterator

from hashsweep.errors import ListError
from hashsweep.hashlists.formats.base import ListFile, read_hashes
from hashsweep.hashlists.formats.lines import number_lines
from hashsweep.model import Entry, Refusal

_FORMS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    '"SHA-1","MD5","CRC32","FileName",': (("sha1", "md5", "crc32"), ()),
    '"SHA-1","FileName","FileSize",': (("sha1",), ("md4", "md5", "crc32", "special")),
}
"""How a header starts -> the quoted fields before the name, and those at the line's end."""

_SIZE = re.compile(r'",[0-9]*,')
_NO_MD4 = "0" * 32


class NsrlReader:
    """The ListReader."""

    description = "NSRL RDS 2, `NSRLFile.txt`; for `--known-good`"

    def recognises(self, head: bytes) -> bool:
        """The header of either order."""
        return _form(head.decode("utf-8-sig", "replace")) is not None

    def read(self, source: ListFile) -> Iterator[Entry | Refusal]:
        """Yield one row per line after the header."""
        lines = number_lines(source.path)
        form = _form(next(lines, (0, ""))[1])
        if form is None:
            raise ListError(f"{source.path}: the first line is not an NSRL header")
        for number, line in lines:
            if not line.strip():
                continue
            found = _cells(line.strip(), *form)
            if found:
                yield from _row(number, found)
            else:
                yield Refusal(number, "bad-row", "not the columns of NSRL's header")


def _form(line: str) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    return next((form for header, form in _FORMS.items() if line.startswith(header)), None)


def _cells(line: str, first: tuple[str, ...], last: tuple[str, ...]) -> dict[str, str] | None:
    """Return the quoted fields and the name, None for another line; in linear time.

    The name ends before the last quote that a size follows.
    """
    *start, middle = line.removeprefix('"').split('","', len(first))
    middle, *end = middle.rsplit(',"', len(last)) if last else [middle]
    values = (*start, *(each.removesuffix('"') for each in end))
    cells = dict(zip((*first, *last), values, strict=False))
    whole = line.startswith('"') and all(each.endswith('"') for each in end)
    if not whole or len(cells) < len(first) + len(last) or '"' in "".join(cells.values()):
        return None
    ends = [found.start() for found in _SIZE.finditer(middle)]
    if not ends:
        return None
    cells.pop("special", None)
    return {**cells, "name": middle[: ends[-1]]}


def _row(number: int, cells: dict[str, str]) -> Iterator[Entry | Refusal]:
    name = cells.pop("name")
    if cells.get("md4") == _NO_MD4:  # the placeholder for none
        del cells["md4"]
    hashes, refused = read_hashes(number, ((kind, text) for kind, text in cells.items() if text))
    yield from refused
    if hashes:
        yield Entry(name or f"line-{number}", tuple(hashes), source="NSRL", line=number)
    else:
        yield Refusal(number, "no-hash", "the row holds no hash")


READER = NsrlReader()
