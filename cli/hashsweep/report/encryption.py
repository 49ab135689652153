r"""Encrypts the parts of a report, with Parquet modular encryption and the user's keys.

Every part gets its own data key: HKDF-SHA256 (RFC 5869) of a master key, with 16 random
bytes of salt and the part's label as context. All of it, the footer too, is sealed by AES-256-GCM
with that label as the file's AAD prefix. The label names, in plain text, the master key (by its
id), the report, and the part's place in it; a part that was altered, or put into
another place or report, is refused. Deriving keys takes no cipher of our own and no package but
pyarrow, whose CryptoFactory would need a key store and cannot bind a file to its place.

The functions used came with pyarrow 25. Such parts can be read by `hashsweep report show`, and by
pyarrow (and pandas) with the properties made here. DuckDB 2.0 reads Parquet encryption
only without AAD prefixes, polars 2.1 not at all.

No message contains a key; a key's id is the start of its digest and not secret.
"""

import base64
import binascii
import hashlib
import hmac
import os
import re
import secrets
import stat
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from hashsweep.errors import ReportError

VARIABLE = "HASHSWEEP_REPORT_KEY"
KEY_BYTES = 32
SALT_BYTES = 16

_FILE_BYTES = 64 * 1024  # most bytes of a key file: a thousand keys
_TAIL_BYTES = 1024  # of FileCryptoMetaData that may precede a label's end
_MAGIC = b"PARE"
_LABEL = re.compile(
    rb"hashsweep/1 key=([0-9a-f]{8}) salt=([0-9a-f]{32}) report=([0-9a-f]{32}) part=([ -~]{1,100})"
)
# FileCryptoMetaData in Thrift's compact form begins with field 1 (a struct), its field 1 (a
# struct: AES_GCM_V1), its field 1 (bytes: the AAD prefix); then its length follows (parquet.thrift)
_CRYPTO_METADATA = b"\x1c\x1c\x18"


@dataclass(frozen=True)
class Keys:
    """Master keys by id; the first one encrypts, all decrypt."""

    _keys: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def load(
        cls, key_file: Path | None, environ: MutableMapping[str, str] = os.environ
    ) -> Self | None:
        """Load the keys of a file, else those in HASHSWEEP_REPORT_KEY; None if there is neither.

        The variable is removed from `environ`, so that no worker inherits it. One key per line,
        32 bytes as 64 hex digits or as base64; blank lines and lines starting with # are
        skipped. Raises ReportError for a file that others can read, and for an invalid key;
        it names lines and never a key.
        """
        text = environ.pop(VARIABLE, "")
        if key_file is not None:
            return cls(_parse(key_text(key_file), f"key file {key_file}"))
        return cls(_parse(text, VARIABLE)) if text else None

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all keys, the encrypting key's first."""
        return tuple(self._keys)

    def check(self) -> None:
        """Raise ReportError if this pyarrow cannot encrypt, before any work is done."""
        _pyarrow()

    def encryption_of(self, report_id: str, part: Path) -> Any:
        """Return FileEncryptionProperties for one file, with a data key of its own.

        `report_id` is 32 hex digits; only the last two names of `part` matter (`files/part-0...`).
        """
        key_id, salt = self.ids[0], secrets.token_bytes(SALT_BYTES)
        label = f"hashsweep/1 key={key_id} salt={salt.hex()} report={report_id} part={_place(part)}"
        prefix = label.encode("ascii")
        return _pyarrow().create_encryption_properties(
            data_key(self._keys[key_id], salt, prefix), aad_prefix=prefix
        )

    def secret_of(self, key_id: str | None, report_id: str, purpose: str) -> bytes:
        """Return 32 bytes that only holders of a key know, for one purpose in a report.

        Of the first key if that one is not here.
        """
        key = self._keys.get(key_id or "", self._keys[self.ids[0]])
        return data_key(key, purpose.encode(), report_id.encode("ascii"))

    def decryption_of(self, part: Path, report_id: str | None = None) -> Any:
        """Return FileDecryptionProperties for one file; ReportError names the key it needs.

        A part from another place is refused, and one from another report if `report_id`
        says which report it should belong to.
        """
        label = _label(part)
        found = _LABEL.fullmatch(label)
        if found is None:
            raise ReportError(f"report {part} is damaged, or was not encrypted by hashsweep")
        key_id, salt, report, place = (each.decode("ascii") for each in found.groups())
        if place != _place(part) or report_id not in (None, report):
            raise ReportError(
                f"report {part} does not belong there: it was written as {place} of report {report}"
            )
        if key_id not in self._keys:
            raise ReportError(
                f"report {part} is encrypted with key {key_id}, "
                f"which is not among the given keys ({', '.join(self.ids)})"
            )
        return _pyarrow().create_decryption_properties(
            data_key(self._keys[key_id], bytes.fromhex(salt), label), aad_prefix=label
        )


