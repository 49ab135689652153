"""NSRL's Reference Data Set 2, `NSRLFile.txt`: files of known software, in text.

Both orders of columns are read. Names may hold commas and quotes, so hashes are taken from the
start and the end of the line.
"""

import re
from collections.abc import Iterator

from hashsweep.errors import ListError
from hashsweep.hashlists.base import ListFile, RowError, read_hash
from hashsweep.hashlists.lines import numbered
from hashsweep.model import Entry, Refusal

_FORMS = {
    '"SHA-1","MD5","CRC32","FileName",': re.compile(
        r'"(?P<sha1>[^"]*)","(?P<md5>[^"]*)","(?P<crc32>[^"]*)","(?P<name>.*)",\d*,.*'
    ),
    '"SHA-1","FileName","FileSize",': re.compile(
        r'"(?P<sha1>[^"]*)","(?P<name>.*)",\d*,.*,'
        r'"(?P<md4>[^"]*)","(?P<md5>[^"]*)","(?P<crc32>[^"]*)","[^"]*"'
    ),
}
_NO_MD4 = "0" * 32


class NsrlReader:
    """The ListReader."""

    description = "NSRL RDS 2, `NSRLFile.txt`; for `--known-good`"

    def recognises(self, head: bytes) -> bool:
        """The header of either order."""
        return _form(head.decode("utf-8-sig", "replace")) is not None

    def read(self, source: ListFile) -> Iterator[Entry | Refusal]:
        """Yield a row each line after the header."""
        lines = numbered(source.path)
        form = _form(next(lines, (0, ""))[1])
        if form is None:
            raise ListError(f"{source.path}: the first line is no header of NSRL's")
        for number, line in lines:
            if not line.strip():
                continue
            found = form.fullmatch(line.strip())
            if found:
                yield from _row(number, found, source)
            else:
                yield Refusal(number, "bad-row", "not the columns of NSRL's header")


def _form(line: str) -> re.Pattern[str] | None:
    return next((form for header, form in _FORMS.items() if line.startswith(header)), None)


def _row(number: int, found: re.Match[str], source: ListFile) -> Iterator[Entry | Refusal]:
    cells = found.groupdict()
    name = cells.pop("name")
    hashes = []
    for kind, text in cells.items():
        if not text or (kind == "md4" and text == _NO_MD4):  # what stands there for none
            continue
        try:
            hashes.append(read_hash(text, kind, source.bits))
        except RowError as error:
            yield Refusal(number, error.code, error.detail)
    if hashes:
        yield Entry(name or f"line-{number}", tuple(hashes), source="NSRL", line=number)
    else:
        yield Refusal(number, "no-hash", "the row holds no hash")


READER = NsrlReader()
