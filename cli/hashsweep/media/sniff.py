"""Recognises a file's type by its first bytes, never by its name.

Knows only signatures. A picture format that is recognised but not on the allow-list of
decoders is reported as such, so that it never counts as scanned.
"""

import re
from dataclasses import dataclass

from hashsweep.media.other_types import name_other

HEAD = 65536  # bytes that `sniff` needs: an SVG may begin with a long comment
TGA_FOOTER = b"TRUEVISION-XFILE.\0"


@dataclass(frozen=True, slots=True)
class Kind:
    """A media type and the Pillow decoder for it.

    `decoder` is None if there is none; `sure` is False if the signature is so weak
    that other files may have it by chance, unless their names end in `extension`.
    """

    media_type: str
    decoder: str | None = None
    sure: bool = True
    extension: str = "\0"

    @property
    def is_picture(self) -> bool:
        """True for every picture format, decodable here or not."""
        return self.media_type.startswith("image/")


UNKNOWN = Kind("application/octet-stream")

# (offset, signature, kind); the first that fits wins. Signatures: the formats' specifications
# as collected in the IANA registry and https://www.nationalarchives.gov.uk/pronom/.
_SIGNATURES: tuple[tuple[int, bytes, Kind], ...] = (
    (0, b"\xff\xd8\xff", Kind("image/jpeg", "JPEG")),
    (0, b"\x89PNG", Kind("image/png", "PNG")),
    (0, b"GIF87a", Kind("image/gif", "GIF")),
    (0, b"GIF89a", Kind("image/gif", "GIF")),
    (0, b"II*\0", Kind("image/tiff", "TIFF")),
    (0, b"MM\0*", Kind("image/tiff", "TIFF")),
    (0, b"II+\0", Kind("image/tiff", "TIFF")),
    (0, b"MM\0+", Kind("image/tiff", "TIFF")),
    (0, b"\0\0\0\x0cjP  \r\n\x87\n", Kind("image/jp2", "JPEG2000")),
    (0, b"\xff\x4f\xff\x51", Kind("image/j2c", "JPEG2000")),
    (0, b"\xff\x0a", Kind("image/jxl")),
    (0, b"\0\0\0\x0cJXL \r\n\x87\n", Kind("image/jxl")),
    (0, b"8BPS", Kind("image/vnd.adobe.photoshop")),
    (0, b"icns", Kind("image/icns")),
    (0, b"DDS ", Kind("image/vnd.ms-dds")),
    (0, b"qoif", Kind("image/qoi")),
    (0, b"\xc5\xd0\xd3\xc6", Kind("image/x-eps")),
    (0, b"%PDF-", Kind("application/pdf")),
    (0, b"\x1aE\xdf\xa3", Kind("video/webm")),
    (0, b"FLV\x01", Kind("video/x-flv")),
    (0, b"\0\0\x01\xba", Kind("video/mpeg")),
    (0, b"\0\0\x01\xb3", Kind("video/mpeg")),
    (0, b"OggS", Kind("application/ogg")),
    (0, b"0&\xb2u\x8ef\xcf\x11", Kind("video/x-ms-asf")),
    (0, b"PK\x03\x04", Kind("application/zip")),
    (0, b"Rar!\x1a\x07", Kind("application/vnd.rar")),
    (0, b"7z\xbc\xaf\x27\x1c", Kind("application/x-7z-compressed")),
    (0, b"\x1f\x8b", Kind("application/gzip")),
    (257, b"ustar", Kind("application/x-tar")),
    (0, b"SIMPLE  =", Kind("image/fits")),
    (0, b"/* XPM */", Kind("image/x-xpixmap")),
    (0, b"\x01\xda\x00", Kind("image/x-sgi")),
    (0, b"\x01\xda\x01", Kind("image/x-sgi")),
    (0, b"\x76\x2f\x31\x01", Kind("image/x-exr")),
    (0, b"#?RADIANCE", Kind("image/vnd.radiance")),
    (0, b"#?RGBE", Kind("image/vnd.radiance")),
    (0, b"II\xbc\x01", Kind("image/jxr")),
    (0, b"FUJIFILMCCD-RAW", Kind("image/x-fuji-raf")),
    (0, b"IIU\0", Kind("image/x-panasonic-rw2")),
    (0, b"IIRO", Kind("image/x-olympus-orf")),
    (0, b"IIRS", Kind("image/x-olympus-orf")),
    (0, b"\x8aMNG\r\n\x1a\n", Kind("image/x-mng")),
    (0, b"\x8bJNG\r\n\x1a\n", Kind("image/x-jng")),
    (0, b"\x59\xa6\x6a\x95", Kind("image/x-sun-raster")),
    (0, b"P7\nWIDTH", Kind("image/x-portable-arbitrarymap")),
    (0, b"PF\n", Kind("image/x-portable-floatmap")),
    (0, b"Pf\n", Kind("image/x-portable-floatmap")),
)

