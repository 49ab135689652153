"""What a file is, told by its content."""

import base64
import io
import struct
import zipfile

import pytest

from hashsweep.errors import ItemError
from hashsweep.media.picture import open_picture
from hashsweep.media.sniff import HEAD, TGA_FOOTER, UNKNOWN, Kind, sniff
from support import browser, drawings
from support.odd_files import ODD


def kind(data: bytes) -> Kind:
    """What a worker finds out: it hands over the first HEAD and the last 32 bytes."""
    return sniff(data[:HEAD], data[-32:])


@pytest.mark.parametrize("form", drawings.FORMATS)
def test_every_format(form: str) -> None:
    """Every format that is decoded is recognised, whatever it holds, and gets a decoder."""
    for name in ("hills", "flat", "tiny", "dot", "noise"):
        found = kind(drawings.encode(name, form))
        assert (name, found.media_type) == (name, drawings.FORMATS[form].media_type)
        assert found.decoder is not None
        assert found.is_picture


def ftyp(major: bytes, *compatible: bytes) -> bytes:
    """The first box of an ISO base media file."""
    brands = b"".join(compatible)
    return struct.pack(">I", 16 + len(brands)) + b"ftyp" + major + b"\0\0\0\0" + brands + b"x" * 40


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (ftyp(b"heic", b"mif1", b"heic"), "image/heic"),
        (ftyp(b"mif1", b"heic"), "image/heic"),
        (b"\xff\x0a" + b"\0" * 30, "image/jxl"),
        (b"\0\0\0\x0cJXL \r\n\x87\n" + b"\0" * 30, "image/jxl"),
        (b"8BPS\0\x01" + b"\0" * 30, "image/vnd.adobe.photoshop"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml"),
        (b'<?xml version="1.0"?>\n<!-- drawn -->\n<SVG width="5">', "image/svg+xml"),
        (b"\xc5\xd0\xd3\xc6" + b"\0" * 30, "image/x-eps"),
        (b"qoif" + b"\0" * 30, "image/qoi"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "image/x-eps"),
        (b"<?xml version='1.0'?><!-- " + b"x" * 2000 + b" --><svg>", "image/svg+xml"),
        (ftyp(b"crx ", b"isom"), "image/x-canon-cr3"),
        (ftyp(b"avci", b"avci"), "image/heic"),
        (b"\0\0\x02\0\x01\0\x20\x20\0\0\x01\0\x01\0" + b"\0" * 20, "image/x-win-cursor"),
        (b"\x0a\x05\x01\x08" + b"\0" * 124, "image/x-pcx"),
        (b"v/1\x01" + b"\0" * 30, "image/x-exr"),
        (b"#?RADIANCE\n", "image/vnd.radiance"),
        (b"\x8aMNG\r\n\x1a\n", "image/x-mng"),
        (b"FUJIFILMCCD-RAW 0201", "image/x-fuji-raf"),
        (b"DDS |" + b"\0" * 30, "image/vnd.ms-dds"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_pictures_without_decoder(data: bytes, media_type: str) -> None:
    """A picture that is not decoded here is still known for one, so it never passes for clean."""
    assert kind(data) == Kind(media_type)
    assert kind(data).is_picture
    assert kind(data).decoder is None


def archive() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as members:
        members.writestr("a.jpg", drawings.encode("tiny", "jpeg"))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (b"", "application/octet-stream"),
        (b"x", "text/plain"),
        (b"An ordinary text about pictures: JPEG, PNG, GIF89a.\n" * 20, "text/plain"),
        ("Grüße, 文字, שלום\n".encode() * 30, "text/plain"),
        (("in UTF-16\n" * 50).encode("utf-16"), "text/plain"),
        (b"P1 is the first of our plans\n", "text/plain"),
        (b"P6", "text/plain"),
        (b"BMW and other cars, a list of them all\n", "text/plain"),
        (archive(), "application/zip"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"%!PS-Adobe-3.0\n", "application/postscript"),
        (ftyp(b"isom", b"mp42"), "video/mp4"),
        (ftyp(b"qt  "), "video/quicktime"),
        (b"\x1aE\xdf\xa3" + b"\0" * 30, "video/webm"),
        (b"RIFF\0\0\0\0AVI LIST", "video/x-msvideo"),
        (b"RIFF\0\0\0\0WAVEfmt ", "audio/vnd.wave"),
        (b"\x7fELF\x02\x01\x01" + b"\0" * 60, "application/x-elf"),
        (b"\0" * 1000, "application/octet-stream"),
        (b"\xff" * 1000, "application/octet-stream"),
    ],
)
def test_no_pictures(data: bytes, media_type: str) -> None:
    """Text, archives, documents, video and nothing at all are no pictures."""
    found = kind(data)
    assert found == Kind(media_type)
    assert not found.is_picture


