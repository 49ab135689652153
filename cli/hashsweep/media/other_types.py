"""Recognises files that are not pictures by their first bytes, and says what they can hold.

Types do not affect decoding. They say what a person could see in a file that was compared
only by digest, so that it does not pass for one that was looked into. A signature for a
type without anything to see must be certain; otherwise the type is unknown. Knows only
signatures.
"""

import re
from typing import Literal

from hashsweep.media.audio_frames import name_audio_frames
from hashsweep.model import UNKNOWN_TYPE

Holds = Literal["picture", "nothing", "more"]
"""What a person can see in a file: it is a `picture`; it holds `nothing` to see; or it may hold
`more` than was looked at: pictures inside an archive or document, frames of a video, or anything
at all, if the type is unknown."""

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
    (0, b"\xfe\xed\xfa\xcf", "application/x-mach-binary"),
    (0, b"\xfe\xed\xfa\xce", "application/x-mach-binary"),
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
_NOTHING_TYPES = {"text/plain", "application/json", "application/java-vm", "application/wasm"}
"""Types without any picture to see. Programs are not included: self-extracting
ones and AppImages are archives that anyone can open."""

_ARCHIVES = {
    *("application/zip", "application/vnd.rar", "application/x-7z-compressed", "application/gzip"),
    *("application/x-tar", "application/x-bzip2", "application/x-xz", "application/x-lzma"),
    *("application/zstd", "application/x-lz4", "application/x-lzip", "application/x-compress"),
    *("application/vnd.ms-cab-compressed", "application/x-archive", "application/x-cpio"),
    *("application/x-xar", "application/x-rpm", "application/x-squashfs"),
    *("application/x-lzh-compressed", "application/x-arj", "text/x-uuencode"),
    *("application/mac-binhex40",),
}
_PROGRAMS = {
    *("application/x-elf", "application/x-mach-binary", "application/vnd.microsoft.portable"),
}
_VIDEOS = {
    *("application/ogg", "application/vnd.rn-realmedia", "application/vnd.adobe.flash.movie"),
}

# Chunks of the Interchange File Format (EA IFF 85) by their form.
_FORMS = {
    b"AIFF": "audio/aiff", b"AIFC": "audio/aiff", b"8SVX": "audio/8svx",
    b"ILBM": "image/x-ilbm", b"PBM ": "image/x-ilbm", b"RGB8": "image/x-ilbm",
    b"RGBN": "image/x-ilbm", b"ACBM": "image/x-ilbm", b"DEEP": "image/x-ilbm",
    b"ANIM": "video/x-anim",
}  # fmt: skip

# Beginnings of texts that are more than text to programs that open them. Browsers treat a text as
# a page if it begins with any tag (https://mimesniff.spec.whatwg.org/#identifying-a-resource-with-an-
# unknown-mime-type), so any tag will do here.
_TAG = re.compile(rb"<[a-z!?]", re.IGNORECASE)
_PAGE = re.compile(
    rb"<(!--|!doctype html|html|head|body|script|iframe|h[1-6]|div|font|table|a|style|title|b|br|p|"
    rb"img|span|center|meta|link|main|section|article|ul|ol|picture|figure)\b",
    re.IGNORECASE,
)
_ENVELOPES: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb"#define[ \t]+\w+[ \t]+\d+\s+#define[ \t]+\w+[ \t]+\d"), "image/x-xbitmap"),
    (re.compile(rb"/\*\s*XPM"), "image/x-xpixmap"),
    (re.compile(rb"begin(-base64)? [0-7]{3,4} "), "text/x-uuencode"),
    (re.compile(rb"\(This file must be converted with BinHex"), "application/mac-binhex40"),
    (re.compile(rb"-----BEGIN PGP MESSAGE"), "application/pgp-encrypted"),
    (re.compile(rb"-----BEGIN AGE ENCRYPTED"), "application/x-age"),
    (re.compile(rb"BEGIN:VCARD", re.IGNORECASE), "text/vcard"),
    (re.compile(rb"BEGIN:VCALENDAR", re.IGNORECASE), "text/calendar"),
    (re.compile(rb'\{\s*"(cells|metadata|nbformat)(_minor)?"\s*:'), "application/x-ipynb+json"),
)
# A mail's header lines (RFC 5322), whichever comes first, including one that all mails have.
_HEADERS = re.compile(rb"(From [^\r\n]*\r?\n)?([!-9;-~]+:[^\r\n]*\r?\n([ \t][^\r\n]*\r?\n)*){2,}")
_OF_MAIL = re.compile(
    rb"^(From|To|Cc|Bcc|Date|Subject|Received|Return-Path|Message-ID|MIME-Version|Content-Type)"
    rb":[ \t]",
    re.IGNORECASE | re.MULTILINE,
)
_CONTROLS = bytes({*range(32)} - {*b"\t\n\r\f\x1b\b"})
_ASCII = bytes(range(128))

