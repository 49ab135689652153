"""Copies that are mirrored or turned."""

import os
import zlib

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from hashsweep.variants import SHOWN, TURNS
from support.animations import COLOURS, GifPatch, PngPatch, apng, gif
from support.drawings import jpeg, png, scene
from support.profiles import SAMPLES, light, profile, tagged

TURNED = {
    "mirrored": Image.Transpose.FLIP_LEFT_RIGHT,
    "flipped": Image.Transpose.FLIP_TOP_BOTTOM,
    "rotated-180": Image.Transpose.ROTATE_180,
    "transposed": Image.Transpose.TRANSPOSE,
    "rotated-90": Image.Transpose.ROTATE_90,  # has to be rotated clockwise to be the original
    "rotated-270": Image.Transpose.ROTATE_270,
    "transverse": Image.Transpose.TRANSVERSE,
}


@pytest.fixture
def copies(tmp_path, hashsweep):
    """A listed picture, small and large, and each of its turns, compressed anew."""
    folder = tmp_path / "media"
    folder.mkdir()
    for size in ((480, 360), (1600, 1200)):
        original = scene(3, *size)
        (tmp_path / f"{size[0]}.jpg").write_bytes(jpeg(original, 95))
        for name, way in TURNED.items():
            path = folder / f"{name} {size[0]}.jpg"
            path.write_bytes(jpeg(original.transpose(way), 70))
            os.utime(path, (1e9, 1e9))
    hashsweep("hash", "480.jpg", "1600.jpg", "--hash", "pdq", "-o", "known.csv")
    return folder


def variants(report):
    """How each file matches, by its name."""
    rows = pq.read_table(report / "matches").to_pylist()
    return {row["uri"].rpartition("/")[2]: row["variant"] for row in rows}


def views(report):
    """What was compared beside the pictures as stored."""
    rows = pq.read_table(report / "files")["looked_for"].to_pylist()
    return {tuple(row["views"] or ()) for row in rows}


def test_turned_copies_are_found(copies, tmp_path, hashsweep):
    """By a sweep, by a rematch and by a later sweep that reads nothing; unless turned off."""
    expected = {path.name: path.name.partition(" ")[0] for path in copies.iterdir()}
    listed = ("--list", "known.csv")

    assert TURNED.keys() == TURNS.keys()
    assert hashsweep("scan", "media", *listed, "-o", "swept").returncode == 1
    assert variants(tmp_path / "swept") == expected
    assert views(tmp_path / "swept") == {("turns", "shown", "windows")}
    assert hashsweep("scan", "media", "--hash", "pdq", "-o", "bare").returncode == 0
    for command in (("rematch", "bare"), ("scan", "media", "--baseline", "bare")):
        assert hashsweep(*command, *listed, "-o", f"by {command[0]}").returncode == 1
        assert variants(tmp_path / f"by {command[0]}") == expected
        assert views(tmp_path / f"by {command[0]}") == {("turns-of-hash", "inverted")}
    assert hashsweep("scan", "media", *listed, "--variants", "off", "-o", "off").returncode == 0
    assert views(tmp_path / "off") == {()}


@pytest.fixture
def cropped(tmp_path, hashsweep):
    """A listed picture that lacks a sixteenth of its height at either end; the whole is stored."""
    whole = scene(8, 1200, 960)
    (tmp_path / "less.jpg").write_bytes(jpeg(whole.crop((0, 60, 1200, 900)), 90))
    hashsweep("hash", "less.jpg", "--hash", "pdq", "-o", "known.csv")
    folder = tmp_path / "media"
    folder.mkdir()
    (folder / "whole.jpg").write_bytes(jpeg(whole, 80))
    mirrored = whole.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    (folder / "mirrored.jpg").write_bytes(jpeg(mirrored, 80))
    return folder


def test_cropped_copies_are_found_by_windows(cropped, tmp_path, hashsweep):
    """A picture of which a part is listed by default, a mirrored one by the thorough search."""
    found = {}
    for level in ("turns", "default", "thorough"):
        hashsweep("scan", "media", "--list", "known.csv", "--variants", level, "-o", level)
        found[level] = variants(tmp_path / level)

    assert found["turns"] == {}
    assert found["default"] == {"whole.jpg": "height-88"}
    assert found["thorough"] == {"whole.jpg": "height-88", "mirrored.jpg": "height-88 mirrored"}


def test_a_rematch_never_denies_a_match_by_a_window(cropped, tmp_path, hashsweep):
    """The stored hash cannot show it: what was found is not compared, and not withdrawn."""
    hashsweep("scan", "media", "--list", "known.csv", "-o", "swept")
    hashsweep("rematch", "swept", "--list", "known.csv", "-o", "again")
    gone = pq.read_table(tmp_path / "again" / "retractions").to_pylist()

    assert variants(tmp_path / "again") == {}
    assert views(tmp_path / "again") == {("turns-of-hash", "inverted")}
    assert [row["why"] for row in gone] == ["not-compared"]


