"""The interface of list readers, and what they share: reading a hash from text.

Knows no format. Messages never contain a hash's value.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from hashsweep.errors import ListError
from hashsweep.hashlists import known_hashes
from hashsweep.hashlists.formats.hash_forms import BLANK, bare, named_by
from hashsweep.hashlists.kinds import KEPT, kind_of
from hashsweep.model import Entry, Refusal

REFUSALS = {
    "no-hash": "the row holds no hash",
    "bad-hash": "the hash is neither hexadecimal nor in another known form",
    "bad-length": "the hash does not have its algorithm's length",
    "unknown-algorithm": "no algorithm of this name or length is known",
    "bad-quality": "the quality is not a number from 0 to 100",
    "bad-row": "the row cannot be read",
    "bogus-hash": "a constant by which another tool marks a failure, not a picture",
    "damaged": "the file breaks off or is damaged here; what follows was not read",
}
"""Why a row is refused: stable codes and their meanings."""

FEEDS = frozenset({"NCMEC", "ThreatExchange", "Tech Against Terrorism"})
"""Schemes of feeds whose keys are their own: an entry of such a scheme names its source by it."""

LONGEST_KEPT = 65536
"""Most characters of a hash that is stored but never matched; a longer text is not a hash."""

_HEX = re.compile(r"[0-9a-fA-F]+")
CONSTANT = (0x00, 0xFF)
_SHOWN_NAME = 10  # characters; every form of a hash of 64 bits or more is longer
_SHORTEST_CONSTANT = 16  # characters; a CRC-32 may well be 00000000


class RowError(Exception):
    """One row cannot be used; carries a code of REFUSALS and a detail without the hash."""

    def __init__(self, code: str, detail: str = "") -> None:
        """Raise by a code of REFUSALS."""
        super().__init__(code)
        self.code = code
        self.detail = detail or REFUSALS[code]


@dataclass(frozen=True)
class ListFile:
    """A list to read, and the user's options for it.

    `path` may be that of a descriptor (`/proc/self/fd/N`), which says nothing of the file's name.
    `algorithm` is for a list that does not name one (`--list pdq:FILE`). `columns` renames
    columns: our field -> their name (`--map md5=MD5`). `categories` are those that the user
    wants matched where the format has numbers of several schemes (VICS), None for not said;
    `scheme` is the scheme's name. `name` is that of the file before it was unpacked.
    """

    path: Path
    algorithm: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    categories: frozenset[str] | None = None
    scheme: str | None = None
    name: str = ""


class NeedsName(ListError):
    """The reader's library opens files by name alone, and this one has none."""


class ListReader(Protocol):
    """Reads one format as a stream: never more than one row, or one small batch, in memory.

    `description` is one line for the README.
    """

    description: str

    def recognises(self, head: bytes) -> bool:
        """Say whether a file with this head (4 KiB or all of it) is of this format."""

    def read(self, source: ListFile) -> Iterator[Entry | Refusal]:
        """Yield Entries and Refusals row by row; raises ListError if the file is useless.

        A row with some bad hashes gives one Refusal per bad hash and
        an Entry with the good ones. Damage halfway ends with a Refusal with code "damaged".
        """


def read_hash(text: str, algorithm: str) -> tuple[str, bytes]:
    """Return (kind, value) of one hash in text; raises RowError.

    A computable kind gives the raw hash, from hex in either case, base64, base32 or a string
    of 0 and 1, with or without the marks of databases and registries (see hash_forms.py). A text
    that names another algorithm, such as `sha1:...`, is of that. A kind that is only kept gives
    the text's own bytes, unchecked but for one character repeated throughout.
    """
    bits = known_hashes.known_bits()
    name = algorithm if algorithm in bits else kind_of(algorithm)
    text = text.strip()
    if not text or text in BLANK:
        raise RowError("no-hash")
    if name not in bits:
        return name, _keep(text, name)
    length = bits[name]
    if len(text) * 4 == length and _HEX.fullmatch(text):
        value = bytes.fromhex(text)
    else:
        kind, rest = named_by(text)
        if kind not in (None, name):
            return read_hash(rest, kind)
        value = _other_form(bare(rest), name, length)
    if value[0] in CONSTANT and value.count(value[0]) == len(value):
        raise RowError("bogus-hash")
    return name, value


def read_any(text: str, algorithm: str | None) -> tuple[str, bytes]:
    """Return (kind, value) of a hash whose algorithm may be named by its own text or its length.

    Raises RowError.
    """
    if algorithm:
        return read_hash(text, algorithm)
    kind, rest = named_by(text)
    if kind is None:
        rest = bare(rest)
    return read_hash(rest, kind or algorithm_by_length(rest))


def read_hashes(
    number: int, cells: Iterable[tuple[str, str]]
) -> tuple[list[tuple[str, bytes]], list[Refusal]]:
    """Return the usable hashes of row `number` as (kind, value), and a refusal for each other.

    `cells` are pairs of kind and text.
    """
    hashes, refused = [], []
    for kind, text in cells:
        try:
            hashes.append(read_hash(text, kind))
        except RowError as error:
            refused.append(Refusal(number, error.code, error.detail))
    return hashes, refused