_FIRST_JAVA = 45  # major version of a class (JVM specification, 4.1)

_PDF_WITHIN = 1024
"""Bytes within which viewers look for the header of a PDF (PDF 1.7, implementation note 13)."""


def name_other(head: bytes, tail: bytes = b"") -> str:
    """Return the media type of a file that is not a picture by its first bytes, if they reveal it.

    `head` are the first bytes of the file, sniff.HEAD of them or all; `tail` its last, 32 or all:
    a file that does not end like text is not text.
    """
    for offset, signature, media_type in _SIGNATURES:
        if head.startswith(signature, offset):
            return media_type
    if head[:4] == b"\xca\xfe\xba\xbe":  # a class has its version where others count their parts
        is_class = int.from_bytes(head[6:8], "big") >= _FIRST_JAVA
        return "application/java-vm" if is_class else "application/x-mach-binary"
    if head[:4] == b"FORM":
        return _FORMS.get(head[8:12], UNKNOWN_TYPE)
    if b"%PDF-" in head[:_PDF_WITHIN]:
        return "application/pdf"
    if head[:2] == b"MZ" and len(head) >= 64:  # noqa: PLR2004 - the header of a DOS program
        return "application/vnd.microsoft.portable"
    return name_audio_frames(head) or _name_text(head, tail)


def _name_text(head: bytes, tail: bytes) -> str:
    """Return the type of a text, octet-stream if it is not text."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16-le" if head[:2] == b"\xff\xfe" else "utf-16-be"
        text, end = (
            each[: len(each) // 2 * 2].decode(encoding, "replace").encode("utf-8", "replace")
            for each in (head[2:], tail)
        )
        if len(head) % 2:  # a character of half its bytes
            return UNKNOWN_TYPE
    else:
        text, end = head.removeprefix(b"\xef\xbb\xbf"), tail
    if not _is_text(text) or _has_controls(end):
        return UNKNOWN_TYPE
    start = text.lstrip()
    if _TAG.match(start):
        is_page = _PAGE.match(start) or b"<html" in start.lower()
        return "text/html" if is_page else "application/xml"
    for begins, media_type in _ENVELOPES:
        if begins.match(start):
            return media_type
    headers = _HEADERS.match(start)
    if headers and _OF_MAIL.search(headers[0]):
        return "message/rfc822"
    if start[:1] in (b"{", b"["):
        return "application/json"
    return "text/plain"


def _has_controls(data: bytes) -> bool:
    return len(data.translate(None, _CONTROLS)) < len(data)


def _is_text(head: bytes) -> bool:
    if not head or _has_controls(head):
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start >= len(head) - 3:  # a character that continues after the head
            return True
        # Latin-1 and its kin: mostly ASCII, as texts of European languages are
        return len(head.translate(None, _ASCII)) * 3 < len(head)
    return True


def find_visible(media_type: str) -> Holds:
    """Return what a person can see in a file of this type; `more` if that is unknown."""
    if media_type.startswith("image/"):
        return "picture"
    if media_type.startswith(_NOTHING) or media_type in _NOTHING_TYPES:
        return "nothing"
    return "more"


def group_of(media_type: str) -> str:
    """Return the common name of a type that may hold more than was looked at."""
    if media_type in _ARCHIVES:
        return "archive"
    if media_type.startswith("video/") or media_type in _VIDEOS:
        return "video"
    if media_type in _PROGRAMS:
        return "program"
    return "file of unknown type" if media_type == UNKNOWN_TYPE else "document"
