r"""Encrypts the parts of a report, with Parquet modular encryption and keys of the user's.

Every part gets a data key of its own: HKDF-SHA256 (RFC 5869) of a master key, with 16 random
bytes of salt and the part's label as context. All of it, the footer too, is sealed by AES-256-GCM
with that label as the file's AAD prefix. The label says in plain text which master key (by its
id), which report and which place in it the part is of; a part that was altered, or put into
another place or report, is refused. Deriving needs no cipher of ours and no package but pyarrow,
whose CryptoFactory would ask for a key store and cannot bind a file to its place.

The functions used came with pyarrow 25. What reads such parts: `hashsweep report show`, and
pyarrow, also through pandas, with the properties made here. DuckDB 2.0 reads Parquet encryption
without AAD prefixes only, polars 2.1 none at all.

Keys are in no message; a key's id is the start of a digest of it and no secret.
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

_FILE_BYTES = 64 * 1024  # of a key file: a thousand keys
_TAIL_BYTES = 1024  # of FileCryptoMetaData that may come before a label's end
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
        """Take the keys of a file, else of HASHSWEEP_REPORT_KEY; None where there is neither.

        The variable is taken out of `environ`, so that no worker inherits it. One key a line,
        32 bytes as 64 hex digits or as base64; blank lines and lines that begin with # are
        passed over. Raises ReportError for a file that others may read, and for what is no key;
        it names lines and never a key.
        """
        text = environ.pop(VARIABLE, "")
        if key_file is not None:
            return cls(_parse(key_text(key_file), f"key file {key_file}"))
        return cls(_parse(text, VARIABLE)) if text else None

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all keys, that of the encrypting one first."""
        return tuple(self._keys)

    def check(self) -> None:
        """Raise ReportError where this pyarrow cannot encrypt, before any work is done."""
        _pyarrow()

    def encryption_of(self, report_id: str, part: Path) -> Any:
        """Return FileEncryptionProperties for one file, with a data key that no other file has.

        `report_id` is 32 hex digits; of `part` the last two names count (`files/part-00000...`).
        """
        key_id, salt = self.ids[0], secrets.token_bytes(SALT_BYTES)
        label = f"hashsweep/1 key={key_id} salt={salt.hex()} report={report_id} part={_place(part)}"
        prefix = label.encode("ascii")
        return _pyarrow().create_encryption_properties(
            data_key(self._keys[key_id], salt, prefix), aad_prefix=prefix
        )

    def decryption_of(self, part: Path, report_id: str | None = None) -> Any:
        """Return FileDecryptionProperties for one file; ReportError names the key it needs.

        A part of another place than its own is refused, and of another report where `report_id`
        says which one it should be of.
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
                f"which is not among those given ({', '.join(self.ids)})"
            )
        return _pyarrow().create_decryption_properties(
            data_key(self._keys[key_id], bytes.fromhex(salt), label), aad_prefix=label
        )


def decryption_for(part: Path, keys: Keys | None, report_id: str | None = None) -> Any:
    """Return what opens an encrypted part; ReportError says how to name keys where none is."""
    if keys is None:
        raise ReportError(
            f"report {part.parent.parent} is encrypted: name its key with --key-file or {VARIABLE}"
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
    """Return the 8 hex digits that name a key where it is not to be seen."""
    return hashlib.sha256(b"hashsweep report key" + key).hexdigest()[:8]


def new_key() -> str:
    """Return a new key as text, from the operating system's random bytes."""
    return secrets.token_bytes(KEY_BYTES).hex()


def _place(part: Path) -> str:
    return f"{part.parent.name}/{part.name}"


def _label(part: Path) -> bytes:
    """Return the AAD prefix that a file tells of itself; b"" where there is none as we write it."""
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
    """Return the 32 bytes of a key file's first key, for another use; raises ReportError."""
    return next(iter(_parse(key_text(path), f"key file {path}").values()))


def key_text(path: Path) -> str:
    """Return what a key file holds; ReportError for one that is no file or open to others."""
    try:
        with path.open("rb") as stream:
            state = os.fstat(stream.fileno())
            if not stat.S_ISREG(state.st_mode) and not stat.S_ISFIFO(state.st_mode):
                raise ReportError(f"key file {path} is neither a file nor a pipe")
            if state.st_mode & 0o077:
                raise ReportError(f"key file {path} is open to others: `chmod 600` it first")
            content = stream.read(_FILE_BYTES + 1)
        if len(content) > _FILE_BYTES:
            raise ReportError(f"key file {path} is too long to be one")
        return content.decode("utf-8-sig")
    except OSError as error:
        raise ReportError(f"key file {path}: {error.strerror or error}") from error
    except UnicodeDecodeError:
        raise ReportError(f"key file {path} holds no text, and so no keys") from None


def _parse(text: str, name: str) -> dict[str, bytes]:
    keys: dict[str, bytes] = {}
    for number, line in enumerate(text.splitlines(), 1):
        word = line.strip()
        if not word or word.startswith("#"):
            continue
        key = _key(word)
        if key is None:
            raise ReportError(
                f"{name}: line {number} is no key: 32 bytes as 64 hex digits or as base64"
            )
        if keys.setdefault(key_id(key), key) != key:
            raise ReportError(f"{name}: line {number} has the id of another key: make a new one")
    if not keys:
        raise ReportError(f"{name} holds no key")
    return keys


def _key(word: str) -> bytes | None:
    """Return the 32 bytes, or nothing; no error of the decoders, which may show the text."""
    if re.fullmatch(r"[0-9A-Fa-f]{64}", word):
        return bytes.fromhex(word)
    try:
        key = base64.b64decode(word.translate(str.maketrans("-_", "+/")), validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == KEY_BYTES else None


def _pyarrow() -> Any:
    """Return pyarrow's module; ReportError where it is missing or cannot do what is needed."""
    try:
        from pyarrow.parquet import encryption
    except ImportError as error:
        raise ReportError("this pyarrow was built without encryption") from error
    if not hasattr(encryption, "create_encryption_properties"):
        raise ReportError("encrypted reports need pyarrow 25: pip install 'hashsweep[encrypt]'")
    return encryption
