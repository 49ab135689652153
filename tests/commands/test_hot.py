"""Entries that match too many pictures, through the real command."""

import csv
import json
from io import StringIO

import pytest

from support.drawings import scene
from support.reports import KEY

SERIAL = ("--engine", "serial")


@pytest.fixture
def many(media):
    """More pictures, as PNG."""
    for seed in range(10, 16):
        scene(seed, 160, 120).save(media / f"{seed}.png")
    return media


@pytest.fixture
def alike(hashsweep, many):
    """A list with an entry that looks like all of them; one of them is there twice."""
    done = hashsweep("hash", *sorted(many.glob("*.*g")), "--hash", "pdq", *SERIAL)
    hashes = [row["pdq"] for row in csv.DictReader(StringIO(done.stdout))]
    lines = ["algorithm,hash,entry_id", *(f"pdq,{each},hot\x1b[31m" for each in hashes)]
    path = many.parent / "alike.csv"
    path.write_text("\n".join(lines) + "\n")
    (many / "same.jpg").write_bytes((many / "1.jpg").read_bytes())
    return path


@pytest.mark.parametrize("extra", [(), ("--segment-rows", "2")])
def test_an_entry_that_matches_many_pictures_is_told(hashsweep, many, alike, tmp_path, extra):
    """In the summary and in sweep.json, by list and entry, never by its hash."""
    words = ("scan", many, "--list", alike, "-o", "out", *SERIAL, *extra)
    done = hashsweep(*words, "--hot-after", "8")
    about = json.loads((tmp_path / "out/sweep.json").read_text())
    told = (
        "Warning: entry hot\\x1b[31m of list alike matches 9 different pictures in 10 files; is it "
        "right?"
    )

    assert done.returncode == 1
    assert about["hot"] == [
        {"list": "alike", "entry_id": "hot\x1b[31m", "files": 10, "pictures": 9}
    ]
    assert told in " ".join(done.stdout.split())
    assert told in " ".join(hashsweep("report", "summary", "out").stdout.split())
    assert alike.read_text().split(",")[3] not in done.stdout + json.dumps(about)


def test_an_encrypted_report_tells_of_an_entry_without_its_id(hashsweep, many, alike, tmp_path):
    """Which entries were met is in its rows alone; warnings, total and page say the rest."""
    (tmp_path / "key").touch(mode=0o600)
    (tmp_path / "key").write_text(KEY)
    sealed = ("--encrypt", "--key-file", "key")
    done = hashsweep(
        *("scan", many, "--list", alike, "-o", "out", *SERIAL, *sealed, "--hot-after", "8")
    )
    again = hashsweep("rematch", "out", "--list", alike, "-o", "new", *sealed, "--hot-after", "8")
    hashsweep("report", "html", "out", "-o", "page.html", "--key-file", "key")
    told = (
        "Warning: an entry (id encrypted) of list alike matches 9 different pictures in 10 files; "
        "is it right?"
    )
    hot = {"list": "alike", "entry_id": None, "files": 10, "pictures": 9}

    assert (done.returncode, again.returncode) == (1, 1)
    for name in ("out", "new"):
        about = (tmp_path / name / "sweep.json").read_text()
        assert json.loads(about)["hot"] == [hot]
        assert "hot\\u001b" not in about
    assert told in " ".join(done.stdout.split())
    total = hashsweep("report", "summary", "out", "new", "--total", "--json")
    assert json.loads(total.stdout)["total"]["hot"] == [hot, hot]
    assert ">(encrypted)</" in (tmp_path / "page.html").read_text()


@pytest.mark.parametrize(("after", "hot"), [("9", []), ("20", []), ("0", None)])
def test_few_pictures_are_no_reason_to_warn(hashsweep, many, alike, after, hot):
    """As many as are allowed, by default 20; 0 turns it off."""
    words = ("scan", many, "--list", alike, "-o", "out", *SERIAL)
    done = hashsweep(*words, "--hot-after", after)
    about = json.loads((alike.parent / "out/sweep.json").read_text())

    assert (done.returncode, about["tally"]["matches"]) == (1, 10)
    assert about.get("hot") == hot
    assert "Warning" not in done.stdout


def test_a_sweep_that_goes_on_counts_what_was_there(hashsweep, many, alike, tmp_path):
    """The parts of all runs are one report."""
    words = ("scan", many, "--list", alike, "-o", "out", *SERIAL, "--segment-rows", "2")
    hashsweep(*words, "--hot-after", "8")
    sweep = tmp_path / "out/sweep.json"
    about = json.loads(sweep.read_text())
    cut = about | {"hot": None, "state": "running", "segments": {}}
    sweep.write_text(json.dumps(cut))
    for part in sorted((tmp_path / "out/files").iterdir())[3:]:
        part.unlink()
    done = hashsweep(*words, "--hot-after", "8", "--resume")

    assert (done.returncode, json.loads(sweep.read_text())["hot"]) == (1, about["hot"])
