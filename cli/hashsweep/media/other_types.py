"""What files are that are no pictures: named by their first bytes, and what they can hold.

Names decide nothing about decoding. They say what a person could see in a file that was compared
by its digests alone, so that such a file does not pass for one that was looked into. Knows only
signatures.
"""

import re
from typing import Literal

from hashsweep.model import UNKNOWN_TYPE

Holds = Literal["picture", "nothing", "more"]
"""What a person can see in a file: it is a `picture`; it holds `nothing` to see; or it may hold
`more` than was looked at: pictures inside an archive or document, frames of a video, or anything
at all, where nobody knows what the file is."""

# (offset, signature, media type): the IANA registry, https://www.nationalarchives.gov.uk/pronom/
# and the formats' own specifications.
_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"ID3", "audio/mpeg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"MThd", "audio/midi"),
    (0, b".snd", "audio/basic"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"MAC ", "audio/x-ape"),
    (0, b"wvpk", "audio/x-wavpack"),
    (0, b"FORM", "audio/aiff"),
    (0, b"BZh", "application/x-bzip2"),
    (0, b"\xfd7zXZ\0", "application/x-xz"),
    (0, b"]\0\0", "application/x-lzma"),
    (0, b"\x28\xb5\x2f\xfd", "application/zstd"),
    (0, b"\x04\x22\x4d\x18", "application/x-lz4"),
    (0, b"LZIP", "application/x-lzip"),
    (0, b"\x1f\x9d", "application/x-compress"),
    (0, b"PK\x05\x06", "application/zip"),
    (0, b"PK\x07\x08", "application/zip"),
    (0, b"MSCF", "application/vnd.ms-cab-compressed"),
    (0, b"!<arch>\n", "application/x-archive"),
    (0, b"070701", "application/x-cpio"),
    (0, b"070702", "application/x-cpio"),
    (0, b"070707", "application/x-cpio"),
    (0, b"\xc7\x71", "application/x-cpio"),
    (0, b"xar!", "application/x-xar"),
    (0, b"\xed\xab\xee\xdb", "application/x-rpm"),
    (0, b"hsqs", "application/x-squashfs"),
    (2, b"-lh", "application/x-lzh-compressed"),
    (0, b"\x60\xea", "application/x-arj"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"AT&TFORM", "image/vnd.djvu"),
    (60, b"BOOKMOBI", "application/x-mobipocket-ebook"),
    (0, b"ITSF", "application/vnd.ms-htmlhelp"),
    (0, b"SQLite format 3\0", "application/vnd.sqlite3"),
    (0, b"PAR1", "application/vnd.apache.parquet"),
    (0, b"bplist", "application/x-bplist"),
    (0, b"\x7fELF", "application/x-elf"),
    (0, b"\xcf\xfa\xed\xfe", "application/x-mach-binary"),
    (0, b"\xce\xfa\xed\xfe", "application/x-mach-binary"),
    (0, b"\xca\xfe\xba\xbe", "application/java-vm"),
    (0, b"\0asm", "application/wasm"),
    (0, b"wOFF", "font/woff"),
    (0, b"wOF2", "font/woff2"),
    (0, b"OTTO\0", "font/otf"),
    (0, b"\0\1\0\0\0", "font/ttf"),
    (0, b"true\0", "font/ttf"),
    (0, b"ttcf\0", "font/collection"),
    (0, b"FWS", "application/vnd.adobe.flash.movie"),
    (0, b"CWS", "application/vnd.adobe.flash.movie"),
    (0, b"ZWS", "application/vnd.adobe.flash.movie"),
    (0, b"!BDN", "application/vnd.ms-outlook-pst"),
    (0, b".RMF", "application/vnd.rn-realmedia"),
    (0, b"\x47\x40", "video/mp2t"),
)

_NOTHING = ("audio/", "font/")
_NOTHING_TYPES = {"text/plain", "application/json", "application/x-elf", "application/wasm"} | {
    *("application/x-mach-binary", "application/java-vm", "application/vnd.microsoft.portable"),
}
"""Types in which a person sees no picture. Programs may carry icons; nobody is shown them."""

