"""Reports that only who has the key can read: Parquet modular encryption with keys from a file.

Every part has a data key of its own (AES-256-GCM, footer included), which stands in the part,
wrapped (RFC 3394) by one of the keys here. Knows no row. Keys reach no message and no report.
"""

import base64
import binascii
import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hashsweep.errors import ReportError, UsageProblem

VARIABLE = "HASHSWEEP_REPORT_KEY"
"""The environment variable that holds a key where no file is named."""

KEY_BYTES = 32
_ID_DIGITS = 16


class Keys:
    """Keys by their ids; the first one encrypts, each one decrypts what it has encrypted.

    An id is the beginning of the key's SHA-256 in hex; it is no secret.
    """

    def __init__(self, keys: list[bytes]) -> None:
        """`keys` are of KEY_BYTES each, one at least. Raises UsageProblem without the extra."""
        try:
            from cryptography.hazmat.primitives import keywrap
            from pyarrow.parquet import encryption
        except ImportError as error:
            raise UsageProblem(
                "encrypted reports need the extra `encrypt`: pip install 'hashsweep[encrypt]'"
            ) from error
        by_id = {hashlib.sha256(key).hexdigest()[:_ID_DIGITS]: key for key in keys}
        self.id = next(iter(by_id))
        """The id of the key that encrypts."""

        class Client(encryption.KmsClient):  # type: ignore[misc]
            def wrap_key(self, key: bytes, identifier: str) -> bytes:
                return base64.b64encode(keywrap.aes_key_wrap(by_id[identifier], key))

            def unwrap_key(self, wrapped: bytes, identifier: str) -> bytes:
                if identifier not in by_id:
                    raise ReportError(f"the report was encrypted with another key ({identifier})")
                try:
                    data_key: bytes = keywrap.aes_key_unwrap(
                        by_id[identifier], base64.b64decode(wrapped)
                    )
                except (keywrap.InvalidUnwrap, ValueError) as error:
                    raise ReportError("the report's own key in a part is damaged") from error
                return data_key

        self._encryption = encryption
        self._factory = encryption.CryptoFactory(lambda _: Client())
        self._connection = encryption.KmsConnectionConfig()

    def writing(self) -> Any:
        """Return the encryption properties of one new part."""
        configuration = self._encryption.EncryptionConfiguration(
            footer_key=self.id,
            uniform_encryption=True,
            plaintext_footer=False,
            double_wrapping=False,
            data_key_length_bits=8 * KEY_BYTES,
        )
        return self._factory.file_encryption_properties(self._connection, configuration)

    def reading(self) -> Any:
        """Return the decryption properties of a part."""
        configuration = self._encryption.DecryptionConfiguration()
        return self._factory.file_decryption_properties(self._connection, configuration)


def load(key_file: str | None, environment: Mapping[str, str]) -> Keys | None:
    """Return the keys in the file or else in the environment; None where there is neither.

    The file holds a key a line, as 64 hexadecimal digits or in base64, and comments (#). Raises
    ReportError for a file that others may read, and for what is no key.
    """
    if key_file is not None:
        return Keys(_parsed(_read(Path(key_file)), f"key file {key_file}"))
    if text := environment.get(VARIABLE):
        return Keys(_parsed(text, VARIABLE))
    return None


def new_key() -> str:
    """Return a new key as hexadecimal digits."""
    return os.urandom(KEY_BYTES).hex()


def is_encrypted(path: Path) -> bool:
    """Say whether a part is encrypted: it ends in PARE instead of PAR1."""
    with path.open("rb") as part:
        part.seek(max(part.seek(0, os.SEEK_END) - 4, 0))
        return part.read() == b"PARE"


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & 0o077:
                raise ReportError(
                    f"key file {path} can be read by others (mode {mode:04o}): chmod 600 it"
                )
            return file.read(1 << 20).decode("ascii", "replace")
    except OSError as error:
        raise ReportError(f"key file {path}: {error.strerror}") from error


def _parsed(text: str, source: str) -> list[bytes]:
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    keys = [_key(line) for line in lines if line]
    if not keys or None in keys:
        raise ReportError(
            f"{source} holds no key" if not keys else f"{source}: a line is no key of 32 bytes"
        )
    return [key for key in keys if key is not None]


def _key(text: str) -> bytes | None:
    try:
        key = (
            bytes.fromhex(text)
            if len(text) == 2 * KEY_BYTES
            else base64.b64decode(text, validate=True)
        )
    except (ValueError, binascii.Error):
        return None
    return key if len(key) == KEY_BYTES else None