def _keep(text: str, name: str) -> bytes:
    if name not in KEPT:
        # a longer name may be a hash in the wrong column
        shown = f" {name!r}" if len(name) <= _SHOWN_NAME else ""
        raise RowError("unknown-algorithm", f"no algorithm{shown} is known" if name else "")
    if len(text) > LONGEST_KEPT:
        raise RowError("bad-length", f"{name} over {LONGEST_KEPT} characters")
    if len(text) >= _SHORTEST_CONSTANT and len(set(text.rstrip("="))) <= 1:
        raise RowError("bogus-hash")
    return text.encode("utf-8", "replace")


def _other_form(text: str, name: str, bits: int) -> bytes:
    if len(text) * 4 == bits and _HEX.fullmatch(text):
        return bytes.fromhex(text)
    if len(text) == bits and set(text) <= {"0", "1"}:
        return int(text, 2).to_bytes(bits // 8)
    if _HEX.fullmatch(text):
        raise RowError("bad-length", f"{name} has {bits // 4} hex digits, not {len(text)}")
    bare = text.rstrip("=")
    try:
        if len(bare) == -(-bits // 6):
            raw = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
        elif len(bare) != -(-bits // 5):
            raise RowError("bad-hash")
        else:
            raw = base64.b32decode(bare + "=" * (-len(bare) % 8), casefold=True)
    except (binascii.Error, ValueError) as error:
        raise RowError("bad-hash") from error
    if len(raw) * 8 != bits:
        raise RowError("bad-length", f"{name} has {bits // 8} bytes, not {len(raw)}")
    return raw


_OPEN_DIGITS = 64
_OPEN = "64 hex digits are SHA-256 or PDQ: give the algorithm, as in --list sha256:FILE"


def algorithm_by_length(text: str) -> str:
    """Return the digest that hex of this length must be; raises RowError if it is ambiguous.

    64 digits are SHA-256 or PDQ, so the algorithm of a plain list of such hashes must be given.
    """
    digits = len(text.strip())
    name = {32: "md5", 40: "sha1"}.get(digits)
    if name is None:
        detail = _OPEN if digits == _OPEN_DIGITS else f"no digest has {digits} hex digits"
        raise RowError("unknown-algorithm", detail)
    return name


_SHORTEST_BASE64 = 24  # characters, of an MD5
_BASE64 = re.compile(r"[A-Za-z0-9+/]{22}==|[A-Za-z0-9+/]{27}=|[A-Za-z0-9+/]{43}=")
_HASH_SHAPED = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}")


def is_hash_shaped(text: str) -> bool:
    """Say whether a text looks like an MD5, a SHA-1, a SHA-256 or a PDQ in hex."""
    return _HASH_SHAPED.fullmatch(text) is not None


def is_marked_hash(text: str) -> bool:
    """Say whether a text is such a hash with or without a mark before it, or one in base64."""
    text = text.strip()
    kind, rest = named_by(text)
    if kind or len(text) >= _SHORTEST_BASE64:
        rest = bare(rest)
    return is_hash_shaped(rest) or _BASE64.fullmatch(rest) is not None


_LONGEST_PLAIN = 33  # characters; an MD5 with a mark is longer
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def safe_id(entry_id: str, hashes: Iterable[tuple[str, bytes]], line: int) -> str:
    """Return an id fit for reports: `line-N` if it is a hash or looks like one."""
    text = entry_id.strip()
    if len(text) % 8 == 0 and is_hash_shaped(text):
        return f"line-{line}"
    size = len(text)
    if size > _LONGEST_PLAIN and is_marked_hash(text):
        digits = text.replace("-", "").lower()
        if not _UUID.fullmatch(text) or any(value.hex() == digits for _, value in hashes):
            return f"line-{line}"
    for _, value in hashes:
        if size == 2 * len(value) and text.lower() == value.hex():
            return f"line-{line}"
        if size == len(value) and text.encode("utf-8", "surrogateescape") == value:
            return f"line-{line}"
    return entry_id


def digest_of_key(key: str | bytes) -> bytes:
    """Return the 16-byte form of an entry's key: its BLAKE2b-128, zeros for none."""
    if not key:
        return bytes(16)
    if isinstance(key, bytes):
        return key
    return hashlib.blake2b(key.encode("utf-8", "surrogateescape"), digest_size=16).digest()


def key_of_hash(key: str | bytes, kind: str, value: bytes) -> bytes:
    """Return the key of a tombstone for one hash of the entries with this key: 16 bytes.

    The first half is that of the entries' own key, the second half a digest of the hash. A
    tombstone with such a key has `replaces` set, which distinguishes it from others.
    """
    digest = hashlib.blake2b(kind.encode() + b":" + value, digest_size=8).digest()
    return digest_of_key(key)[:8] + digest