@pytest.mark.parametrize("brand", [b"avif", b"avis"])
def test_avif_among_heif_brands(brand: bytes) -> None:
    """An AVIF that calls itself by HEIF's general brand first is decoded as AVIF."""
    assert kind(ftyp(b"mif1", b"miaf", brand)) == Kind("image/avif", "AVIF")


@pytest.mark.parametrize("order", ["<", ">"])
def test_both_byte_orders_of_tiff(order: str) -> None:
    """TIFF comes in two byte orders, and as BigTIFF."""
    mark = b"II" if order == "<" else b"MM"
    for version in (42, 43):
        assert kind(mark + struct.pack(f"{order}H", version)).decoder == "TIFF"


@pytest.mark.parametrize("space", [b" ", b"\n", b"\r\n", b"\t", b"  "])
def test_pnm_white_space(space: bytes) -> None:
    """Any white space may follow the number of a PNM, and a comment as well."""
    assert kind(b"P5" + space + b"3 3 255\n" + b"a" * 9).decoder == "PPM"
    assert kind(b"P2" + space + b"# drawn\n3 3 255\n").decoder == "PPM"


def test_tga_with_footer() -> None:
    """A TGA 2.0 ends in its signature and is sure."""
    data = drawings.encode("hills", "tga")
    assert data.endswith(TGA_FOOTER)
    assert kind(data) == Kind("image/x-tga", "TGA", sure=True, extension=".tga")


@pytest.mark.parametrize("form", ["tga", "tga-rle"])
def test_tga_without_footer(form: str) -> None:
    """A TGA of the first version is known by its header alone, which is a guess."""
    data = drawings.encode("hills", form).removesuffix(TGA_FOOTER)[:-8]
    assert kind(data) == Kind("image/x-tga", "TGA", sure=False, extension=".tga")


def tga(**changes: int) -> bytes:
    """The header of a plain TGA, with some fields changed."""
    fields = {"map": 0, "kind": 2, "first": 0, "wide": 9, "high": 9, "depth": 24, "way": 0}
    fields |= changes
    start = struct.pack("<BBBHHB", 0, fields["map"], fields["kind"], fields["first"], 0, 0)
    size = struct.pack("<HHHHBB", 0, 0, fields["wide"], fields["high"], fields["depth"], 0)
    return start + size[:-1] + bytes([fields["way"]]) + b"\x55" * 100


def test_tga_header_has_to_make_sense() -> None:
    """One field out of the specification, and it is no TGA."""
    assert kind(tga()).decoder == "TGA"
    for wrong in (
        {"map": 1},
        {"kind": 4},
        {"first": 7},
        {"wide": 0},
        {"high": 0},
        {"depth": 8},
        {"depth": 64},
        {"way": 0x80},
    ):
        assert (wrong, kind(tga(**wrong))) == (wrong, UNKNOWN)


def test_random_bytes() -> None:
    """Of 20,000 random files hardly one passes for a picture, and none for a sure one."""
    rows = drawings.noise(99, 20_000, 64)
    found = [found for row in rows if (found := kind(row.tobytes())).is_picture]
    assert [one for one in found if one.sure] == []
    assert len(found) <= 2


