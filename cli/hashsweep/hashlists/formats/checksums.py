r"""The output of md5sum, sha1sum, sha256sum and their like, GNU and BSD.

    <hex>  path      <hex> *path      \<hex>  a\nnewline in the path      SHA256 (path) = <hex>

64 digits are SHA-256 here, because of the format; a size before the hash is ignored.
"""

import re
from collections.abc import Iterator

from hashsweep.hashlists.formats.base import ListFile, RowError, read_hash
from hashsweep.hashlists.formats.lines import number_lines
from hashsweep.model import Entry, Refusal

_GNU = re.compile(r"(?: *\d{1,16}  )?(\\?)([0-9A-Fa-f]{32,128}) [ *](.+)")
_BSD = re.compile(r"([A-Za-z][A-Za-z0-9-]{1,15}) ?\((.*)\) ?= ?([0-9A-Fa-f]{16,128})")
_BY_DIGITS = {32: "md5", 40: "sha1", 64: "sha256", 96: "sha384", 128: "sha512"}
_ESCAPED = {"\\\\": "\\", "\\n": "\n", "\\r": "\r"}


class ChecksumReader:
    """The ListReader."""

    description = "output of md5sum, sha1sum, sha256sum and the like, GNU or BSD"

    def recognises(self, head: bytes) -> bool:
        """A first line in either form."""
        for line in head.decode("utf-8-sig", "replace").splitlines():
            if line.strip() and not line.startswith("#"):
                return bool(_GNU.fullmatch(line) or _BSD.fullmatch(line.strip()))
        return False

    def read(self, source: ListFile) -> Iterator[Entry | Refusal]:
        """Yield one row per line that is neither blank nor a comment."""
        for number, line in number_lines(source.path):
            if not line.strip() or line.startswith("#"):
                continue
            try:
                yield _row(number, line, source)
            except RowError as error:
                yield Refusal(number, error.code, error.detail)


def _row(number: int, line: str, source: ListFile) -> Entry:
    if gnu := _GNU.fullmatch(line):
        escape, text, name = gnu.groups()
        if escape:
            name = re.sub(r"\\[\\nr]", lambda found: _ESCAPED[found[0]], name)
        kind = source.algorithm or _BY_DIGITS.get(len(text))
        if kind is None:
            raise RowError("unknown-algorithm", f"{len(text)} hex digits: give the algorithm")
    elif bsd := _BSD.fullmatch(line.strip()):
        kind, name, text = bsd.groups()
        kind = re.sub("(?i)^sha2-", "sha", kind)
    else:
        raise RowError("bad-row", "neither `hash  name` nor `ALGORITHM (name) = hash`")
    return Entry(name.strip() or f"line-{number}", (read_hash(text, kind),), line=number)


READER = ChecksumReader()