def test_people_see_how_a_copy_is_turned(copies, hashsweep):
    """In the verdict on a file, in what explains it, and in the rows of a report."""
    name = "media/rotated-90 480.jpg"
    found = hashsweep("check", name, "--list", "known.csv")
    explained = hashsweep("check", "--explain", name, "--list", "known.csv")
    hashsweep("scan", "media", "--list", "known.csv", "-o", "swept")
    shown = hashsweep("report", "show", "swept").stdout

    assert "rotated-90, close)" in found.stdout
    assert "also compared: the picture mirrored and turned, as viewers show" in explained.stdout
    assert "transverse" in shown


def test_a_sweep_goes_on_with_the_variants_it_began_with(copies, hashsweep):
    """A report that did not compare turns never stands in for one that did."""
    hashsweep("scan", "media", "--list", "known.csv", "-o", "swept")
    again = hashsweep(
        "scan", "media", "--list", "known.csv", "-o", "swept", "--resume", "--variants", "off"
    )

    assert again.returncode == 2
    assert "--variants" in again.stderr


def test_copies_of_plain_pictures_are_found(tmp_path, hashsweep):
    """Stored and turned, by whatever compares them, in the tier for what is only possibly the same.

    They count as too plain all the same, since larger distances were not compared.
    """
    plain = Image.blend(Image.new("RGB", (480, 360), (99, 99, 99)), scene(3, 480, 360), 0.35)
    folder = tmp_path / "media"
    folder.mkdir()
    (tmp_path / "plain.png").write_bytes(png(plain))
    (folder / "half.png").write_bytes(png(plain.resize((240, 180))))
    (folder / "turned.png").write_bytes(png(plain.transpose(TURNED["rotated-90"])))
    (folder / "other.png").write_bytes(png(scene(4)))
    for path in folder.iterdir():
        os.utime(path, (1e9, 1e9))
    listed = ("--list", "known.csv")
    (tmp_path / "rich.png").write_bytes(png(scene(5)))
    hashsweep("hash", "plain.png", "rich.png", "--hash", "pdq", "-o", "known.csv")
    swept = hashsweep("scan", "media", *listed, "-o", "swept")
    hashsweep("scan", "media", "--hash", "pdq", "-o", "bare")
    hashsweep("rematch", "bare", *listed, "-o", "again")
    hashsweep("scan", "media", "--baseline", "bare", *listed, "-o", "later")
    quality = pq.read_table(tmp_path / "bare" / "files", columns=["pdq_quality"])

    assert sorted(value < 50 for value in quality["pdq_quality"].to_pylist()) == [False, True, True]
    assert "2 of 3 files match; 2 pictures too plain to compare" in swept.stdout
    for report in ("swept", "again", "later"):
        found = pq.read_table(tmp_path / report / "matches").to_pylist()
        assert {(row["uri"].rpartition("/")[2], row["variant"], row["tier"]) for row in found} == {
            ("half.png", "as-is", "altered"), ("turned.png", "rotated-90", "altered"),
        }  # fmt: skip
    assert hashsweep("scan", "media", *listed, "-o", "f", "--fail-on", "tier:far").returncode == 0


