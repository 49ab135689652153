"""Colour profiles with any curve, and the pictures that hide behind them.

profile(light(1 - SAMPLES))      a profile of RGB that shows the negative
tagged(png(image), b"gAMA", ...)  a PNG with one more chunk before its pixels
"""

import struct

import numpy as np

from hashsweep.media.png_chunks import chunk

SAMPLES = np.arange(256) / 255
WHITE = (0.9642, 1.0, 0.8249)
SRGB = ((0.4360, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141))
DISPLAY_P3 = ((0.5151, 0.2412, -0.0011), (0.2919, 0.6922, 0.0419), (0.1572, 0.0666, 0.7841))
ADOBE_RGB = ((0.6097, 0.3111, 0.0195), (0.2053, 0.6257, 0.0609), (0.1492, 0.0632, 0.7446))
PROPHOTO = ((0.7977, 0.2880, 0.0), (0.1352, 0.7119, 0.0001), (0.0313, 0.0001, 0.8249))


def light(samples):
    """Light of sRGB samples, both 0 to 1 (IEC 61966-2-1); what is outside counts as the end."""
    samples = np.clip(samples, 0, 1)
    return np.where(samples <= 0.04045, samples / 12.92, ((samples + 0.055) / 1.055) ** 2.4)


def profile(curve, primaries=SRGB):
    """An ICC profile of RGB; `curve` is light by sample, `primaries` are XYZ at D50."""
    colours = dict(zip((b"rXYZ", b"gXYZ", b"bXYZ"), map(_xyz, primaries), strict=True))
    curves = dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _curve(curve))
    return _packed(b"RGB ", colours | curves)


def grey_profile(curve):
    """The same for greys."""
    return _packed(b"GRAY", {b"kTRC": _curve(curve)})


def tagged(png, kind, body):
    """A PNG with a chunk behind its header."""
    return png[:33] + chunk(kind, body) + png[33:]


def _xyz(colour):
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(each * 65536) for each in colour))


def _curve(curve):
    values = np.round(np.clip(curve, 0, 1) * 65535).astype(">u2")
    return b"curv" + bytes(4) + struct.pack(">I", len(values)) + values.tobytes()


def _packed(space, bodies):
    described = b"desc" + bytes(4) + struct.pack(">I", 2) + b"x\0" + bytes(78)
    bodies = {b"desc": described, b"cprt": b"text" + bytes(5), b"wtpt": _xyz(WHITE)} | bodies
    table, data = struct.pack(">I", len(bodies)), b""
    for name, body in bodies.items():
        table += name + struct.pack(">II", 132 + 12 * len(bodies) + len(data), len(body))
        data += body + bytes(-len(body) % 4)
    head = struct.pack(">I4sI", 128 + len(table) + len(data), bytes(4), 0x02400000)
    head += b"mntr" + space + b"XYZ " + struct.pack(">6H", 2024, 1, 1, 0, 0, 0) + b"acsp"
    head += bytes(28) + struct.pack(">3i", *(round(each * 65536) for each in WHITE)) + bytes(48)
    return head + table + data
