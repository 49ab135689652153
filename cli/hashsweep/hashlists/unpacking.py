"""A list file as plain bytes: unpacked from gzip, bzip2, xz or zip, and text as UTF-8 with LF.

Knows no list format. What is unpacked is bounded, and goes into files that are open already.
"""

import codecs
import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, Any

from hashsweep.errors import ListError
from hashsweep.hashlists.formats.lines import head_of

ALWAYS = 64 * 1024 * 1024
"""Bytes that a packed list may have in any case."""

MOST_TIMES = 200
"""Times its packed size that a longer one may have: hashes do not pack to less than a half."""

LAYERS = 3
"""A list packed this many times is refused."""

_CHUNK = 1024 * 1024
_HEAD = 4096

_REFUSED = {
    b"\x28\xb5\x2f\xfd": "is packed with zstd: unpack it first",
    b"\x04\x22\x4d\x18": "is packed with lz4: unpack it first",
    b"7z\xbc\xaf\x27\x1c": "is a 7z archive: unpack it first",
    b"Rar!": "is a RAR archive: unpack it first",
    b"\x1f\x9d": "is packed with compress: unpack it first",
    b"\xd0\xcf\x11\xe0": "is an old Office file: save the sheet as CSV",
    b"%PDF-": "is a PDF: export the table as CSV",
    b"age-encryption.org/v1": "is encrypted with age: decrypt it into a pipe, for --list -",
    b"-----BEGIN AGE ENCRYPTED FILE": "is encrypted with age: decrypt it into a pipe, for --list -",
    b"-----BEGIN PGP MESSAGE": "is encrypted with PGP: decrypt it into a pipe, for --list -",
}
_SUFFIXES = re.compile(r"\.(gz|gzip|bz2|xz|zip)$", re.IGNORECASE)
_DECLARED = re.compile(r"(<\?xml[^>]{0,200}?)\s+encoding\s*=\s*[\"'][^\"']*[\"']")
_ASCII = re.compile(rb"[\t\r\n\x20-\x7e]+")
_PACKED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"PK\3\4", b"PK\5\6")
_ENCODINGS = (  # the longer marks first
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Rooms:
    """Open files to unpack into, as their descriptors; each is used once."""

    def __init__(self, descriptors: Iterable[int]) -> None:
        """Take them over."""
        self._left = iter(descriptors)

    def hold(self, blocks: Iterator[bytes], shown: str) -> Path:
        """Write blocks to the next one; return a path to it. Raises ListError where none is left.

        OSError goes through.
        """
        descriptor = next(self._left, None)
        if descriptor is None:
            raise ListError(f"hash list {shown}: no temporary file can be made to unpack it")
        os.lseek(descriptor, 0, os.SEEK_SET)  # a parser that was killed may have begun it
        os.ftruncate(descriptor, 0)
        with open(descriptor, "wb", closefd=False) as target:
            target.writelines(blocks)
        return Path(f"/proc/self/fd/{descriptor}")


def is_packed(head: bytes) -> bool:
    """Say whether a list with this head has to be unpacked."""
    return head.startswith(_PACKED)


def most_bytes(size: int) -> int:
    """Return how many bytes a packed list of this size may have at most."""
    return max(ALWAYS, MOST_TIMES * size)


def plain_name(path: Path) -> str:
    """Return the name of a list without the ending of its packing."""
    return _SUFFIXES.sub("", path.name)


def plain(path: Path, shown: str, rooms: Rooms) -> Path:
    """Return a path to the plain bytes of a list, the same one where it is plain.

    `shown` is what messages call it. Raises ListError.
    """
    size = _size(path, shown)
    for _ in range(LAYERS):
        head = head_of(path, _HEAD)
        for magic, why in _REFUSED.items():
            if head.startswith(magic):
                raise ListError(f"hash list {shown} {why}")
        if head[257:262] == b"ustar":
            raise ListError(f"hash list {shown} is a tar archive: unpack it first")
        opener = _opener(head) if is_packed(head) else None
        if opener is None:
            return _as_utf8(path, shown, head, rooms)
        try:
            with closing(opener(path, shown)) as stream:
                path = rooms.hold(_limit_blocks(stream, shown, most_bytes(size)), shown)
        except _errors() as error:
            raise ListError(f"hash list {shown} is damaged: it cannot be unpacked") from error
        except (OSError, RuntimeError) as error:
            why = getattr(error, "strerror", None) or "it cannot be unpacked"
            raise ListError(f"hash list {shown}: {why}") from error
    raise ListError(f"hash list {shown} is packed more than {LAYERS - 1} times")


def _size(path: Path, shown: str) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise ListError(f"hash list {shown}: {error.strerror}") from error


def _errors() -> tuple[type[Exception], ...]:
    """Return what unpacking a damaged file can raise."""
    from lzma import LZMAError
    from zipfile import BadZipFile

    return (zlib.error, LZMAError, BadZipFile, EOFError, NotImplementedError)


def _opener(head: bytes) -> Callable[[Path, str], Any]:
    """Return what opens a packed file."""
    import bz2
    import gzip
    import lzma

    if head.startswith(b"\x1f\x8b"):
        return lambda path, _: gzip.open(path, "rb")
    if head.startswith(b"BZh"):
        return lambda path, _: bz2.open(path, "rb")
    if head.startswith(b"\xfd7zXZ\0"):
        return lambda path, _: lzma.open(path, "rb")
    return _open_zip


def _open_zip(path: Path, shown: str) -> IO[bytes]:
    """Open the one file in a zip archive; raises ListError where there is not just one."""
    import zipfile

    archive = zipfile.ZipFile(path)
    names = archive.namelist()
    if "[Content_Types].xml" in names:
        raise ListError(f"hash list {shown} is an Office file: save the sheet as CSV")
    if "mimetype" in names:
        raise ListError(f"hash list {shown} is an OpenDocument or EPUB file: save it as CSV")
    members = [
        each
        for each in archive.infolist()
        if not each.is_dir() and not each.filename.startswith("__MACOSX/")
    ]
    if len(members) != 1:
        raise ListError(
            f"hash list {shown} is a zip archive of {len(members):,} files, not of one: unpack it "
            "and name the lists"
        )
    if members[0].flag_bits & 1:
        raise ListError(f"hash list {shown} is a zip archive with a password: unpack it first")
    return archive.open(members[0])


def _limit_blocks(stream: IO[bytes], shown: str, most: int) -> Iterator[bytes]:
    total = 0
    while block := stream.read(_CHUNK):
        total += len(block)
        if total > most:
            raise ListError(
                f"hash list {shown} unpacks to more than {most:,} bytes, which no list of its size "
                "does: it was not read"
            )
        yield block


def _as_utf8(path: Path, shown: str, head: bytes, rooms: Rooms) -> Path:
    """Return a path to a text in UTF-8 with newlines, the same one for any other file."""
    encoding = next((name for mark, name in _ENCODINGS if head.startswith(mark)), None)
    encoding = encoding or _without_mark(head)
    if encoding is None and not _has_lone_returns(head):
        return path
    try:
        with path.open("rb") as stream:
            return rooms.hold(_text(stream, encoding or "utf-8"), shown)
    except OSError as error:
        raise ListError(f"hash list {shown}: {error.strerror}") from error


def _without_mark(head: bytes) -> str | None:
    """Return the encoding of a text in UTF-16 that has no mark, by its zeros."""
    start = head[:64]
    if len(start) < 8 or len(start) % 2:  # noqa: PLR2004 - too short to tell
        return None
    for at, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if not any(start[at::2]) and _ASCII.fullmatch(start[1 - at :: 2]):
            return name
    return None


def _has_lone_returns(head: bytes) -> bool:
    """Say whether a text ends its lines as old Macs did."""
    return b"\r" in head and b"\n" not in head and not re.search(rb"[\0-\x08\x0e-\x1f]", head)


def _text(stream: IO[bytes], encoding: str) -> Iterator[bytes]:
    """Yield a text as UTF-8: returns as newlines, and no encoding declared in XML."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    start, ended = True, False
    held = ""  # a return whose newline may come with the next block
    while not ended:
        block = stream.read(_CHUNK)
        ended = not block
        text = held + decoder.decode(block, final=ended)
        held = "\r" if text.endswith("\r") and not ended else ""
        text = text[: len(text) - len(held)].replace("\r\n", "\n").replace("\r", "\n")
        if start and text:
            text, start = _DECLARED.sub(r"\1", text.removeprefix("\ufeff"), count=1), False
        yield text.encode("utf-8", "replace")
