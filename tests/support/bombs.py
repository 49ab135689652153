"""Small files that ask a decoder for more than anybody has: pixels, frames, scans or text.

    CLAIMS      name -> file whose header claims more than 4,000 megapixels
    LENGTHY     name -> function that makes a file of few pixels with very much else in it

None holds more than a few bytes of pixels: a decoder that began would soon find the end.
"""

import struct
import zlib

from support import drawings

N = 100_000


def chunk(name: bytes, content: bytes) -> bytes:
    """A PNG chunk."""
    crc = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + crc


def riff(name: bytes, content: bytes) -> bytes:
    """A RIFF chunk."""
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def patched(form: str, mark: bytes, skip: int, size: bytes) -> bytes:
    """A drawing in a format, its size in the header replaced by another."""
    data = bytearray(drawings.encode("tiny", form))
    at = data.index(mark) + skip
    data[at : at + len(size)] = size
    return bytes(data)


def _png(*chunks: bytes, width: int = 1, height: int = 1) -> bytes:
    pixel = chunk(b"IDAT", zlib.compress(b"\0" * 4))
    header = struct.pack(">II", width, height) + b"\x08\x02\0\0\0"
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(chunks) + pixel + (
        chunk(b"IEND", b"")
    )  # fmt: skip


def _tiff(size: int, compression: int, *, tiles: int = 0, big: bool = False) -> bytes:
    """A TIFF of size x size: one strip, or tiles of that side; classic or big."""
    tags = {256: size, 257: size, 258: 8, 259: compression, 262: 1, 277: 1}
    places = {322: tiles, 323: tiles, 324: 8, 325: 100} if tiles else {273: 8, 278: size, 279: 100}
    tags = sorted((tags | places).items())
    if big:
        entries = b"".join(struct.pack("<HHQQ", tag, 4, 1, value) for tag, value in tags)
        return b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, len(tags)) + entries + b"\0" * 200
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + b"\0" * 200


def _bmp(size: int, compression: int, header: int = 40) -> bytes:
    info = struct.pack("<IiiHHIIiiII", header, size, size, 1, 24, compression, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + info + b"\0" * (header - 40)


def _ico(content: bytes) -> bytes:
    return struct.pack("<HHHBBBBHHII", 0, 1, 1, 0, 0, 0, 0, 1, 32, len(content), 22) + content


_LARGEST_GIF = b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0, 0, 0)
_SMALL_GIF = b"GIF89a" + struct.pack("<HHBBB", 10, 10, 128, 0, 0) + b"\0\0\0abc"
_LARGEST_FRAME = b"," + struct.pack("<HHHHB", 0, 0, 65535, 65535, 0) + b"\x02\x02\x4c\x01\0;"
_BOTH = struct.pack(">II", N, N)
_TGA = struct.pack("<HHBB", 65535, 65535, 24, 0) + b"\0" * 50
_CANVAS = b"\xff\xff\xff\xff\xff\xff"  # 2^24 x 2^24

CLAIMS = {
    "png": _png(width=N, height=N),
    "png, largest": _png(width=2**31 - 1, height=2**31 - 1),
    "apng": _png(chunk(b"acTL", struct.pack(">II", 2, 0)), width=N, height=N),
    "gif": _LARGEST_GIF + _LARGEST_FRAME,
    "gif frame": _SMALL_GIF + _LARGEST_FRAME,
    "jpeg": patched("jpeg", b"\xff\xc0", 5, struct.pack(">HH", 65500, 65500)),
    "jpeg, progressive": patched(
        "jpeg-progressive", b"\xff\xc2", 5, struct.pack(">HH", 65500, 65500)
    ),
    "webp, extended": patched("webp-animated", b"VP8X", 12, _CANVAS),
    "webp, canvas below 2^32": patched("webp-animated", b"VP8X", 12, b"\xfe\xff\0\xfe\xff\0"),
    **{
        f"tiff, {name}": _tiff(N, number)
        for name, number in {"raw": 1, "lzw": 5, "jpeg": 7, "deflate": 8, "packbits": 32773}.items()
    },
    "tiff, fax": _tiff(N, 4),
    "tiff, tiles": _tiff(N, 5, tiles=50_000),
    "tiff, small tiles": _tiff(N, 1, tiles=16),
    "tiff, big": _tiff(N, 5, big=True),
    "avif": patched("avif", b"ispe", 8, _BOTH),
    "bmp": _bmp(N, 0),
    "bmp, run lengths": _bmp(N, 1),
    "bmp, upside down": _bmp(-N, 0).replace(struct.pack("<i", -N), struct.pack("<i", N), 1),
    "jp2": patched("jp2", b"ihdr", 4, _BOTH),
    "j2k": patched("j2k", b"\xff\x51", 6, _BOTH),
    "ico of png": _ico(_png(width=N, height=N)),
    "tga": struct.pack("<BBBHHBHH", 0, 0, 2, 0, 0, 0, 0, 0) + _TGA,
    "tga, run lengths": struct.pack("<BBBHHBHH", 0, 0, 10, 0, 0, 0, 0, 0) + _TGA,
    "ppm": b"P6 100000 100000 255\n" + b"\0" * 50,
    "pgm": b"P2\n# a comment\n100000\n100000\n255\n1 2 3",
    "pbm": b"P4 100000 100000\n" + b"\0" * 50,
}


