"""Odd files of every format that browsers show, or nearly: for `test_sniff` and Chromium.

ODD["bmp, header of 44"]      bytes
"""

import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
from PIL import Image

from hashsweep.media.png_chunks import chunk
from support import drawings

PHOTO = drawings.scene(5, 64, 48)


def _saved(form: str, image: Image.Image = PHOTO, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def _bmp(
    size: int, bits: int = 24, compression: int = 0, planes: int = 1, behind: int = 0
) -> bytes:
    rows = np.asarray(PHOTO)[::-1, :, ::-1]
    if bits == 32:
        rows = np.dstack([rows, np.full(rows.shape[:2], 255, np.uint8)])
    raw = rows.tobytes() if bits >= 24 else bytes(64 * 48 * bits // 8)
    if size == 12:
        header = struct.pack("<IHHHH", 12, 64, 48, planes, bits)
    else:
        fields = (64, 48, planes, bits, compression, len(raw), 0, 0, 0, 0)
        header = struct.pack("<IiiHHIIiiII", size, *fields)
        header = (header + struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0)).ljust(size, b"\0")[:size]
    palette = bytes(1024) if bits <= 8 else b""
    at = 14 + len(header) + len(palette) + behind
    return b"".join(
        [b"BM", struct.pack("<IHHI", at + len(raw), 0, 0, at), header, palette, bytes(behind), raw]
    )


def _png(*extra: bytes) -> bytes:
    whole = drawings.png(PHOTO)
    return whole[:33] + b"".join(extra) + whole[33:]


def _jpeg(*segments: bytes) -> bytes:
    whole = drawings.jpeg(PHOTO)
    return whole[:2] + b"".join(segments) + whole[2:]


def _segment(code: int, body: bytes) -> bytes:
    return b"\xff" + bytes([code]) + struct.pack(">H", len(body) + 2) + body


def _icon(kind: int, *, count: int = 1, reserved: int = 0, body: bytes | None = None) -> bytes:
    body = drawings.png(PHOTO) if body is None else body
    entry = struct.pack("<BBBBHHII", 64, 48, 0, reserved, 1, 32, len(body), 6 + 16 * count)
    return struct.pack("<HHH", 0, kind, count) + entry * count + body


_SVG = (
    '<{0}svg xmlns{1}="http://www.w3.org/2000/svg" width="64" height="48">'
    '<{0}rect width="9" height="9"/></{0}svg>'
)
_PLAIN = _SVG.format("", "")
_PREFIXED = _SVG.format("s:", ":s")
_DOCTYPE = (
    '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" '
    '"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
)


def _frames(form: str, **options: object) -> bytes:
    others = [drawings.scene(n, 64, 48) for n in (6, 7)]
    return _saved(form, save_all=True, append_images=others, **options)


def _svgs() -> dict[str, bytes]:
    texts = {
        "plain": _PLAIN,
        "prefix": _PREFIXED,
        "declaration": '<?xml version="1.0"?>' + _PLAIN,
        "doctype": '<?xml version="1.0"?>\n' + _DOCTYPE + "\n" + _PLAIN,
        "doctype with entities": '<!DOCTYPE svg [<!ENTITY a "x>]"> <!-- don\'t ] -->]>' + _PLAIN,
        "comment": "<!-- drawn -->" + _PLAIN,
        "comment of 5 KB": '<?xml version="1.0"?><!--' + "x" * 5000 + "-->" + _PLAIN,
        "comment of 60 KB": "<!--" + "x" * 60_000 + "-->" + _PLAIN,
        "comment of 100 KB": "<!--" + "x" * 100_000 + "-->" + _PLAIN,
        "many comments": "<!-- a --><?b c?>\n" * 300 + _PLAIN,
        "comment with html": "<!-- <html> -->" + _PLAIN,
        "html inside": _PLAIN.replace("<rect", '<html xmlns="x"/><rect'),
        "white space": "\n\n \t" + _PLAIN,
        "spaces of 5 KB": " " * 5000 + _PLAIN,
        "style sheet": '<?xml-stylesheet href="a.css"?>' + _PLAIN,
        "namespace twice": _PLAIN.replace("<svg", '<svg xmlns:a="b"', 1),
        "prefix with doctype": "<!DOCTYPE s:svg>" + _PREFIXED,
        "newline in the tag": _PLAIN.replace("<svg ", "<svg\n", 1),
    }
    found = {f"svg, {name}": text.encode() for name, text in texts.items()}
    for name in ("plain", "prefix", "comment of 5 KB", "doctype"):
        for encoding in ("utf-8-sig", "utf-16", "utf-16-be", "utf-16-le"):
            text = texts[name].replace('version="1.0"', 'version="1.0" encoding="utf-16"')
            marked = b"\xfe\xff" if encoding == "utf-16-be" else b""
            found[f"svg, {name}, {encoding}"] = marked + (
                texts[name] if "8" in encoding[:5] else text
            ).encode(encoding)
    return found


def _bitmaps() -> dict[str, bytes]:
    found = {}
    sizes = (12, 13, 16, 18, 20, 24, 28, 36, 39, 40, 42, 44, 46, 48, 52, 56, 60, 63, 64)
    for size in (*sizes, 65, 72, 80, 100, 108, 112, 124, 128, 200, 1000, 70_000):
        found[f"bmp, header of {size}"] = _bmp(size)
    for bits in (1, 2, 4, 8, 16, 32):
        for size in (12, 40, 64, 124):
            found[f"bmp, {bits} bits, header of {size}"] = _bmp(size, bits)
    for compression in range(7):
        for bits in (0, 4, 8, 16, 24, 32):
            found[f"bmp, {bits} bits, compression {compression}"] = _bmp(56, bits, compression)
    found["bmp, no planes"] = _bmp(40, planes=0)
    found["bmp, header of 44, no planes"] = _bmp(44, planes=0)
    found["bmp, pixels further on"] = _bmp(40, behind=99)
    found["bmp, cut"] = _bmp(40)[:-2000]
    found["bmp, cut, header of 48"] = _bmp(48)[:-2000]
    return found


def _pngs() -> dict[str, bytes]:
    broken = chunk(b"gAMA", b"\0\0\1\0")[:-1] + b"!"
    text = zlib.compress(bytes(3_000_000))
    return {
        "png": _png(),
        "png, signature cut": _png()[:4] + _png()[8:],
        "png, wrong CRC of gAMA": _png(broken),
        "png, short gAMA": _png(chunk(b"gAMA", b"\1")),
        "png, short pHYs": _png(chunk(b"pHYs", b"\1")),
        "png, short cHRM": _png(chunk(b"cHRM", b"\1")),
        "png, short acTL": _png(chunk(b"acTL", b"\1")),
        "png, large text": _png(chunk(b"zTXt", b"k\0\0" + text)),
        "png, large profile": _png(chunk(b"iCCP", b"k\0\0" + text)),
        "png, odd type": _png(chunk(b"ab1d", b"x")),
        "png, unknown critical type": _png(chunk(b"ABCD", b"x")),
        "png, wrong CRC of IDAT": _png()[:-20] + bytes([_png()[-20] ^ 1]) + _png()[-19:],
        "png, cut": _png()[:-500],
        "png, without IEND": _png()[:-12],
        "png, animated": _frames("PNG"),
        "png, 16 bits": drawings.encode("tiny", "png-16bit"),
        "png, 1 bit": drawings.encode("tiny", "png-1bit"),
        "png, palette": drawings.encode("tiny", "png-palette"),
        "png, grey with alpha": drawings.encode("tiny", "png-la"),
        "png, behind a line": b"\n" + _png(),
    }


def _others() -> dict[str, bytes]:
    gif, webp, avif = _saved("GIF", PHOTO.quantize(64)), _saved("WEBP"), _saved("AVIF")
    jpeg = _jpeg()
    return {
        "jpeg": jpeg,
        "jpeg, cut": jpeg[:-300],
        "jpeg, without its end": jpeg[:-1],
        "jpeg, short Adobe": _jpeg(_segment(0xEE, b"Adobe\0")),
        "jpeg, short JFIF": _jpeg(_segment(0xE0, b"JFIF\0\1")),
        "jpeg, odd EXIF": _jpeg(_segment(0xE1, b"Exif\0\0junk")),
        "jpeg, fill bytes": _jpeg(b"\xff\xff\xff"),
        "jpeg, junk first": _jpeg(b"junk"),
        "jpeg, comment first": jpeg[:2] + _segment(0xFE, b"x") + jpeg[20:],
        "jpeg, tables first": jpeg[:2] + jpeg[20:],
        "jpeg, progressive": drawings.jpeg(PHOTO, progressive=True),
        "jpeg, grey": drawings.jpeg(PHOTO.convert("L")),
        "jpeg, CMYK": drawings.jpeg(PHOTO.convert("CMYK")),
        "jpeg, RGB": drawings.jpeg(PHOTO, keep_rgb=True),
        "jpeg, behind a line": b"\n" + jpeg,
        "jpeg, marker with a zero": b"\xff\xd8\0" + jpeg[2:],
        "mpo": _frames("MPO"),
        "gif": gif,
        "gif, 87a": b"GIF87a" + gif[6:],
        "gif, 88a": b"GIF88a" + gif[6:],
        "gif, cut": gif[:-400],
        "gif, animated": _frames("GIF"),
        "gif, without trailer": gif[:-1],
        "webp": webp,
        "webp, lossless": _saved("WEBP", lossless=True),
        "webp, alpha": _saved("WEBP", PHOTO.convert("RGBA")),
        "webp, animated": _frames("WEBP"),
        "webp, cut": webp[: len(webp) * 3 // 4],
        "webp, wrong size": webp[:4] + b"\0\0\0\0" + webp[8:],
        "webp, size of 4 GiB": webp[:4] + b"\xff\xff\xff\x7f" + webp[8:],
        "webp, unknown chunk first": b"RIFF"
        + struct.pack("<I", len(webp) + 4)
        + b"WEBPabcd\4\0\0\0wxyz"
        + webp[12:],
        "avif": avif,
        "avif, 4:0:0": _saved("AVIF", PHOTO.convert("L")),
        "avif, animated": _frames("AVIF"),
        "avif, cut": avif[:-200],
        "ico": _icon(1),
        "ico, no picture": _icon(1, count=0),
        "ico, reserved byte": _icon(1, reserved=9),
        "ico, three": _icon(1, count=3),
        "ico, bitmap": _saved("ICO", bitmap_format="bmp", sizes=[(32, 32)]),
        "cur": _icon(2),
        "cur, reserved byte": _icon(2, reserved=7),
        "cur, bitmap": b"\0\0\2\0" + _saved("ICO", bitmap_format="bmp", sizes=[(32, 32)])[4:],
        "tiff": _saved("TIFF"),
        "tiff, big": b"II+\0\x08\0\0\0" + bytes(60),
        "jp2": _saved("JPEG2000"),
        "jxl": b"\xff\x0a" + bytes(60),
        "ppm": _saved("PPM"),
        "tga": _saved("TGA"),
        "xbm": b"#define a_width 8\n#define a_height 1\nstatic char a_bits[] = {0x55};\n",
        "xpm": b'/* XPM */\nstatic char *a[] = {"1 1 1 1"};\n',
        "pcx": _saved("PCX"),
        "psd": b"8BPS\0\1" + bytes(80),
        "qoi": b"qoif" + bytes(40),
        "html with svg": b"<!DOCTYPE html><html><body>" + _PLAIN.encode() + b"</body></html>",
        "html fragment": b"<p>" + _PLAIN.encode(),
        "xml": b'<?xml version="1.0"?><catalog><svg/></catalog>',
        "xml with svg inside": b'<?xml version="1.0"?><a xmlns="b">' + _PLAIN.encode() + b"</a>",
        "svg, no namespace": b'<svg width="9" height="9"/>',
        "text that begins with BM": b"BMW builds cars, and this is a text about them." * 9,
        "text": b"hello",
    }


def _made(*makers: Callable[[], dict[str, bytes]]) -> dict[str, bytes]:
    return {name: data for make in makers for name, data in make().items()}


ODD = _made(_svgs, _bitmaps, _pngs, _others)
"""Every file by what is odd about it."""
