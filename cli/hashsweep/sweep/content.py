"""One file's bytes, read once: digests go into its record, the rest stays for the decoder.

Knows no report and no terminal.
"""

import io
from collections.abc import Sequence
from functools import cached_property
from typing import BinaryIO, cast

from hashsweep.errors import ItemError
from hashsweep.hashers import BytesHasher
from hashsweep.media.sniff import HEAD, Kind, sniff
from hashsweep.model import Failure, HashSpec, Record
from hashsweep.storage.fetching import FetchedFile
from hashsweep.storage.local import LocalFile

TAIL = 32  # bytes kept from the end of a file: where a TGA can be recognised


def check_hash(value: object, spec: HashSpec) -> bytes:
    """Return a hash if it has the right length; raises ItemError."""
    plain = bytes(value) if isinstance(value, bytes) else None
    if plain is None:
        raise ItemError("hash", "internal", f"{spec.name} gave {type(value).__name__}")
    if len(plain) * 8 != spec.bits:
        raise ItemError("hash", "internal", f"{spec.name} gave {len(plain)} bytes")
    return plain


class Content:
    """One file: its digests go into the record, its bytes stay available to the decoder.

    If no digest is wanted, only the ends are read here; the decoder reads the rest if
    the file is a picture.
    """

    def __init__(
        self, file: LocalFile | FetchedFile, hashers: Sequence[BytesHasher], record: Record
    ) -> None:
        self._file = file
        self._whole: bytes | None = None
        if hashers:
            head, tail = self._digest(hashers, record)
        else:
            head, tail = file.ends(HEAD, TAIL)
        self.head, self.tail = head, tail
        self.kind: Kind = sniff(head, tail)

    def _digest(self, hashers: Sequence[BytesHasher], record: Record) -> tuple[bytes, bytes]:
        running = [(hasher.spec, hasher.start()) for hasher in hashers]
        head = tail = b""
        for chunk in self._file.chunks():
            head = head or chunk[:HEAD]
            tail = (tail + chunk[-TAIL:])[-TAIL:]
            self._whole = chunk if len(chunk) == self._file.size else None
            for _, digest in running:
                digest.update(chunk)
        stated = record.hashes.pop("md5", None)  # the computed one counts
        for spec, digest in running:
            record.hashes[spec.name] = check_hash(digest.digest(), spec)
        if stated and record.hashes.setdefault("md5", stated) != stated:
            record.fail(Failure("read", "changed", "its MD5 is not the one its source states"))
        return head, tail

    @cached_property
    def stream(self) -> BinaryIO:
        """The bytes again: from memory, or from disk for a large file."""
        if self._whole is not None:
            return io.BytesIO(self._whole)
        self._file.stream.seek(0)
        return io.BufferedReader(cast("io.RawIOBase", self._file.stream))
