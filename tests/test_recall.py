"""The benchmark of recall alters pictures as it says, and counts matches, true and false."""

import io
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from benchmarks.recall import alterations, cases, contenders, results, shown
from hashsweep.commands.scan import scan
from support.benchmarks import run_benchmark
from support.drawings import jpeg, scene

SMALL = (240, 180)


@pytest.fixture(scope="module")
def scenes():
    """Three drawn pictures, none of them square."""
    return [scene(seed, *SMALL).convert("RGB") for seed in (3, 4, 5)]


def opened(data):
    return Image.open(io.BytesIO(data))


def test_copies_are_found_or_not(tmp_path, scenes):
    """A flipped copy is found by turns only, one of half the size by all; no match is false."""
    photographs = tmp_path / "mine" / "drawn"
    photographs.mkdir(parents=True)
    for number, each in enumerate(scenes):
        (photographs / f"{number}.jpg").write_bytes(jpeg(each.resize((480, 360))))
    (photographs / "notes.txt").write_text("no picture")
    printed = run_benchmark(
        "recall",
        *("--photographs", photographs.parent, "--kinds", "flipped,half", "--levels", "off,turns"),
        *("--peers", "imagehash,perception", "--peers-python", sys.executable),
        *("--work", tmp_path / "work", "--write", tmp_path / "runs", "--markdown"),
    )
    (table,) = (tmp_path / "runs").iterdir()
    rows = {(row["kind"], row["contender"]): row for row in results.read(table)}
    about = table.read_text().splitlines()[0]

    assert "9 copies of 3 photographs of mine (drawn 3)" in about
    assert "left out: perception, PDQ isometric (ModuleNotFoundError" in about
    for contender in ("hashsweep, off", "hashsweep, turns", "imagehash phash <= 10"):
        assert rows["half the width", contender]["found"] == "3"
        turned = rows["flipped", contender]
        assert turned["found"] == ("3" if contender == "hashsweep, turns" else "0")
    for row in rows.values():
        assert (row["copies"], row["false"], row["failed"]) == ("3", "0", "0")
    assert "| flipped | 3 | 0 | 100 | 0 |\n" in printed
    assert results.markdown(list(rows.values())) in printed


def test_levels_are_those_of_the_program():
    """The levels that are measured by default are what `scan --variants` takes."""
    (option,) = [each for each in scan.params if each.name == "variants"]

    assert contenders.known_levels() == list(option.type.choices)


def test_unknown_level_is_refused():
    """A level that the program does not have ends the command before anything is made."""
    assert "error: 'sideways' is none of off, " in run_benchmark(
        "recall", "--levels", "sideways", status=2
    )


def test_every_kind_alters_alike_each_time(scenes):
    """Each kind makes a picture that can be opened, not the original, the same in each run."""
    original = np.asarray(scenes[0])
    for kind in alterations.KINDS:
        copy, seen = alterations.altered(kind, 0, scenes)
        again, _ = alterations.altered(kind, 0, scenes)
        picture = opened(copy.data)
        picture.load()

        assert copy == again, kind.name
        assert 0 not in seen
        assert len(seen) == (int(kind.name.split()[-1]) - 1 if "collage" in kind.name else 0)
        if "opaque" not in kind.name:
            stored = np.asarray(picture.convert("RGB"))
            assert stored.shape != original.shape or (stored != original).any(), kind.name


def test_square_is_not_made_square():
    """A kind that would leave a picture as it is makes no copy of it."""
    square = scene(6, 200, 200).convert("RGB")
    kinds = {kind.name: kind for kind in alterations.KINDS}

    for name in ("to 1:1", "white bars to a square"):
        assert alterations.altered(kinds[name], 0, [square]) is None


def as_seen(data, ground):
    """Return what a viewer shows of a file before a ground: grey levels, int (h, w, 3)."""
    picture = opened(data)
    if profile := picture.info.get("icc_profile"):
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        picture = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"))
    page = Image.new("RGBA", picture.size, ground)
    page.alpha_composite(picture.convert("RGBA"))
    return np.asarray(page.convert("RGB")).astype(int)


