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
    assert views(tmp_path / "swept") == {("turns", "inside")}
    assert hashsweep("scan", "media", "--hash", "pdq", "-o", "bare").returncode == 0
    for command in (("rematch", "bare"), ("scan", "media", "--baseline", "bare")):
        assert hashsweep(*command, *listed, "-o", f"by {command[0]}").returncode == 1
        assert variants(tmp_path / f"by {command[0]}") == expected
        assert views(tmp_path / f"by {command[0]}") == {("turns-of-hash",)}
    assert hashsweep("scan", "media", *listed, "--variants", "off", "-o", "off").returncode == 0
    assert views(tmp_path / "off") == {()}


def test_people_see_how_a_copy_is_turned(copies, hashsweep):
    """In the verdict on a file, in what explains it, and in the rows of a report."""
    name = "media/rotated-90 480.jpg"
    found = hashsweep("check", name, "--list", "known.csv")
    explained = hashsweep("check", "--explain", name, "--list", "known.csv")
    hashsweep("scan", "media", "--list", "known.csv", "-o", "swept")
    shown = hashsweep("report", "show", "swept").stdout

    assert "rotated-90, close)" in found.stdout
    assert "also compared: the picture mirrored and turned" in explained.stdout
    assert "transverse" in shown


def test_a_sweep_goes_on_with_the_variants_it_began_with(copies, hashsweep):
    """A report that did not compare turns never stands in for one that did."""
    hashsweep("scan", "media", "--list", "known.csv", "-o", "swept")
    again = hashsweep(
        "scan", "media", "--list", "known.csv", "-o", "swept", "--resume", "--variants", "off"
    )

    assert again.returncode == 2
    assert "--variants" in again.stderr


def test_pictures_in_frames_and_collages_are_found(tmp_path, hashsweep):
    """By what they show inside, which the match names; unless only turns are compared."""
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

    assert hashsweep(*listed, "-o", "swept").returncode == 1
    assert variants(tmp_path / "swept") == {
        "framed.jpg": "inside-frame",
        "collage.jpg": "cell-1",
    }
    assert hashsweep(*listed, "--variants", "turns", "-o", "turns").returncode == 0