# ISO base media brands (https://mp4ra.org/registered-types/brands).
_AVIF = {b"avif", b"avis"}
_HEIF = {
    *(b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"),
    *(b"mif1", b"mif2", b"msf1", b"avci", b"avcs", b"miaf"),
}


_PCX_VERSIONS = (b"\0", b"\2", b"\3", b"\4", b"\5")

# Sizes of the header that follows a bitmap's file header (Windows GDI and OS/2 versions). Viewers
# accept others as well; then the fields must make sense.
_DIB_HEADERS = {12, 16, 40, 52, 56, 64, 108, 124}
_LARGEST_DIB_HEADER = 1 << 16
_DIB_DEPTHS = {0, 1, 2, 4, 8, 16, 24, 32}  # 0 if a JPEG or PNG is inside


def sniff(head: bytes, tail: bytes = b"") -> Kind:
    """Return the kind of a file that starts with `head` (HEAD bytes or all), ends with `tail`."""
    found = _sniff(head, tail)
    return Kind(name_other(head, tail)) if found is UNKNOWN else found


def _sniff(head: bytes, tail: bytes) -> Kind:
    """Return a kind with its own signature, else UNKNOWN."""
    for offset, signature, kind in _SIGNATURES:
        if head.startswith(signature, offset):
            return kind
    if head[:4] == b"RIFF":
        return _riff(head[8:12])
    if head[4:8] == b"ftyp":
        return _iso_media(head)
    if head[:2] == b"BM" and _is_dib(head[14:30]):
        return Kind("image/bmp", "BMP")
    if head[:4] == b"\0\0\x01\0" and head[4:6] != b"\0\0":
        return Kind("image/vnd.microsoft.icon", "ICO")
    if undecoded := _sniff_undecodable(head):
        return undecoded
    if _is_pnm(head):
        return Kind("image/x-portable-anymap", "PPM")
    return _tga(head, tail)


def _sniff_undecodable(head: bytes) -> Kind | None:
    """Recognise pictures without a decoder here whose signature is more than a few fixed bytes."""
    if head[:4] == b"\0\0\x02\0" and head[4:6] != b"\0\0":
        return Kind("image/x-win-cursor")
    if head[:1] == b"\x0a" and head[1:2] in _PCX_VERSIONS and head[2:3] == b"\1":
        return Kind("image/x-pcx")
    if head.startswith(b"%!PS"):
        return Kind("image/x-eps" if b"EPSF" in head[:40] else "application/postscript")
    if _is_svg(head):
        return Kind("image/svg+xml")
    return None


def _riff(form: bytes) -> Kind:
    if form == b"WEBP":
        return Kind("image/webp", "WEBP")
    named = {b"AVI ": "video/x-msvideo", b"WAVE": "audio/vnd.wave", b"ACON": "image/x-ani"}
    return Kind(named[form]) if form in named else UNKNOWN


def _iso_media(head: bytes) -> Kind:
    length = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, length - 3, 4))}
    if brands & _AVIF:
        return Kind("image/avif", "AVIF")
    if brands & _HEIF:
        return Kind("image/heic")
    if b"crx " in brands:
        return Kind("image/x-canon-cr3")
    if head[8:12] in (b"M4A ", b"M4B "):
        return Kind("audio/mp4")
    return Kind("video/quicktime") if head[8:12] == b"qt  " else Kind("video/mp4")