def test_every_start_of_every_format() -> None:
    """A file that is cut off anywhere in its head is told apart without an error."""
    for form in drawings.FORMATS:
        data = drawings.encode("tiny", form)
        kinds = {kind(data[:length]).media_type for length in range(64)}
        assert drawings.FORMATS[form].media_type in kinds or "application/octet-stream" in kinds


def test_head_is_long_enough() -> None:
    """HEAD reaches the signature that lies farthest into a file, a tar's."""
    assert kind(b"a" * 257 + b"ustar\0" + b"00" * 200).media_type == "application/x-tar"


_TYPES = {
    "xbm": "image/x-xbitmap",  # which browsers show no more
    "avif": "image/avif",
    "bmp": "image/bmp",
    "cur": "image/x-win-cursor",
    "gif": "image/gif",
    "ico": "image/vnd.microsoft.icon",
    "jp2": "image/jp2",
    "jpeg": "image/jpeg",
    "jxl": "image/jxl",
    "mpo": "image/jpeg",
    "pcx": "image/x-pcx",
    "png": "image/png",
    "ppm": "image/x-portable-anymap",
    "psd": "image/vnd.adobe.photoshop",
    "qoi": "image/qoi",
    "svg": "image/svg+xml",
    "tga": "image/x-tga",
    "tiff": "image/tiff",
    "webp": "image/webp",
    "xpm": "image/x-xpixmap",
}
_NO_PICTURES = {
    *("bmp, header of 13", "bmp, header of 70000", "jpeg, junk first"),
    *("gif, 88a", "ico, no picture"),
    *("jpeg, behind a line", "jpeg, marker with a zero", "png, behind a line"),
    *("html with svg", "html fragment", "xml", "xml with svg inside"),
    *("text", "text that begins with BM"),
}
"""Odd files that no browser shows as a picture."""


@pytest.mark.parametrize("name", ODD)
def test_odd_files(name: str) -> None:
    """What is odd about a picture does not make it an unknown file."""
    data = ODD[name]
    found = sniff(data[:HEAD], data[-32:]).media_type
    expected = _TYPES.get(name.partition(",")[0], "")

    if name in _NO_PICTURES:
        assert not found.startswith("image/")
    else:
        assert found == expected


@pytest.mark.chromium
def test_what_a_browser_shows_is_a_picture() -> None:
    """Of all odd files: known as a picture, and if there is a decoder for it, decoded.

    The exceptions fail, so that they are never clean: an AVIF that breaks off, whose frame the
    browser shows and libavif does not, and bitmaps whose samples are no run-length code, of which
    some versions of the browser show a few pixels or none.
    """
    load = """async ([data, type]) => {
        const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
        const image = new Image();
        image.src = URL.createObjectURL(new Blob([bytes], {type}));
        return image.decode().then(() => true, () => image.naturalWidth > 0);
    }"""
    shown = {}
    with browser.running() as running:
        page = running.new_page()
        for name, data in ODD.items():
            media_type = "image/svg+xml" if "svg" in name or "xml" in name else ""
            shown[name] = page.evaluate(load, [base64.b64encode(data).decode(), media_type])
    missed, unknown = set(), []
    for name in (name for name, is_shown in shown.items() if is_shown):
        kind = sniff(ODD[name][:HEAD], ODD[name][-32:])
        if not kind.is_picture:
            unknown.append(name)
        elif kind.decoder:
            try:
                open_picture(io.BytesIO(ODD[name]), kind, exact=True, max_pixels=10**6)
            except ItemError:
                missed.add(name)

    assert unknown == []
    assert missed <= {"avif, cut", "bmp, 4 bits, compression 1", "bmp, 24 bits, compression 4"}
    assert sum(shown.values()) > 100


@pytest.mark.parametrize(
    "hostile", ["<!DOCTYPE " + "[<!--" * 9000, "<!-- " * 12_000, "<?" * 30_000]
)
def test_a_prolog_that_never_ends_costs_no_time(hostile: str) -> None:
    """The search goes over it once (a test that hangs has failed)."""
    assert sniff(hostile.encode()[:HEAD]).media_type in (
        *("application/octet-stream", "application/xml", "text/plain"),
        "image/svg+xml",
    )