@pytest.mark.parametrize("name", [name for name in shown.STORED if "margin" not in name])
def test_other_samples_show_the_same(name, scenes):
    """What is shown of a file with alpha or a profile is the picture, but for rounding."""
    wanted = scenes[0].convert("L") if "all samples black" in name else scenes[0]
    data = shown.STORED[name](scenes[0], np.random.default_rng(1))
    seen = as_seen(data, "black" if "before black" in name else "white")
    off = np.abs(seen - np.asarray(wanted.convert("RGB")))

    assert off.mean() < (8 if "palette" in name else 2)
    stored = np.asarray(opened(data).convert("RGB")).astype(int)
    changed = np.abs(stored - np.asarray(scenes[0])).mean()
    assert (changed < 8) == ("opaque" in name or "palette" in name)


def test_margin_shows_nothing(scenes):
    """A transparent margin shows the page, whatever noise is stored there."""
    data = shown.STORED["alpha, noise in a transparent margin"](scenes[0], np.random.default_rng(1))
    seen = as_seen(data, "white")
    top, left = (seen.shape[0] - SMALL[1]) // 2, (seen.shape[1] - SMALL[0]) // 2

    assert (seen[:top] == 255).all()
    assert (seen[:, :left] == 255).all()
    inside = seen[top : top + SMALL[1], left : left + SMALL[0]]
    assert (inside == np.asarray(scenes[0])).all()


def test_groups_are_read(tmp_path, scenes):
    """Copies of a group go to its reference; groups that show the same are not false matches."""
    folder = tmp_path / "near"
    folder.mkdir()
    exif = Image.Exif()
    exif[cases.ORIENTATION] = 6
    for name, picture in zip("abc", scenes, strict=True):
        (folder / f"{name}.jpg").write_bytes(jpeg(picture))
    (folder / "turned.jpg").write_bytes(jpeg(scenes[0], exif=exif))
    (folder / "GROUPS.tsv").write_text(
        "group\trole\tpath\tis_reference\texpect\n"
        "A\torig\tnear/a.jpg\t1\tmatch\n"
        "A\texif-6\tnear/turned.jpg\t0\tmatch\n"
        "B\torig\tnear/b.jpg\t1\tmatch\n"
        "C\torig\tnear/c.jpg\t1\tmatch\n"
        "C\tcut\tnear/c.jpg\t0\tcrop-or-reframe\n"
        "D\torig\tnear/a.jpg\t1\tmatch\n"
    )
    work = tmp_path / "work"
    work.mkdir()
    found = cases.groups_of(folder, {"C": "B"}, work)
    by_kind = {case.kind: case for case in found.copies if case.kind != cases.UNALTERED[1]}

    assert [path.name for path in found.originals] == ["000.jpg", "001.jpg", "002.jpg", "003.jpg"]
    assert {kind: (case.of, case.seen) for kind, case in by_kind.items()} == {
        cases.EXIF_KIND: (0, {0, 3}),
        cases.GROUP_KINDS["crop-or-reframe"]: (2, {1, 2}),
    }
    assert len(found.copies) == 6


def test_found_false_and_failed_are_counted():
    """A match of what is not seen is false; a copy that failed is neither found nor false."""
    copies = [cases.Case("f", "k", Path("x"), 0, frozenset({0, 2})) for _ in range(4)]
    (row,) = results.rows_of("groups", copies, {"one": [{0, 2}, {1}, None, {0, 1}]})

    assert row["copies"] == "4"
    assert (row["found"], row["percent"], row["false"], row["failed"]) == ("2", "50", "2", "1")
    assert results.markdown([row], each_kind=False).splitlines() == [
        "Copies that others made:",
        "",
        "| found, in per cent | copies | one |",
        "| --- | ---: | ---: |",
        "| f | 4 | 50 |",
        "| *copies with a false match, number* | 4 | 2 |",
        "| *not hashed, number* | 4 | 1 |",
    ]


def test_answers_of_peers_are_kept(tmp_path, scenes):
    """A peer that was asked about the same files is not asked again; other files are."""
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg(scenes[0]))
    asked = cases.Cases("s", "", [path], [cases.Case("f", "k", path, 0, frozenset({0}))])
    python, kept = Path(sys.executable), tmp_path / "kept"
    first = contenders.ask_peer("imagehash", python, asked, kept)
    (answer,) = kept.glob("*.json")
    answer.write_text("[null]")
    second = contenders.ask_peer("imagehash", python, asked, kept)
    path.write_bytes(jpeg(scenes[1]))
    third = contenders.ask_peer("imagehash", python, asked, kept)

    assert (first, second, third) == ([{0}], [None], [{0}])
