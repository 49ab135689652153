"""What files are that are no pictures, and what a person could see in them."""

import puremagic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.media.other_types import find_visible, group_of, name_other
from hashsweep.media.sniff import HEAD, sniff
from support.drawings import FORMATS, encode
from support.other_samples import AAC, MP3, OFFICE, SAMPLES, WORDS

OTHER_NAMES = {
    "application/font-woff": "font/woff",
    "application/java": "application/java-vm",
    "application/vnd.squashfs": "application/x-squashfs",
    "application/x-font-otf": "font/otf",
    "application/x-gzip": "application/gzip",
    "application/x-iff": "video/x-anim",
    "application/x-lha": "application/x-lzh-compressed",
    "application/arj": "application/x-arj",
    "application/x-plist": "application/x-bplist",
    "application/x-shockwave-flash": "application/vnd.adobe.flash.movie",
    "audio/wave": "audio/vnd.wave",
    "audio/x-8svx": "audio/8svx",
    "audio/x-aiff": "audio/aiff",
    "audio/x-au": "audio/basic",
    "audio/x-midi": "audio/midi",
    "video/avi": "video/x-msvideo",
    "video/dvd": "video/mpeg",
    "video/x-ms-wmv": "video/x-ms-asf",
}
"""Names that puremagic has for what is called otherwise here."""

DIFFERS = {
    "application/zip": "takes any archive for an office document",
    "application/x-ole-storage": "takes any for a document of Word",
    "application/x-ipynb+json": "knows no notebooks, in which people see pictures",
    "application/vnd.rn-realmedia": "takes films of RealMedia for sound",
}
"""Where puremagic says something else, and why that is not followed."""

NOT_KNOWN = {
    *("application/octet-stream", "application/vnd.apache.parquet", "application/wasm"),
    *("application/x-age", "application/x-lzma", "font/collection", "text/plain", "video/mp2t"),
    *("application/vnd.microsoft.portable", "application/vnd.ms-htmlhelp", "application/x-elf"),
    *("application/vnd.ms-outlook-pst", "application/vnd.sqlite3", "application/x-archive"),
    *("application/x-compress", "application/x-mach-binary", "application/x-mobipocket-ebook"),
    *("audio/amr", "audio/mp4", "font/ttf"),
}
"""Samples for which puremagic has no media type, or refuses an answer."""


def named(content):
    """The type of a file with this content."""
    return sniff(content[:HEAD], content[-32:]).media_type


def second_opinion(content):
    """What puremagic makes of it, "" for nothing."""
    try:
        return puremagic.from_string(content, mime=True)
    except puremagic.PureError:
        return ""


@pytest.mark.parametrize("media_type", SAMPLES)
def test_samples_are_named(media_type):
    """One of each type, and puremagic says the same but for what is stated above."""
    content = SAMPLES[media_type]
    other = second_opinion(content)

    assert named(content) == media_type
    assert (other == "") == (media_type in NOT_KNOWN)
    if other:
        is_same = OTHER_NAMES.get(other, other) == media_type
        assert is_same != (media_type in DIFFERS)


@pytest.mark.parametrize("name", OFFICE)
def test_documents_that_are_archives_are_not_taken_for_less(name):
    """By what is inside they are documents; as long as nobody opens them, they are archives."""
    assert named(OFFICE[name]) == "application/zip"
    assert find_visible("application/zip") == "more"


def test_what_puremagic_calls_a_picture_or_an_archive_never_holds_nothing():
    """Each of its signatures, where it stands, among zeros: only sound and fonts hold nothing."""
    found = {}
    for each in puremagic.magic_header_array:
        content = (bytes(max(each.offset, 0)) + each.byte_match).ljust(200, b"\0")
        if find_visible(named(content)) == "nothing":
            found.setdefault(each.mime_type or each.extension, each.name)

    assert len(puremagic.magic_header_array) > 1000
    silent = {name for name in found if not name.startswith(("audio/", "font/"))}
    assert silent <= {
        *(".amr", ".m4a", ".koz", ".ttf", ".otf"),
        *("application/font-woff", "application/x-font-otf", "application/java"),
    }


@pytest.mark.parametrize(
    ("holds", "kinds"),
    [
        ("nothing", ["text/plain", "application/json", "audio/x-never-heard-of", "font/ttf"]),
        ("picture", ["image/png", "image/x-never-heard-of"]),
        ("more", ["application/zip", "text/html", "message/rfc822", "video/mp4", "x/y", "",
                  "application/x-elf", "application/vnd.microsoft.portable", "text/vcard"]),
    ],
)  # fmt: skip
def test_what_a_person_can_see_in_a_type(holds, kinds):
    """Of a type that nobody knows, anything; programs may unpack themselves."""
    assert {find_visible(kind) for kind in kinds} == {holds}


@pytest.mark.parametrize("media_type", SAMPLES)
def test_every_sample_that_may_hold_more_has_a_group(media_type):
    """That the verdict line can name."""
    group = group_of(media_type)

    if find_visible(media_type) == "more":
        assert group in ("archive", "video", "document", "program", "file of unknown type")
        assert (group == "file of unknown type") == (media_type == "application/octet-stream")


def test_groups():
    """Those of which people have a name."""
    assert [group_of(kind) for kind in ("application/zip", "video/mp4", "application/ogg",
                                        "application/pdf", "application/x-elf", "x/y")] == [
        "archive", "video", "video", "document", "program", "document",
    ]  # fmt: skip


