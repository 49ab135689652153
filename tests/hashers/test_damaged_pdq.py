"""PDQ's quality of a picture that is not all there."""

import numpy as np
import pytest
from PIL import Image

from hashsweep.hashers import HASHERS
from hashsweep.hashers.damaged_pdq import rate_decoded
from hashsweep.media.picture import Picture
from support import drawings


def picture(image, rows, scale=1):
    return Picture(
        image, image.width * scale, image.height * scale, scale, animated=False, rows=rows
    )


def test_all_rows_give_the_quality_of_the_whole():
    """Nothing is left out where nothing is missing."""
    for name in ("hills", "text", "gradient", "portrait"):
        image = drawings.draw(name)
        whole = picture(image, (0, image.height))

        assert rate_decoded(whole) == HASHERS.load("pdq").hash(whole)[1]


@pytest.mark.parametrize("scale", [1, 4])
@pytest.mark.parametrize("upside_down", [False, True])
def test_rows_that_were_filled_do_not_count(scale, upside_down):
    """Detail below the last decoded row adds nothing; nor above the first."""
    page = np.full((480, 640), 128, np.uint8)
    page[240:] = np.asarray(drawings.scene(1, 640, 240).convert("L"))
    rows = (0, 220)
    if upside_down:
        page, rows = page[::-1], (260, 480)
    image = Image.fromarray(page)
    image = image if scale > 1 else image.convert("RGB")

    assert rate_decoded(picture(image, (0, 480), scale)) > 20
    assert rate_decoded(picture(image, rows, scale)) == 0


def test_less_is_never_more():
    """The quality falls with the rows that are left."""
    image = drawings.draw("circles")
    qualities = [rate_decoded(picture(image, (0, rows))) for rows in range(401, 0, -40)]

    assert qualities == sorted(qualities, reverse=True)


def test_tiny_pictures_have_none():
    """As in the reference: no hash and quality 0."""
    assert rate_decoded(picture(drawings.scene(1, 20, 4), (0, 2))) == 0
