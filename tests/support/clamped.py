"""JPEGs whose DC plane is one picture and whose full decode is another, with grain.

    two_in_one(plane, shown)     both mode "L", of one size that is a multiple of 8

In each block a few specks lie so far beyond 0 to 255 that the mean is what `plane` wants; clamped,
they are black or white, and the others are `shown`. Drawn at quantizers of 1 with faint specks;
then the quantizers of AC are raised, which raises the specks and nothing of DC.
"""

import io

import numpy as np
from PIL import Image

from support.drawings import noise
from support.jpeg_parts import DQT, put_together, take_apart, with_steps

SPECKS = 2
"""Of 64 samples; 3 %."""


def two_in_one(
    plane: Image.Image,
    shown: Image.Image,
    factor: int = 32,
    *,
    lines: bool = False,
    **options: object,
) -> bytes:
    """Return such a JPEG; AC quantizers are `factor`, `options` are Pillow's.

    With `lines` the specks are one column of each block: coarser to see, and cheaper to store.
    """
    width, height = shown.size
    rows, columns = height // 8, width // 8
    means = np.asarray(plane.resize((columns, rows), Image.Resampling.BOX), dtype=float)
    means = np.round(100 + (means - means.min()) / np.ptp(means) * 55)[:, :, None]
    values = 40 + np.asarray(shown, dtype=float) * 175 / 255
    blocks = values.reshape(rows, 8, columns, 8).swapaxes(1, 2).reshape(rows, columns, 64)
    if lines:
        specks = np.broadcast_to(np.arange(8) * 8 + 3, (rows, columns, 8))
    else:
        order = np.argsort(noise(1, rows, columns, 64), axis=2, kind="stable")
        specks = order[:, :, :SPECKS]
    count = specks.shape[2]
    rest = blocks.sum(axis=2) - np.take_along_axis(blocks, specks, 2).sum(axis=2)
    needed = (64 * means - rest[:, :, None]) / count
    np.put_along_axis(blocks, specks, np.repeat(needed, count, 2), 2)
    faint = means + (blocks - means) / factor
    pixels = faint.reshape(rows, columns, 8, 8).swapaxes(1, 2).reshape(height, width)
    stream = io.BytesIO()
    image = Image.fromarray(np.clip(np.round(pixels), 0, 255).astype(np.uint8))
    image.save(stream, "JPEG", qtables=[[1] * 64] * 2, optimize=True, **options)
    parts = take_apart(stream.getvalue())
    return put_together([with_steps(part, factor) if part.code == DQT else part for part in parts])