TEXT = "Größe, señor, 日本: a text of a page.\n" * 9


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        ("Grüße an alle, señor.\n" * 9).encode("latin-1"),
        ("“Quoted” words of €uros.\n" * 9).encode("cp1252"),
        "テキスト\n".encode("iso2022_jp"),
        b"\x1b[31mred\x1b[0m\n",
        b"a\r\nb\tc\fd\n",
        b"x",
    ],
)
def test_texts_in_encodings(content):
    """UTF-8 and UTF-16 with their marks or without, and what is mostly ASCII."""
    assert named(content) == "text/plain"


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-32"),
        ("Привет, мир.\n" * 9).encode("koi8-r"),
        ("日本語の文\n" * 9).encode("shift_jis"),
        b"\xff\xfe" + "half".encode("utf-16-le") + b"x",
        b"words\0",
        b"words\n" * 9 + b"PK\5\6" + bytes(18),
        WORDS * 2000 + b"PK\5\6" + bytes(18),
        b"\xff\xfe" + ("words\n" * 9).encode("utf-16-le") + b"PK\5\6" + bytes(18),
        b"",
        b"\xff\xfb\x90\x64" + bytes(range(200)),
        bytes(range(128, 256)),
    ],
)
def test_what_is_not_surely_a_text_is_none(content):
    """Encodings that cannot be told from anything, an archive behind words, half a character."""
    assert named(content) == "application/octet-stream"


def test_a_character_that_goes_on_behind_the_head_does_not_unmake_a_text():
    """However it is cut."""
    content = ("日本" * HEAD).encode()
    for size in range(HEAD - 4, HEAD + 1):
        assert name_other(content[:size], content[-32:]) == "text/plain"


@pytest.mark.parametrize(
    "start",
    [
        *("<!DOCTYPE html>", "<html>", "<HTML lang=de>", "\n\n <head>", "<!-- words -->\n<html>"),
        *("<img src=a.png>", "<p>", "<div>", "<script>", "<table>", "<h1>", "<A href=b>", "<br/>"),
        '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_pages_are_pages_in_any_encoding(start, encoding):
    """Also pieces of pages: a browser shows the pictures of those as well."""
    assert named((start + TEXT).encode(encoding)) == "text/html"


@pytest.mark.parametrize(
    "content",
    [
        b"<words/>\n", b'<?xml version="1.0"?>\n<w:doc/>\n', b"<!DOCTYPE words>\n<words/>",
        b"<x:words/>",
    ],
)  # fmt: skip
def test_documents_of_xml_may_hold_more(content):
    """Whatever their root is."""
    assert named(content) == "application/xml"
    assert find_visible("application/xml") == "more"


@pytest.mark.parametrize(
    "head",
    [
        "From: a@example.org\nTo: b@example.org\n",
        "DKIM-Signature: v=1;\n a=rsa-sha256\nDate: Mon, 1 Mar 2026 10:00:00 +0000\n",
        "X-Anything: at all\r\nReply-To: x\r\nsubject: words\r\n",
        "From MAILER-DAEMON Mon Mar  1 10:00:00 2026\nReturn-Path: <a@example.org>\nX: y\n",
        "Content-Type: multipart/mixed; boundary=x\nMIME-Version: 1.0\n",
    ],
)
def test_mails_are_mails_whichever_header_comes_first(head):
    """They carry pictures."""
    assert named(head.encode() + b"\nwords\n") == "message/rfc822"


@pytest.mark.parametrize(
    "text",
    ["name: x\nversion: 2\nlist:\n", "Dear all,\nFrom: here on\n", "Subject: alone\n\nwords"],
)
def test_texts_with_colons_are_no_mails(text):
    """Configuration, prose, and a single line."""
    assert named(text.encode()) == "text/plain"


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"\n\n%PDF-1.4\n" + WORDS, "application/pdf"),
        (WORDS + b"%PDF-1.4\n" + WORDS, "application/pdf"),
        (b"x" * 1024 + b"%PDF-1.4\n", "text/plain"),
        (b"FORM\0\0\0\xc0WXYZ".ljust(90, b"\0"), "application/octet-stream"),
        (b"FORMS and other words\n", "application/octet-stream"),
        (b"\xca\xfe\xba\xbe\0\0\0\2".ljust(90, b"\0"), "application/x-mach-binary"),
        (b"MZ words\n", "text/plain"),
        (b'{"nbformat": 4, "cells": []}', "application/x-ipynb+json"),
        (b"#define a_width 8\n#define a_height 8\nstatic char a_bits[] = {0};", "image/x-xbitmap"),
        (b"/*XPM*/ static char *a[] = {", "image/x-xpixmap"),
        (b"#define WORDS\n#include <words.h>\n", "text/plain"),
        (MP3 + b"words", "application/octet-stream"),
        (AAC * 2, "audio/aac"),
    ],
)
def test_what_is_easily_taken_for_something_else(content, media_type):
    """A header behind junk, one name for two formats, a start that is too short to be sure."""
    assert named(content) == media_type


@given(st.binary(min_size=1, max_size=400))
def test_any_bytes_have_a_type(content):
    """And what is said to hold nothing does so by a signature or as a text."""
    media_type = name_other(content, content[-32:])

    assert media_type.count("/") == 1
    if media_type == "text/plain":
        assert b"\0" not in content or content[:2] in (b"\xff\xfe", b"\xfe\xff")


@pytest.mark.parametrize("form", FORMATS)
def test_pictures_are_never_named_as_what_holds_nothing(form):
    """Were their own signature not known."""
    assert find_visible(name_other(encode("text", form)[:HEAD])) != "nothing"