def _gif_frames(count: int) -> bytes:
    frame = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x4c\x01\0"
    return _SMALL_GIF + frame * count + b";"


def _webp_frames(count: int) -> bytes:
    still = drawings.encode("dot", "webp-lossless")
    place = struct.pack("<I", 0)[:3] * 4 + b"\x0a\0\0" + b"\0"
    frame = riff(b"ANMF", place + still[still.index(b"VP8L") :])
    canvas = riff(b"VP8X", b"\x02\0\0\0" + b"\0\0\0\0\0\0")
    body = b"WEBP" + canvas + riff(b"ANIM", b"\0" * 6) + frame * count
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _apng_frames(count: int) -> bytes:
    pixel, parts = zlib.compress(b"\0" * 4), []
    for number in range(count):
        control = struct.pack(">IIIIIHHBB", 2 * number, 1, 1, 0, 0, 1, 10, 0, 0)
        data = struct.pack(">I", 2 * number + 1) + pixel
        parts += [chunk(b"fcTL", control), chunk(b"fdAT", data)]
    count_of = chunk(b"acTL", struct.pack(">II", count, 0))
    data = chunk(b"IDAT", pixel)
    header = chunk(b"IHDR", struct.pack(">II", 1, 1) + b"\x08\x02\0\0\0")
    return b"\x89PNG\r\n\x1a\n" + header + count_of + data + b"".join(parts) + chunk(b"IEND", b"")


def _tiff_pages(count: int, last: int = 0) -> bytes:
    """Pages of one pixel; after the last comes the one at byte `last`, 0 for none."""
    tags = {256: 1, 257: 1, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: 1, 279: 1}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    size, first = 2 + len(entries) + 4, 16
    pages = [
        struct.pack("<H", len(tags)) + entries + struct.pack("<I", at)
        for at in [*(first + size * number for number in range(1, count)), last]
    ]
    return b"II*\0" + struct.pack("<I", first) + b"\0" * 8 + b"".join(pages)


def _jpeg_scans(side: int, scans: int) -> bytes:
    """A grey progressive JPEG whose scans say nothing, each over the whole picture.

    Runs of empty blocks (ITU-T T.81, G.1.2.2) make a scan some bytes long, whatever its area.
    """
    blocks = (side // 8) ** 2
    runs = -(-blocks // 32767)
    frame = struct.pack(">BHHBBBB", 8, side, side, 1, 1, 0x11, 0)
    # Huffman codes: DC category 0 is "0"; AC run symbol 0xE0 (2^14 blocks and 14 more bits) "0"
    dc = b"\x00" + bytes([1, *[0] * 15]) + b"\x00"
    ac = b"\x10" + bytes([1, *[0] * 15]) + b"\xe0"
    bits = "".join("0" + f"{32767 - 16384:014b}" for _ in range(runs))
    bits += "1" * (-len(bits) % 8)
    packed = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    first = (
        b"\xff\xda" + struct.pack(">HBBBBBB", 8, 1, 1, 0x00, 0, 0, 0) + b"\0" * (-(-blocks // 8))
    )
    scan = b"\xff\xda" + struct.pack(">HBBBBBB", 8, 1, 1, 0x00, 1, 63, 0) + packed
    tables = b"".join(b"\xff\xc4" + struct.pack(">H", 2 + len(table)) + table for table in (dc, ac))
    quantisation = b"\xff\xdb" + struct.pack(">HB", 67, 0) + b"\x01" * 64
    return (
        b"\xff\xd8" + quantisation + b"\xff\xc2" + struct.pack(">H", 2 + len(frame)) + frame
        + tables + first + scan * scans + b"\xff\xd9"
    )  # fmt: skip


def _zeros(size: int) -> bytes:
    return zlib.compress(b"\0" * size, 9)


LENGTHY = {
    "png, text of 300 MB": lambda: _png(chunk(b"zTXt", b"k\0\0" + _zeros(300_000_000))),
    "png, 500 texts": lambda: _png(*[chunk(b"zTXt", b"k\0\0" + _zeros(900_000))] * 500),
    "png, profile of 300 MB": lambda: _png(chunk(b"iCCP", b"k\0\0" + _zeros(300_000_000))),
    "png, pixels of 300 MB": lambda: _png(chunk(b"IDAT", _zeros(300_000_000))),
    "gif, 100,000 frames": lambda: _gif_frames(100_000),
    "webp, 100,000 frames": lambda: _webp_frames(100_000),
    "apng, 100,000 frames": lambda: _apng_frames(100_000),
    "tiff, 60,000 pages": lambda: _tiff_pages(60_000),
    "tiff, pages in a circle": lambda: _tiff_pages(50, 16),
    "tiff, a page after itself": lambda: _tiff_pages(1, 16),
    "jpeg, 100,000 scans": lambda: _jpeg_scans(4096, 100_000),
    "jpeg, 500,000 scans": lambda: _jpeg_scans(1528, 500_000),
}
