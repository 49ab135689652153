"""A later list finds mirrored and cropped copies in an old report: --keep-views."""

import json
import os

import pyarrow.parquet as pq
import pytest
from PIL import Image

from hashsweep.report.encryption import new_key
from hashsweep.variants import KINDS, LEVELS
from support.drawings import jpeg, scene

PLAIN = ("--engine", "serial", "-q")


@pytest.fixture
def media(tmp_path, hashsweep):
    """Copies of a listed picture: mirrored, and with more around it; one other picture."""
    whole = scene(8, 600, 480)
    part = whole.crop((0, 30, 600, 450))
    (tmp_path / "part.jpg").write_bytes(jpeg(part, 90))
    hashsweep("hash", "part.jpg", "--hash", "pdq", "-o", "known.csv")
    folder = tmp_path / "media"
    folder.mkdir()
    mirrored = Image.Transpose.FLIP_LEFT_RIGHT
    files = {
        "whole.jpg": jpeg(whole, 80),
        "mirrored whole.jpg": jpeg(whole.transpose(mirrored), 80),
        "mirrored.jpg": jpeg(part.transpose(mirrored), 60),
        "other.jpg": jpeg(scene(3, 480, 360), 80),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
        os.utime(folder / name, (1e9, 1e9))
    frames = [part.transpose(mirrored).resize((200, 140)), scene(4, 200, 140)]
    frames[0].save(folder / "moving.webp", save_all=True, append_images=frames[1:], lossless=True)
    os.utime(folder / "moving.webp", (1e9, 1e9))
    return folder


def rows(report, table="files"):
    """The rows of a report, by the name and part of the file."""
    found = pq.read_table(report / table).to_pylist()
    return {(each["uri"].rpartition("/")[2], each["part"]): each for each in found}


def matches(report):
    """What matched, how, and how near."""
    return {
        key: (each["variant"], each["distance"], each["tier"], tuple(map(str, each["evidence"])))
        for key, each in rows(report, "matches").items()
    }


@pytest.mark.parametrize("level", ["turns", "default", "thorough"])
def test_later_lists_find_what_a_new_scan_finds(media, tmp_path, hashsweep, level):
    """By a rematch and by a sweep that reads nothing, and again from their reports."""
    variants = ("--variants", level)
    listed = ("--list", "known.csv", *variants)
    hashed = hashsweep("scan", "media", "--hash", "pdq", "--keep-views", *variants, *PLAIN,
                       "-o", "hashed")  # fmt: skip
    fresh = hashsweep("scan", "media", *listed, *PLAIN, "-o", "fresh")
    hashsweep("rematch", "hashed", *listed, "-o", "rematched")
    hashsweep("scan", "media", *listed, *PLAIN, "--keep-views", "--baseline", "hashed", "-o", "on")
    hashsweep("rematch", "on", *listed, "-o", "again")
    found = matches(tmp_path / "fresh")
    names = {name for kind in LEVELS[level] for name in KINDS[kind]}

    assert (hashed.returncode, fresh.returncode) == (0, 1)
    assert found["mirrored.jpg", None][0] == found["moving.webp", None][0] == "mirrored"
    assert ("whole.jpg", None) in found or level == "turns"
    assert (("mirrored whole.jpg", None) in found) == (level == "thorough")
    for name in ("rematched", "on", "again"):
        assert matches(tmp_path / name) == found
        for row in rows(tmp_path / name).values():
            assert row["from_baseline"]
            assert row["looked_for"]["views"] == row["kept_views"] == [*LEVELS[level]]
            assert {*KINDS["turns"]} <= {each["variant"] for each in row["views"]} <= names
    assert {row["views"] for row in rows(tmp_path / "fresh").values()} == {None}


def test_a_rematch_compares_no_more_than_it_is_asked_to(media, tmp_path, hashsweep):
    """A match by a window is then not compared; with another list it has changed."""
    hashsweep("scan", "media", "--list", "known.csv", "--keep-views", *PLAIN, "-o", "swept")
    known = ("--list", "known.csv")
    hashsweep("rematch", "swept", *known, "--variants", "turns", "-o", "turns")
    (tmp_path / "later").mkdir()
    (tmp_path / "later/known.csv").write_bytes((tmp_path / "known.csv").read_bytes())
    hashsweep("rematch", "swept", "--list", "later/known.csv", "--max-distance", "pdq=0", "-o", "0")
    gone, changed = (rows(tmp_path / name, "retractions") for name in ("turns", "0"))

    assert gone["whole.jpg", None]["why"] == "not-compared"
    assert changed["whole.jpg", None]["why"] == changed["mirrored.jpg", None]["why"] == "changed"
    assert rows(tmp_path / "turns")["whole.jpg", None]["looked_for"]["views"] == ["turns"]


def test_pictures_without_views_are_read_to_keep_them(media, tmp_path, hashsweep):
    """A baseline that has them costs no reading; one at a lower level does."""
    keep = ("--list", "known.csv", "--keep-views", *PLAIN)
    hashsweep("scan", "media", "--list", "known.csv", *PLAIN, "-o", "bare")
    hashsweep("scan", "media", *keep, "--baseline", "bare", "-o", "first")
    hashsweep("scan", "media", *keep, "--baseline", "first", "-o", "second")
    hashsweep("scan", "media", *keep, "--baseline", "second", "--variants", "thorough", "-o", "3")
    read = {
        name: {row["from_baseline"] for row in rows(tmp_path / name).values()}
        for name in ("first", "second", "3")
    }

    assert read == {"first": {False}, "second": {True}, "3": {False}}
    assert matches(tmp_path / "second") == matches(tmp_path / "bare")


def test_a_sweep_goes_on_keeping_what_it_kept(media, hashsweep):
    """A report in which some rows lack their views would be taken for one that has them."""
    hashsweep("scan", "media", "--list", "known.csv", *PLAIN, "-o", "swept")
    again = hashsweep("scan", "media", "--list", "known.csv", *PLAIN, "-o", "swept", "--resume",
                      "--keep-views")  # fmt: skip

    assert again.returncode == 2
    assert "--keep-views" in again.stderr


def test_nothing_to_keep_is_said(media, hashsweep):
    """An error where no variant is compared, a warning where no PDQ is computed."""
    scan = ("scan", "media", "--keep-views", "--engine", "serial")
    off = hashsweep(*scan, "--hash", "pdq", "--variants", "off", "-o", "off")
    digests = hashsweep(*scan, "--hash", "md5", "-o", "digests")

    assert off.returncode == 2
    assert "--keep-views keeps nothing with --variants off" in off.stderr
    assert digests.returncode == 0
    assert "--keep-views keeps nothing: no PDQ is computed" in digests.stderr


def test_an_export_without_hashes_has_no_views(media, tmp_path, hashsweep):
    """They are hashes of the picture, too."""
    hashsweep("scan", "media", "--hash", "pdq", "--keep-views", *PLAIN, "-o", "swept")
    (tmp_path / "key").write_text(f"{new_key()}\n")
    export = ("report", "export", "swept", "--what", "files", "--redact", "--redact-key", "key")
    hashsweep(*export, "-o", "plain.csv")
    hashsweep(*export, "-o", "hashes.csv", "--with-hashes")
    shown = hashsweep("report", "show", "swept", "--what", "files", "--format", "jsonl").stdout
    view = rows(tmp_path / "swept")["other.jpg", None]["views"][0]
    pdq = view["pdq"].hex()

    assert pdq not in (tmp_path / "plain.csv").read_text()
    assert f"{view['variant']}:{pdq}:{view['quality']};" in (tmp_path / "hashes.csv").read_text()
    assert view | {"pdq": pdq} in [json.loads(line)["views"][0] for line in shown.splitlines()]