def _is_pnm(head: bytes) -> bool:
    """P1 to P6, white space, then the width or a comment; text may begin with "P1 is" as well."""
    return re.match(rb"P[1-6]\s+(?:#|\d)", head) is not None


def _is_dib(header: bytes) -> bool:
    size, bits = int.from_bytes(header[:4], "little"), int.from_bytes(header[14:16], "little")
    return size in _DIB_HEADERS or (12 < size < _LARGEST_DIB_HEADER and bits in _DIB_DEPTHS)  # noqa: PLR2004


_PROLOG = re.compile(
    r"""(?: \s | <\?.*?\?> | <!--.*?-->
          | <!DOCTYPE (?: [^][<>"'] | "[^"]*" | '[^']*'
                        | \[ (?: <!--.*?--> | (?!<!--)[^]"'] | "[^"]*" | '[^']*' )* \] )* > )*""",
    re.DOTALL | re.VERBOSE | re.IGNORECASE,
)
_ROOT = re.compile(r"<(?:[^\s<>/&:]+:)?svg(?=[\s/>]|\Z)", re.IGNORECASE)
_BEGINS = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\0]*<")
_OPEN = ("<?xml", "<!--", "<!doctype svg")


def _is_svg(head: bytes) -> bool:
    """Say whether the root element is svg, in whatever namespace prefix, behind any prolog.

    A prolog longer than HEAD counts as SVG: hiding the root is suspicious.
    """
    if not _BEGINS.match(head):
        return False
    text = _as_text(head)
    prolog = _PROLOG.match(text)
    rest = text[prolog.end() :] if prolog else text
    if _ROOT.match(rest):
        return True
    return len(head) >= HEAD and text[:12].lower().startswith(_OPEN) and not rest[1:2].isalpha()


def _as_text(head: bytes) -> str:
    """Decode what may be XML: UTF-16 by its mark or its first "<", else as bytes of ASCII."""
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if head.startswith(mark):
            return head[2:].decode(encoding, "replace").lstrip()
    if head[:2] == b"<\0":
        return head.decode("utf-16-le", "replace")
    if head[:2] == b"\0<":
        return head.decode("utf-16-be", "replace")
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().decode("latin-1")


def _tga(head: bytes, tail: bytes) -> Kind:
    """Recognise Truevision TGA, which has a footer in its 2.0 form and only a header before.

    Header fields and their values: Truevision TGA File Format Specification 2.0, 1991.
    """
    if len(head) < 18:  # noqa: PLR2004
        return UNKNOWN
    map_type, image_type, map_first_length = head[1], head[2], head[3:7]
    width = int.from_bytes(head[12:14], "little")
    height = int.from_bytes(head[14:16], "little")
    depth, descriptor = head[16], head[17]
    mapped = image_type in (1, 9)
    plausible = (
        image_type in (1, 2, 3, 9, 10, 11)
        and map_type == mapped
        and (mapped or map_first_length == b"\0\0\0\0")
        and width > 0
        and height > 0
        and depth in ((8, 16) if image_type in (1, 3, 9, 11) else (15, 16, 24, 32))
        and descriptor & 0xC0 == 0
    )
    footer = tail.endswith(TGA_FOOTER)
    return (
        Kind("image/x-tga", "TGA", sure=footer, extension=".tga")
        if plausible or footer
        else UNKNOWN
    )
