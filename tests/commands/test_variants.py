"""Copies that are mirrored or turned."""

import os

import pyarrow.parquet as pq
import pytest
from PIL import Image

from hashsweep.variants import TURNS
from support.drawings import jpeg, png, scene

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
    assert views(tmp_path / "swept") == {("turns", "windows")}
    assert hashsweep("scan", "media", "--hash", "pdq", "-o", "bare").returncode == 0
    for command in (("rematch", "bare"), ("scan", "media", "--baseline", "bare")):
        assert hashsweep(*command, *listed, "-o", f"by {command[0]}").returncode == 1
        assert variants(tmp_path / f"by {command[0]}") == expected
        assert views(tmp_path / f"by {command[0]}") == {("turns-of-hash",)}
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
    assert views(tmp_path / "again") == {("turns-of-hash",)}
    assert [row["why"] for row in gone] == ["not-compared"]


def test_people_see_how_a_copy_is_turned(copies, hashsweep):
    """In the verdict on a file, in what explains it, and in the rows of a report."""
    name = "media/rotated-90 480.jpg"
    found = hashsweep("check", name, "--list", "known.csv")
    explained = hashsweep("check", "--explain", name, "--list", "known.csv")
    hashsweep("scan", "media", "--list", "known.csv", "-o", "swept")
    shown = hashsweep("report", "show", "swept").stdout

    assert "rotated-90, close)" in found.stdout
    assert "also compared: the picture mirrored and turned, less and more of" in explained.stdout
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
    hashsweep("hash", "plain.png", "--hash", "pdq", "-o", "known.csv")
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