@pytest.fixture
def hiding(tmp_path, hashsweep):
    """Files that show a listed picture and hold another one, each named for its variant."""
    folder = tmp_path / "media"
    folder.mkdir()
    listed, other = scene(3, 480, 360), scene(4, 480, 360)
    (tmp_path / "listed.png").write_bytes(png(listed))
    seen, held = (np.asarray(each.convert("L"), np.float64) for each in (listed, other))
    negative = Image.fromarray(255 - np.asarray(listed))
    squeezed = listed.point([115 + at // 10 for at in range(256)] * 3)
    files = {
        "over-white.png": png(_over(255, 60 + seen * 0.7, held * 0.2)),
        "over-black.png": png(_over(0, seen * 0.7, 200 + held * 0.2)),
        "colours negative.jpg": jpeg(negative, 92, icc_profile=profile(light(1 - SAMPLES))),
        "colours squeezed.png": png(squeezed, icc_profile=profile(light(SAMPLES * 10.2 - 4.6))),
        "colours gamma.png": tagged(
            png(listed.point([round((at / 255) ** 0.1 * 255) for at in range(256)] * 3)),
            *(b"gAMA", (4_545).to_bytes(4, "big")),
        ),
        "inverted.png": png(negative),
        "inverted large.jpg": jpeg(negative.resize((1600, 1200)), 92),
    }
    files["colours iccp.png"] = tagged(
        png(negative), b"iCCP", b"x\0\0" + zlib.compress(profile(light(1 - SAMPLES)))
    )
    for name, data in files.items():
        (folder / name).write_bytes(data)
        os.utime(folder / name, (1e9, 1e9))
    hashsweep("hash", "listed.png", "--hash", "pdq", "-o", "known.csv")
    return folder


def _over(colour, seen, held):
    """A picture of greys that looks like `seen` over a colour, and stores `held`."""
    alpha = (colour - seen) / (colour - held)
    return Image.fromarray(np.stack([*[held] * 3, alpha * 255], 2).round().astype(np.uint8))


def test_what_viewers_show_is_found(hiding, tmp_path, hashsweep):
    """By a sweep, in the fast mode or not, and by the gate; only if it is asked for."""
    expected = {
        path.name: path.name.partition(" ")[0].partition(".")[0] for path in hiding.iterdir()
    }
    listed = ("--list", "known.csv")

    assert {*expected.values()} == {*SHOWN}
    for way in ([], ["--exact"]):
        assert hashsweep("scan", "media", *listed, "-o", f"swept{way}", *way).returncode == 1
        found = variants(tmp_path / f"swept{way}")
        assert found.keys() == expected.keys()
        for name in expected.keys() - {"colours negative.jpg", "colours iccp.png"}:
            assert found[name] == expected[name], name
    for way in ([], ["--fast"]):
        checked = hashsweep("check", *(f"media/{name}" for name in expected), *listed, *way)
        assert checked.returncode == 5  # the squeezed one is too plain as it is stored
        assert checked.stdout.count("match\t") == len(expected)
    off = ("--variants", "turns")
    assert hashsweep("scan", "media", *listed, "-o", "off", *off).returncode == 0


@pytest.fixture
def playing(tmp_path, hashsweep):
    """Animations that show a listed picture for a frame, and store it nowhere."""
    folder = tmp_path / "media"
    folder.mkdir()
    (tmp_path / "listed.png").write_bytes(png(scene(3, 240, 180).convert("L")))
    greys = np.asarray(scene(3, 240, 180).convert("L"))
    luma = COLOURS @ (0.299, 0.587, 0.114)
    nearest = np.abs(luma - np.arange(256)[:, None]).argmin(axis=1)
    pixels = nearest[greys].astype(np.uint8)
    start = GifPatch(np.zeros((180, 240), np.uint8), disposal=2)
    halves = GifPatch(pixels[:, :120]), GifPatch(pixels[:, 120:], (120, 0))
    (folder / "halves.gif").write_bytes(gif((240, 180), start, *halves, start))
    opacity = np.zeros((180, 240, 4), np.uint8)
    opacity[..., 3] = 255 - greys
    blank = PngPatch(np.zeros_like(opacity))
    (folder / "opacity.png").write_bytes(apng((240, 180), blank, blank, PngPatch(opacity), blank))
    hashsweep("hash", "listed.png", "--hash", "pdq", "-o", "known.csv")
    return folder


@pytest.mark.parametrize("name", ["halves.gif", "opacity.png"])
def test_what_players_show_is_found(name, playing, hashsweep):
    """Halves of which one is left by the other, and a frame that differs by its opacity alone."""
    found = hashsweep("check", f"media/{name}", "--list", "known.csv")

    assert found.returncode == 5  # some frames are too plain
    assert found.stdout.startswith("match")
    assert "close)" in found.stdout


def test_a_negative_is_found_by_a_stored_hash(hiding, tmp_path, hashsweep):
    """By a rematch and by a sweep that reads nothing; what else is shown needs the picture."""
    listed = ("--list", "known.csv")
    hashsweep("scan", "media", "--hash", "pdq", "-o", "bare")
    for command in (("rematch", "bare"), ("scan", "media", "--baseline", "bare")):
        assert hashsweep(*command, *listed, "-o", f"by {command[0]}").returncode == 1
        found = variants(tmp_path / f"by {command[0]}")
        assert {"inverted.png", "inverted large.jpg"} <= found.keys()
        assert {*found.values()} == {"inverted"}


def test_pictures_in_frames_and_collages_are_found(tmp_path, hashsweep):
    """By what they show inside, which the match names; by the thorough search alone."""
    originals = [scene(number, 480, 360) for number in (3, 4)]
    (tmp_path / "3.png").write_bytes(png(originals[0]))
    hashsweep("hash", "3.png", "--hash", "pdq", "-o", "known.csv")
    folder = tmp_path / "media"
    folder.mkdir()
    framed, collage = Image.new("RGB", (560, 500), "white"), Image.new("RGB", (960, 360))
    framed.paste(originals[0], (40, 100))
    for number, original in enumerate(originals):
        collage.paste(original, (480 * number, 0))
    (folder / "framed.jpg").write_bytes(jpeg(framed, 75))
    (folder / "collage.jpg").write_bytes(jpeg(collage, 75))
    listed = ("scan", "media", "--list", "known.csv")

    assert hashsweep(*listed, "--variants", "thorough", "-o", "swept").returncode == 1
    assert variants(tmp_path / "swept") == {
        "framed.jpg": "inside-frame",
        "collage.jpg": "cell-1",
    }
    assert hashsweep(*listed, "-o", "default").returncode == 0
