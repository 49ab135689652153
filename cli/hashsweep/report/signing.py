"""Signs `sweep.json` with Ed25519 (RFC 8032) and checks such signatures, with keys in PEM files.

A signature is detached: 64 bytes over the exact bytes of `sweep.json`, which holds the digests of
all parts. Keys are PKCS#8 (private) and SubjectPublicKeyInfo (public), so openssl makes, reads and
checks all three:

    openssl genpkey -algorithm ed25519 -out sign.key
    openssl pkey -in sign.key -pubout -out sign.key.pub
    openssl pkeyutl -verify -pubin -inkey sign.key.pub -rawin -in sweep.json -sigfile sweep.json.sig

Needs the package cryptography. Knows no report and no terminal; no message holds a key.
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from hashsweep.errors import ReportError
from hashsweep.report.encryption import key_text

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

SIGNATURE_BYTES = 64
_PUBLIC_BYTES = 64 * 1024  # most bytes of a public key file, which has about 113


@dataclass(frozen=True)
class Signer:
    """A private key for signing."""

    _key: "Ed25519PrivateKey" = field(repr=False)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a key file; ReportError if others can read it or it is not a key."""
        _cryptography()
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        text = key_text(path)
        return cls(_of_kind(f"key file {path}", "private", load_pem_private_key, text, None))

    @classmethod
    def new(cls) -> Self:
        """Make a key from the operating system's random bytes."""
        _cryptography()
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return cls(Ed25519PrivateKey.generate())

    @property
    def verifier(self) -> "Verifier":
        """The matching public key."""
        return Verifier(self._key.public_key())

    def sign(self, data: bytes) -> bytes:
        """Return the 64 bytes of the signature."""
        return self._key.sign(data)

    def pem(self) -> bytes:
        """Return the private key as stored in its file: PKCS#8, not encrypted."""
        from cryptography.hazmat.primitives import serialization as forms

        return self._key.private_bytes(
            forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption()
        )


@dataclass(frozen=True)
class Verifier:
    """A public key for checking signatures."""

    _key: "Ed25519PublicKey"

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a file with a public key, which anyone may read; raises ReportError."""
        _cryptography()
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        try:
            with path.open("rb") as stream:
                text = stream.read(_PUBLIC_BYTES).decode("ascii", "replace")
        except OSError as error:
            raise ReportError(f"public key {path}: {error.strerror or error}") from error
        return cls(_of_kind(f"public key {path}", "public", load_pem_public_key, text))

    @property
    def id(self) -> str:
        """16 hex digits that name the key: the start of the SHA-256 of its DER form.

        `openssl pkey -pubin -in FILE -outform DER | sha256sum` begins with them.
        """
        from cryptography.hazmat.primitives import serialization as forms

        der = self._key.public_bytes(forms.Encoding.DER, forms.PublicFormat.SubjectPublicKeyInfo)
        return hashlib.sha256(der).hexdigest()[:16]

    def holds(self, data: bytes, signature: bytes) -> bool:
        """Say whether this signature of these bytes is from this key."""
        from cryptography.exceptions import InvalidSignature

        try:
            self._key.verify(signature, data)
        except InvalidSignature:
            return False
        return True

    def pem(self) -> bytes:
        """Return the public key as stored in its file."""
        from cryptography.hazmat.primitives import serialization as forms

        return self._key.public_bytes(forms.Encoding.PEM, forms.PublicFormat.SubjectPublicKeyInfo)


def _of_kind(name: str, kind: str, load: Any, text: str, *more: Any) -> Any:
    """Return the key that `load` finds; ReportError, without its text, for any other."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ed25519

    wanted = ed25519.Ed25519PrivateKey if kind == "private" else ed25519.Ed25519PublicKey
    try:
        found = load(text.encode(), *more)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        found = None  # drop their message: it may show what is in the file
    if not isinstance(found, wanted):
        raise ReportError(f"{name} holds no {kind} Ed25519 key in PEM form without a passphrase")
    return found


def _cryptography() -> None:
    """Raise ReportError if the package is missing, before any work is done."""
    try:
        import cryptography  # noqa: F401
    except ImportError as error:
        raise ReportError(
            "signatures need cryptography: pip install '.[sign]' in hashsweep's clone"
        ) from error
