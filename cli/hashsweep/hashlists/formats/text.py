"""Plain text: one hash per line, its algorithm by length or given by the user or the line.

    d41d8cd98f00b204e9800998ecf8427e[ or ,]id    MD5 or SHA-1 by length
    pdq <hash>                                   a local file of python-threatexchange
    hash=<64 digits>,quality=100,filename=a.jpg  PDQ, as written by its own tools

Blank lines and lines that start with # are skipped. What follows the first separator is
the entry's id, or else the line number; but words of 32, 40 or 64 hex digits in it are
further hashes.
"""

import re
from collections.abc import Iterator

from hashsweep.hashlists import known_hashes
from hashsweep.hashlists.formats.base import (
    ListFile,
    RowError,
    algorithm_by_length,
    is_hash_shaped,
    read_hash,
)
from hashsweep.hashlists.formats.lines import number_lines
from hashsweep.hashlists.formats.values import quality_of
from hashsweep.hashlists.kinds import KEPT, kind_of
from hashsweep.model import Entry, Refusal

_PDQ_DIGITS = 64
_SEPARATOR = re.compile(r"\s*[,;]\s*|\s+")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")


class TextReader:
    """The ListReader."""

    description = "one hash per line; algorithm by length, or `pdq:FILE`; PDQ text lists"

    def recognises(self, head: bytes) -> bool:
        """Any text without control characters; this reader is tried last."""
        return not _CONTROL.search(head)

    def read(self, source: ListFile) -> Iterator[Entry | Refusal]:
        """Yield one row per line that is neither blank nor a comment."""
        for number, line in number_lines(source.path):
            text = line.strip()
            if not text or text.startswith("#"):
                continue
            try:
                if text.startswith("hash="):
                    yield from _pairs(number, text, source)
                else:
                    yield from _row(number, text, source)
            except RowError as error:
                yield Refusal(number, error.code, error.detail)


def _row(number: int, text: str, source: ListFile) -> Iterator[Entry | Refusal]:
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
            hashes.append(read_hash(each, named or algorithm_by_length(each)))
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
    pair = read_hash(word, algorithm or algorithm_by_length(word))
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