_ARCHIVES = {
    *("application/zip", "application/vnd.rar", "application/x-7z-compressed", "application/gzip"),
    *("application/x-tar", "application/x-bzip2", "application/x-xz", "application/x-lzma"),
    *("application/zstd", "application/x-lz4", "application/x-lzip", "application/x-compress"),
    *("application/vnd.ms-cab-compressed", "application/x-archive", "application/x-cpio"),
    *("application/x-xar", "application/x-rpm", "application/x-squashfs"),
    *("application/x-lzh-compressed", "application/x-arj"),
}
_VIDEOS = {
    *("application/ogg", "application/vnd.rn-realmedia", "application/vnd.adobe.flash.movie"),
}

# What a text begins with that can show pictures: pages, mails, XML documents with embedded data.
_PAGE = re.compile(rb"<(!doctype html|html|head|body|\?xml|!doctype|svg)", re.IGNORECASE)
_MAIL = re.compile(
    rb"(From |(Return-Path|Received|Delivered-To|X-[\w-]+|Message-I[Dd]|MIME-Version|Date|From|"
    rb"To|Subject|Content-Type): ?\S)"
)
_HEADER = re.compile(rb"\r?\n[\w-]+:[ \t]")
_CONTROLS = frozenset(range(32)) - {*b"\t\n\r\f\x1b\b"}


def name_other(head: bytes) -> str:
    """Return the media type of a file that is no picture by its first bytes, as far as they tell.

    `head` are the first bytes of the file, all of them if there are fewer than 4 KiB.
    """
    for offset, signature, media_type in _SIGNATURES:
        if head.startswith(signature, offset):
            return media_type
    if head[:2] == b"MZ" and len(head) >= 64:  # noqa: PLR2004 - the header of a DOS program
        return "application/vnd.microsoft.portable"
    if head[:2] in (b"\xff\xf1", b"\xff\xf9"):
        return "audio/aac"
    named = _name_text(head)  # first: the mark of UTF-16 looks like a frame of MPEG audio
    return "audio/mpeg" if named == UNKNOWN_TYPE and _is_mpeg_audio(head) else named


def _is_mpeg_audio(head: bytes) -> bool:
    """Recognise a frame header of MPEG audio (ISO 11172-3, 2.4.1.3) without a tag before it."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:  # noqa: PLR2004
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bit_rate, sampling = head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer != 0 and bit_rate not in (0, 15) and sampling != 3  # noqa: PLR2004


def _name_text(head: bytes) -> str:
    """Return the type of a text, octet-stream for what is none."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        even = head[: len(head) // 2 * 2]
        text = even.decode("utf-16", "replace").encode("utf-8", "replace")
    else:
        text = head.removeprefix(b"\xef\xbb\xbf")
    if not _is_text(text):
        return UNKNOWN_TYPE
    start = text.lstrip()[:512]
    if _PAGE.match(start):
        return "text/html" if b"html" in start.lower() else "application/xml"
    if _MAIL.match(start) and _HEADER.search(start):
        return "message/rfc822"
    if start[:1] in (b"{", b"["):
        return "application/json"
    return "text/plain"


def _is_text(head: bytes) -> bool:
    if not head or not _CONTROLS.isdisjoint(head):
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start >= len(head) - 3:  # a character that goes on behind the head
            return True
        # Latin-1 and its kin: mostly ASCII, as texts of European languages are
        return sum(byte >= 128 for byte in head) * 3 < len(head)  # noqa: PLR2004
    return True


def held_by(media_type: str) -> Holds:
    """Return what a person can see in a file of this type; `more` where nobody knows."""
    if media_type.startswith("image/"):
        return "picture"
    if media_type.startswith(_NOTHING) or media_type in _NOTHING_TYPES:
        return "nothing"
    return "more"


def group_of(media_type: str) -> str:
    """Return what people call a file of a type that may hold more than was looked at."""
    if media_type in _ARCHIVES:
        return "archive"
    if media_type.startswith("video/") or media_type in _VIDEOS:
        return "video"
    return "file of unknown type" if media_type == UNKNOWN_TYPE else "document"
