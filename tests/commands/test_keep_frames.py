"""A later list finds in an animation what the one of the sweep did not know: --keep-frames."""

import csv
import io
import json
import os

import pyarrow.parquet as pq
import pytest
from PIL import Image

from hashsweep.report.encryption import new_key
from support.drawings import scene


@pytest.fixture
def swept(hashsweep, tmp_path):
    """Sweep an animation that changes slowly; return the report's rows of files."""
    first, last = scene(1, 96, 64), scene(2, 96, 64)
    frames = [Image.blend(first, last, step / 39) for step in range(40)]
    (tmp_path / "media").mkdir()
    path = tmp_path / "media/slow.webp"
    frames[0].save(path, save_all=True, append_images=frames[1:], lossless=True, duration=40)
    os.utime(path, (1e9, 1e9))
    frames[17].save(tmp_path / "listed.png")
    scene(9, 96, 64).save(tmp_path / "other.png")
    for name, pictures in (("before", ["other.png"]), ("later", ["listed.png"])):
        hashsweep("hash", *pictures, "-o", f"{name}.csv")

    def sweep(*words):
        done = hashsweep("scan", "media", "--list", "before.csv", "-o", "first", "-q",
                         "--engine", "serial", *words)  # fmt: skip
        assert done.returncode == 0
        return pq.read_table(tmp_path / "first/files").to_pylist()

    return sweep


def found_by(hashsweep, tmp_path, *words):
    """The status, the matches as (part, distance), and the rows of a later run."""
    done = hashsweep(*words, "--list", "later.csv", "--max-distance", "pdq=1", "-o", "later")
    matches = pq.read_table(tmp_path / "later/matches").to_pylist()
    return (
        done,
        [(row["part"], row["distance"]) for row in matches],
        pq.read_table(tmp_path / "later/files").to_pylist(),
    )


def test_a_rematch_and_a_baseline_find_a_frame_without_a_row(hashsweep, tmp_path, swept):
    """As the sweep would have found it; and what is found has a row."""
    own, *further = swept()
    fresh = found_by(hashsweep, tmp_path, "scan", "media", "--engine", "serial")
    os.rename(tmp_path / "later", tmp_path / "fresh")
    rematched = found_by(hashsweep, tmp_path, "rematch", "first")
    os.rename(tmp_path / "later", tmp_path / "rematched")
    words = ("scan", "media", "--engine", "serial", "--baseline", "first")
    carried = found_by(hashsweep, tmp_path, *words)

    assert len(own["frame_hashes"]) > len(further) + 1
    assert own["looked_for"]["frames_not_kept"] == 0
    assert "frame 18" not in [row["part"] for row in further]
    assert ("frame 18", 0) in fresh[1]
    assert fresh[0].returncode == rematched[0].returncode == carried[0].returncode == 1
    assert fresh[1] == sorted(rematched[1], key=fresh[1].index) == carried[1]
    for _, matches, rows in (rematched, carried):
        assert {row["from_baseline"] for row in rows} == {True}
        assert {part for part, _ in matches} <= {row["part"] for row in rows}
    assert carried[2][0]["frame_hashes"] == fresh[2][0]["frame_hashes"] == own["frame_hashes"]


def test_what_is_not_kept_is_never_taken_for_compared(hashsweep, tmp_path, swept):
    """A rematch says so, and a baseline costs a reading."""
    own, *_ = swept("--keep-frames", "2")
    done, matches, (row, *_) = found_by(hashsweep, tmp_path, "rematch", "first")
    os.rename(tmp_path / "later", tmp_path / "rematched")
    read = found_by(
        hashsweep, tmp_path, "scan", "media", "--engine", "serial", "--baseline", "first"
    )

    assert len(own["frame_hashes"]) == 2
    assert own["looked_for"]["frames_not_kept"] > 0
    assert (done.returncode, matches) == (0, [])
    assert [why["reason"] for why in row["reasons"]] == ["not-compared"]
    assert "1 picture not compared by every hash of the lists" in " ".join(done.stdout.split())
    assert ("frame 18", 0) in read[1]
    assert {row["from_baseline"] for row in read[2]} == {False}


def test_an_export_without_hashes_has_none_of_its_frames(hashsweep, tmp_path, swept):
    """Redaction takes them out with the others; rows as JSON or CSV have them in hexadecimal."""
    own, *_ = swept()
    (tmp_path / "key").write_text(f"{new_key()}\n")
    show = ("report", "show", "first", "--what", "files", "--format")
    row = json.loads(hashsweep(*show, "jsonl").stdout.splitlines()[0])
    (cells, *_) = csv.DictReader(io.StringIO(hashsweep(*show, "csv").stdout))
    export = ("report", "export", "first", "--what", "files", "--redact", "--redact-key", "key")
    hashsweep(*export, "-o", "plain.csv")
    hashsweep(*export, "-o", "hashes.csv", "--with-hashes")
    second = own["frame_hashes"][1]
    pdq = second["pdq"].hex()

    assert row["frame_hashes"][1] == second | {"pdq": pdq}
    assert cells["frame_hashes"].split(";")[1] == f"{second['frame']}:{pdq}:{second['quality']}"
    assert pdq not in (tmp_path / "plain.csv").read_text()
    assert pdq in (tmp_path / "hashes.csv").read_text()
