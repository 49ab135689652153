"""Profiles and gammas: which of them show another picture, and which picture."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from hashsweep.media.colours import (
    MAX_PROFILE,
    UnreadableProfileError,
    make_coded_profile,
    make_profile,
    read_correction,
)
from support import profiles
from support.drawings import scene
from support.profiles import SAMPLES, grey_profile, light, profile

SQUEEZED = light(np.clip((SAMPLES - 0.4) * 5, 0, 1))
NEGATIVE = light(1 - SAMPLES)


@pytest.mark.parametrize(
    "ordinary",
    [
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
        profile(light(SAMPLES), profiles.DISPLAY_P3),
        profile(SAMPLES**2.2, profiles.ADOBE_RGB),
        profile(SAMPLES**1.8, profiles.PROPHOTO),
        profile(SAMPLES**1.8),
        profile(SAMPLES**2.6),
    ],
    ids=["sRGB", "Display P3", "Adobe RGB", "ProPhoto", "gamma 1.8", "gamma 2.6"],
)
def test_ordinary_profiles_are_left_alone(ordinary):
    """They move the hash by few bits, and every camera writes one."""
    assert read_correction(ordinary, "RGB") is None
    assert read_correction(ordinary, "RGB") is None  # as remembered


@pytest.mark.parametrize("curve", [NEGATIVE, SQUEEZED, SAMPLES], ids=["negative", "steep", "light"])
def test_a_far_curve_gives_what_it_shows(curve):
    """Of greys and of colours, with a profile of either."""
    greys = np.arange(256, dtype=np.uint8)[None]
    expected = Image.fromarray(greys).point(_shown_by(curve))
    for mode, given_profile in (
        ("RGB", profile(curve)),
        ("L", profile(curve)),
        ("L", grey_profile(curve)),
    ):
        correction = read_correction(given_profile, mode)
        assert correction is not None
        seen = correction.apply(Image.fromarray(greys).convert(correction.mode))
        assert seen.mode == "RGB"
        off = np.asarray(seen, np.int16) - np.asarray(expected.convert("RGB"), np.int16)
        assert np.abs(off).mean() <= 1  # LittleCMS keeps few points of a steep curve
        assert np.abs(off[0, 32:]).max() <= 8


def test_colours_that_change_places_are_far():
    """Whatever becomes of greys."""
    swapped = profile(light(SAMPLES), (profiles.SRGB[1], profiles.SRGB[0], profiles.SRGB[2]))

    assert read_correction(swapped, "RGB") is not None


@pytest.mark.parametrize(
    "broken", [b"", b"x" * 400, profile(NEGATIVE)[:200], bytes(MAX_PROFILE + 1)]
)
def test_what_no_viewer_takes_for_a_profile_is_not_applied(broken):
    """It has no signature, or breaks off."""
    assert read_correction(broken, "RGB") is None


@pytest.mark.parametrize(
    "odd",
    [
        profile(NEGATIVE) + bytes(MAX_PROFILE),
        profile(NEGATIVE).replace(b"curv", b"cunv"),
        profile(NEGATIVE).replace(b"rXYZ", b"qXYZ"),
    ],
    ids=["large", "unknown curve", "no red"],
)
def test_what_a_viewer_may_apply_and_we_cannot_is_told(odd):
    """Every time that it is asked for."""
    for _ in range(2):
        with pytest.raises(UnreadableProfileError):
            read_correction(odd, "RGB")


def test_a_profile_of_other_colours_is_not_applied():
    """As in browsers: greys may have a profile of RGB, and nothing else may differ."""
    assert read_correction(grey_profile(NEGATIVE), "RGB") is None
    assert read_correction(profile(NEGATIVE), "CMYK") is None
    assert read_correction(grey_profile(NEGATIVE), "CMYK") is None


@pytest.mark.parametrize("gamma", [100_000, 20_000, 400_000])
def test_a_gamma_is_applied_as_its_power(gamma):
    """Of 100,000 by gamma; that of sRGB changes nothing."""
    made = make_profile(gamma)
    correction = read_correction(made, "RGB")
    picture = scene(3, 64, 48)
    expected = picture.point(_shown_by(SAMPLES ** (100_000 / gamma)) * 3)
    off = np.asarray(correction.apply(picture), np.int16) - np.asarray(expected, np.int16)

    assert np.abs(off).max() <= 2
    assert read_correction(make_profile(45_455), "RGB") is None


def test_code_points_have_curves():
    """Linear light is what a gamma of 1 is; those of sRGB and of television ask for nothing."""
    picture = scene(3, 64, 48)
    coded, powered = (
        read_correction(made, "RGB").apply(picture)
        for made in (make_coded_profile(1, 8), make_profile(100_000))
    )

    assert coded.tobytes() == powered.tobytes()
    assert read_correction(make_coded_profile(9, 16), "RGB") is not None
    assert [make_coded_profile(1, code) for code in (1, 13, 0, 255)] == [None] * 4


@given(gamma=st.integers(1, 2**32 - 1), places=st.tuples(*[st.integers(0, 2**32 - 1)] * 8))
def test_any_numbers_of_a_file_are_survived(gamma, places):
    """They give a profile that can be read, or none."""
    made = make_profile(gamma, places)
    correction = made and read_correction(made, "RGB")

    assert made
    assert not correction or correction.apply(scene(1, 16, 16)).size == (16, 16)


def _shown_by(curve):
    """Samples of sRGB, 0 to 255, by stored sample; `curve` is light by stored sample."""
    samples = np.where(
        curve <= 0.0031308, curve * 12.92, 1.055 * np.maximum(curve, 0) ** (1 / 2.4) - 0.055
    )
    return [round(each * 255) for each in samples.tolist()]