def decryption_for(part: Path, keys: Keys | None, report_id: str | None = None) -> Any:
    """Return what decrypts a part; if there are no keys, ReportError says how to give them."""
    if keys is None:
        raise ReportError(
            f"report {part.parent.parent} is encrypted: give its key with --key-file or {VARIABLE}"
        )
    return keys.decryption_of(part, report_id)


def is_encrypted(path: Path) -> bool:
    """Say whether a Parquet file ends as one with an encrypted footer; raises OSError."""
    with path.open("rb") as stream:
        stream.seek(max(stream.seek(0, os.SEEK_END) - len(_MAGIC), 0))
        return stream.read() == _MAGIC


def data_key(master: bytes, salt: bytes, info: bytes) -> bytes:
    """Return 32 bytes by HKDF-SHA256 (RFC 5869): extract, and the first block of expand."""
    extracted = hmac.digest(salt, master, "sha256")
    return hmac.digest(extracted, info + b"\x01", "sha256")


def key_id(key: bytes) -> str:
    """Return the 8 hex digits that name a key in output that must not contain the key."""
    return hashlib.sha256(b"hashsweep report key" + key).hexdigest()[:8]


def new_key() -> str:
    """Return a new key as text, from the operating system's random bytes."""
    return secrets.token_bytes(KEY_BYTES).hex()


def _place(part: Path) -> str:
    return f"{part.parent.name}/{part.name}"


def _label(part: Path) -> bytes:
    """Return the AAD prefix that a file states; b"" if it is not one that we write."""
    with part.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(size - 8, 0))
        length = int.from_bytes(stream.read(4), "little")
        stream.seek(max(size - 8 - length, 0))
        head = stream.read(min(length, _TAIL_BYTES))
    if not head.startswith(_CRYPTO_METADATA):
        return b""
    first, second = (head + bytes(5))[3:5]
    start, length = (5, first & 0x7F | second << 7) if first & 0x80 else (4, first)
    return head[start : start + length]


def first_key(path: Path) -> bytes:
    """Return the 32 bytes of a key file's first key, for use elsewhere; raises ReportError."""
    return next(iter(_parse(key_text(path), f"key file {path}").values()))


def key_text(path: Path) -> str:
    """Return the text of a key file; ReportError if it is not a file or is open to others."""
    try:
        with path.open("rb") as stream:
            state = os.fstat(stream.fileno())
            if not stat.S_ISREG(state.st_mode) and not stat.S_ISFIFO(state.st_mode):
                raise ReportError(f"key file {path} is neither a file nor a pipe")
            if state.st_mode & 0o077:
                raise ReportError(f"key file {path} is open to others: run `chmod 600` on it first")
            content = stream.read(_FILE_BYTES + 1)
        if len(content) > _FILE_BYTES:
            raise ReportError(f"key file {path} is too long for a key file")
        return content.decode("utf-8-sig")
    except OSError as error:
        raise ReportError(f"key file {path}: {error.strerror or error}") from error
    except UnicodeDecodeError:
        raise ReportError(f"key file {path} is not text, so it holds no keys") from None


def _parse(text: str, name: str) -> dict[str, bytes]:
    keys: dict[str, bytes] = {}
    for number, line in enumerate(text.splitlines(), 1):
        word = line.strip()
        if not word or word.startswith("#"):
            continue
        key = _key(word)
        if key is None:
            raise ReportError(
                f"{name}: line {number} is not a key (32 bytes as 64 hex digits or base64)"
            )
        if keys.setdefault(key_id(key), key) != key:
            raise ReportError(f"{name}: line {number} has the id of another key: make a new key")
    if not keys:
        raise ReportError(f"{name} holds no key")
    return keys


def _key(word: str) -> bytes | None:
    """Return the 32 bytes or None; decoder errors are hidden because they may show the text."""
    if re.fullmatch(r"[0-9A-Fa-f]{64}", word):
        return bytes.fromhex(word)
    try:
        key = base64.b64decode(word.translate(str.maketrans("-_", "+/")), validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == KEY_BYTES else None


def _pyarrow() -> Any:
    """Return pyarrow's module; ReportError if it is missing or cannot encrypt."""
    try:
        from pyarrow.parquet import encryption
    except ImportError as error:
        raise ReportError("this pyarrow was built without encryption") from error
    if not hasattr(encryption, "create_encryption_properties"):
        raise ReportError(
            "encrypted reports need pyarrow 25: pip install '.[encrypt]' in hashsweep's clone"
        )
    return encryption
