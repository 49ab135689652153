"""What every list reader offers, and what all of them share: a hash from text.

Knows no format. A hash's own value never enters a message.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hashsweep.model import Entry, Refusal

REFUSALS = {
    "no-hash": "the row holds no hash",
    "bad-hex": "the hash is not hexadecimal",
    "bad-length": "the hash has not the length of its algorithm",
    "unknown-algorithm": "no algorithm of this name or length is known",
    "bad-quality": "the quality is no number from 0 to 100",
    "bad-row": "the row cannot be read",
}

_HEX = re.compile(r"[0-9a-fA-F]+")


class RowError(Exception):
    """One row cannot be used; carries a code of REFUSALS and a detail without the hash."""

    def __init__(self, code: str, detail: str = "") -> None:
        """Raise by a code of REFUSALS."""
        super().__init__(code)
        self.code = code
        self.detail = detail or REFUSALS[code]


@dataclass(frozen=True)
class ListFile:
    """A list to read: its file, and the algorithm if the user named it (`--list pdq:FILE`).

    `bits` maps the name of every algorithm that this installation knows to its length.
    """

    path: Path
    bits: Mapping[str, int]
    algorithm: str | None = None


class ListReader(Protocol):
    """Reads one format as a stream."""

    def recognises(self, head: bytes) -> bool:
        """Say whether a file with this head (4 KiB or all of it) is of this format."""

    def read(self, source: ListFile) -> Iterator[Entry | Refusal]:
        """Yield an Entry or a Refusal for each row; raises ListError if the file is useless."""


def hash_from_hex(text: str, algorithm: str, bits: Mapping[str, int]) -> tuple[str, bytes]:
    """Return (algorithm, raw hash) of hex in either case; raises RowError."""
    name = algorithm.strip().lower().replace("-", "")
    if name not in bits:
        raise RowError("unknown-algorithm", f"no algorithm {name[:40]!r} is known")
    text = text.strip()
    if not _HEX.fullmatch(text):
        raise RowError("bad-hex")
    if len(text) * 4 != bits[name]:
        raise RowError("bad-length", f"{name} has {bits[name] // 4} hex digits, not {len(text)}")
    return name, bytes.fromhex(text)


def algorithm_by_length(text: str) -> str:
    """Return the digest that hex of this length must be; raises RowError where it is open.

    64 digits are SHA-256 or PDQ, so a bare list of such hashes has to name its algorithm.
    """
    digits = len(text.strip())
    name = {32: "md5", 40: "sha1"}.get(digits)
    if name is None:
        raise RowError("unknown-algorithm", f"{digits} hex digits: name the algorithm")
    return name
