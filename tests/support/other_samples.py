"""A sample of each type of file that is no picture: made where Python can, else what begins one.

SAMPLES["application/zip"]          bytes of a file, by the media type that it is
"""

import bz2
import gzip
import io
import lzma
import sqlite3
import tarfile
import wave
import zipfile
from contextlib import closing

WORDS = b"A quiet page of words, and then some more of them.\n" * 4


def _zip(**files: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return stream.getvalue()


def _tar() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        archive.addfile(tarfile.TarInfo("words.txt"))
    return stream.getvalue()


def _wave() -> bytes:
    stream = io.BytesIO()
    with wave.open(stream, "wb") as sound:
        sound.setparams((1, 1, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(200))
    return stream.getvalue()


def _sqlite() -> bytes:
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("create table words (word text)")
        database.commit()
        return database.serialize()


def _begins(head: bytes, *, at: int = 0, length: int = 200) -> bytes:
    """Such bytes, and zeros around them."""
    return (bytes(at) + head).ljust(length, b"\0")


MP3 = b"\xff\xfb\x90\x64".ljust(417, b"\0")
"""A frame of MPEG-1 layer III, 128 kbit/s at 44,100 Hz: 144 * 128,000 // 44,100 bytes."""

AAC = b"\xff\xf1\x50\x80\x04\x1f\xfc".ljust(32, b"\0")
"""A frame of ADTS that says that it has 32 bytes."""

SAMPLES: dict[str, bytes] = {
    "audio/mpeg": MP3 * 3,
    "audio/aac": AAC * 3,
    "audio/flac": _begins(b"fLaC\0\0\0\x22"),
    "audio/midi": _begins(b"MThd\0\0\0\x06\0\x01\0\x01\0\x60MTrk"),
    "audio/basic": _begins(b".snd\0\0\0\x18"),
    "audio/amr": _begins(b"#!AMR\n"),
    "audio/x-ape": _begins(b"MAC \x96\x0f"),
    "audio/x-wavpack": _begins(b"wvpk"),
    "audio/aiff": _begins(b"FORM\0\0\0\xc0AIFFCOMM"),
    "audio/8svx": _begins(b"FORM\0\0\0\xc08SVXVHDR"),
    "audio/vnd.wave": _wave(),
    "audio/mp4": _begins(b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42"),
    "font/woff": _begins(b"wOFF\0\1\0\0"),
    "font/woff2": _begins(b"wOF2\0\1\0\0"),
    "font/otf": _begins(b"OTTO\0\x0b\0\x80"),
    "font/ttf": _begins(b"\0\1\0\0\0\x0b\0\x80\0\3\0\x30GSUB"),
    "font/collection": _begins(b"ttcf\0\1\0\0"),
    "text/plain": WORDS,
    "application/json": b'{"words": ["some", "more"]}\n',
    "application/java-vm": _begins(b"\xca\xfe\xba\xbe\0\0\0\x34\0\x1d"),
    "application/wasm": _begins(b"\0asm\1\0\0\0"),
    "application/zip": _zip(words=WORDS),
    "application/x-tar": _tar(),
    "application/gzip": gzip.compress(WORDS),
    "application/x-bzip2": bz2.compress(WORDS),
    "application/x-xz": lzma.compress(WORDS),
    "application/x-lzma": lzma.compress(WORDS, lzma.FORMAT_ALONE),
    "application/zstd": _begins(b"\x28\xb5\x2f\xfd\x04\x60"),
    "application/x-lz4": _begins(b"\x04\x22\x4d\x18\x64\x40"),
    "application/x-lzip": _begins(b"LZIP\1\x0c"),
    "application/x-compress": _begins(b"\x1f\x9d\x90"),
    "application/vnd.rar": _begins(b"Rar!\x1a\x07\x01\0"),
    "application/x-7z-compressed": _begins(b"7z\xbc\xaf\x27\x1c\0\4"),
    "application/vnd.ms-cab-compressed": _begins(b"MSCF\0\0\0\0"),
    "application/x-archive": b"!<arch>\nwords/" + b"0 ".rjust(54) + b"`\n",
    "application/x-cpio": _begins(b"0707010000000000"),
    "application/x-xar": _begins(b"xar!\0\x1c\0\1"),
    "application/x-rpm": _begins(b"\xed\xab\xee\xdb\3\0"),
    "application/x-squashfs": _begins(b"hsqs\1\0\0\0"),
    "application/x-lzh-compressed": _begins(b"\x1b\0-lh5-"),
    "application/x-arj": _begins(b"\x60\xea\x2c\0"),
    "application/pdf": b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%%EOF\n",
    "application/postscript": b"%!PS-Adobe-3.0\nshowpage\n",
    "application/x-ole-storage": _begins(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    "application/rtf": b"{\\rtf1\\ansi words}",
    "application/x-mobipocket-ebook": _begins(b"BOOKMOBI", at=60),
    "application/vnd.ms-htmlhelp": _begins(b"ITSF\3\0\0\0"),
    "application/vnd.sqlite3": _sqlite(),
    "application/vnd.apache.parquet": _begins(b"PAR1") + b"PAR1",
    "application/x-bplist": _begins(b"bplist00"),
    "application/vnd.ms-outlook-pst": _begins(b"!BDN"),
    "application/x-ipynb+json": b'{\n "cells": [],\n "nbformat": 4\n}\n',
    "application/x-elf": _begins(b"\x7fELF\2\1\1"),
    "application/x-mach-binary": _begins(b"\xcf\xfa\xed\xfe\7\0\0\1"),
    "application/vnd.microsoft.portable": _begins(b"MZ\x90\0\3\0\0\0"),
    "application/vnd.adobe.flash.movie": _begins(b"CWS\x0a"),
    "application/vnd.rn-realmedia": _begins(b".RMF\0\0\0\x12"),
    "application/ogg": _begins(b"OggS\0\2"),
    "application/pgp-encrypted": b"-----BEGIN PGP MESSAGE-----\n\nhQEMA\n",
    "application/x-age": b"-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n",
    "application/mac-binhex40": b"(This file must be converted with BinHex 4.0)\n\n:abc\n",
    "application/xml": b'<?xml version="1.0"?>\n<words/>\n',
    "text/html": b"<!DOCTYPE html><p>words",
    "text/vcard": b"BEGIN:VCARD\r\nVERSION:3.0\r\nEND:VCARD\r\n",
    "text/calendar": b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n",
    "text/x-uuencode": b"begin 644 a.jpg\n#0V%T\n`\nend\n",
    "message/rfc822": b"From: a@example.org\r\nSubject: words\r\n\r\nwords\r\n",
    "video/mp4": _begins(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"),
    "video/quicktime": _begins(b"\0\0\0\x14ftypqt  \0\0\0\0qt  "),
    "video/webm": _begins(b"\x1aE\xdf\xa3\x9fB\x86\x81\1B\xf7\x81\1B\x82\x84webm"),
    "video/x-flv": _begins(b"FLV\1\5\0\0\0\x09"),
    "video/mpeg": _begins(b"\0\0\1\xba\x44\0\4\0"),
    "video/mp2t": (b"\x47\x40\0\x10".ljust(188, b"\xff")) * 3,
    "video/x-ms-asf": _begins(b"0&\xb2u\x8ef\xcf\x11\xa6\xd9\0\xaa\0\x62\xce\x6c"),
    "video/x-msvideo": _begins(b"RIFF\xc0\0\0\0AVI LIST"),
    "video/x-anim": _begins(b"FORM\0\0\0\xc0ANIMFORM"),
    "image/x-ilbm": _begins(b"FORM\0\0\0\xc0ILBMBMHD"),
    "image/vnd.djvu": _begins(b"AT&TFORM\0\0\0\xc0DJVUINFO"),
    "application/octet-stream": bytes(range(256)),
}  # fmt: skip

OFFICE = {
    name: _zip(**{"[Content_Types].xml": b"<Types/>", member: b"<x/>"})
    for name, member in (
        ("docx", "word__document.xml"), ("xlsx", "xl__workbook.xml"),
        ("pptx", "ppt__presentation.xml"), ("odt", "content.xml"),
        ("epub", "META-INF__container.xml"),
    )
}  # fmt: skip
"""Documents that are archives: what a person sees in them is in the archive."""
